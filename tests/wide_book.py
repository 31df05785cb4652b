"""A wide book on one index: thirty expiries from hours to two years, hundreds of strikes, a skewed smile."""

import datetime as dt

import numpy as np

from gex.contracts import ContractSpec, Exercise, Expiry, Settlement
from gex.portfolio.positions import Positions
from gex.portfolio.risk import PortfolioRisk, portfolio_risk
from gex.surface.broken_line import BrokenLineSurface, SmileSource
from tests.books import AS_OF, surface_of

SPOT = 5000.0
DAYS = (
    *(0.25, 1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 17, 21, 24, 28),
    *(35, 42, 49, 56, 63, 77, 91, 119, 147, 182, 273, 364, 455, 546, 728),
)
_SPEC = ContractSpec(
    root="XYZ", underlying="XYZ", multiplier=100.0, exercise=Exercise.EUROPEAN, settlement=Settlement.PM
)


def wide_surface(spot: float = SPOT) -> BrokenLineSurface:
    """Parabolas of every expiry sampled at 121 knots, joined by straight lines as quotes are."""
    expiries = []
    for days in DAYS:
        settles_at = AS_OF + np.timedelta64(round(days * 86_400e9), "ns")
        date = dt.date.fromisoformat(str(settles_at)[:10])
        expiries.append(Expiry(contract=_SPEC, date=date, settles_at=settles_at))
    forwards = surface_of(tuple(expiries), spot=spot, vol=0.2, rate=0.04, dividend=0.013).forwards
    time = forwards.time_to_expiry
    z = np.linspace(-6.0, 6.0, 121)
    knots, vols = [], []
    for t in time:
        knots.append(z * 0.18 * np.sqrt(t))
        vols.append(0.14 + 0.02 * np.sqrt(t) - 0.012 * z + 0.0022 * z * z)
    return BrokenLineSurface(
        forwards=forwards,
        start=np.arange(len(DAYS) + 1, dtype=np.int64) * len(z),
        knot=np.concatenate(knots),
        knot_vol=np.concatenate(vols),
        source=np.full(len(DAYS), SmileSource.QUOTES, np.int8),
    )


def wide_positions(surface: BrokenLineSurface, count: int, seed: int = 20240301) -> Positions:
    """`count` positions at strikes five points apart within three deviations; long and short, call and put."""
    random = np.random.default_rng(seed)
    forwards = surface.forwards
    expiry = random.integers(0, len(forwards), count)
    deviation = 0.2 * np.sqrt(forwards.time_to_expiry[expiry])
    strike = 5.0 * np.round(forwards.forward[expiry] * np.exp(deviation * random.uniform(-3.0, 2.5, count)) / 5.0)
    return Positions(
        expiries=forwards.expiries,
        row=np.arange(count),
        expiry=expiry.astype(np.int32),
        strike=strike,
        right=np.where(random.random(count) < 0.5, 1, -1).astype(np.int8),
        contracts=np.round(random.normal(0.0, 20.0, count)),
    )


def wide_risk(count: int = 10_000, seed: int = 20240301) -> PortfolioRisk:
    surface = wide_surface()
    return portfolio_risk(wide_positions(surface, count, seed), surface)
