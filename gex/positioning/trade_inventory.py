"""The inventory that trades leave, kept by contract: it grows with every print and outlives the chain it came with."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, Ints, column
from gex.contracts import Expiry
from gex.listing import Listing
from gex.positioning.trades import SignedByRule, SigningRule, start_of
from gex.quotes import Quotes
from gex.trades import quote_signs

Key = tuple[str, dt.date, float, int]  # root, date, strike, right


@dataclass(frozen=True, eq=False, kw_only=True)
class Prints(Columns):
    """One row per trade of a customer with a dealer, in the order in which they were sent."""

    expiry: npt.NDArray[np.int32] = column(np.int32)  # index into the expiries that come with them
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)
    contract_count: Floats = column(np.float64)  # positive
    price: Floats = column(np.float64, fill=np.nan)
    bid: Floats = column(np.float64, fill=np.nan)  # before the trade
    ask: Floats = column(np.float64, fill=np.nan)
    customer_side: npt.NDArray[np.int8] = column(np.int8, fill=0)  # +1 bought, −1 sold, 0: told by the rule
    is_excluded: Bools = column(np.bool_, fill=False)  # block, cross or complex leg


@dataclass(frozen=True, eq=False, kw_only=True)
class TradeInventory(Columns):
    """One row per contract: what customers bought less what they sold, by both signing rules, since `start`.

    Ten contracts bought and four sold of one call leave a net of 6, Σn² 116 and the dealers at start − 6.
    """

    expiries: tuple[Expiry, ...] = ()
    trade_count: int = 0
    has_start: bool = False  # False: nothing is known of the inventory before the first trade

    expiry: npt.NDArray[np.int32] = column(np.int32)
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)
    start: Floats = column(np.float64)  # signed contracts, + the dealer owns the option
    quote_net: Floats = column(np.float64)  # contracts, + customers bought
    quote_squared: Floats = column(np.float64)  # Σn² of the signed trades
    quote_unsigned: Floats = column(np.float64)  # contracts without a side
    lee_net: Floats = column(np.float64)
    lee_squared: Floats = column(np.float64)
    lee_unsigned: Floats = column(np.float64)
    last_price: Floats = column(np.float64)  # of the last trade, for the tick test; NaN before the first
    last_tick: npt.NDArray[np.int8] = column(np.int8)  # the sign of the last price change

    @classmethod
    def empty(cls) -> "TradeInventory":
        """No trade and no inventory to begin with."""
        columns: dict[str, Any] = {field.name: np.empty(0, field.metadata["dtype"]) for field in _columns()}
        return cls(**columns)

    def with_start(self, expiries: Sequence[Expiry], lines: Prints, contracts: Floats) -> "TradeInventory":
        """Begin anew from these signed contracts: what was traded before is in them. Prices for the tick test stay."""
        table, row = self._with_contracts(expiries, lines)
        new = {name: np.zeros(len(table)) for name in _SUMS}
        np.add.at(new["start"], row, contracts)
        return dataclasses.replace(table, **_frozen(new), trade_count=0, has_start=True)._indexed(table)

    def with_trades(self, expiries: Sequence[Expiry], prints: Prints) -> "TradeInventory":
        """The inventory after more trades; a side that was not sent is told by each rule."""
        table, row = self._with_contracts(expiries, prints)
        price, tick = table.last_price.copy(), table.last_tick.copy()
        by_quote = quote_signs(prints.price, prints.bid, prints.ask)
        by_tick = _tick_signs(prints.price, row, price, tick)
        told = {"quote": by_quote, "lee": np.where(by_quote != 0, by_quote, by_tick)}
        new: dict[str, Any] = {"last_price": price, "last_tick": tick}
        count = prints.contract_count
        for rule, sign in told.items():
            side = np.where(prints.customer_side != 0, prints.customer_side, sign)
            side = np.where(prints.is_excluded, 0, side)
            values = {"net": side * count, "squared": np.abs(side) * count**2, "unsigned": (side == 0) * count}
            for name, value in values.items():
                sums = getattr(table, f"{rule}_{name}").copy()
                np.add.at(sums, row, value)
                new[f"{rule}_{name}"] = sums
        trade_count = self.trade_count + len(prints)
        return dataclasses.replace(table, **_frozen(new), trade_count=trade_count)._indexed(table)

    def without_settled(self, as_of: np.datetime64) -> "TradeInventory":
        """The contracts that are not settled at `as_of`."""
        settles = np.array([expiry.settles_at for expiry in self.expiries], "datetime64[ns]")
        if (settles > as_of).all():
            return self
        alive = settles > as_of
        place = np.cumsum(alive) - 1
        kept = self.where(alive[self.expiry])
        expiries = tuple(expiry for expiry, is_alive in zip(self.expiries, alive, strict=True) if is_alive)
        return dataclasses.replace(kept, expiries=expiries, expiry=place[kept.expiry].astype(np.int32))

    def rows_in(self, listing: Listing) -> Ints:
        """The row of every contract in a chain, −1 where the chain does not list it."""
        expiry = listing.places(self.expiries)[self.expiry] if len(self) else np.empty(0, np.int64)
        return listing.rows(expiry, self.strike, self.right)

    def positioning(self, quotes: Quotes, rule: SigningRule, start: Floats | None = None) -> "KeptTradesPositioning":
        """The dealers' contracts on the rows of a chain; `start` goes before what the inventory began with."""
        row = self.rows_in(Listing.of(quotes))
        listed, prefix = row >= 0, "quote" if rule is SigningRule.QUOTE_RULE else "lee"

        def by_row(name: str) -> Floats:
            values: Floats = getattr(self, name)
            return np.bincount(row[listed], weights=values[listed], minlength=len(quotes)).astype(np.float64)

        if start is None and self.has_start:
            start = by_row("start")
        moved = np.abs(getattr(self, f"{prefix}_net")) + np.abs(self.start)
        return KeptTradesPositioning(
            customer_net=by_row(f"{prefix}_net"),
            squared=by_row(f"{prefix}_squared"),
            starting_inventory=start,
            rule=rule,
            unsigned_contract_count=float(by_row(f"{prefix}_unsigned").sum()),
            unlisted_contract_count=float(moved[~listed].sum()),
            unlisted_count=int(np.count_nonzero(~listed & (moved > 0.0))),
        )

    def _index(self) -> dict[Key, int]:
        """Row by contract."""
        found: dict[Key, int] | None = self.__dict__.get("_rows")
        if found is None:
            keys = zip(self.expiry.tolist(), self.strike.tolist(), self.right.tolist(), strict=True)
            found = {
                (self.expiries[e].root, self.expiries[e].date, strike, right): row
                for row, (e, strike, right) in enumerate(keys)
            }
            self.__dict__["_rows"] = found
        return found

    def _indexed(self, other: "TradeInventory") -> "TradeInventory":
        """This one with the index of another that has the same contracts."""
        self.__dict__["_rows"] = other._index()
        return self

    def _with_contracts(self, expiries: Sequence[Expiry], lines: Prints) -> tuple["TradeInventory", Ints]:
        """The table with a row for each contract of `lines`, and those rows."""
        terms = [(expiry.root, expiry.date) for expiry in expiries]
        known = self._index()
        keys: list[Key] = [
            (*terms[e], strike, right)
            for e, strike, right in zip(lines.expiry.tolist(), lines.strike.tolist(), lines.right.tolist(), strict=True)
        ]
        new = {key: None for key in keys if key not in known}
        if not new:
            return self, np.array([known[key] for key in keys], np.int64)
        index = known | {key: len(known) + i for i, key in enumerate(new)}
        own = {(expiry.root, expiry.date): expiry for expiry in expiries}
        held = list(self.expiries)
        place = {(expiry.root, expiry.date): i for i, expiry in enumerate(held)}
        for key in new:
            if key[:2] not in place:
                place[key[0], key[1]] = len(held)
                held.append(own[key[0], key[1]])
        added = {name: np.zeros(len(new)) for name in _SUMS} | {
            "expiry": np.array([place[key[0], key[1]] for key in new], np.int32),
            "strike": np.array([key[2] for key in new]),
            "right": np.array([key[3] for key in new], np.int8),
            "last_price": np.full(len(new), np.nan),
            "last_tick": np.zeros(len(new), np.int8),
        }
        columns = {name: np.concatenate([getattr(self, name), added[name]]) for name in self.column_names()}
        table = dataclasses.replace(self, expiries=tuple(held), **_frozen(columns))
        table.__dict__["_rows"] = index
        return table, np.array([index[key] for key in keys], np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class KeptTradesPositioning(SignedByRule):
    """A starting inventory less what customers bought since, as a `TradeInventory` keeps it; per row of a chain.

    `starting_inventory` None: not known. It counts as none, and `is_left_censored` says so.
    """

    customer_net: Floats
    squared: Floats
    starting_inventory: Floats | None
    rule: SigningRule
    unsigned_contract_count: float = 0.0  # traded without a side, in no inventory
    unlisted_contract_count: float = 0.0  # held in contracts that the chain does not list
    unlisted_count: int = 0

    def dealer_contracts(self, quotes: Quotes) -> Floats:
        """Starting inventory − Σ sᵢ nᵢ."""
        return start_of(self.starting_inventory, len(quotes)) - self.customer_net

    def squared_sizes(self, quotes: Quotes) -> Floats:  # noqa: ARG002 # as `SignedTradesPositioning`
        """Σ nᵢ² per row over the signed trades."""
        return self.squared


_SUMS = ("start", "quote_net", "quote_squared", "quote_unsigned", "lee_net", "lee_squared", "lee_unsigned")


def _columns() -> list["dataclasses.Field[object]"]:
    return [field for field in dataclasses.fields(TradeInventory) if "dtype" in field.metadata]


def _frozen(columns: dict[str, Any]) -> dict[str, Any]:
    for values in columns.values():
        values.flags.writeable = False
    return columns


def _tick_signs(price: Floats, row: Ints, last_price: Floats, last_tick: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """+1 where the last different price of a contract was lower, −1 where higher; the last ones are brought forward."""
    side = np.zeros(len(price), np.int8)
    for i, (at, value) in enumerate(zip(row.tolist(), price.tolist(), strict=True)):
        if not np.isfinite(value):
            continue
        before = last_price[at]
        if np.isfinite(before) and value != before:
            last_tick[at] = 1 if value > before else -1
        side[i] = last_tick[at]
        last_price[at] = value
    return side
