"""A book: signed options of one chain, linear contracts beside them, and what could not be matched."""

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gex.columns import Columns, Floats, Ints, column
from gex.contracts import Expiry, ExpiryTerms, Right
from gex.portfolio.linear import LinearPositions
from gex.quotes import Quotes


class UnpricedReason(enum.Enum):
    """Why a position is in no total."""

    UNKNOWN_ROOT = "unknown_root"  # no expiry of the chain has this root
    UNKNOWN_EXPIRY = "unknown_expiry"
    UNKNOWN_STRIKE = "unknown_strike"  # the chain does not list it
    UNKNOWN_INSTRUMENT = "unknown_instrument"  # neither an option nor a contract whose terms were given
    EXPIRED = "expired"
    NO_FORWARD = "no_forward"
    NO_VOL = "no_vol"
    NO_PRICE = "no_price"  # a linear contract without a price


@dataclass(frozen=True, kw_only=True)
class Unpriced:
    """One position that is kept out of every total, by name."""

    row: int  # position in the book as it was given
    label: str  # "SPXW 2023-10-20 4500 C"
    contracts: float
    reason: UnpricedReason

    @property
    def message(self) -> str:
        """One line for people."""
        return f"{self.contracts:+g} {self.label}: {self.reason.value.replace('_', ' ')}"


@dataclass(frozen=True, kw_only=True)
class OptionLine:
    """One option position as a person writes it, not yet matched to a chain."""

    row: int
    root: str
    expiry: dt.date
    strike: float
    right: Right
    contracts: float
    account: str = ""
    entry_price: float | None = None  # paid a unit, currency

    @property
    def label(self) -> str:
        """SPXW 2023-10-20 4500 C."""
        return f"{self.root} {self.expiry} {self.strike:g} {self.right.name[0]}"


@dataclass(frozen=True, kw_only=True)
class LinearLine:
    """One position in a contract without optionality, by the symbol of its terms."""

    row: int
    symbol: str
    contracts: float
    entry_price: float | None = None
    account: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Positions(Columns):
    """One row per option position of one underlying, keyed to `expiries` as `Quotes` are; linear contracts beside.

    Positions that the chain does not hold are in `unmatched`, not in the columns.
    """

    expiries: tuple[Expiry, ...]
    linear: LinearPositions | None = None
    unmatched: tuple[Unpriced, ...] = field(default=())

    row: Ints = column(np.int64)  # position in the book as it was given
    expiry: npt.NDArray[np.int32] = column(np.int32)  # index into `expiries`
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)  # +1 call, −1 put
    contracts: Floats = column(np.float64)  # signed, + owns the option

    @cached_property
    def expiry_terms(self) -> ExpiryTerms:
        """The terms of `expiries` as columns."""
        return ExpiryTerms.of(self.expiries)

    @property
    def units(self) -> Floats:
        """Signed units of underlying the options are on: contracts × multiplier."""
        return self.contracts * self.expiry_terms.multiplier[self.expiry]

    def label(self, index: int) -> str:
        """Name of a row: "SPXW 2023-10-20 4500 C"."""
        expiry = self.expiries[self.expiry[index]]
        right = "C" if self.right[index] > 0 else "P"
        return f"{expiry.root} {expiry.date} {self.strike[index]:g} {right}"


def match_positions(
    lines: Sequence[OptionLine | LinearLine], quotes: Quotes, *, linear: Mapping[str, LinearPositions] | None = None
) -> Positions:
    """The book of `lines` keyed to a chain; what the chain does not list is in `unmatched` with its reason.

    `linear` gives the terms of each contract without optionality as a table of one row, by symbol.
    """
    by_name = {(expiry.root, expiry.date): index for index, expiry in enumerate(quotes.expiries)}
    roots = {expiry.root for expiry in quotes.expiries}
    listed = set(zip(quotes.expiry.tolist(), quotes.strike.tolist(), quotes.right.tolist(), strict=True))
    terms = linear or {}
    options: list[tuple[int, int, float, int, float]] = []
    held: list[tuple[LinearPositions, LinearLine]] = []
    unmatched: list[Unpriced] = []
    for line in lines:
        if isinstance(line, LinearLine):
            if line.symbol in terms:
                held.append((terms[line.symbol], line))
            else:
                unmatched.append(_unmatched(line.row, line.symbol, line.contracts, UnpricedReason.UNKNOWN_INSTRUMENT))
            continue
        index = by_name.get((line.root, line.expiry))
        if index is None:
            reason = UnpricedReason.UNKNOWN_EXPIRY if line.root in roots else UnpricedReason.UNKNOWN_ROOT
        elif (index, line.strike, int(line.right)) in listed:
            options.append((line.row, index, line.strike, int(line.right), line.contracts))
            continue
        else:
            reason = UnpricedReason.UNKNOWN_STRIKE
        unmatched.append(_unmatched(line.row, line.label, line.contracts, reason))
    row, expiry, strike, right, contracts = zip(*options, strict=True) if options else ((), (), (), (), ())
    return Positions(
        expiries=quotes.expiries,
        linear=joined([_held(table, line) for table, line in held]) if held else None,
        unmatched=tuple(unmatched),
        row=np.array(row, np.int64),
        expiry=np.array(expiry, np.int32),
        strike=np.array(strike, np.float64),
        right=np.array(right, np.int8),
        contracts=np.array(contracts, np.float64),
    )


def joined(tables: Sequence[LinearPositions]) -> LinearPositions:
    """Several tables at one spot as one."""
    columns = {name: np.concatenate([getattr(t, name) for t in tables]) for name in LinearPositions.column_names()}
    symbol = tuple(name for table in tables for name in table.symbol)
    return LinearPositions(spot=tables[0].spot, symbol=symbol, **columns)


def _held(table: LinearPositions, line: LinearLine) -> LinearPositions:
    entry = np.nan if line.entry_price is None else line.entry_price
    return LinearPositions(
        spot=table.spot,
        symbol=table.symbol,
        kind=table.kind,
        contracts=np.array([line.contracts]),
        multiplier=table.multiplier,
        price=table.price,
        time_to_expiry=table.time_to_expiry,
        entry_price=np.array([entry]),
    )


def _unmatched(row: int, label: str, contracts: float, reason: UnpricedReason) -> Unpriced:
    return Unpriced(row=row, label=label, contracts=contracts, reason=reason)
