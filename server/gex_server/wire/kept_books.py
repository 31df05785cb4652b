"""Books that are kept under a name: what an update makes of one, and the book of a request that names it."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from gexapi.v1 import chain_pb2, common_pb2, risk_pb2

from gex_server.errors import FieldError, TooManyError
from gex_server.store import KeptBook, Snapshot
from gex_server.wire.book import check_linear, terms_of_expiry
from gex_server.wire.columns import column, merge_columns, row_count
from gex_server.wire.contracts import expiry_to_proto
from gex_server.wire.lines import KEY
from gex_server.wire.refusals import Refusals

Key = tuple[str, str, dt.date, float, int, str, str]
"""Underlying, root, date, strike, right, account, name of the position: what makes two lines one position."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ChangedBook:
    """What an update makes of a book; `book` None where a row of it cannot be used."""

    book: chain_pb2.BookUpdate | None
    refusals: Refusals


@dataclass
class _Holding:
    """Contracts of one position and what was paid for a unit of them."""

    terms: common_pb2.Expiry
    contracts: float
    price: float

    def add(self, contracts: float, price: float) -> None:
        """A fill: the price is the mean of what is held, of a position that has changed sides that of the last fill."""
        before, self.contracts = self.contracts, self.contracts + contracts
        if before == 0.0 or before * self.contracts < 0.0:
            self.price = price
        elif before * contracts > 0.0:
            self.price = (before * self.price + contracts * price) / self.contracts


def changed_book(
    kept: KeptBook | None, message: chain_pb2.StreamUpdatesRequest, snapshot: Snapshot | None, *, limit: int
) -> ChangedBook:
    """The book with the update in it. Expiries are those of the update, else those of the kept chain."""
    update = message.book
    if not update.book:
        raise FieldError("expected the name of the book, got nothing", field="book.book")
    count = row_count(update, (*KEY, "contract_count"), "book", besides=("accounts",))
    if count > limit:
        raise TooManyError(f"expected at most {limit} rows, got {count}", field=f"book.strike[{limit}]")
    expiries = _expiries(update, message.underlying, snapshot)
    terms = [terms_of_expiry(one, f"book.expiries[{i}]") for i, one in enumerate(expiries)]
    for i, holding in enumerate(update.linear):
        check_linear(_position(holding), f"book.linear[{i}]")
        if holding.account_index >= max(len(update.accounts), 1):
            raise FieldError("expected an index into accounts", field=f"book.linear[{i}].account_index")
    refusals = _refused(update, len(expiries))
    if not refusals.good.all():
        return ChangedBook(book=None, refusals=refusals)
    options: dict[Key, _Holding] = {}
    linear: dict[tuple[str, str, str, str], chain_pb2.LinearHolding] = {}
    if kept is not None and update.adds:
        before = kept.book
        named = [terms_of_expiry(one, "book.expiries") for one in before.expiries]
        _add_options(options, before, list(before.expiries), named)
        _add_linear(linear, before)
    _add_options(options, update, expiries, terms)
    _add_linear(linear, update)
    if len(options) > limit:
        raise TooManyError(f"expected at most {limit} positions, got {len(options)}", field="book.strike")
    return ChangedBook(book=_written(update.book, options, linear), refusals=refusals)


def kept_book_to_proto(kept: KeptBook, target: risk_pb2.Book) -> None:
    """Write a kept book as the book of a request. Accounts are left out: sums are over all of them."""
    book = kept.book
    target.name = kept.name
    target.expiries.extend(book.expiries)
    columns = {name: column(book, name) for name in ("expiry_index", "strike", "right", "contract_count")}
    if book.entry_price:
        columns["entry_price"] = column(book, "entry_price")
    merge_columns(target.options, columns)
    target.options.position_id.extend(book.position_id)
    for holding in book.linear:
        position = _position(holding)
        position.ClearField("account_index")
        target.linear.append(position)


def _expiries(update: chain_pb2.BookUpdate, underlying: str, snapshot: Snapshot | None) -> list[common_pb2.Expiry]:
    """The terms that the lines point into, complete where they are those of the kept chain."""
    if update.expiries:
        own = []
        for one in update.expiries:
            expiry = common_pb2.Expiry()
            expiry.CopyFrom(one)
            if not expiry.underlying and not expiry.root:
                expiry.underlying = underlying
            own.append(expiry)
        return own
    if snapshot is None:
        if update.strike:
            raise FieldError("expected expiries: no chain is kept whose they could be", field="book.expiries")
        return []
    kept = []
    for known in snapshot.parsed.quotes.expiries:
        expiry = common_pb2.Expiry()
        expiry_to_proto(known, expiry)
        kept.append(expiry)
    return kept


