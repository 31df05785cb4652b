"""Replays: `decide` drives them, orders fill later, at the far side, no more than the depth, never in a closed market."""

from dataclasses import replace

import numpy as np
import pytest

from gex.backtest.replay import Strategy, replay
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulation import traced
from gex.errors import InputError
from gex.hedging.engine.config import Mode
from gex.hedging.policy import BandRule, HedgePolicy
from gex.kernels.hedge_paths import TRACE_AFTER, TRACE_DELTA, TRACE_GAMMA, TRACE_SPOT
from tests.backtest.recordings import quiet, random_recording, recorded, strategy
from tests.backtest.simulations import short_call


def test_a_replay_of_simulated_paths_trades_what_the_simulation_traded() -> None:
    """40 paths × 20 looks in whole contracts of 0.01: positions of kernel and engine are equal at every look."""
    lot = 0.01
    call = short_call(steps=20, lot=lot, ticket=0.002, starts_hedged=False)
    trace = traced(call, HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=2.0), 40)
    config = quiet(HedgePolicy(risk_aversion=2.0, ticket=0.002))
    same = 0
    for path in trace:
        # Where gamma is as good as 0 the engine rounds to the nearest lot; the simulation's band is already nought.
        rows = slice(0, int(np.argmax(np.append(path[:-1, TRACE_GAMMA] ** 2 < 1e-12, True))))
        if rows.stop < 2:
            continue
        one = recorded(
            path[rows, TRACE_SPOT], call.grid.time[rows], path[rows, TRACE_DELTA], path[rows, TRACE_GAMMA],
            time_to_expiry=call.grid.time[-1] - call.grid.time[rows],
        )  # fmt: skip
        found = replay(one, Strategy(name="ab", config=config), stop=rows.stop - 1)
        np.testing.assert_allclose(found.position * lot, path[: rows.stop - 1, TRACE_AFTER], atol=1e-9)
        same += rows.stop - 1
    assert same > 500


def test_every_decision_of_a_replay_is_one_of_the_engine_and_has_a_reason() -> None:
    found = replay(random_recording(), strategy())
    assert len(found.decisions) == 199  # the last instant only closes
    assert [one.number for one in found.decisions] == list(range(1, 200))
    assert all(one.reasons for one in found.decisions)


def test_an_order_fills_at_the_far_side_of_its_own_instant() -> None:
    """One contract of 1 unit, bid 99, ask 101: buying one unit costs half the spread of 2."""
    spot = np.array([100.0, 100.0, 110.0, 110.0])
    one = recorded(spot, np.arange(4) / 8760.0, np.full(4, -1.0), np.full(4, -0.05), half_spread=0.01, lot=1.0)
    now = replay(one, strategy(closes_hedge=False))
    assert now.position.tolist() == [1, 1, 1, 1]
    assert now.slippage.tolist() == pytest.approx([1.0, 0.0, 0.0, 0.0])
    assert now.hedge_profit.sum() == pytest.approx(10.0)
    late = replay(one, strategy(latency_rows=2, closes_hedge=False))
    assert late.position.tolist() == [0, 0, 1, 1]
    assert late.slippage.tolist() == pytest.approx([0.0, 0.0, 1.1, 0.0])  # 1 % of the price it filled at
    assert late.hedge_profit.sum() == 0.0  # the move came first


def test_orders_in_flight_are_not_sent_twice() -> None:
    found = replay(random_recording(), strategy(latency_rows=5, aversion=50.0))
    sent = [sum(order.contracts for order in one.orders) for one in found.decisions]
    assert sent[0] > 40
    assert sum(map(abs, sent[1:5])) < 10  # the first order covers the mishedge until it fills; the rest is the move's


def test_no_more_than_the_depth_fills_and_the_rest_is_ordered_again() -> None:
    one = random_recording(depth=np.full(200, 7.0))
    found = replay(one, strategy())
    assert found.contracts[:-1].max() == 7.0
    assert found.position[8] == 50.0 or found.position[8] > 40.0  # 50 lots in eight fills of at most 7
    assert abs(found.position[0]) == 7.0


