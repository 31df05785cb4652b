"""Small chains with known truth, for tests."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats
from gex.contracts import ContractSpec, Exercise, Expiry, Settlement
from gex.discount import DiscountCurve
from gex.forward import ForwardCurve, ForwardSource
from gex.quotes import Quotes

AS_OF = np.datetime64("2024-03-01T21:00:00", "ns")
YEAR_NS = 365 * 86_400 * 10**9


def expiry_after(days: float, *, root: str = "SPXW", multiplier: float = 100.0) -> Expiry:
    """An expiry that settles so many days after AS_OF."""
    settles_at = AS_OF + np.timedelta64(round(days * 86_400e9), "ns")
    contract = ContractSpec(
        root=root,
        underlying="SPX",
        multiplier=multiplier,
        exercise=Exercise.EUROPEAN,
        settlement=Settlement.PM,
    )
    date = dt.date.fromisoformat(str(settles_at.astype("datetime64[D]")))
    return Expiry(contract=contract, date=date, settles_at=settles_at)


@dataclass(frozen=True, eq=False)
class FlatSurface:
    """One volatility an expiry, whatever the strike."""

    forwards: ForwardCurve
    level: Floats

    @property
    def is_certified(self) -> Bools:
        return np.ones(len(self.forwards), np.bool_)

    def vol(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        piece, _ = np.broadcast_arrays(expiry, log_moneyness)
        return self.level[piece]


def carried_forwards(
    spot: float, expiries: tuple[Expiry, ...], *, rate: float = 0.0, dividend: float = 0.0
) -> ForwardCurve:
    """F = S e^{(r − q)T}, D = e^{−rT}."""
    time = np.array([(e.settles_at - AS_OF) / np.timedelta64(YEAR_NS, "ns") for e in expiries])
    return ForwardCurve(
        as_of=AS_OF,
        spot=spot,
        expiries=expiries,
        discount=DiscountCurve.flat(rate),
        time_to_expiry=time,
        forward=spot * np.exp((rate - dividend) * time),
        discount_factor=np.exp(-rate * time),
        source=np.full(len(expiries), ForwardSource.GIVEN),
    )


def book_of(
    lines: list[tuple[float, float, float, str]],
    *,
    spot: float = 5000.0,
    rate: float = 0.0,
    dividend: float = 0.0,
    **spec: float,
) -> tuple[Quotes, FlatSurface, Floats]:
    """Quotes, flat surface and dealer contracts of lines (days, vol, strike, "+1000C").

    Each distinct (days, vol) becomes an expiry of its own.
    """
    keys = list(dict.fromkeys((days, vol) for days, vol, _, _ in lines))
    expiries = tuple(expiry_after(days, **spec) for days, _ in keys)
    right = np.array([1 if what.endswith("C") else -1 for *_, what in lines])
    contracts = np.array([float(what[:-1]) for *_, what in lines])
    quotes = Quotes(
        underlying="SPX",
        as_of=AS_OF,
        spot=spot,
        expiries=expiries,
        row=np.arange(len(lines)),
        expiry=[keys.index((days, vol)) for days, vol, _, _ in lines],
        strike=[strike for _, _, strike, _ in lines],
        right=right,
        open_interest=np.abs(contracts),
    )
    forwards = carried_forwards(spot, expiries, rate=rate, dividend=dividend)
    return quotes, FlatSurface(forwards, np.array([vol for _, vol in keys])), contracts
