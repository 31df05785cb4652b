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
_ROUGH = 1e-3  # of the range of a curve that only tells where to look: its error
_SECANTS = 7  # after that the bracket is halved
_CLOSED = 1e-12  # in ln(spot/spot now): the last step of a secant, whose error is far smaller
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


def searched_crossings(
    node: Floats, value: Floats, edges: tuple[float, ...], exact: Callable[[Floats], Floats]
) -> tuple[Crossing, ...]:
    """As `smooth_crossings` where `value` only tells where to look and no slope is known; every root is one of `exact`.

    Each change of sign, and each dip whose parabola comes near the edge, is looked at on `exact`; roots are closed by
    secants together. Where the curve only jumps over the edge (a kink of the smile) the instant of the jump is the root.
    """
    brackets: list[tuple[float, float, float, bool]] = []
    noise = _ROUGH * float(np.ptp(value))
    for edge in edges:
        gap = value - edge
        # Where the curve is flat on the edge to rounding there is no crossing but between what lies on either side.
        clear = np.flatnonzero(np.abs(gap) > _FLAT * (np.abs(value).max() + abs(edge)))
        brackets.extend(
            (node[i], node[j], edge, bool(gap[j] > 0.0)) for i, j in pairwise(clear) if gap[i] * gap[j] < 0.0
        )
        size, same = np.abs(gap), gap[:-1] * gap[1:] > 0
        for i in np.flatnonzero(same[:-1] & same[1:] & (size[1:-1] <= size[:-2]) & (size[1:-1] <= size[2:])) + 1:
            sign = math.copysign(1.0, gap[i])
            if size[i] > noise + max(size[i - 1], size[i + 1]) - size[i]:
                continue  # a parabola through the three stays clear of the edge
            bottom = minimize_scalar(
                lambda x, s=sign, e=edge: s * (float(exact(np.array([x]))[0]) - e),
                bounds=(node[i - 1], node[i + 1]),
                method="bounded",
                options={"xatol": 1e-10},
            )
            if bottom.fun < 0.0:
                brackets.append((node[i - 1], bottom.x, edge, bool(sign < 0.0)))
                brackets.append((bottom.x, node[i + 1], edge, bool(sign > 0.0)))
    if not brackets:
        return ()
    low, high, at_edge, rises = (np.array(column) for column in zip(*brackets, strict=True))
    root = _searched(exact, low, high, at_edge, node, value)
    known = np.isfinite(root)
    return _merged(root[known], at_edge[known], rises[known])


def _searched(
    exact: Callable[[Floats], Floats], low: Floats, high: Floats, edge: Floats, node: Floats, value: Floats
) -> Floats:
    """The roots of all brackets by secants; NaN where the exact curve has none there."""
    near = np.interp(low, node, value) - edge, np.interp(high, node, value) - edge
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (near[1] - near[0]) / (high - low)
        start = low - near[0] / slope
    x = np.where((start > low) & (start < high), start, 0.5 * (low + high))
    root, reach, still = np.full(len(x), np.nan), high - low, _FLAT * float(np.abs(value).max())
    mine = np.arange(len(x))
    before, gap_before = x, np.full(len(x), np.nan)
    for _ in range(_SECANTS):
        gap = exact(x) - edge[mine]
        with np.errstate(divide="ignore", invalid="ignore"):
            secant = (gap - gap_before) / (x - before)
            step = gap / np.where(np.isfinite(secant) & (secant != 0.0), secant, slope[mine])
        step = np.where(gap == 0.0, 0.0, step)
        new = x - step
        is_lost = ~((new >= low[mine] - reach[mine]) & (new <= high[mine] + reach[mine]))
        is_done = ~is_lost & ((np.abs(step) <= _CLOSED) | (np.abs(gap) <= still))
        root[mine[is_done]] = new[is_done]
        keep = ~(is_done | is_lost)
        before, gap_before, x, mine = x[keep], gap[keep], new[keep], mine[keep]
        if len(mine) == 0:
            break
    for i in np.flatnonzero(np.isnan(root)):
        root[i] = _bisected(exact, float(edge[i]), float(low[i]), float(high[i]))
    return root


def _bisected(exact: Callable[[Floats], Floats], edge: float, low: float, high: float) -> float:
    """The root between two points, or in a cell more on either side; NaN where no sign changes."""

    def function(x: float) -> float:
        return float(exact(np.array([x]))[0]) - edge

    for reach in (0.0, high - low):
        ends = low - reach, high + reach
        if function(ends[0]) * function(ends[1]) < 0.0:
            return float(brentq(function, *ends, **_ROOT))
    return math.nan


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