def test_a_closed_market_fills_nothing_and_what_is_due_waits_for_the_open() -> None:
    closed = np.ones(200)
    closed[20:40] = 0.0
    found = replay(random_recording(can_trade=closed), strategy(latency_rows=1, aversion=1e4))
    assert not found.contracts[20:40].any()
    assert not any(20 <= i < 40 for i in np.flatnonzero(found.contracts))
    asked = {one.as_of for one in found.decisions}
    assert not asked & set(random_recording().time[20:40])


def test_the_hedge_is_closed_at_full_cost_or_kept() -> None:
    closed, kept = (replay(random_recording(), strategy(closes_hedge=flag)) for flag in (True, False))
    assert closed.position[-1] == 0.0
    assert kept.position[-1] != 0.0
    assert closed.cost[-1] == pytest.approx(abs(kept.position[-1]) * 0.01 * random_recording().spot[-1] * 1e-3)
    np.testing.assert_array_equal(closed.position[:-1], kept.position[:-1])


def test_profit_is_the_sum_of_its_lines_whatever_the_rule() -> None:
    one = random_recording(book_profit=np.linspace(-1.0, 1.0, 200), funding=np.full(200, 1e-4))
    for found in (replay(one, strategy()), replay(one, strategy(poll_rows=24))):
        held = np.concatenate([[0.0], found.position[:-1]]) * 0.01
        move = np.diff(one.spot, prepend=one.spot[0])
        before = np.concatenate([[one.spot[0]], one.spot[:-1]])
        paid = held * before * 1e-4
        traded = found.contracts * 0.01 * one.spot * 1e-3
        np.testing.assert_allclose(found.net_profit, one.book_profit + held * move - paid - traded, atol=1e-9)


def test_impact_is_charged_by_the_square_root_law_on_the_size_of_each_order() -> None:
    """hedging.md §4: 10 units of 60,000 at σ 60 %, 20,000 units a day: 421.35."""
    spot = np.array([60_000.0, 60_000.0, 60_000.0])
    one = recorded(spot, np.arange(3) / 365.0, np.array([-10.0, -10.0, -10.0]), np.zeros(3), lot=1.0, vol=0.6)
    thick = replace(one, terms=replace(one.terms, average_daily_volume=20_000.0))
    clock = Strategy(name="clock", config=quiet(HedgePolicy(rule=BandRule.CLOCK, clock_interval=1.0)))
    found = replay(thick, clock)
    assert found.impact[0] == pytest.approx(421.35, abs=0.01)
    assert found.impact[2] == pytest.approx(421.35, abs=0.01)  # sold at the end
    np.testing.assert_allclose(found.cost, found.fee + found.slippage + found.impact + found.ticket)
    assert replay(one, clock).impact.sum() == 0.0


def test_inverse_contracts_earn_their_coins_at_the_price_of_the_instant() -> None:
    """One short contract of 100 USD from 100 to 110: −100·(1/100 − 1/110)·110 = −10 USD."""
    spot = np.array([100.0, 110.0, 110.0])
    one = recorded(spot, np.arange(3) / 8760.0, np.full(3, 1.0), np.full(3, -0.05), half_spread=0.0)
    one = replace(one, is_coin_settled=True, terms=replace(one.terms, kind=1, multiplier=100.0))
    from gex.portfolio.linear import LinearKind

    one = replace(one, terms=replace(one.terms, kind=LinearKind.INVERSE))
    found = replay(one, strategy(closes_hedge=False))
    assert found.position[0] == -1.0
    assert found.hedge_profit[1] == pytest.approx(-10.0)


def test_a_frozen_engine_never_trades() -> None:
    found = replay(random_recording(), Strategy(name="unhedged", config=quiet(HedgePolicy(), mode=Mode.FROZEN)))
    assert found.order_count == 0
    assert found.cost.sum() == 0.0


def test_a_wider_band_trades_less_and_leaves_more_risk() -> None:
    tight, wide = (replay(random_recording(1000), strategy(aversion=a)) for a in (1e3, 1e-2))
    assert tight.cost.sum() > wide.cost.sum()
    assert (tight.tracking**2).sum() < (wide.tracking**2).sum()


def test_recordings_out_of_order_or_without_prices_are_refused() -> None:
    one = random_recording()
    with pytest.raises(InputError, match="order of time"):
        replace(one, time=one.time[::-1])
    with pytest.raises(InputError, match="bid <= ask"):
        replace(one, bid=one.ask * 2.0)
