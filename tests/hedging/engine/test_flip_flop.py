"""A market that changes its mood each tick: what it costs, and that the cap holds."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gex.hedging.engine.config import BreakerRule, EngineConfig, RegimeRule, RegimeTable
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Why
from gex.hedging.engine.state import opening_state
from gex.hedging.engine.summary import ledger_summary
from gex.hedging.policy import HedgePolicy
from tests.hedging.engine.worlds import book, config, filled, inputs, later, perpetual

STEPS = 480
CAP = 3.0
BUDGET = HedgePolicy(residual_sd_budget=1_000.0, delta_cap=CAP)  # σ acts on the band only through a budget a day


def flip_flop(rules: EngineConfig, seed: int) -> tuple[float, float, int, set[str]]:
    """(cost, largest |X| after a decision, orders, breaker causes): calm and stress alternate each tick, an hour apart."""
    random = np.random.default_rng(seed)
    state, spot, delta = opening_state(), 60_000.0, 0.0
    worst, orders, causes = 0.0, 0, set()
    for i in range(STEPS):
        stressed = i % 2 == 1
        move = spot * float(random.normal(0.0, 0.6 * math.sqrt(3_600.0 / (365.0 * 86_400.0))))
        spot += move
        delta += 5e-4 * move  # the book is long gamma
        terms = perpetual(spot=spot, bps=20.0 if stressed else 5.0)
        reading = later(
            replace(book(delta, gamma=5e-4), spot=spot, instruments=(terms,)),
            3_600.0 * i,
            realised_vol_short=1.2 if stressed else 0.3,
            realised_vol_long=0.6,
        )
        decision, state = decide(inputs(reading), rules, state)
        state = filled(state)
        worst = max(worst, abs(decision.groups[0].residual_delta))
        orders += len(decision.orders)
        causes |= set(decision.breaker.causes)
        if abs(decision.groups[0].residual_delta) > CAP:
            assert Why.CAP_NOT_KEPT in decision.reasons
    return ledger_summary(state).realised.total, worst, orders, causes


def adaptive(dwell: float) -> EngineConfig:
    quick = RegimeRule(least_samples=2, sample_interval=1.0, dwell=dwell, history=86_400.0)
    table = RegimeTable(volatility=quick, liquidity=quick, coverage=(("low_liquidity", 0.7),))
    return config(policy=BUDGET, regimes=table)


def static(vol: float | None, coverage: float) -> EngineConfig:
    still = RegimeRule(least_samples=10**9)
    return config(
        policy=replace(BUDGET, vol=vol, coverage=coverage),
        regimes=RegimeTable(volatility=still, liquidity=still),
        breaker=BreakerRule(most_switches=10**9, most_reversals=10**9),
    )


@pytest.mark.parametrize("dwell", [0.0, 86_400.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_alternating_regimes_cost_little_more_than_the_most_conservative_static_policy(dwell: float, seed: int) -> None:
    """The most conservative static policy: of those the regimes choose among the highest coverage and the highest σ."""
    cost, worst, orders, _ = flip_flop(adaptive(dwell), seed)
    conservative, *_ = flip_flop(static(1.2, 1.0), seed)
    assert orders > 0
    assert cost <= 1.2 * conservative
    assert worst <= CAP * (1.0 + 1e-9)


def test_without_dwell_the_breaker_opens_and_holds_the_stressed_regimes() -> None:
    *_, causes = flip_flop(adaptive(0.0), 1)
    assert "regime_switches" in causes
