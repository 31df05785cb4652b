"""Where a curve crosses an edge: all crossings between nodes, each to the last digits of a double."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from gex.columns import Floats

_TOLERANCE = 1e-15  # in ln(spot/spot now)
_ROOT = {"xtol": _TOLERANCE, "rtol": 4.0 * np.finfo(float).eps}
_SAME = 1e-12  # roots nearer than this in ln(spot) are one
_FLAT = 1e-14  # of the curve: the rounding of its sum
_ROUNDS = 80  # of Newton or halving: more than doubles have digits
_STAYS = 0.5  # of the nearer node: a dip whose cubic stays that far away has no crossing

Curve = Callable[[Floats], tuple[Floats, Floats]]
"""Value and slope at points in any order"""


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """One crossing: where, and whether the curve rises there."""

    at: float
    edge: float
    rises: bool


def smooth_crossings(
    node: Floats, value: Floats, slope: Floats, edges: tuple[float, ...], curve: Curve
) -> tuple[Crossing, ...]:
    """The crossings of every edge between ascending nodes of a curve with known slopes, by edge and place.

    A crossing shows as a change of sign between nodes. Two that hide between neighbours need an extreme there, towards the
    edge: the slopes at both ends tell, and the extreme is found. `value` and `slope` at the nodes may be interpolated;
    `curve` is exact, and every bracket is closed on it by Newton's method that halves where it would leave.
    """
    brackets: list[tuple[float, float, float, bool]] = []
    for edge in edges:
        gap = value - edge
        clear = np.flatnonzero(np.abs(gap) > _FLAT * (np.abs(value).max() + abs(edge)))
        ends = gap[clear]
        turns = np.flatnonzero(ends[:-1] * ends[1:] < 0.0)
        brackets.extend(
            (node[i], node[j], edge, bool(gap[j] > 0.0))
            for i, j in zip(clear[turns].tolist(), clear[turns + 1].tolist(), strict=True)
        )
        sign = np.sign(gap)
        dips = (sign[:-1] == sign[1:]) & (sign[:-1] * slope[:-1] < 0.0) & (sign[1:] * slope[1:] > 0.0)
        for i in np.flatnonzero(dips).tolist():
            nearest = min(abs(gap[i]), abs(gap[i + 1]))
            width = node[i + 1] - node[i]
            if _least_of_cubic(sign[i] * gap[i : i + 2], sign[i] * slope[i : i + 2] * width) > _STAYS * nearest:
                continue
            bottom = _extreme(curve, float(node[i]), float(node[i + 1]))
            if sign[i] * (float(curve(np.array([bottom]))[0][0]) - edge) < 0.0:
                brackets.append((node[i], bottom, edge, bool(sign[i] < 0.0)))
                brackets.append((bottom, node[i + 1], edge, bool(sign[i] > 0.0)))
    if not brackets:
        return ()
    low, high, at_edge, rises = (np.array(column) for column in zip(*brackets, strict=True))
    return _merged(_closed(curve, low, high, at_edge, rises), at_edge, rises)


def scanned_crossings(
    node: Floats, value: Floats, edges: tuple[float, ...], function: Callable[[float], float]
) -> tuple[Crossing, ...]:
    """As `smooth_crossings` for a curve whose slope is not known: every dip of three nodes is searched, Brent's method."""
    found: list[Crossing] = []
    for edge in edges:
        gap = value - edge
        # Where the curve is flat on the edge to rounding there is no crossing but between what lies on either side.
        clear = np.flatnonzero(np.abs(gap) > _FLAT * (np.abs(value).max() + abs(edge)))
        brackets = [(node[i], node[j], bool(gap[j] > 0.0)) for i, j in pairwise(clear) if gap[i] * gap[j] < 0.0]
        size, same = np.abs(gap), gap[:-1] * gap[1:] > 0
        for i in np.flatnonzero(same[:-1] & same[1:] & (size[1:-1] < size[:-2]) & (size[1:-1] < size[2:])) + 1:
            sign = math.copysign(1.0, gap[i])
            bottom = minimize_scalar(
                lambda x, s=sign, e=edge: s * (function(x) - e),
                bounds=(node[i - 1], node[i + 1]),
                method="bounded",
                options={"xatol": 1e-12},
            )
            if bottom.fun < 0.0:
                brackets.append((node[i - 1], bottom.x, bool(sign < 0.0)))
                brackets.append((bottom.x, node[i + 1], bool(sign > 0.0)))
        roots = [float(brentq(lambda x, e=edge: function(x) - e, low, high, **_ROOT)) for low, high, _ in brackets]
        rises = np.array([rise for *_, rise in brackets])
        found.extend(_merged(np.array(roots), np.full(len(roots), edge), rises))
    return tuple(found)


def _least_of_cubic(value: Floats, slope: Floats) -> float:
    """The least of the cubic on [0, 1] with these ends and slopes, falling at 0 and rising at 1."""
    rise = value[1] - value[0]
    c3, c2 = slope[0] + slope[1] - 2.0 * rise, 3.0 * rise - 2.0 * slope[0] - slope[1]
    root = math.sqrt(max(c2 * c2 - 3.0 * c3 * slope[0], 0.0))
    t = -slope[0] / (c2 + root) if c2 + root != 0.0 else 0.5
    t = min(max(t, 0.0), 1.0)
    return float(value[0] + t * (slope[0] + t * (c2 + t * c3)))


def _extreme(curve: Curve, low: float, high: float) -> float:
    """Where the slope changes its sign between two points."""

    def slope(x: float) -> float:
        return float(curve(np.array([x]))[1][0])

    if slope(low) * slope(high) > 0.0:  # interpolated slopes had the signs of their rounding
        return 0.5 * (low + high)
    return float(brentq(slope, low, high, xtol=1e-13))


def _closed(curve: Curve, low: Floats, high: Floats, edge: Floats, rises: Floats) -> Floats:
    """All brackets at once: Newton from the middle, halving where it leaves its bracket."""
    low, high = low.copy(), high.copy()
    x = 0.5 * (low + high)
    is_open = np.ones(len(x), np.bool_)
    for _ in range(_ROUNDS):
        mine = np.flatnonzero(is_open)
        value, slope = curve(x[mine])
        gap = value - edge[mine]
        is_past = (gap > 0.0) == rises[mine]
        high[mine] = np.where(is_past, x[mine], high[mine])
        low[mine] = np.where(is_past, low[mine], x[mine])
        with np.errstate(divide="ignore", invalid="ignore"):
            step = gap / slope
        new = x[mine] - step
        is_inside = (new >= low[mine]) & (new <= high[mine])
        new = np.where(is_inside, new, 0.5 * (low[mine] + high[mine]))
        is_done = (is_inside & (np.abs(step) <= _TOLERANCE)) | (high[mine] - low[mine] <= _TOLERANCE) | (gap == 0.0)
        x[mine] = np.where(gap == 0.0, x[mine], new)
        is_open[mine[is_done]] = False
        if not is_open.any():
            break
    return x


def _merged(root: Floats, edge: Floats, rises: Floats) -> tuple[Crossing, ...]:
    """In order of edge and place; of two that are one, the first."""
    found: list[Crossing] = []
    for i in np.lexsort((root, edge)).tolist():
        new = Crossing(at=float(root[i]), edge=float(edge[i]), rises=bool(rises[i]))
        last = found[-1] if found else None
        is_known = last is not None and (last.edge, last.rises) == (new.edge, new.rises)
        if last is None or not is_known or new.at - last.at > _SAME:
            found.append(new)
    return tuple(found)
