"""When the hedged book leaves its band: at which spots, at which instant, at which volatility."""

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr

from gex.columns import Floats
from gex.hedging.bands import Band
from gex.hedging.hedged_book import HedgedBook
from gex.portfolio.repricing import LEAST_VOL, BookRepricer

_NODE_COUNT = 801  # of the scan in ln(spot)
_ROOT = {"xtol": 1e-15, "rtol": 4.0 * np.finfo(float).eps}  # in ln(spot/spot now): to the last digits of a double
_SAME = 1e-12  # roots nearer than this in ln(spot) are one
_FLAT = 1e-14  # of the mishedge: the rounding of its sum
_TIME_NODES = 240
_VOL_NODES = 120
_HIGHEST_SHIFT = 1.0  # of volatility, decimal
_NANOSECOND = 1.0 / (365.0 * 86_400e9)  # years


class Direction(enum.Enum):
    """What happens at a trigger as spot moves away from where it is."""

    LEAVING = "leaving"
    ENTERING = "entering"


class OrderHint(enum.Enum):
    """How to send an order. Short gamma hedges with the move, long gamma against it."""

    MARKET = "market"
    LIMIT = "limit"  # rests against the move; where it does not fill only an opportunity is lost
    STOP = "stop"  # goes with the move


@dataclass(frozen=True, kw_only=True)
class SpotTrigger:
    """A spot at which the repriced book stands on an edge of its band."""

    price: float
    mishedge: float  # the edge, signed units
    direction: Direction
    order_units: float  # that would then be due: from the edge to its target, signed, + buys
    order_hint: OrderHint
    probability_per_day: float  # that spot gets there within a day


def spot_triggers(book: HedgedBook, band: Band, *, low: float, high: float, vol: float) -> tuple[SpotTrigger, ...]:
    """All spots from `low` to `high` at which the mishedge equals an edge, ascending; empty where there is none in range.

    The whole book is repriced at 801 and more nodes in ln(spot), denser near the strikes of what expires soon; every
    sign change, and every dip that could hide two, is bracketed and solved by Brent's method.
    """
    spot = book.repricer.spot
    node = _nodes(book.repricer, math.log(low / spot), math.log(high / spot))
    value = book.mishedge(spot * np.exp(node))
    found: list[SpotTrigger] = []
    for edge, target in ((band.trigger_below, band.target_below), (band.trigger, band.target)):
        for y, rises in _roots(lambda x: float(book.mishedge(spot * np.exp(x))[0]), node, value, edge):
            outward = rises if y >= 0.0 else not rises  # the mishedge grows as spot moves away from where it is
            leaves = outward == (edge > 0.0) if edge != 0.0 else True
            price = spot * math.exp(y)
            order = target - edge
            with_move = (order > 0.0) == (y >= 0.0)
            found.append(
                SpotTrigger(
                    price=price,
                    mishedge=edge,
                    direction=Direction.LEAVING if leaves else Direction.ENTERING,
                    order_units=order,
                    order_hint=OrderHint.STOP if with_move else OrderHint.LIMIT,
                    probability_per_day=crossing_probability(spot, price, vol, 1.0 / 365.0),
                )
            )
    return tuple(sorted(found, key=lambda trigger: trigger.price))


def crossing_probability(spot: float, barrier: float, vol: float, time: float) -> float:
    """Probability that a log-normal spot without drift touches `barrier` within `time` years (reflection principle).

    Spot 60,000, vol 0.6, one day: 61,500 with 0.42640, 58,500 with 0.42548. NaN where vol is.
    """
    if barrier == spot:
        return 1.0
    if not vol > 0.0 or not time > 0.0:
        return 0.0 if vol == 0.0 or time == 0.0 else math.nan
    drift, move, width = -0.5 * vol * vol, math.log(barrier / spot), vol * math.sqrt(time)
    sign = math.copysign(1.0, move)
    first = ndtr((-sign * move + sign * drift * time) / width)
    mirrored = math.exp(2.0 * drift * move / (vol * vol)) * ndtr((-sign * move - sign * drift * time) / width)
    return float(min(first + mirrored, 1.0))


def time_trigger(book: HedgedBook, band: Band) -> float | None:
    """Years until the mishedge leaves the band, spot and volatilities fixed; None: never before the last expiry.

    The book is repriced along a grid that thickens towards each settlement, where deltas jump; the instant of a jump is
    an answer as good as any.
    """
    times = np.unique(np.append(book.repricer.time_to_expiry, _dated(book)))
    if len(times) == 0:
        return None

    def outside(elapsed: float) -> float:
        return _excess(float(book.mishedge([book.repricer.spot], elapsed=elapsed)[0]), band)

    if outside(0.0) > 0.0:
        return 0.0
    last = float(times[-1])
    towards = times[:, np.newaxis] * (1.0 - 0.5 ** np.arange(1, 24))
    nodes = np.concatenate([np.linspace(0.0, last, _TIME_NODES), towards.ravel(), times, times + _NANOSECOND])
    return _first_exit(outside, np.unique(nodes[nodes > 0.0]))


