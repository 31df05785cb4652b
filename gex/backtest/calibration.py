"""Rules are compared at equal risk, never at equal parameters: the parameter that gives a wanted risk, and the frontier."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gex.backtest.outcomes import OutcomeSummary
from gex.backtest.rules import HedgeRule
from gex.backtest.simulation import Simulation, summarise
from gex.errors import NumericalError


@dataclass(frozen=True, kw_only=True)
class FrontierPoint:
    """One rule at one parameter."""

    looseness: float
    rule: HedgeRule
    summary: OutcomeSummary


def frontier(
    simulation: Simulation,
    rule: HedgeRule,
    loosenesses: Sequence[float],
    path_count: int,
    *,
    progress: Callable[[int], None] | None = None,
) -> tuple[FrontierPoint, ...]:
    """Cost and risk of `rule` at each parameter, on common paths."""
    points = []
    for looseness in loosenesses:
        at = rule.at(looseness)
        points.append(
            FrontierPoint(
                looseness=looseness, rule=at, summary=summarise(simulation, at, path_count, progress=progress)
            )
        )
    return tuple(points)


def cost_at_risk(points: Sequence[FrontierPoint], sd: float) -> float:
    """Mean cost at a standard deviation of net profit, interpolated in logarithms along the frontier.

    NaN where the frontier does not reach it. Only the part where a greater risk costs less is used.
    """
    pairs = sorted((p.summary.sd, p.summary.cost) for p in points)
    risk, cost = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    if len(risk) < 2 or not risk[0] <= sd <= risk[-1] or (cost <= 0.0).any():
        return math.nan
    return float(np.exp(np.interp(math.log(sd), np.log(risk), np.log(cost))))


def rule_at_risk(
    simulation: Simulation,
    rule: HedgeRule,
    sd: float,
    path_count: int,
    *,
    low: float,
    high: float,
    tolerance: float = 2e-3,
) -> HedgeRule:
    """The rule whose net profit has the standard deviation `sd`, found between two loosenesses by bisection in logarithms.

    Common paths make risk a smooth function of the parameter. A clock takes the nearest whole number of steps.
    """

    def excess(looseness: float) -> float:
        return summarise(simulation, rule.at(looseness), path_count).sd - sd

    below, above = math.log(low), math.log(high)
    if excess(low) > 0.0 or excess(high) < 0.0:
        raise NumericalError(f"rule {rule.name}: no parameter from {low:g} to {high:g} gives a risk of {sd:g}")
    for _ in range(40):
        middle = 0.5 * (below + above)
        gap = excess(math.exp(middle))
        if abs(gap) < tolerance * sd or above - below < 1e-6:
            break
        below, above = (middle, above) if gap < 0.0 else (below, middle)
    return rule.at(math.exp(0.5 * (below + above)))
