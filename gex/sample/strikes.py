"""Which strikes a sample lists: fine steps near the money, coarse ones far out, as many as were asked for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Floats, Ints
from gex.errors import InputError
from gex.sample.expiries import Listing, Series
from gex.sample.market import Market

# Width of the strike grid of a series, relative to a monthly.
_WIDTH = {
    Series.EXPIRED: 0.45,
    Series.DAILY: 0.45,
    Series.WEEKLY: 0.6,
    Series.MONTHLY: 1.0,
    Series.MONTHLY_CLOSE: 0.95,
    Series.MONTH_END: 1.0,
    Series.LONG: 0.9,
}
# How far from the money each step of the ladder reaches, relative to the finest, and the years in which that reach
# falls by a factor of e: long-dated expiries have coarse strikes only.
_STEP_REACH = np.array((1.0, 1.4, 2.2, 3.2, 5.0, 14.0))
_STEP_LIFE = np.array((0.3, 0.5, 1.5, 6.0, 20.0, 50.0))
_CALL_WING = 2.0  # distances above the forward count this much more: the call wing is listed less far


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The listed (expiry, strike) pairs, in the order of a feed: by date, then strike, then root."""

    expiry: npt.NDArray[np.int32]  # index into the listings
    strike: Floats
    roundness: Ints  # index of the coarsest step of the ladder that divides the strike


def strike_grid(market: Market, listed: tuple[Listing, ...], forward: Floats, *, strike_count: int) -> Grid:
    """Exactly `strike_count` pairs: the nearest to the money for their roundness and their expiry.

    A strike is listed within a distance of the forward that grows with the coarsest step that divides it. One common
    width decides how many there are, so a bigger chain is denser near the money and reaches farther out, everywhere.
    """
    steps = np.array(market.strike_steps) * _power_of_ten(float(forward[0]) / market.spot)
    candidates = [_candidates(market, index, one, float(forward[index]), steps) for index, one in enumerate(listed)]
    expiry, strike, roundness, remoteness = (np.concatenate(values) for values in zip(*candidates, strict=True))
    if strike_count > len(strike):
        raise InputError(
            f"option_count: expected at most {2 * len(strike)} for {market.underlying}, got {2 * strike_count}"
        )
    date = np.array([np.datetime64(one.expiry.date, "D").astype(np.int64) for one in listed])
    root = np.array([market.roots.index(one.expiry.root) for one in listed])
    kept = np.argsort(remoteness, kind="stable")[:strike_count]
    kept = kept[np.lexsort((root[expiry[kept]], strike[kept], date[expiry[kept]]))]
    return Grid(expiry=expiry[kept], strike=strike[kept], roundness=roundness[kept])


def _candidates(
    market: Market, index: int, listing: Listing, forward: float, steps: Floats
) -> tuple[npt.NDArray[np.int32], Floats, Ints, Floats]:
    """Every strike an expiry could list: (expiry, strike, roundness, remoteness), the last as a share of the reach."""
    low, high = (np.round(bound * forward / steps[0]) for bound in market.strike_range)
    strike = np.round(np.arange(max(low, 1.0), high + 1.0) * steps[0], 6)
    roundness = np.zeros(len(strike), np.int64)
    for rank, step in enumerate(steps):
        roundness[np.abs(strike / step - np.round(strike / step)) < 1e-9] = rank
    distance = np.log(strike / forward)
    distance = np.where(distance > 0.0, _CALL_WING * distance, -distance)
    years = listing.time_to_expiry
    width = _WIDTH[listing.series] * (0.35 + min(years, 1.0) ** 0.5)
    reach = width * _STEP_REACH * np.exp(-years / _STEP_LIFE)
    remoteness = distance / reach[roundness]
    for side in (strike > forward, strike <= forward):  # a straddle and a strangle are listed in any case
        on_side = np.flatnonzero(side)
        remoteness[on_side[np.argsort(remoteness[on_side], kind="stable")[:2]]] = 0.0
    return np.full(len(strike), index, np.int32), strike, roundness, remoteness


def _power_of_ten(ratio: float) -> float:
    """The power of ten nearest to a ratio, so that an underlying of another size has a ladder of its own size."""
    return float(10.0 ** np.round(np.log10(ratio)))
