"""Open interest and volume with their usual shape."""

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats, Ints
from gex.sample.expiries import Listing, Series

# Open interest of a round strike near its peak, in contracts of a large index class, and the years in which it falls by
# a factor of e with the time to expiry: what expires soon, or on a third Friday, has been traded longest. With the shapes
# below, totals, put-call ratio, round strikes, third Fridays and zeros come out near those of SPX in 2022 and 2023.
_PEAK = {
    Series.EXPIRED: (2_500.0, 1.0),
    Series.DAILY: (2_500.0, 0.03),
    Series.WEEKLY: (4_000.0, 0.07),
    Series.MONTHLY: (14_000.0, 0.6),
    Series.MONTHLY_CLOSE: (5_000.0, 0.12),
    Series.MONTH_END: (5_000.0, 0.25),
    Series.LONG: (5_000.0, 3.0),
}
_QUARTERLY_FACTOR = 2.0
_ROUNDNESS_FACTOR = np.array((0.08, 0.12, 0.30, 0.50, 1.0, 1.3))  # by the coarsest step that divides the strike
_NEVER_TRADED = np.array((0.34, 0.26, 0.18, 0.10, 0.05, 0.05))  # without any open interest, by roundness
_SCATTER = 0.8  # stdev of the logarithm


def open_interest(
    listed: tuple[Listing, ...],
    *,
    expiry: npt.NDArray[np.int32],
    deviations: Floats,
    roundness: Ints,
    right: npt.NDArray[np.int8],
    scale: float,
    put_share: float,
    generator: np.random.Generator,
) -> Floats:
    """Whole contracts of each row.

    Puts are held below the money and calls above it, puts farther out; round strikes and third Fridays hold most, fine
    steps and far dailies little or nothing. `deviations` = ln(strike / forward) over the stdev of a position's life.
    """
    peak = np.array([_PEAK[one.series][0] for one in listed])
    fade = np.array([np.exp(-one.time_to_expiry / _PEAK[one.series][1]) for one in listed])
    quarterly = np.array([_QUARTERLY_FACTOR if one.is_quarterly else 1.0 for one in listed])
    level = scale * (peak * fade * quarterly)[expiry] * _ROUNDNESS_FACTOR[roundness]
    puts = np.exp(-0.5 * ((deviations + 2.0) / 1.5) ** 2) + 0.40 * np.exp(np.minimum(deviations, 0.0) / 10.0)
    calls = np.exp(-0.5 * ((deviations - 0.5) / 1.0) ** 2) + 0.08 * np.exp(-np.abs(deviations) / 4.0)
    shape = np.where(right < 0, 1.5 * put_share * puts * _fall(deviations), 2.0 * (1.0 - put_share) * calls)
    scatter = np.exp(_SCATTER * _normal(generator, len(expiry)))
    traded = generator.random(len(expiry)) >= _NEVER_TRADED[roundness]
    interest: Floats = np.floor(level * shape * scatter) * traded
    return interest


def volume(
    listed: tuple[Listing, ...],
    *,
    expiry: npt.NDArray[np.int32],
    deviations: Floats,
    roundness: Ints,
    live: Bools,
    scale: float,
    generator: np.random.Generator,
) -> Floats:
    """Whole contracts traded in the session: near the money, in the nearest expiries; none in what is settled."""
    years = np.array([one.time_to_expiry for one in listed])[expiry]
    activity = 300.0 * np.exp(-years / 0.15) + 4_000.0 * np.exp(-years * 365.0) + 25.0
    level = scale * activity * np.sqrt(_ROUNDNESS_FACTOR[roundness]) * np.exp(-np.abs(deviations) / 1.2)
    traded: Floats = np.floor(level * np.exp(1.1 * _normal(generator, len(expiry)))) * live
    return traded


def _fall(deviations: Floats) -> Floats:
    """Puts above the money are few."""
    return np.exp(-3.0 * np.maximum(deviations, 0.0))


def _normal(generator: np.random.Generator, count: int) -> Floats:
    """Standard normal draws by Box and Muller (1958): from uniforms alone, whose stream numpy does not change."""
    radius = np.sqrt(-2.0 * np.log1p(-generator.random(count)))
    return radius * np.cos(2.0 * np.pi * generator.random(count))