def _refused(update: chain_pb2.BookUpdate, expiry_count: int) -> Refusals:
    expiry, strike, right, count = (
        column(update, name) for name in ("expiry_index", "strike", "right", "contract_count")
    )
    refusals = Refusals(len(strike))
    refusals.mark(~((strike > 0.0) & (strike < np.inf)), "bad_strike")
    refusals.mark((right != common_pb2.RIGHT_CALL) & (right != common_pb2.RIGHT_PUT), "unknown_right")
    refusals.mark((expiry < 0) | (expiry >= expiry_count), "unknown_expiry")
    refusals.mark(~np.isfinite(count), "bad_contract_count")
    if update.entry_price:
        price = column(update, "entry_price")
        refusals.mark((price < 0.0) | np.isinf(price), "bad_price")
    if update.account_index:
        account = column(update, "account_index")
        refusals.mark((account < 0) | (account >= max(len(update.accounts), 1)), "unknown_account")
    return refusals


def _add_options(
    options: dict[Key, _Holding],
    update: chain_pb2.BookUpdate,
    expiries: list[common_pb2.Expiry],
    terms: list[tuple[str, str, dt.date]],
) -> None:
    accounts = list(update.accounts) or [""]
    count = len(update.strike)
    rows = zip(
        column(update, "expiry_index").tolist(),
        column(update, "strike").tolist(),
        column(update, "right").tolist(),
        column(update, "contract_count").tolist(),
        column(update, "entry_price").tolist() if update.entry_price else [math.nan] * count,
        column(update, "account_index").tolist() if update.account_index else [0] * count,
        update.position_id if update.position_id else [""] * count,
        strict=True,
    )
    for at, strike, right, contracts, price, account, name in rows:
        key = (*terms[at], strike, right, accounts[account], name)
        held = options.get(key)
        if held is None:
            options[key] = _Holding(expiries[at], contracts, price)
        else:
            held.add(contracts, price)


def _add_linear(linear: dict[tuple[str, str, str, str], chain_pb2.LinearHolding], update: chain_pb2.BookUpdate) -> None:
    accounts = list(update.accounts) or [""]
    for holding in update.linear:
        key = (holding.underlying, holding.symbol, accounts[holding.account_index], holding.position_id)
        held = linear.get(key)
        if held is None:
            linear[key] = chain_pb2.LinearHolding()
            linear[key].CopyFrom(holding)
            continue
        paid = _Holding(
            common_pb2.Expiry(), held.contract_count, held.entry_price if held.HasField("entry_price") else math.nan
        )
        paid.add(holding.contract_count, holding.entry_price if holding.HasField("entry_price") else math.nan)
        held.MergeFrom(holding)
        held.contract_count = paid.contracts
        if math.isfinite(paid.price):
            held.entry_price = paid.price
        else:
            held.ClearField("entry_price")


def _written(
    name: str,
    options: dict[Key, _Holding],
    linear: dict[tuple[str, str, str, str], chain_pb2.LinearHolding],
) -> chain_pb2.BookUpdate:
    """The book as a replacing update would send it; positions of no contracts are gone."""
    book = chain_pb2.BookUpdate(book=name)
    held = {key: one for key, one in options.items() if one.contracts != 0.0}
    open_linear = {key: one for key, one in linear.items() if one.contract_count != 0.0}
    accounts = list(dict.fromkeys([*(key[5] for key in held), *(key[2] for key in open_linear)]))
    has_accounts = accounts not in ([], [""])
    if has_accounts:
        book.accounts.extend(accounts)
    places: dict[Any, int] = {}
    index = []
    for key, one in held.items():
        if key[:3] not in places:
            places[key[:3]] = len(places)
            book.expiries.append(one.terms)
        index.append(places[key[:3]])
    columns = {
        "expiry_index": np.array(index, np.int32),
        "strike": np.array([key[3] for key in held]),
        "right": np.array([key[4] for key in held], np.uint8),
        "contract_count": np.array([one.contracts for one in held.values()]),
    }
    prices = np.array([one.price for one in held.values()])
    if not np.isnan(prices).all():
        columns["entry_price"] = prices
    if has_accounts:
        columns["account_index"] = np.array([accounts.index(key[5]) for key in held], np.int32)
    merge_columns(book, columns)
    if any(key[6] for key in held):
        book.position_id.extend(key[6] for key in held)
    for linear_key, holding in open_linear.items():
        holding.account_index = accounts.index(linear_key[2])
        book.linear.append(holding)
    return book


def _position(holding: chain_pb2.LinearHolding) -> risk_pb2.LinearPosition:
    """The same position as risk.proto has it: the fields are the same."""
    return risk_pb2.LinearPosition.FromString(holding.SerializeToString())