def vol_triggers(book: HedgedBook, band: Band) -> tuple[float | None, float | None]:
    """The least parallel rise and fall of volatility (decimal, the fall negative) that leave the band; None in no range."""
    if len(book.repricer) == 0:
        return None, None

    def outside(shift: float) -> float:
        return _excess(float(book.mishedge([book.repricer.spot], vol_shift=shift)[0]), band)

    if outside(0.0) > 0.0:
        return 0.0, 0.0
    deepest = float(book.repricer.vol.max()) - LEAST_VOL
    up = _first_exit(outside, np.linspace(0.0, _HIGHEST_SHIFT, _VOL_NODES + 1)[1:])
    down = _first_exit(lambda fall: outside(-fall), np.linspace(0.0, deepest, _VOL_NODES + 1)[1:])
    return up, None if down is None else -down


def _excess(mishedge: float, band: Band) -> float:
    """How far outside the band, units; negative inside."""
    return max(mishedge - band.trigger, band.trigger_below - mishedge)


def _first_exit(outside: Callable[[float], float], nodes: Floats) -> float | None:
    """The first zero of `outside` from 0, where it is negative, along ascending nodes."""
    before = 0.0
    for node in nodes.tolist():
        if outside(node) > 0.0:
            return float(brentq(outside, before, node, xtol=1e-15))
        before = node
    return None


def _dated(book: HedgedBook) -> Floats:
    """Times to expiry of the dated contracts without optionality."""
    time = np.concatenate([book.hedge.time_to_expiry[book.hedge.contracts != 0.0], book.repricer.linear.time_to_expiry])
    dated: Floats = time[np.isfinite(time)]
    return dated


def _nodes(rows: BookRepricer, low: float, high: float) -> Floats:
    """Nodes in ln(spot/spot now): uniform, 0, and steps of a quarter of a deviation round strikes that expire soon."""
    base = np.append(np.linspace(low, high, _NODE_COUNT), 0.0)
    step = (high - low) / (_NODE_COUNT - 1)
    stdev = rows.vol * np.sqrt(rows.time_to_expiry)
    soon = stdev < 4.0 * step
    if not soon.any():
        return np.unique(base)
    centre, width = np.log(rows.strike[soon] / rows.forward[soon]), stdev[soon]
    pairs = np.unique(np.column_stack([centre, width]), axis=0)
    near = pairs[:, :1] + pairs[:, 1:] * np.arange(-6.0, 6.25, 0.25)
    return np.unique(np.concatenate([base, near[(near > low) & (near < high)]]))


def _roots(function: Callable[[float], float], node: Floats, value: Floats, edge: float) -> list[tuple[float, bool]]:
    """Where the function crosses `edge` between the nodes, and whether it rises there; ascending."""
    gap = value - edge

    def shifted(x: float) -> float:
        return function(x) - edge

    # Where the book is flat on the edge to rounding there is no crossing but between what lies on either side.
    clear = np.flatnonzero(np.abs(gap) > _FLAT * (np.abs(value).max() + abs(edge)))
    brackets: list[tuple[float, float, bool]] = [
        (node[i], node[j], bool(gap[j] > 0.0)) for i, j in pairwise(clear) if gap[i] * gap[j] < 0.0
    ]
    size = np.abs(gap)
    dips = (
        np.flatnonzero(
            (gap[:-2] * gap[1:-1] > 0) & (gap[1:-1] * gap[2:] > 0) & (size[1:-1] < size[:-2]) & (size[1:-1] < size[2:])
        )
        + 1
    )
    for i in dips:  # towards the edge and back between three nodes: two roots where the bottom is beyond it
        sign = math.copysign(1.0, gap[i])
        bottom = minimize_scalar(
            lambda x, s=sign: s * shifted(x),
            bounds=(node[i - 1], node[i + 1]),
            method="bounded",
            options={"xatol": 1e-12},
        )
        if bottom.fun < 0.0:
            brackets.append((node[i - 1], bottom.x, bool(sign < 0.0)))
            brackets.append((bottom.x, node[i + 1], bool(sign > 0.0)))
    roots: list[tuple[float, bool]] = []
    for start, stop, rises in sorted(brackets):
        root = float(brentq(shifted, start, stop, **_ROOT))
        if not roots or root - roots[-1][0] > _SAME or rises != roots[-1][1]:
            roots.append((root, rises))
    return roots
