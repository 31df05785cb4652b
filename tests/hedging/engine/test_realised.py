"""Realised volatility of the spots that decisions saw: a constant one comes out, and it ends before the decision."""

import math

import numpy as np
import pytest

from gex.hedging.engine.config import RegimeRule, RegimeTable
from gex.hedging.engine.decide import decide
from gex.hedging.engine.realised import RealisedVol
from gex.hedging.engine.state import opening_state
from gex.hedging.policy import HedgePolicy
from tests.hedging.engine.worlds import SECOND, START, book, config, inputs, later

STEP = 0.6 * math.sqrt(600.0 / (365.0 * 86_400.0))  # of ln S in ten minutes at 60 % a year


def test_a_constant_volatility_comes_out_and_nothing_does_too_soon() -> None:
    vol = RealisedVol()
    for i in range(1_000):
        vol = vol.after(60_000.0 * math.exp(STEP * (i % 2)), START + 600 * i * SECOND)
        assert (vol.short is None) is (vol.seen < 43_200.0)
        assert (vol.long is None) is (vol.seen < 5 * 86_400.0)
    assert vol.short == pytest.approx(0.6, rel=1e-9)
    assert vol.long == pytest.approx(0.6, rel=1e-9)


def test_gaps_ticks_too_close_and_bad_prices_change_nothing() -> None:
    seen = RealisedVol().after(100.0, START).after(101.0, START + 600 * SECOND)
    assert seen.after(150.0, START + 610 * SECOND) == seen
    assert seen.after(150.0, START) == seen
    assert seen.after(math.nan, START + 9_000 * SECOND) == seen
    assert seen.after(-1.0, START + 9_000 * SECOND) == seen


def test_decisions_keep_it_in_their_state_and_their_own_spot_is_not_in_it() -> None:
    """What the state says is what the spots of the decisions before it make; the same inputs twice change nothing."""
    state, vol = opening_state(), RealisedVol()
    for i in range(100):
        spot = 60_000.0 * math.exp(3.0 * STEP * (i % 2))
        world = inputs(later(book(1.0, spot=spot), 600.0 * i))
        _, state = decide(world, config(), state)
        assert state.realised_vol("BTC") == vol
        again, after = decide(world, config(), state)
        assert after.realised == state.realised
        assert not again.orders
        vol = vol.after(spot, world.as_of)
    assert vol.short == pytest.approx(1.8, rel=1e-6)


def test_a_storm_seen_only_in_spots_stresses_the_regime() -> None:
    quick = RegimeRule(least_samples=4, sample_interval=600.0, dwell=0.0)
    rules = config(regimes=RegimeTable(volatility=quick), policy=HedgePolicy(residual_sd_budget=2_000.0))
    random, spot, state, stressed = np.random.default_rng(1), 60_000.0, opening_state(), []
    for i in range(240):
        decision, state = decide(inputs(later(book(0.1, spot=spot), 600.0 * i)), rules, state)
        stressed.append(
            any(regime.is_stressed for regime in decision.regimes if regime.indicator.value == "volatility")
        )
        spot *= math.exp(float(random.normal(0.0, STEP)) * (1.0 if i < 180 else 5.0))
    assert all(stressed[190:])
    given = inputs(later(book(0.1, spot=spot, realised_vol_short=0.01, realised_vol_long=0.6), 600.0 * 240))
    decision, _ = decide(given, rules, state)
    assert next(r.value for r in decision.regimes) == pytest.approx(0.01 / 0.6), "what a reading says wins"
