"""Hedging one asset with another, only while their correlation is known well enough to pay for it."""

import enum
import math
from dataclasses import dataclass

from gex.errors import InputError
from gex.portfolio.beta import correlation_interval, residual_share

ENTRY_MARGIN = 0.05  # above break-even, so that a hedge that has begun does not end at the next estimate


class CrossVerdict(enum.Enum):
    """What may be done with a cross hedge now."""

    ENTER = "enter"
    KEEP = "keep"  # what is held may stay; nothing is added
    LEAVE = "leave"


@dataclass(frozen=True, kw_only=True)
class CrossHedge:
    """A hedge of one exposure with another asset, judged by the end of the correlation's interval nearest to zero."""

    beta: float  # units of hedge value per unit of exposure value: ρσ_V/σ_F
    correlation: float
    correlation_low: float  # of |ρ|, 95 %; 0 where the interval holds zero
    break_even: float  # ρ_be; inf where nothing could pay
    residual_share: float  # of the standard deviation that stays, at the estimate
    verdict: CrossVerdict


def break_even_correlation(cost: float, *, sd: float, risk_aversion: float, horizon: float) -> float:
    """ρ_be = √(2C/(γσ_V²H)): below it the variance removed is worth less than the cost C.

    C = 300, γ = 1e-6, σ_V = 20,000 a day (√year: × √365), three days: 0.7071. `sd` is of the profit over a year.
    """
    if not (sd > 0.0 and risk_aversion > 0.0 and horizon > 0.0 and cost >= 0.0):
        raise InputError(
            "break_even_correlation: expected positive sd, risk aversion and horizon and a cost of at least 0"
        )
    worth = risk_aversion * sd * sd * horizon
    return math.sqrt(2.0 * cost / worth) if worth > 0.0 else math.inf


def cross_hedge(
    correlation: float,
    count: int,
    *,
    exposure_vol: float,
    hedge_vol: float,
    cost: float,
    sd: float,
    risk_aversion: float,
    horizon: float,
    is_held: bool = False,
) -> CrossHedge:
    """Whether to hedge with the other asset: ENTER where the low end of |ρ| is above ρ_be + 0.05, LEAVE below ρ_be.

    `count` observations made the estimate; `cost` is of the whole hedge over `horizon` years, `sd` of the unhedged profit
    over a year. β takes the estimate: the interval decides whether to hedge, not how much.
    """
    low, high = correlation_interval(correlation, count)
    nearest = 0.0 if low <= 0.0 <= high else min(abs(low), abs(high))
    threshold = break_even_correlation(cost, sd=sd, risk_aversion=risk_aversion, horizon=horizon)
    if nearest > threshold + ENTRY_MARGIN:
        verdict = CrossVerdict.ENTER
    elif nearest > threshold and is_held:
        verdict = CrossVerdict.KEEP
    else:
        verdict = CrossVerdict.LEAVE
    return CrossHedge(
        beta=correlation * exposure_vol / hedge_vol,
        correlation=correlation,
        correlation_low=nearest,
        break_even=threshold,
        residual_share=residual_share(correlation),
        verdict=verdict,
    )
