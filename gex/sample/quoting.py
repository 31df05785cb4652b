"""Bids and asks around true prices: ticks, spreads, and the few rows that a feed gets wrong."""

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats
from gex.contracts import ContractSpec

# Spread of an out-of-the-money option in units of its vega per vol point: this much, and this much more per year. An
# in-the-money one is wider by a fixed part, in shares of spot. Read off SPX closes of September 2023: 0.11 to 0.14 vol
# points up to half a year, 0.23 at one year, and 4 to 5 points of a 4,500 index for what is in the money.
_SPREAD_VOL_POINTS = 0.10
_SPREAD_VOL_POINTS_PER_YEAR = 0.12
_WING_WIDENING = 0.04  # more of the same, per standard deviation from the money
_IN_THE_MONEY_SHARE = 0.0009
_DEEP_SHARE = 0.001  # of the intrinsic value
_TICK_TOLERANCE = 1e-6  # of a tick: a price that is a tick but for rounding is that tick, on every machine


def spread(
    *, tick: Floats, vega: Floats, deviations: Floats, intrinsic: Floats, spot: Floats, time_to_expiry: Floats
) -> Floats:
    """Width of the market before rounding to ticks, in the unit of the price; `vega` per 1.00 of vol.

    Grows with vega, with the distance from the money (`deviations`, in stdevs of the expiry) and with time.
    """
    vol_points = (_SPREAD_VOL_POINTS + _SPREAD_VOL_POINTS_PER_YEAR * time_to_expiry) * (
        1.0 + _WING_WIDENING * np.minimum(np.abs(deviations), 10.0)
    )
    in_the_money = _IN_THE_MONEY_SHARE * spot * (1.0 - np.exp(-intrinsic / (0.02 * spot))) + _DEEP_SHARE * intrinsic
    width: Floats = 0.5 * tick + 0.01 * vega * vol_points + in_the_money
    return width


def ticks(contract: ContractSpec, price: Floats) -> Floats:
    """The tick at each price: for SPX 0.05 below 3.00 and 0.10 from there."""
    starts = np.array([start for start, _ in contract.ticks])
    sizes = np.array([size for _, size in contract.ticks])
    index = np.searchsorted(starts, price, side="right") - 1
    tick: Floats = sizes[np.maximum(index, 0)]
    return tick


def market_around(contract: ContractSpec, price: Floats, *, width: Floats, lean: Floats) -> tuple[Floats, Floats]:
    """(bid, ask) on ticks that hold the true price between them; the bid is NaN where it would be zero.

    `lean` in (-1, 1) moves the middle of the market by that share of half its width. SPX, price 12.34, width 0.5, no
    lean: 12.00 bid, 12.60 ask.
    """
    low = price - 0.5 * width * (1.0 - lean)
    high = price + 0.5 * width * (1.0 + lean)
    low_tick, high_tick = ticks(contract, low), ticks(contract, high)
    bid = _decimal(np.floor(low / low_tick + _TICK_TOLERANCE) * low_tick, low_tick)
    ask = _decimal(np.ceil(high / high_tick - _TICK_TOLERANCE) * high_tick, high_tick)
    smallest = contract.ticks[0][1]
    return np.where(bid > 0.5 * smallest, bid, np.nan), np.maximum(ask, smallest)


def crossed(bid: Floats, ask: Floats, where: Bools) -> tuple[Floats, Floats]:
    """The same quotes with bid and ask exchanged `where` true."""
    return np.where(where, ask, bid), np.where(where, bid, ask)


def draw_rows(generator: np.random.Generator, eligible: Bools, count: int) -> npt.NDArray[np.int64]:
    """`count` different rows of the eligible ones, in order; all of them where there are fewer."""
    rows = np.flatnonzero(eligible)
    keys = generator.random(len(rows))
    return np.sort(rows[np.argsort(keys, kind="stable")[:count]])


def _decimal(value: Floats, tick: Floats) -> Floats:
    """The double nearest to the decimal price, as a reader of "4.35" would get it."""
    rounded: Floats = np.round(value, 4) if float(tick.min(initial=1.0)) < 0.01 else np.round(value, 2)
    return rounded
