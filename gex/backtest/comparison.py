"""Strategies on the same recorded markets, held against one of them, with intervals from paired blocks of time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gex.backtest.recording import Recording
from gex.backtest.replay import ReplayOutcome, Strategy, replay
from gex.backtest.resampling import SEED, Estimate, paired_bootstrap
from gex.columns import Floats
from gex.errors import InputError

_COST, _RISK, _SQUARE, _SCORE, _PROFIT = range(5)


@dataclass(frozen=True, kw_only=True)
class StrategyResult:
    """One strategy over all recordings; currency. Gaps are strategy less reference, per block of time."""

    name: str
    order_count: int
    contracts: float  # traded
    net_profit: float
    cost: float
    cost_lines: dict[str, float]  # fee, half_spread, impact, ticket, funding
    cost_share: float  # of the largest value of the position |Δ|·S summed over recordings
    tracking_sd: float  # of one block: mishedge × move of the hedge
    profit_sd: float  # of one block's net profit
    drawdown: float  # the largest of the summed net profit
    score: float  # cost + (γ/2)·Σ tracking², per block
    score_gap: Estimate
    cost_gap: Estimate
    risk_ratio: Estimate  # Σ tracking² over the reference's
    profit_ratio: Estimate  # variance of a block's net profit over the reference's: fair to rules of another delta
    curve: tuple[float, ...] = field(default=(), repr=False)  # cumulated net profit by block


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Every strategy on the same recordings."""

    reference: str
    risk_aversion: float  # γ of the score, 1/currency
    block_count: int
    recordings: tuple[str, ...]
    results: tuple[StrategyResult, ...]
    outcomes: tuple[tuple[ReplayOutcome, ...], ...] = field(repr=False)  # (strategy, recording)
    sums: Floats = field(repr=False)  # (block, strategy, figure): cost, Σ tracking², net profit², score, net profit

    def result(self, name: str) -> StrategyResult:
        """The result of one strategy."""
        return next(one for one in self.results if one.name == name)

    @property
    def best(self) -> StrategyResult:
        """The lowest score."""
        return min(self.results, key=lambda one: one.score)


def compare(
    recordings: Sequence[Recording],
    strategies: Sequence[Strategy],
    *,
    reference: str,
    risk_aversion: float,
    run: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Replay every strategy on every recording. Blocks of one number in several recordings are one block.

    `run` consecutive blocks are drawn together. The score prices risk at γ: what a desk of that risk aversion pays in all.
    """
    names = [one.name for one in strategies]
    if reference not in names or len(set(names)) != len(names):
        raise InputError(f"compare: expected strategies of different names, {reference!r} among them, got {names}")
    if not recordings:
        raise InputError("compare: expected at least one recording")
    labels = np.unique(np.concatenate([one.block for one in recordings]))
    sums = np.zeros((len(labels), len(strategies), 5))
    profits = np.zeros((len(labels), len(strategies)))
    outcomes: list[tuple[ReplayOutcome, ...]] = []
    for k, strategy in enumerate(strategies):
        found = []
        for recording in recordings:
            outcome = replay(recording, strategy)
            found.append(outcome)
            place = np.searchsorted(labels, recording.block)
            np.add.at(sums[:, k, _COST], place, outcome.cost + outcome.funding)
            np.add.at(sums[:, k, _RISK], place, outcome.tracking**2)
            np.add.at(profits[:, k], place, outcome.net_profit)
            if progress is not None:
                progress(1)
        outcomes.append(tuple(found))
    sums[:, :, _SQUARE], sums[:, :, _PROFIT] = profits**2, profits
    sums[:, :, _SCORE] = sums[:, :, _COST] + 0.5 * risk_aversion * sums[:, :, _RISK]
    base = names.index(reference)
    position = sum(float((np.abs(one.delta) * one.spot).max()) for one in recordings)
    results = []
    for k, strategy in enumerate(strategies):

        def figures(means: Floats, k: int = k) -> Floats:
            with np.errstate(divide="ignore", invalid="ignore"):
                columns = [
                    means[:, k, _SCORE] - means[:, base, _SCORE],
                    means[:, k, _COST] - means[:, base, _COST],
                    means[:, k, _RISK] / means[:, base, _RISK],
                    (means[:, k, _SQUARE] - means[:, k, _PROFIT] ** 2)
                    / (means[:, base, _SQUARE] - means[:, base, _PROFIT] ** 2),
                ]
            out: Floats = np.stack(columns, axis=1)
            return out

        score_gap, cost_gap, risk_ratio, profit_ratio = paired_bootstrap(sums, figures, run=run)
        level = np.concatenate([[0.0], np.cumsum(profits[:, k])])
        lines = {
            "fee": sum(float(one.fee.sum()) for one in outcomes[k]),
            "half_spread": sum(float(one.slippage.sum()) for one in outcomes[k]),
            "impact": sum(float(one.impact.sum()) for one in outcomes[k]),
            "ticket": sum(float(one.ticket.sum()) for one in outcomes[k]),
            "funding": sum(float(one.funding.sum()) for one in outcomes[k]),
        }
        cost = float(sums[:, k, _COST].sum())
        results.append(
            StrategyResult(
                name=strategy.name,
                order_count=sum(one.order_count for one in outcomes[k]),
                contracts=sum(float(one.contracts.sum()) for one in outcomes[k]),
                net_profit=float(profits[:, k].sum()),
                cost=cost,
                cost_lines=lines,
                cost_share=cost / position if position > 0.0 else 0.0,
                tracking_sd=float(np.sqrt(sums[:, k, _RISK].mean())),
                profit_sd=float(profits[:, k].std()),
                drawdown=float((np.maximum.accumulate(level) - level).max()),
                score=float(sums[:, k, _SCORE].mean()),
                score_gap=score_gap,
                cost_gap=cost_gap,
                risk_ratio=risk_ratio,
                profit_ratio=profit_ratio,
                curve=tuple(level.tolist()),
            )
        )
    return Comparison(
        reference=reference,
        risk_aversion=risk_aversion,
        block_count=len(labels),
        recordings=tuple(one.name for one in recordings),
        results=tuple(results),
        outcomes=tuple(outcomes),
        sums=sums,
    )


def cost_ratio_at_risk(
    first: Floats, second: Floats, tracking_sd: float, *, run: int = 1, seed: int = SEED
) -> Estimate:
    """Cost of one rule over another at equal tracking sd a block, each interpolated in logarithms along its parameters.

    `first` and `second` are (block, parameter, 2): cost and Σ tracking² of each parameter. Draws in which a frontier does
    not reach the risk are left out; where they are more than a tenth there is no interval.
    """
    both = np.concatenate([first, second], axis=1)
    count = first.shape[1]

    def figure(means: Floats) -> Floats:
        out = np.empty((len(means), 1))
        for row, mean in enumerate(means):
            out[row, 0] = _cost_at(mean[:count], tracking_sd) / _cost_at(mean[count:], tracking_sd)
        return out

    return paired_bootstrap(both, figure, run=run, draws=1000, seed=seed)[0]


def _cost_at(points: Floats, risk: float) -> float:
    order = np.argsort(points[:, 1])
    sd, cost = np.sqrt(points[order, 1]), points[order, 0]
    if not sd[0] <= risk <= sd[-1] or (cost <= 0.0).any():
        return float("nan")
    return float(np.exp(np.interp(np.log(risk), np.log(sd), np.log(cost))))
