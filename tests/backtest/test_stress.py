"""Stresses: what a broken market does to a book is what revaluing it says, and what trading costs in it is charged."""

import math

import numpy as np
import pytest

from gex.backtest.processes import MarketProcess, TimeGrid
from gex.backtest.replay import replay
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulated_book import SimulatedOption
from gex.backtest.simulation import Execution, Simulation, summarise
from gex.backtest.standard import clock_strategy, standard_strategies
from gex.backtest.stress import (
    STANDARD_STRESSES,
    Stress,
    simulated_stress,
    stress_results,
    stressed,
    stressed_simulation,
)
from gex.errors import InputError
from tests.backtest.recordings import random_recording
from tests.backtest.test_book_oracle import STEPS, call_recording


def test_a_stress_of_nothing_changes_nothing() -> None:
    one = call_recording()
    found = stressed(one, Stress(name="nothing"))
    for name, values in one.columns().items():
        if name != "time":
            np.testing.assert_allclose(getattr(found, name), values, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("is_coin", [False, True])
def test_a_gap_costs_what_the_option_is_worth_more(is_coin: bool) -> None:
    """Unhedged, +15 % in one look: the book's profit changes by Black's values before and after, at every later instant."""
    one = call_recording(is_coin=is_coin)
    found = stressed(one, Stress(name="gap", move=0.15))
    assert one.options is not None
    shift = found.spot / one.spot
    first = int(np.flatnonzero(shift > 1.0)[0])
    np.testing.assert_allclose(shift[first:], 1.15)
    np.testing.assert_array_equal(found.book_profit[:first], one.book_profit[:first])
    values = [one.options.figures().value, one.options.figures(shift=shift).value]
    unit = found.price[first] if is_coin else 1.0
    jump = (values[1] - values[0])[first] * unit
    old = one.book_profit[first] * (1.15 if is_coin else 1.0)
    assert found.book_profit[first] == pytest.approx(old + jump, abs=1e-12)
    assert jump < -0.1  # a short call
    last = STEPS  # settled: it pays 15 % of spot more, where it paid at all
    pays = [max(spot - 1.0, 0.0) / (spot if is_coin else 1.0) for spot in (one.spot[last], found.spot[last])]
    extra = (found.book_value[last] / (found.price[last] if is_coin else 1.0)) - one.book_value[last] / (
        one.price[last] if is_coin else 1.0
    )
    assert extra == pytest.approx(pays[0] - pays[1], abs=1e-12)


def test_delta_after_the_crash_is_that_of_the_moved_price() -> None:
    one = call_recording()
    found = stressed(one, Stress(name="crash", move=-0.2, steps=4))
    late = slice(STEPS // 2 + 6, STEPS - 1)
    assert np.abs(found.delta[late]).max() < 0.01  # 20 % out of the money
    assert found.options is not None
    np.testing.assert_allclose(found.options.figures().delta[late], found.delta[late], atol=1e-9)


def test_a_shut_market_thin_books_and_funding_reach_the_hedge() -> None:
    one = call_recording()
    hold = clock_strategy(1)
    plain = replay(one, hold)
    thin = replay(stressed(one, Stress(name="thin", depth_divisor=1000.0, spread_factor=3.0)), hold)
    late = slice(STEPS // 2 + 2, STEPS - 1)
    assert thin.contracts[late].max() <= 10.0  # half of a delta of 1, a thousandth of it, lots of 1e-4
    assert plain.contracts[late].max() > 10.0
    dear = replay(stressed(one, Stress(name="dear", funding=0.003)), hold)
    assert plain.funding.sum() == 0.0
    per_step = 0.003 * (30.0 * 24.0 / STEPS / 8.0)
    first = 1 + int(0.5 * (STEPS - 1))
    row = first + 1  # 60 hours after the last look before it
    assert dear.funding[row + 1 :].sum() == 0.0
    assert dear.funding[row] == pytest.approx(plain.position[row - 1] * 1e-4 * one.price[row - 1] * per_step, rel=1e-9)
    shut = replay(stressed(one, Stress(name="shut", move=-0.15, closed_steps=2)), hold)
    assert (shut.contracts[first : first + 2] == 0.0).all()
    assert shut.contracts[first + 2] > 0.0


def test_every_strategy_meets_every_stress_and_a_gap_hurts_the_hedged_less() -> None:
    strategies = standard_strategies(risk_aversion=50.0, gross_units=1.0, poll=108_000.0)
    found = stress_results(call_recording(), strategies)
    assert len(found) == len(strategies) * len(STANDARD_STRESSES)
    gap = {one.strategy: one for one in found if one.stress.startswith("gap: +")}
    assert gap["unhedged"].change < gap["(a, b)"].change < 0.0
    assert gap["unhedged"].cost == 0.0
    assert {one.stress for one in found} == {one.name for one in STANDARD_STRESSES}


def test_what_cannot_be_revalued_is_refused() -> None:
    with pytest.raises(InputError, match="no options"):
        stressed(random_recording(20), Stress(name="gap", move=-0.1))
    with pytest.raises(InputError, match="move above"):
        Stress(name="total", move=-1.0)
    with pytest.raises(InputError, match="depth_divisor"):
        Stress(name="deep", depth_divisor=0.5)


def simulation() -> Simulation:
    return Simulation(
        process=MarketProcess(vol=0.3),
        grid=TimeGrid.even(0.1, 40),
        book=(SimulatedOption(strike=100.0, right=1, units=-1.0, vol=0.3, expiry_step=40),),
        execution=Execution(half_spread=1e-3),
        spot=100.0,
    )


def test_the_simulated_gap_is_laid_on_every_path() -> None:
    rules = (HedgeRule(rule=Rule.UNHEDGED), HedgeRule(rule=Rule.CLOCK))
    stresses = (
        Stress(name="none"),
        Stress(name="gap", move=0.15, closed_steps=1),
        Stress(name="thin", depth_divisor=20.0),
    )
    (_, none), (_, gap), (_, thin) = simulated_stress(simulation(), rules, 500, stresses)
    assert none[0].mean == pytest.approx(summarise(simulation(), rules[0], 500).mean)
    assert gap[0].mean < none[0].mean - 10.0  # about 15 more to pay
    assert none[0].mean < gap[1].mean < none[1].mean or gap[1].mean > gap[0].mean
    assert thin[1].tracking_sd > none[1].tracking_sd
    assert thin[1].tracking_sd > 0.0
    broken = stressed_simulation(simulation(), stresses[1])
    assert broken.process.shock_move == pytest.approx(math.log(1.15))
    assert broken.grid.can_trade.sum() == simulation().grid.can_trade.sum() - 1
