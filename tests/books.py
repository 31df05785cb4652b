"""Small books on surfaces of known shape, for tests of risk and hedges."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats
from gex.contracts import ContractSpec, Exercise, Expiry, Payoff, Settlement
from gex.forward import ForwardCurve, ForwardSource
from gex.hedging.instruments import HedgeInstrument
from gex.portfolio.linear import LinearKind, LinearPositions
from gex.portfolio.positions import Positions
from gex.portfolio.risk import PortfolioRisk, portfolio_risk

AS_OF = np.datetime64("2024-03-01T21:00:00", "ns")
YEAR_NS = 365 * 86_400 * 10**9


@dataclass(frozen=True, eq=False)
class ParabolicSurface:
    """σ(k) = level + slope·k + bend·k² for every expiry."""

    forwards: ForwardCurve
    level: float
    slope: float = 0.0
    bend: float = 0.0

    @property
    def is_certified(self) -> Bools:
        return np.ones(len(self.forwards), np.bool_)

    def vol(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        _, k = np.broadcast_arrays(expiry, np.asarray(log_moneyness, np.float64))
        return self.level + self.slope * k + self.bend * k * k


@dataclass(frozen=True)
class Line:
    """One option position: strike, right +1 or −1, signed contracts, days to expiry."""

    strike: float
    right: int
    contracts: float
    days: float = 30.0


def expiry_in(
    days: float, *, multiplier: float = 1.0, payoff: Payoff = Payoff.LINEAR, exercise: Exercise = Exercise.EUROPEAN
) -> Expiry:
    settles_at = AS_OF + np.timedelta64(round(days * 86_400e9), "ns")
    contract = ContractSpec(
        root="BTC" if payoff is Payoff.INVERSE else "XYZ",
        underlying="BTC" if payoff is Payoff.INVERSE else "XYZ",
        multiplier=multiplier,
        exercise=exercise,
        settlement=Settlement.PM,
        payoff=payoff,
    )
    return Expiry(contract=contract, date=dt.date.fromisoformat(str(settles_at)[:10]), settles_at=settles_at)


def surface_of(
    expiries: tuple[Expiry, ...],
    *,
    spot: float,
    vol: float,
    slope: float = 0.0,
    bend: float = 0.0,
    rate: float = 0.0,
    dividend: float = 0.0,
    as_of: np.datetime64 = AS_OF,
) -> ParabolicSurface:
    time = np.array([float((e.settles_at - as_of) / np.timedelta64(YEAR_NS, "ns")) for e in expiries])
    forwards = ForwardCurve(
        as_of=as_of,
        spot=spot,
        expiries=expiries,
        time_to_expiry=np.maximum(time, 0.0),
        forward=spot * np.exp((rate - dividend) * time),
        discount_factor=np.exp(-rate * time),
        source=np.full(len(expiries), ForwardSource.GIVEN),
    )
    return ParabolicSurface(forwards, vol, slope, bend)


def positions_of(
    lines: Sequence[Line], expiries: tuple[Expiry, ...], linear: LinearPositions | None = None
) -> Positions:
    """Positions keyed to `expiries`, which must settle after as many days as the lines say, in ascending order."""
    days = sorted({line.days for line in lines})
    return Positions(
        expiries=expiries,
        linear=linear,
        row=np.arange(len(lines)),
        expiry=np.array([days.index(line.days) for line in lines], np.int32),
        strike=np.array([line.strike for line in lines], np.float64),
        right=np.array([line.right for line in lines], np.int8),
        contracts=np.array([line.contracts for line in lines], np.float64),
    )


def risk_of(
    lines: Sequence[Line],
    *,
    spot: float = 100.0,
    vol: float = 0.5,
    slope: float = 0.0,
    bend: float = 0.0,
    rate: float = 0.0,
    dividend: float = 0.0,
    multiplier: float = 1.0,
    payoff: Payoff = Payoff.LINEAR,
    linear: LinearPositions | None = None,
) -> PortfolioRisk:
    expiries = tuple(expiry_in(d, multiplier=multiplier, payoff=payoff) for d in sorted({line.days for line in lines}))
    surface = surface_of(expiries, spot=spot, vol=vol, slope=slope, bend=bend, rate=rate, dividend=dividend)
    return portfolio_risk(positions_of(lines, expiries, linear), surface)


def share(size: float = 1.0, *, symbol: str = "SHARE", bps: float = 1.0, **terms: object) -> HedgeInstrument:
    """The asset itself, in contracts of `size` units, at `bps` one way."""
    values: dict[str, object] = {"kind": LinearKind.SPOT, "multiplier": size, "half_spread_bps": bps, **terms}
    return HedgeInstrument(symbol=symbol, **values)  # type: ignore[arg-type]
