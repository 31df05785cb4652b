"""Choosing on one part of time and judging on another, and how much of a result the number of tries explains."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtr, ndtri

from gex.columns import Bools, Floats, Ints
from gex.errors import InputError

_EULER = 0.5772156649015329


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to choose on and rows to judge on."""

    train: Ints
    test: Ints


def walk_forward(count: int, *, train: int, test: int, gap: int = 0) -> Iterator[Fold]:
    """Folds in which every row judged is later than every row chosen on, by more than `gap` rows."""
    if min(train, test) < 1 or gap < 0:
        raise InputError("walk_forward: expected train and test of at least 1 and gap of at least 0")
    for start in range(train + gap, count - test + 1, test):
        yield Fold(np.arange(start - gap - train, start - gap), np.arange(start, start + test))


def purged_folds(start: Floats, end: Floats, fold_count: int, *, embargo: float = 0.0) -> Iterator[Fold]:
    """Contiguous folds by `start`; a training row whose [start, end] touches the fold, or begins within `embargo` after
    it, is purged: its outcome was known to the fold, or the fold's to it.
    """
    count = len(start)
    if not 2 <= fold_count <= count or len(end) != count or (end < start).any():
        raise InputError(f"purged_folds: expected 2 to {count} folds and end at or after start")
    order = np.argsort(start, kind="stable")
    for piece in np.array_split(order, fold_count):
        low, high = float(start[piece].min()), float(end[piece].max())
        clear: Bools = (end < low) | (start > high + embargo)
        clear[piece] = False
        yield Fold(np.flatnonzero(clear), np.sort(piece))


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The best of several variants, chosen in one part and judged in another."""

    variant_count: int
    chosen: tuple[int, ...]  # of each fold
    in_sample: float  # mean score per row of what was chosen, where it was chosen
    out_of_sample: float  # the same, where it was judged


def select(scores: Floats, folds: Iterator[Fold]) -> Selection:
    """Choose the variant with the highest mean score in each fold's training rows and judge it on the others.

    `scores` is (row, variant), higher is better.
    """
    chosen, inside, outside = [], [], []
    for fold in folds:
        if not len(fold.train):
            continue
        best = int(scores[fold.train].mean(axis=0).argmax())
        chosen.append(best)
        inside.append(float(scores[fold.train, best].mean()))
        outside.append(scores[fold.test, best])
    if not chosen:
        raise InputError("select: no fold has rows to choose on")
    return Selection(
        variant_count=scores.shape[1],
        chosen=tuple(chosen),
        in_sample=float(np.mean(inside)),
        out_of_sample=float(np.concatenate(outside).mean()),
    )


def expected_best_ratio(variant_count: int, ratio_sd: float) -> float:
    """The ratio of mean to sd that the best of so many worthless variants shows: E[max] of normals (Bailey & López de
    Prado 2014, eq. 6). 100 variants, sd √(½/250): 0.1132.
    """
    if variant_count < 2:
        return 0.0
    first, second = ndtri(1.0 - 1.0 / variant_count), ndtri(1.0 - 1.0 / (variant_count * math.e))
    return ratio_sd * float((1.0 - _EULER) * first + _EULER * second)


def deflated_probability(
    ratio: float, count: int, *, skewness: float, kurtosis: float, variant_count: int, ratio_sd: float
) -> float:
    """Probability that the true ratio of mean to sd is above what luck gives the best of `variant_count` variants.

    `ratio` and `ratio_sd` (its sd across the variants) are per observation, `kurtosis` is 3 for a normal. Ratio 2.5/√250,
    1,250 days, skewness −3, kurtosis 10, 100 variants, sd √(½/250): 0.9004 (Bailey & López de Prado 2014, p. 10).
    """
    if count < 2:
        return math.nan
    spread = 1.0 - skewness * ratio + 0.25 * (kurtosis - 1.0) * ratio * ratio
    excess = ratio - expected_best_ratio(variant_count, ratio_sd)
    return float(ndtr(excess * math.sqrt(count - 1.0) / math.sqrt(spread))) if spread > 0.0 else math.nan


def deflated_gain(gains: Floats) -> float:
    """`deflated_probability` of the best column of (observation, variant) gains; NaN where nothing varies."""
    mean, sd = gains.mean(axis=0), gains.std(axis=0, ddof=1)
    ratios = np.divide(mean, sd, out=np.full_like(mean, np.nan), where=sd > 0.0)
    if not np.isfinite(ratios).any():
        return math.nan
    best = int(np.nanargmax(ratios))
    z = (gains[:, best] - mean[best]) / gains[:, best].std()
    return deflated_probability(
        float(ratios[best]),
        len(gains),
        skewness=float((z**3).mean()),
        kurtosis=float((z**4).mean()),
        variant_count=int(np.isfinite(ratios).sum()),
        ratio_sd=float(np.nanstd(ratios, ddof=1)) if np.isfinite(ratios).sum() > 1 else 0.0,
    )


def overfitting_probability(scores: Floats, *, pieces: int = 10) -> float:
    """Share of halvings of time in which the variant best in one half is below the median in the other.

    Near ½ for worthless variants, near 0 where the best is really better (Bailey, Borwein, López de Prado & Zhu 2017).
    `scores` is (row, variant), rows in order of time.
    """
    if pieces < 2 or pieces % 2 or len(scores) < pieces or scores.shape[1] < 2:
        raise InputError("overfitting_probability: expected an even number of pieces, enough rows and two variants")
    sums = np.array([part.sum(axis=0) for part in np.array_split(scores, pieces)])
    total = sums.sum(axis=0)
    below = 0
    halves = list(combinations(range(pieces), pieces // 2))
    for half in halves:
        inside = sums[list(half)].sum(axis=0)
        outside = total - inside
        best = int(inside.argmax())
        rank = (outside < outside[best]).sum() + 0.5 * ((outside == outside[best]).sum() - 1)
        below += rank < 0.5 * (scores.shape[1] - 1)
    return below / len(halves)
