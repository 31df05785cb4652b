"""A parameter chosen on the past of a recorded market, judged on what came after, and how much luck explains."""

from dataclasses import dataclass

import numpy as np

from gex.backtest.comparison import compare
from gex.backtest.contest import Contest
from gex.backtest.standard import band_strategy
from gex.backtest.validation import deflated_gain, overfitting_probability, purged_folds, select, walk_forward
from gex.hedging.policy import BandRule

LEAST_BLOCKS = 6
_FACTORS = np.geomspace(0.05, 20.0, 12)  # of the desk's γ
_DESK = 5  # the place of the desk's own γ among them, replaced by exactly it


@dataclass(frozen=True, kw_only=True)
class SelectionResult:
    """Scores are costs per block, lower is better, each judged at the desk's γ."""

    variant_count: int
    desk: float  # of the desk's own γ, all blocks
    in_sample: float  # of what was chosen walking forward, where it was chosen
    out_of_sample: float  # the same, on the blocks after
    desk_out_of_sample: float  # of the desk's γ on the blocks judged
    purged_in_sample: float  # of purged cross-validation
    purged_out_of_sample: float
    overfitting: float  # share of halvings in which the best of one half is below the median of the other
    deflated: float  # probability that the best beats the desk's γ, the tries counted; NaN: nothing varies


def chosen_on_the_past(contest: Contest) -> SelectionResult | None:
    """Twelve risk aversions for (a, b): walk-forward, purged cross-validation, overfitting and deflated probability.

    A third of the blocks to choose on, the next sixth to judge on, one block between them; folds are purged by one block on
    either side, because a hedge carries over. None with fewer than six blocks.
    """
    market, gamma = contest.market, contest.risk_aversion
    if contest.comparison.block_count < LEAST_BLOCKS:
        return None
    factors = np.where(np.arange(len(_FACTORS)) == _DESK, 1.0, _FACTORS)
    strategies = [
        band_strategy(BandRule.COST_OPTIMAL, gamma * f, poll=market.poll, name=f"γ × {f:.3g}", latency=market.latency)
        for f in factors
    ]
    found = compare(
        contest.recordings, strategies, reference=strategies[_DESK].name, risk_aversion=gamma, run=market.run
    )
    scores = -found.sums[:, :, 3]
    count = len(scores)
    train, test = max(count // 3, 3), max(count // 6, 1)
    picked = select(scores, walk_forward(count, train=train, test=test, gap=1))
    judged = np.concatenate([fold.test for fold in walk_forward(count, train=train, test=test, gap=1)])
    place = np.arange(count, dtype=np.float64)
    purged = select(scores, purged_folds(place, place + 1.0, min(5, count // 2), embargo=1.0))
    gains = np.delete(scores - scores[:, [_DESK]], _DESK, axis=1)
    pieces = 10 if count >= 20 else 2 * (min(count, 8) // 2)
    return SelectionResult(
        variant_count=picked.variant_count,
        desk=float(-scores[:, _DESK].mean()),
        in_sample=-picked.in_sample,
        out_of_sample=-picked.out_of_sample,
        desk_out_of_sample=float(-scores[judged, _DESK].mean()),
        purged_in_sample=-purged.in_sample,
        purged_out_of_sample=-purged.out_of_sample,
        overfitting=overfitting_probability(scores, pieces=pieces),
        deflated=deflated_gain(gains),
    )
