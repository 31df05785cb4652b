"""Gamma flips: every spot at which the dealers' gamma exposure changes sign."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from gex.columns import Floats, Ints

NODE_STEP = 0.0025  # in ln S; options of three days and more show every lobe on it
MATERIAL = 1e-6  # of the sum of peak exposures: lines below it cannot make a root worth telling
LOBE_WIDTH = 6.0  # standard deviations either side of its centre within which a line's gamma lives
NEGLIGIBLE = 1e-9  # of the largest exposure in range: what never exceeds it has no side to be on

ExposureAt = Callable[[Floats], tuple[Floats, Floats]]
"""levels (n,) -> gamma exposure (n,) in currency per 1 %, and its slope (n,) per point, of one book"""


@dataclass(frozen=True)
class GammaFlip:
    """A spot where gamma exposure is zero, and the slope there: currency per 1 % per point, + turns long above it."""

    price: float
    slope: float


@dataclass(frozen=True, kw_only=True)
class SpotRange:
    """The spots that are searched and shown, as fractions of spot."""

    low: float = 0.8
    high: float = 1.2


def base_levels(spot: float, span: SpotRange) -> Floats:
    """Nodes uniform in ln S over the range, NODE_STEP apart; `spot` itself is one of them, bit for bit."""
    low, high = np.log(span.low), np.log(span.high)
    step = np.arange(np.floor(low / NODE_STEP), np.ceil(high / NODE_STEP) + 1.0) * NODE_STEP
    return spot * np.exp(np.clip(step, low, high))


def near_dated_levels(
    spot: float, span: SpotRange, expiry: Ints, centre: Floats, stdev: Floats, peak: Floats
) -> Floats:
    """The nodes to add where lobes narrower than four base steps would hide between the base nodes.

    One entry per line: `centre` (currency) where its gamma exposure peaks, `stdev` its width in ln S, `peak` the height.
    Around the material lines of each expiry the nodes are a quarter of its narrowest width apart.
    """
    narrow = (stdev > 0.0) & (stdev < 4.0 * NODE_STEP) & (peak > MATERIAL * np.nansum(peak))
    nodes = [np.empty(0)]
    for one in np.unique(expiry[narrow]):
        lines = narrow & (expiry == one)
        middle, reach = np.log(centre[lines] / spot), LOBE_WIDTH * stdev[lines]
        step = 0.25 * stdev[lines].min()
        cells = np.arange(np.floor(np.log(span.low) / step), np.ceil(np.log(span.high) / step) + 1.0)
        # a node belongs where at least one lobe covers it: +1 where a lobe begins, −1 after it ends
        cover = np.zeros(len(cells) + 1)
        np.add.at(cover, np.searchsorted(cells, (middle - reach) / step), 1.0)
        np.add.at(cover, np.searchsorted(cells, (middle + reach) / step, side="right"), -1.0)
        nodes.append(cells[np.cumsum(cover[:-1]) > 0.0] * step)
    inside = np.concatenate(nodes)
    level: Floats = spot * np.exp(inside[(inside > np.log(span.low)) & (inside < np.log(span.high))])
    return level


def gamma_flips(level: Floats, exposure: Floats, slope: Floats, at: ExposureAt) -> tuple[GammaFlip, ...]:
    """All roots of one book's exposure within the levels, ascending.

    `level` is ascending, `exposure` and `slope` are known there, `at` evaluates anywhere. A sign change brackets a root.
    Where the exposure keeps its sign but heads to zero from both ends of a cell, its extremum inside is found: where that
    lies beyond zero the cell holds two. Exposure that is negligible beside the largest in range is no side of its own, so a
    change of its sign in the far wings is no root. A book without roots (all long, say) gives none, never 0 or spot.
    """
    if len(level) < 2:
        return ()
    sign = np.where(np.abs(exposure) > NEGLIGIBLE * np.abs(exposure).max(), np.sign(exposure), 0.0)
    brackets: list[tuple[float, float]] = []
    seen = np.flatnonzero(sign)  # nodes with a sign; those without, between two others, are stepped over
    for i, j in itertools.pairwise(seen):
        low, high = float(level[i]), float(level[j])
        if sign[i] != sign[j]:
            brackets.append((low, high))
        elif sign[i] * slope[i] < 0.0 < sign[j] * slope[j]:
            turn = float(brentq(lambda x: at(np.array([x]))[1][0], low, high, xtol=1e-13 * high))
            if sign[i] * at(np.array([turn]))[0][0] < 0.0:
                brackets.extend(((low, turn), (turn, high)))
    roots = (brentq(lambda x: at(np.array([x]))[0][0], low, high, xtol=1e-14 * high) for low, high in brackets)
    return tuple(GammaFlip(price=float(x), slope=float(at(np.array([x]))[1][0])) for x in roots)
