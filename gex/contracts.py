"""What is listed: the terms of option contracts and of single expiries."""

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt


class Right(enum.IntEnum):
    """The right an option gives; its value is the sign of the payoff's slope."""

    CALL = 1
    PUT = -1


class Exercise(enum.Enum):
    """When the holder may exercise."""

    EUROPEAN = "european"
    AMERICAN = "american"


class Settlement(enum.Enum):
    """At which instant of its expiry date an option is settled."""

    AM = "am"  # special opening quotation: the open of the expiry date
    PM = "pm"  # the close of the session of the expiry date (13:00 on a half day)
    UTC_0800 = "utc_0800"  # Deribit: average of the half hour before 08:00 UTC


class Payoff(enum.Enum):
    """The currency in which the payoff is paid."""

    LINEAR = "linear"  # max(±(S − K), 0) in the quote currency
    INVERSE = "inverse"  # the same, divided by S: paid in coin


@dataclass(frozen=True, kw_only=True)
class ContractSpec:
    """Terms shared by every option of one root.

    `multiplier` is in units of the underlying a contract (SPX 100, ES options 50, Deribit BTC 1). `calendar` is the
    name of the exchange calendar (`exchange_calendars`), or None for a venue that never closes. `adjusted` marks a
    class with a non-standard deliverable (AMD1): another underlying in all but name, never mixed with the standard one.
    `quoted_after_close_minutes` is how long after the close of a session its quotes go on (SPX 15: to 16:15 New York).
    `ticks` are pairs (from this price, tick), rising: ((0, 0.05), (3, 0.10)).
    """

    root: str
    underlying: str
    multiplier: float
    exercise: Exercise
    settlement: Settlement
    payoff: Payoff = Payoff.LINEAR
    currency: str = "USD"
    calendar: str | None = "XNYS"
    adjusted: bool = False
    quoted_after_close_minutes: int = 0
    ticks: tuple[tuple[float, float], ...] = ((0.0, 0.01),)

    def tick_at(self, price: float) -> float:
        """The tick of a price, in its currency: SPX 0.05 at 2.95 and 0.10 at 3.00."""
        return next((tick for start, tick in reversed(self.ticks) if price >= start), self.ticks[0][1])


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """One expiry of one root. Two roots on one date (SPX AM, SPXW PM) are two expiries with two clocks."""

    contract: ContractSpec
    date: dt.date
    settles_at: np.datetime64  # datetime64[ns], UTC

    @property
    def root(self) -> str:
        """The root of the contract, "SPXW"."""
        return self.contract.root


@dataclass(frozen=True, eq=False, kw_only=True)
class ExpiryTerms:
    """The terms of several expiries as columns, one entry an expiry."""

    settles_at: npt.NDArray[np.datetime64]  # datetime64[ns], UTC
    multiplier: npt.NDArray[np.float64]  # units of underlying a contract
    tick: npt.NDArray[np.float64]  # of the lowest prices
    is_inverse: npt.NDArray[np.bool_]  # paid in coin
    is_american: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, expiries: Sequence[Expiry]) -> Self:
        """The columns of these expiries, read-only."""
        contracts = [expiry.contract for expiry in expiries]
        terms = cls(
            settles_at=np.array([expiry.settles_at for expiry in expiries], "datetime64[ns]"),
            multiplier=np.array([contract.multiplier for contract in contracts], np.float64),
            tick=np.array([contract.ticks[0][1] for contract in contracts], np.float64),
            is_inverse=np.array([contract.payoff is Payoff.INVERSE for contract in contracts], np.bool_),
            is_american=np.array([contract.exercise is Exercise.AMERICAN for contract in contracts], np.bool_),
        )
        for values in vars(terms).values():
            values.flags.writeable = False
        return terms
