"""When the hedged book leaves its band: at which spots, at which instant, at which volatility."""

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from gex.columns import Floats
from gex.hedging.bands import Band
from gex.hedging.crossings import searched_crossings, smooth_crossings
from gex.hedging.hedged_book import HedgedBook
from gex.portfolio.repricing import BookRepricer
from gex.portfolio.steps import LEAST_VOL

_NODE_COUNT = 801  # of the scan in ln(spot)
_FIRST_CHUNK = 8  # nodes that are looked at before it is worth going on to more at a time
_TIME_NODES = 240
_FALLS = 100  # nodes of a fall of volatility, to where the highest of the book is gone
_RISES = np.asarray(0.005 * (1.06 ** np.arange(1, 44) - 1.0) / 0.06, np.float64)  # of volatility, up to 1
_HALVINGS = 24  # of the time to a settlement, on the way there
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

    The whole book is repriced at 801 and more nodes in ln(spot), a quarter of a deviation apart round what expires soon;
    every sign change, and every extreme that could hide two, is bracketed and closed on the repriced book.
    """
    spot = book.repricer.spot
    node = _nodes(book.repricer, math.log(low / spot), math.log(high / spot))
    edges = (band.trigger_below, band.trigger)
    if book.has_curve:
        crossings = smooth_crossings(node, *book.mishedge_along(node), edges, book.mishedge_at)
    else:
        near = book.mishedge_near(node)
        crossings = searched_crossings(node, near, edges, lambda x: book.mishedge(spot * np.exp(x)))
    found: list[SpotTrigger] = []
    for edge, target in ((band.trigger_below, band.target_below), (band.trigger, band.target)):
        for y, rises in ((c.at, c.rises) for c in crossings if c.edge == edge):
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

    The book is repriced along a grid, before and after every settlement; on the last stretch to one, where the deltas of
    what expires run to their ends, along a grid that thickens towards it, unless these could not leave the band even if
    all of them moved against it. The instant of a jump is an answer as good as any.
    """
    times = np.unique(np.append(book.repricer.time_to_expiry, _dated(book)))
    if len(times) == 0:
        return None

    def outside(elapsed: Floats) -> Floats:
        return _excess(book.mishedge_in_time(elapsed), band)

    if outside(np.zeros(1))[0] > 0.0:
        return 0.0
    grid = np.linspace(0.0, float(times[-1]), _TIME_NODES)
    just_before = times * (1.0 - 0.5**_HALVINGS)
    nodes = np.unique(np.concatenate([grid, just_before, times, times + _NANOSECOND]))
    nodes = nodes[nodes > 0.0]
    seen, value = _values_until_out(book.mishedge_in_time, band, nodes)
    first = seen[-1] if _excess(value[-1:], band)[0] > 0.0 else math.inf
    place = np.searchsorted(seen, just_before) - 1  # the node before the last stretch; −1: now
    starts, at_start = np.append(seen, 0.0)[place], np.append(value, book.mishedge_in_time(np.zeros(1)))[place]
    up, down = book.swings(starts, times)
    stays = (at_start + up <= band.trigger) & (at_start - down >= band.trigger_below)
    for i in np.flatnonzero(~stays & (starts < first)).tolist():
        fine = times[i] - (times[i] - starts[i]) * 0.5 ** np.arange(1, _HALVINGS)
        between = (fine > starts[i]) & (fine < first)
        found = _first_exit(outside, fine[between].astype(np.float64), float(starts[i]))
        if found is not None:
            return found
    if not math.isfinite(first):
        return None
    before = float(seen[-2]) if len(seen) > 1 else 0.0
    return _closed(outside, before, float(first))


def vol_triggers(book: HedgedBook, band: Band) -> tuple[float | None, float | None]:
    """The least parallel rise and fall of volatility (decimal, the fall negative) that leave the band; None in no range."""
    if len(book.repricer) == 0:
        return None, None

    def outside(shift: Floats) -> Floats:
        return _excess(book.mishedge_in_vol(shift), band)

    if outside(np.zeros(1))[0] > 0.0:
        return 0.0, 0.0
    deepest = float(book.repricer.vol.max()) - LEAST_VOL
    up = _first_exit(outside, _RISES)
    down = _first_exit(lambda fall: outside(-fall), np.linspace(0.0, deepest, _FALLS + 1)[1:])
    return up, None if down is None else -down


def _excess(mishedge: Floats, band: Band) -> Floats:
    """How far outside the band, units; negative inside."""
    return np.maximum(mishedge - band.trigger, band.trigger_below - mishedge)


def _first_exit(outside: Callable[[Floats], Floats], nodes: Floats, start: float = 0.0) -> float | None:
    """The first zero of `outside` from `start`, where it is negative, along ascending nodes, more of them at a time."""
    before, place, size = start, 0, _FIRST_CHUNK
    while place < len(nodes):
        chunk = nodes[place : place + size]
        is_out = outside(chunk) > 0.0
        if is_out.any():
            first = int(np.argmax(is_out))
            return _closed(outside, float(chunk[first - 1]) if first else before, float(chunk[first]))
        before, place, size = float(chunk[-1]), place + size, 2 * size
    return None


def _values_until_out(curve: Callable[[Floats], Floats], band: Band, nodes: Floats) -> tuple[Floats, Floats]:
    """The nodes up to the first outside the band, and the curve there; all of them where there is none."""
    parts: list[Floats] = []
    place, size = 0, _FIRST_CHUNK
    while place < len(nodes):
        value = curve(nodes[place : place + size])
        is_out = _excess(value, band) > 0.0
        if is_out.any():
            parts.append(value[: int(np.argmax(is_out)) + 1])
            break
        parts.append(value)
        place, size = place + size, 2 * size
    found = np.concatenate(parts)
    return nodes[: len(found)], found


def _closed(outside: Callable[[Floats], Floats], low: float, high: float) -> float:
    """The instant or shift between the two at which the band is left, to the last digits of a double."""
    return float(brentq(lambda x: float(outside(np.array([x]))[0]), low, high, xtol=1e-15))


def _dated(book: HedgedBook) -> Floats:
    """Times to expiry of the dated contracts without optionality."""
    time = np.concatenate([book.hedge.time_to_expiry[book.hedge.contracts != 0.0], book.repricer.linear.time_to_expiry])
    dated: Floats = time[np.isfinite(time)]
    return dated


def _nodes(rows: BookRepricer, low: float, high: float) -> Floats:
    """Nodes in ln(spot/spot now): uniform, 0, and at most a quarter of a deviation apart round strikes that expire soon."""
    base = np.append(np.linspace(low, high, _NODE_COUNT), 0.0)
    stdev = rows.vol * np.sqrt(rows.time_to_expiry)
    soon = stdev < 4.0 * (high - low) / (_NODE_COUNT - 1)
    if not soon.any():
        return np.unique(base)
    centre = np.log(rows.strike[soon] / rows.forward[soon])
    power = np.floor(np.log2(0.25 * stdev[soon]))
    parts = [base]
    for step in np.unique(power).tolist():
        # Strikes share the nodes of one grid, so that many of them make no more nodes than the range has room for.
        fine = 2.0**step
        place = np.unique(np.round(centre[power == step] / (4.0 * fine)))
        grid = np.unique(4.0 * place[:, np.newaxis] + np.arange(-52.0, 53.0)) * fine  # six deviations of up to 8 steps
        parts.append(grid[(grid > low) & (grid < high)])
    return np.unique(np.concatenate(parts))
