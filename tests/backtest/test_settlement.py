"""How books settle and hedges end in a simulation: AM, PM, half-hour average; unwound, cash-settled or kept; nights."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gex.backtest.processes import MarketProcess, TimeGrid, sample_markets
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulated_book import SettlementPrice, SimulatedOption
from gex.backtest.simulation import Execution, Simulation, Terminal, hedge, traced
from gex.errors import InputError
from gex.kernels.hedge_paths import TRACE_AFTER, TRACE_BEFORE
from tests.backtest.simulations import short_call

UNHEDGED = HedgeRule(rule=Rule.UNHEDGED)
EVERY = HedgeRule(rule=Rule.CLOCK)


def of_expiry(grid: TimeGrid, step: int, *, averaged: int = 0, strike: float = 100.0) -> Simulation:
    option = SimulatedOption(strike=strike, right=1, units=-1.0, vol=0.2, expiry_step=step, averaged_steps=averaged)
    return Simulation(
        process=MarketProcess(vol=0.2), grid=grid, book=(option,), execution=Execution(), spot=100.0, seed=8
    )


def paths(grid: TimeGrid, count: int = 300) -> np.ndarray:
    return sample_markets(MarketProcess(vol=0.2), grid, spot=100.0, path_count=count, seed=8).spot


def test_am_settles_on_the_open_and_pm_on_the_close_of_the_same_day() -> None:
    """Two days of six steps and a night of two: the second day opens at step 8 and closes at step 14."""
    grid = TimeGrid.sessions(2, 6)
    assert grid.step_count == 14
    spot = paths(grid)
    for step in (8, 14):
        found = hedge(of_expiry(grid, step), UNHEDGED, 300)
        start = found.book_profit + np.maximum(spot[:, step] - 100.0, 0.0)
        np.testing.assert_allclose(start, start[0], atol=1e-10)  # the price it was sold at, the same on every path


def test_a_half_hour_average_settles_on_the_mean_of_its_fixings() -> None:
    grid = TimeGrid.even(1.0 / 365.0, 48)
    spot = paths(grid)
    simulation = of_expiry(grid, 48, averaged=12)
    assert simulation.book[0].settlement is SettlementPrice.AVERAGE
    found = hedge(simulation, UNHEDGED, 300)
    start = found.book_profit + np.maximum(spot[:, 37:49].mean(axis=1) - 100.0, 0.0)
    np.testing.assert_allclose(start, start[0], atol=1e-10)


def test_delta_of_an_averaged_option_melts_linearly_in_its_window() -> None:
    """Deep in the money with a share u fixed: the hedge left is 1 − u (hedging.md §2)."""
    grid = TimeGrid.even(1.0 / 365.0, 48)
    simulation = replace(of_expiry(grid, 48, averaged=12, strike=50.0), wants_marks=True)
    trace = traced(simulation, EVERY, 5)
    for step in range(37, 48):
        np.testing.assert_allclose(trace[:, step, TRACE_AFTER], 1.0 - (step - 36) / 12.0, atol=1e-9)


def test_hedging_an_average_every_step_leaves_less_than_a_tenth_of_the_risk() -> None:
    grid = TimeGrid.even(1.0 / 365.0, 480)
    simulation = of_expiry(grid, 480, averaged=120)
    hedged, naked = hedge(simulation, EVERY, 500), hedge(simulation, UNHEDGED, 500)
    assert hedged.net_profit.std() < 0.1 * naked.net_profit.std()


@pytest.mark.parametrize("terminal", Terminal)
def test_the_terminal_convention_is_what_it_says(terminal: Terminal) -> None:
    """Static hedge of one delta: unwound it pays half spread and fee again, cash-settled the fee, kept nothing."""
    call = short_call(steps=10, cost=0.0)
    execution = Execution(fee=2e-4, half_spread=1e-3, ticket=0.01, starts_hedged=True, terminal=terminal)
    found = hedge(replace(call, execution=execution), HedgeRule(rule=Rule.STATIC, ratio=1.0), 50)
    held = 0.5 * math.erfc(-0.5 * 0.3 * math.sqrt(0.25) / math.sqrt(2.0))
    notional = held * found.final_spot
    wanted = {
        Terminal.UNWIND: notional * (2e-4 + 1e-3) + 0.01,
        Terminal.CASH: notional * 2e-4,
        Terminal.KEEP: 0.0 * notional,
    }
    np.testing.assert_allclose(found.trading_cost, wanted[terminal], atol=1e-9)


def test_a_night_moves_the_market_and_lets_nobody_trade() -> None:
    grid = TimeGrid.sessions(3, 6, night_steps=3)
    at_night = grid.can_trade == 0.0
    assert at_night.sum() == 4  # two instants in each of two nights
    assert np.diff(grid.variance_time).min() > 0.0
    call = replace(of_expiry(grid, grid.step_count), execution=Execution(half_spread=1e-4))
    trace = traced(call, EVERY, 20)
    changed = trace[:, :, TRACE_AFTER] != trace[:, :, TRACE_BEFORE]
    assert not changed[:, at_night].any()
    assert changed[:, ~at_night][:, :-1].all()


def test_nights_hold_their_share_of_the_variance() -> None:
    grid = TimeGrid.sessions(5, 10, night_variance=0.42)
    day = grid.variance_time[10] * 365.0
    assert day == pytest.approx(0.58)
    assert (grid.variance_time[12] - grid.variance_time[10]) * 365.0 == pytest.approx(0.42)
    assert grid.time[12] * 365.0 == pytest.approx(1.0)


def test_an_order_at_the_close_fills_at_the_next_open() -> None:
    grid = TimeGrid.sessions(2, 4, night_steps=3)  # closes at step 4, opens at 7
    call = of_expiry(grid, grid.step_count)
    late = replace(call, execution=Execution(latency_steps=1, half_spread=1e-3))
    rule = HedgeRule(rule=Rule.CLOCK, clock_steps=4)  # looks at steps 0, 4 and 8
    found = hedge(late, rule, 50)
    spot = paths(grid, 50)
    # First order fills at step 1, the one of step 4 at step 7, the one of step 8 at step 9.
    first = 0.5 * math.erfc(-0.5 * 0.2 * math.sqrt(grid.variance_time[-1]) / math.sqrt(2.0))
    trace = traced(late, rule, 50)
    second = trace[:, 4, TRACE_AFTER] - trace[:, 4, TRACE_BEFORE]
    third = trace[:, 8, TRACE_AFTER] - trace[:, 8, TRACE_BEFORE]
    held = first + second + third
    paid = first * spot[:, 1] + np.abs(second) * spot[:, 7] + np.abs(third) * spot[:, 9]
    np.testing.assert_allclose(found.half_spread, 1e-3 * (paid + np.abs(held) * spot[:, -1]), atol=1e-9)


def test_late_and_partial_fills_leave_more_risk_than_prompt_ones() -> None:
    call = short_call(steps=100, cost=0.0)
    prompt = hedge(call, EVERY, 2000).net_profit.std()
    for change in ({"latency_steps": 3}, {"depth": 0.01}, {"fill_probability": 0.3}):
        late = hedge(replace(call, execution=replace(call.execution, **change)), EVERY, 2000).net_profit.std()
        assert late > 1.1 * prompt, change


def test_days_without_steps_are_refused() -> None:
    with pytest.raises(InputError, match="at least one day"):
        TimeGrid.sessions(0, 6)
