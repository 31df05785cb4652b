"""Intervals for what was recorded once: whole blocks of time are drawn again, for all rules the same ones."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gex.columns import Floats
from gex.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure and its interval; NaN ends where there are too few blocks to say."""

    value: float
    low: float
    high: float
    block_count: int

    @property
    def excludes_zero(self) -> bool:
        """True where the interval lies on one side of 0."""
        return self.low > 0.0 or self.high < 0.0


SEED, DRAWS = 20_261_121, 2000  # of every interval, so that a report is the same again
LEAST_BLOCKS = 5  # below it no interval is given
LEAST_SHARE = 0.9  # of the draws that must give a figure, or there is no interval


def block_sums(values: Floats, block: Floats) -> Floats:
    """Sums of `values` (any number of columns last) over each block, blocks in the order they appear."""
    names, first, place = np.unique(block, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    out = np.zeros((len(names), *values.shape[1:]))
    np.add.at(out, order[place], values)
    return out


def paired_bootstrap(
    sums: Floats,
    statistic: Callable[[Floats], Floats],
    *,
    run: int = 1,
    draws: int = DRAWS,
    level: float = 0.95,
    seed: int = SEED,
) -> tuple[Estimate, ...]:
    """`statistic` of the mean over blocks, with percentile intervals of a circular block bootstrap.

    `sums` is (block, …): one row per block of time with everything that is compared, so that every rule meets the same
    draw. `run` consecutive blocks are drawn together. `statistic` takes (draw, …) means and returns (draw, figure).
    """
    count = len(sums)
    if count < 1 or not run >= 1 or not 0.0 < level < 1.0:
        raise InputError("bootstrap: expected at least one block, a run of at least 1 and a level in (0, 1)")
    whole = statistic(sums.mean(axis=0)[None])[0]
    if count < LEAST_BLOCKS:
        return tuple(Estimate(value=float(v), low=np.nan, high=np.nan, block_count=count) for v in whole)
    draw = np.random.default_rng(seed)
    pieces = -(-count // run)
    start = draw.integers(0, count, size=(draws, pieces))
    rows = ((start[:, :, None] + np.arange(run)) % count).reshape(draws, -1)[:, :count]
    figures = statistic(sums[rows].mean(axis=1))
    tail = 0.5 * (1.0 - level)
    found = []
    for value, column in zip(whole, figures.T, strict=True):
        known = column[np.isfinite(column)]
        ends = np.quantile(known, [tail, 1.0 - tail]) if len(known) >= LEAST_SHARE * draws else np.full(2, np.nan)
        found.append(Estimate(value=float(value), low=float(ends[0]), high=float(ends[1]), block_count=count))
    return tuple(found)
