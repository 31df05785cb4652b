"""What a server keeps beside chains: the dealers' inventory that trades have left, and books by name."""

from typing import Any

import numpy as np
from gexapi.v1 import chain_pb2, common_pb2

from gex_client.book import Book
from gex_client.messages import Values
from gex_client.view import Array, Dates, Floats, Ints, Signs, Strings, Table, View, column_of, view_of


class ExpiryTerms(View, of=common_pb2.Expiry):
    """The terms of one expiry; what is not said is that of its root."""

    __slots__ = ()

    root: str
    underlying: str
    expiry: np.datetime64
    settlement: np.datetime64 | None
    settlement_style: str
    exercise: str
    payoff: str
    multiplier: float | None
    currency: str
    calendar: str
    adjusted: bool
    quoted_after_close_minutes: int | None
    tick_from: Floats
    tick: Floats


class Inventory(Table, of=chain_pb2.GetInventoryResponse):
    """What the trades sent for an underlying come to: one row a contract that was traded or began with an inventory."""

    __slots__ = ()

    revision: int
    expiries: tuple[ExpiryTerms, ...]
    expiry_index: Ints
    strike: Floats
    right: Signs
    starting_contract_count: Floats
    customer_net_quote_rule: Floats
    customer_net_lee_ready: Floats
    unsigned_quote_rule: Floats
    unsigned_lee_ready: Floats
    has_start: bool
    trade_count: int

    def columns(self) -> dict[str, Array]:
        """The columns by name, with `expiry` and `root` of every row in place of their index."""
        dates, roots = _dates_and_roots(self.proto)
        columns = super().columns()
        columns.pop("expiry_index", None)
        return {"expiry": dates, "root": roots, **columns}


class KeptBook(View, of=chain_pb2.GetBookResponse):
    """A book that is kept under a name."""

    __slots__ = ()

    revision: int
    as_of: np.datetime64 | None

    @property
    def book(self) -> Book:
        """The book, ready to be asked about, changed, or sent again."""
        return book_of(self.proto.book)  # type: ignore[attr-defined] # a GetBookResponse


def book_of(message: chain_pb2.BookUpdate) -> Book:
    """The book of the update that keeps it."""
    accounts = tuple(message.accounts) or ("",)
    options: dict[str, Any] | None = None
    if message.strike:
        fields = message.DESCRIPTOR.fields_by_name
        dates, roots = _dates_and_roots(message)
        options = {
            "underlying": np.array([message.expiries[at].underlying for at in message.expiry_index], np.str_),
            "root": roots,
            "expiry": dates,
        }
        for name in ("strike", "right", "contract_count", "entry_price", "position_id"):
            if getattr(message, name):
                options[name] = column_of(getattr(message, name), fields[name])
        if message.account_index:
            options["account"] = [accounts[at] for at in message.account_index]
    linear = tuple(_holding(one, accounts) for one in message.linear)
    return Book(name=message.book, options=options, linear=linear)


def _dates_and_roots(message: Any) -> tuple[Dates, Strings]:
    """Expiry date and root of every row."""
    index = np.asarray(message.expiry_index, np.int64)
    dates = np.array([one.expiry for one in message.expiries], "datetime64[D]")
    roots = np.array([one.root for one in message.expiries], np.str_)
    return dates[index], roots[index]


def _holding(message: chain_pb2.LinearHolding, accounts: tuple[str, ...]) -> Values:
    holding = {
        field.name: getattr(view_of(message), field.name)
        for field, _ in message.ListFields()
        if field.name != "account_index"
    }
    return {**holding, "account": accounts[message.account_index]}
