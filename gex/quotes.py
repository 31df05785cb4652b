"""One option chain at one instant, and the rows that did not make it into one."""

import enum
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from gex.columns import Columns, Floats, Instants, Ints, column
from gex.contracts import Expiry, ExpiryTerms


@dataclass(frozen=True, eq=False, kw_only=True)
class Quotes(Columns):
    """One row per listed option of one underlying at one instant, in the order of the source.

    Prices are in the currency of the contract, per unit of underlying (coin for inverse options).
    """

    underlying: str
    as_of: np.datetime64  # the instant the quotes hold for, not the download; datetime64[ns], UTC
    spot: float | None  # None where the source names none
    expiries: tuple[Expiry, ...]
    source: str = ""  # where it came from, for the provenance of results
    open_interest_date: np.datetime64 | None = None  # the day whose close the open interest belongs to

    row: Ints = column(np.int64)  # position in the source, for naming rejects
    expiry: npt.NDArray[np.int32] = column(np.int32)  # index into `expiries`
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)  # +1 call, −1 put
    bid: Floats = column(np.float64, fill=np.nan)  # NaN where there is no bid
    ask: Floats = column(np.float64, fill=np.nan)  # NaN where there is no ask
    last: Floats = column(np.float64, fill=np.nan)  # price of the last trade
    volume: Floats = column(np.float64, fill=np.nan)  # contracts traded in the session
    open_interest: Floats = column(np.float64, fill=np.nan)  # contracts
    quoted_at: Instants = column(np.datetime64, fill=np.datetime64("NaT", "ns"))  # NaT where the source does not say
    source_vol: Floats = column(np.float64, fill=np.nan)  # implied vol the source prints, decimal
    source_delta: Floats = column(np.float64, fill=np.nan)
    source_gamma: Floats = column(np.float64, fill=np.nan)

    @cached_property
    def expiry_terms(self) -> ExpiryTerms:
        """The terms of `expiries` as columns."""
        return ExpiryTerms.of(self.expiries)

    @property
    def settles_at(self) -> Instants:
        """The settlement instant of every row (datetime64[ns], UTC)."""
        return self.expiry_terms.settles_at[self.expiry]

    @property
    def multiplier(self) -> Floats:
        """Units of underlying a contract, of every row."""
        return self.expiry_terms.multiplier[self.expiry]

    def at_spot(self, spot: float) -> Self:
        """The same rows at another spot; what was found out about the rows alone is not found out again."""
        new = object.__new__(
            type(self)
        )  # columns that were checked once are not checked again: a tick is this and little more
        new.__dict__.update(self.__dict__)
        new.__dict__["spot"] = spot
        return new


class RejectReason(enum.IntEnum):
    """Why a row, or the price of a row, was not used. Reasons below 100 take the whole row out of every sum; from 100
    on only its bid and ask are discarded: the contract and its open interest still count.
    """

    MALFORMED = 1  # a field that names the contract cannot be read
    BAD_STRIKE = 2  # NaN, infinite, zero or negative
    UNKNOWN_RIGHT = 3
    UNKNOWN_EXPIRY = 4
    EXPIRED = 5  # settled at or before as_of
    DUPLICATE = 6  # the same contract appeared before; the first row counts
    ADJUSTED = 7  # non-standard deliverable, belongs to another underlying
    BAD_OPEN_INTEREST = 8  # negative or infinite
    OTHER_UNDERLYING = 9  # of another chain in the same source

    BAD_PRICE = 100  # negative or infinite bid or ask
    CROSSED = 101  # bid above ask
    NO_ASK = 102  # a bid without an ask
    STALE = 103  # quoted longer before as_of than allowed
    BELOW_INTRINSIC = 104  # ask below the discounted intrinsic value
    NO_QUOTE = 105  # neither bid nor ask

    @property
    def label(self) -> str:
        """The name on the wire: "below_intrinsic"."""
        return self.name.lower()

    @property
    def drops_row(self) -> bool:
        """True where the whole row is out, False where only its price is."""
        return self < RejectReason.BAD_PRICE


@dataclass(frozen=True, eq=False, kw_only=True)
class Rejects(Columns):
    """One row per thing that was refused, with its reason."""

    row: Ints = column(np.int64)  # position in the source
    reason: npt.NDArray[np.int16] = column(np.int16)  # RejectReason
    open_interest: Floats = column(np.float64, fill=np.nan)  # contracts of that row

    def counts(self) -> dict[RejectReason, int]:
        """Number of rejects by reason, in the order of the reasons."""
        reason, count = np.unique(self.reason, return_counts=True)
        return {RejectReason(int(r)): int(c) for r, c in zip(reason, count, strict=True)}

    @classmethod
    def empty(cls) -> "Rejects":
        """No rejects."""
        return cls(row=np.empty(0, np.int64), reason=np.empty(0, np.int16))

    def joined(self, other: "Rejects") -> "Rejects":
        """Both, in order of the source."""
        both = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in self.column_names()}
        order: npt.NDArray[Any] = np.argsort(both["row"], kind="stable")
        return Rejects(**{name: values[order] for name, values in both.items()})


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A chain without what cannot be used, and what was refused, with reasons.

    In `quotes` a refused price is NaN while its contract and open interest stay; a refused row is gone.
    `row_count` is what the source held: rows kept plus rows dropped.
    """

    quotes: Quotes
    rejects: Rejects
    row_count: int
