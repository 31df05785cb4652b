"""The strategies that every recorded market is walked with, each an engine with one band rule."""

import math
from collections.abc import Sequence

from gex.backtest.replay import Strategy
from gex.hedging.engine.config import BreakerRule, EngineConfig, Mode, RegimeRule, RegimeTable
from gex.hedging.policy import BandRule, HedgePolicy

REFERENCE = "(a, b)"
_SILENT = RegimeRule(is_active=False)
_QUIET = RegimeTable(volatility=_SILENT, liquidity=_SILENT, correlation=_SILENT)
_PATIENT = BreakerRule(most_switches=10**6, most_reversals=10**6)
_YEAR = 365.0 * 86_400.0


def engine(policy: HedgePolicy, *, mode: Mode = Mode.LIVE, regimes: RegimeTable = _QUIET) -> EngineConfig:
    """The production engine with its band alone: breaker, minimum hold and cost gate are out of the comparison."""
    return EngineConfig(
        policy=policy, mode=mode, minimum_hold=0.0, has_cost_gate=False, regimes=regimes, breaker=_PATIENT
    )


def band_strategy(
    rule: BandRule, risk_aversion: float, *, poll: float, name: str = "", rows: int = 1, latency: int = 0
) -> Strategy:
    """One cost-based rule at a risk aversion, corrected for looking every `poll` seconds."""
    policy = HedgePolicy(rule=rule, risk_aversion=risk_aversion, poll_interval=poll)
    return Strategy(name=name or rule.value, config=engine(policy), poll_rows=rows, latency_rows=latency)


def clock_strategy(every: int, *, name: str = "", latency: int = 0) -> Strategy:
    """Back to the target at every `every`-th instant."""
    policy = HedgePolicy(rule=BandRule.CLOCK, clock_interval=1.0)
    return Strategy(name=name or f"clock, every {every}", config=engine(policy), poll_rows=every, latency_rows=latency)


def standard_strategies(
    *, risk_aversion: float, gross_units: float, poll: float, clocks: Sequence[int] = (1, 4), latency: int = 0
) -> tuple[Strategy, ...]:
    """Unhedged, static, clocks, fixed bands of a tenth of the book, the cost-based rules at γ, and adaptive coverage.

    `gross_units` is Σ|units| of the book, `poll` seconds between two instants.
    """
    half = 0.1 * gross_units
    adaptive = HedgePolicy(risk_aversion=risk_aversion, poll_interval=poll, coverage=0.7)
    regimes = RegimeTable(
        volatility=RegimeRule(sample_interval=max(poll, 60.0), least_samples=12),
        liquidity=_SILENT,
        correlation=_SILENT,
        coverage=(("high_volatility", 1.0),),
    )
    return (
        Strategy(name="unhedged", config=engine(HedgePolicy(), mode=Mode.FROZEN)),
        clock_strategy(10**9, name="static", latency=latency),
        *(clock_strategy(every, latency=latency) for every in clocks),
        Strategy(
            name="±10 %, to the target",
            config=engine(HedgePolicy(thresholds=(-half, half))),
            latency_rows=latency,
        ),
        Strategy(
            name="±10 %, to the edge",
            config=engine(HedgePolicy(thresholds=(-half, half), threshold_targets=(-half, half))),
            latency_rows=latency,
        ),
        band_strategy(
            BandRule.WHALLEY_WILMOTT_EDGE, risk_aversion, poll=poll, name="Whalley–Wilmott, edge", latency=latency
        ),
        band_strategy(
            BandRule.WHALLEY_WILMOTT_TARGET, risk_aversion, poll=poll, name="Whalley–Wilmott, target", latency=latency
        ),
        band_strategy(BandRule.ZAKAMOULINE, risk_aversion, poll=poll, name="Zakamouline", latency=latency),
        band_strategy(BandRule.COST_OPTIMAL, risk_aversion, poll=poll, name=REFERENCE, latency=latency),
        Strategy(
            name="adaptive, 70 % calm",
            config=engine(adaptive, regimes=regimes),
            latency_rows=latency,
            wants_realised_vol=True,
        ),
    )


def risk_aversion_of(gross_units: float, spot: float) -> float:
    """γ of a desk to which a loss of 1 % of the book's notional is one unit: 100/(units·S), the same for every book."""
    return 100.0 / (gross_units * spot) if gross_units * spot > 0.0 else math.inf
