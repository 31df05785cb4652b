"""Gamma flips: every spot at which the dealers' gamma exposure changes sign."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from gex.columns import Bools, Floats, Ints
from gex.errors import InputError

NODE_STEP = 0.0025  # in ln S; options of three days and more show every lobe on it
MATERIAL = 1e-6  # of the sum of peak exposures: lines below it cannot make a root worth telling
LOBE_WIDTH = 6.0  # standard deviations either side of its centre within which a line's gamma lives
NEGLIGIBLE = 1e-9  # of the largest exposure in range: what never exceeds it has no side to be on
CUBIC_ERROR = 1e-3  # of gross exposure: between nodes a cubic misses by 3e-5 at most where nodes resolve every lobe
CONVERGED = 1e-7  # of the bracket: a Newton step that small leaves an error of its square

ExposureAt = Callable[[Floats, Ints], tuple[Floats, Floats]]
"""levels (n,), book of each (n,) -> gamma exposure (n,) in currency per 1 %, and its slope (n,) per point"""

Bracket = tuple[int, float, float, float, float, float, float]
"""(book, low, high, exposure at both, slope at both)"""


@dataclass(frozen=True)
class GammaFlip:
    """A spot where gamma exposure is zero, and the slope there: currency per 1 % per point, + turns long above it.

    `lower` and `upper`: exposure was computed there and has opposite signs (None where a flip was made without search).
    """

    price: float
    slope: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, kw_only=True)
class SpotRange:
    """The spots that are searched and shown, as fractions of spot.

    `node_count` spots are shown, evenly spaced in ln S, besides the spot itself; None: the nodes of the search.
    """

    low: float = 0.8
    high: float = 1.2
    node_count: int | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.low < self.high:
            raise InputError(f"SpotRange: expected 0 < low < high, got low {self.low} and high {self.high}")
        if self.node_count is not None and self.node_count < 2:
            raise InputError(f"SpotRange.node_count: expected 2 or more, got {self.node_count}")


def base_levels(spot: float, span: SpotRange) -> Floats:
    """The multiples of NODE_STEP in ln S within the range, its ends, and `spot` bit for bit, ascending.

    The multiples do not depend on spot: when it ticks, what is known at them stays known.
    """
    return _ascending(spot, span, anchored(spot * span.low, spot * span.high))


def shown_levels(spot: float, span: SpotRange) -> Floats:
    """The spots of a profile, ascending, `spot` among them."""
    if span.node_count is None:
        return base_levels(spot, span)
    even = np.linspace(np.log(span.low), np.log(span.high), span.node_count)
    level: Floats = np.unique(np.append(spot * np.exp(even), spot))
    return level


def anchored(low: float, high: float, step: float = NODE_STEP) -> Floats:
    """The multiples of `step` in ln S strictly between two spots."""
    first, last = np.floor(np.log(low) / step) + 1.0, np.ceil(np.log(high) / step)
    level: Floats = np.exp(np.arange(first, last) * step)
    return level


def enclosing(low: float, high: float) -> Floats:
    """The multiples of NODE_STEP in ln S from the last at or below `low` to the first at or above `high`."""
    first, last = np.floor(np.log(low) / NODE_STEP), np.ceil(np.log(high) / NODE_STEP)
    level: Floats = np.exp(np.arange(first, last + 1.0) * NODE_STEP)
    return level


def within(flips: tuple[GammaFlip, ...], spot: float, span: SpotRange) -> tuple[GammaFlip, ...]:
    """The flips that lie in the range."""
    return tuple(flip for flip in flips if spot * span.low <= flip.price <= spot * span.high)


def _ascending(spot: float, span: SpotRange, inside: Floats) -> Floats:
    low, high = spot * span.low, spot * span.high
    at = int(np.searchsorted(inside, spot))
    if 0 < at < len(inside) and low < inside[0] and inside[at] != spot and inside[-1] < high:  # the usual range
        return np.concatenate([[low], inside[:at], [spot], inside[at:], [high]])
    level: Floats = np.unique(np.concatenate([inside, [low, spot, high]]))
    return level


def is_narrow(stdev: Floats) -> Bools:
    """Lines whose lobes, `stdev` wide in ln S, could hide between the nodes; those without a width are none."""
    return np.asarray((stdev > 0.0) & (stdev < 4.0 * NODE_STEP), np.bool_)


def gamma_flips(
    level: Floats, exposure: Floats, slope: Floats, gross: Floats, at: ExposureAt
) -> tuple[tuple[GammaFlip, ...], ...]:
    """All roots of every book's exposure within the levels, ascending.

    `level` (n,) is ascending, `exposure` and `slope` (books, n) are known there, `gross` (n,) is the exposure that the
    same contracts would have at most, `at` evaluates anywhere. A sign change brackets a root. Where the exposure keeps its
    sign but heads to zero from both ends of a cell, its extremum inside is found: where that lies beyond zero the cell
    holds two. Exposure that is negligible beside the largest in range is no side of its own, so a change of its sign in
    the far wings is no root. A book without roots (all long, say) gives none, never 0 or spot.
    """
    book_count = len(exposure)
    if len(level) < 2 or book_count == 0:
        return ((),) * book_count
    found: list[Bracket] = []
    for book in range(book_count):
        found.extend(_brackets(book, level, exposure[book], slope[book], gross, at))
    price, slopes = _refined(found, at)
    flips: list[list[GammaFlip]] = [[] for _ in range(book_count)]
    for (book, low, high, *_), x, derivative in zip(found, price.tolist(), slopes.tolist(), strict=True):
        flips[book].append(GammaFlip(price=x, slope=derivative, lower=low, upper=high))
    return tuple(tuple(sorted(own, key=lambda flip: flip.price)) for own in flips)


def _brackets(
    book: int, level: Floats, exposure: Floats, slope: Floats, gross: Floats, at: ExposureAt
) -> list[Bracket]:
    """(book, low, high, exposure at both, slope at both) of every interval with a change of sign."""
    size = np.abs(exposure)
    known = np.flatnonzero(size > NEGLIGIBLE * size.max())  # those without a side, between two others, are stepped over
    if len(known) < 2:
        return []
    i, j = known[:-1], known[1:]
    changes = (exposure[i] > 0.0) != (exposure[j] > 0.0)
    columns = (level[i], level[j], exposure[i], exposure[j], slope[i], slope[j])
    result: list[Bracket] = [
        (book, a, b, c, d, e, f) for a, b, c, d, e, f in zip(*(x[changes].tolist() for x in columns), strict=True)
    ]
    sign = np.sign(exposure[i])
    turns = ~changes & (sign * slope[i] < 0.0) & (sign * slope[j] > 0.0)
    for a, b in zip(i[turns], j[turns], strict=True):
        least = _least_of_cubic(level[b] - level[a], size[a], size[b], abs(slope[a]), abs(slope[b]))
        if least > CUBIC_ERROR * max(gross[a], gross[b]):
            continue
        result.extend(_pair_inside(book, float(level[a]), float(level[b]), float(sign[np.flatnonzero(i == a)[0]]), at))
    return result


def _least_of_cubic(width: float, left: float, right: float, fall: float, rise: float) -> float:
    """The least value of the cubic with values `left`, `right` and slopes −`fall`, `rise` at the ends of a cell."""
    t = np.linspace(0.0, 1.0, 33)
    value = (
        (1.0 + 2.0 * t) * (1.0 - t) ** 2 * left
        + t * t * (3.0 - 2.0 * t) * right
        - t * (1.0 - t) ** 2 * width * fall
        - t * t * (1.0 - t) * width * rise
    )
    return float(value.min())


def _pair_inside(book: int, low: float, high: float, sign: float, at: ExposureAt) -> list[Bracket]:
    """The two brackets of a cell whose extremum lies beyond zero; none where it does not."""
    index = np.array([book])

    def both(x: float) -> tuple[float, float]:
        value, slope = at(np.array([x]), index)
        return float(value[0]), float(slope[0])

    left, right = both(low), both(high)
    if not left[1] * right[1] < 0.0:
        return []
    turn = float(brentq(lambda x: both(x)[1], low, high, xtol=1e-13 * high))
    middle = both(turn)
    if not sign * middle[0] < 0.0:
        return []
    return [
        (book, low, turn, left[0], middle[0], left[1], middle[1]),
        (book, turn, high, middle[0], right[0], middle[1], right[1]),
    ]


def _refined(found: list[Bracket], at: ExposureAt) -> tuple[Floats, Floats]:
    """Root and slope of every bracket: Newton from the root of its cubic, all brackets at once, bisecting where it fails."""
    if not found:
        return np.empty(0), np.empty(0)
    table = np.array([row[1:] for row in found])
    book = np.array([row[0] for row in found])
    low, high, left, right, left_slope, right_slope = table.T.copy()
    width = high - low
    rises = right > 0.0
    x = low + width * _root_of_cubic(left, right, left_slope * width, right_slope * width)
    slope = np.zeros(len(x))
    active = np.arange(len(x))
    for _ in range(200):
        value, derivative = at(x[active], book[active])
        slope[active] = derivative
        is_above = (value > 0.0) == rises[active]  # the root is below x
        high[active] = np.where(is_above, x[active], high[active])
        low[active] = np.where(is_above, low[active], x[active])
        with np.errstate(divide="ignore", invalid="ignore"):
            step = -value / derivative
        target = x[active] + step
        inside = (target >= low[active]) & (target <= high[active])
        middle = 0.5 * (low[active] + high[active])
        is_done = (value == 0.0) | (inside & (np.abs(step) <= CONVERGED * width[active]))
        is_done |= (high[active] - low[active]) <= 4e-16 * high[active]
        x[active] = np.where(value == 0.0, x[active], np.where(inside, target, middle))
        active = active[~is_done]
        if len(active) == 0:
            break
    return x, slope


def _root_of_cubic(left: Floats, right: Floats, left_slope: Floats, right_slope: Floats) -> Floats:
    """Where on [0, 1] the cubic through values of opposite sign and slopes at both ends is zero, to 1e-6."""
    a, b = np.zeros_like(left), np.ones_like(left)
    t = left / (left - right)
    for _ in range(6):
        s = 1.0 - t
        value = (1.0 + 2.0 * t) * s * s * left + t * t * (3.0 - 2.0 * t) * right
        value += t * s * s * left_slope - t * t * s * right_slope
        slope = 6.0 * t * s * (right - left) + s * (1.0 - 3.0 * t) * left_slope + t * (3.0 * t - 2.0) * right_slope
        is_left = (value > 0.0) == (left > 0.0)
        a, b = np.where(is_left, t, a), np.where(is_left, b, t)
        with np.errstate(divide="ignore", invalid="ignore"):
            target = t - value / slope
        t = np.where((target >= a) & (target <= b), target, 0.5 * (a + b))
    return t
