"""The breaker: each cause opens it, what it then holds, how it closes, and that it never keeps risk beyond the cap."""

from dataclasses import replace

import numpy as np
import pytest

from gex.hedging.engine.breaker import BUDGET, REVERSALS, SLIPPAGE, SWITCHES, judged
from gex.hedging.engine.config import BreakerRule, EngineConfig, Indicator
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Decision, Why
from gex.hedging.engine.state import BreakerState, EngineState, Ledger, opening_state
from gex.hedging.policy import HedgePolicy
from tests.hedging.engine.worlds import HOUR, START, book, config, filled, inputs, later

RULE = BreakerRule()
DAY = int(START.astype("datetime64[D]").astype(np.int64))
HOURS = [START + i * HOUR for i in range(40)]
NS = [int(at.astype("datetime64[ns]").astype(np.int64)) for at in HOURS]


def opened(state: BreakerState, at: np.datetime64 = START, rule: BreakerRule = RULE, **terms: object) -> BreakerState:
    values: dict[str, object] = {"switched": (), "cost_today": 0.0, "budget": None, "resets": False, **terms}
    return judged(state, at, rule, **values)[0]  # type: ignore[arg-type]


def spent(amount: float, budget: float = 100.0, **rules: object) -> tuple[EngineConfig, EngineState]:
    """A hedge that has spent `amount` today."""
    ledger = Ledger(day=DAY, cost_today=amount)
    return config(cost_budget_per_day=budget, **rules), replace(opening_state(), ledger=ledger)


# ── what opens it ──


def test_more_than_three_switches_of_regimes_within_a_day_open_it_and_hold_what_switched() -> None:
    state = BreakerState(switches=tuple(NS[:3]))
    found = opened(state, HOURS[3], switched=(Indicator.VOLATILITY,))
    assert found.causes == (SWITCHES,)
    assert found.held == (Indicator.VOLATILITY,)
    assert not opened(BreakerState(switches=tuple(NS[:2])), HOURS[3], switched=(Indicator.VOLATILITY,)).is_open
    assert not opened(BreakerState(switches=tuple(NS[:3])), HOURS[30], switched=(Indicator.VOLATILITY,)).is_open


def test_more_than_four_reversals_within_a_day_open_it() -> None:
    assert opened(BreakerState(reversals=tuple(NS[:5])), HOURS[5]).causes == (REVERSALS,)
    assert not opened(BreakerState(reversals=tuple(NS[:4])), HOURS[5]).is_open
    assert not opened(BreakerState(reversals=tuple(NS[:5])), HOURS[30]).is_open


def test_an_overspent_budget_opens_it() -> None:
    assert opened(BreakerState(), cost_today=100.01, budget=100.0).causes == (BUDGET,)
    assert not opened(BreakerState(), cost_today=100.0, budget=100.0).is_open
    assert not opened(BreakerState(), cost_today=1e9, budget=None).is_open


def test_slippage_beyond_the_model_opens_it_once_enough_orders_are_known() -> None:
    rule = BreakerRule(slippage_factor=2.0, slippage_orders=3)
    pairs = ((1.0, 5.0), (1.0, 1.9), (1.0, 1.9), (1.0, 2.3))
    assert opened(BreakerState(slippage=pairs), rule=rule).causes == (SLIPPAGE,)  # the last three: 6.1 over 3
    assert not opened(BreakerState(slippage=pairs[:3][1:]), rule=rule).is_open
    assert not opened(BreakerState(slippage=((1.0, 2.0),) * 3), rule=rule).is_open
    assert not opened(BreakerState(slippage=pairs), rule=RULE).is_open  # not watched unless asked for


def test_slippage_of_real_fills_opens_it() -> None:
    """Expected λ = 5 bp of 60,000, half of it spread; filled 50 bp away from the mid the third order is one too many."""
    rules = config(breaker=BreakerRule(slippage_factor=2.0, slippage_orders=3), minimum_hold=0.0)
    state = opening_state()
    causes: list[tuple[str, ...]] = []
    for i in range(4):
        decision, state = decide(inputs(later(book(5.3 + 4.0 * i), 60.0 * i)), rules, state)
        causes.append(decision.breaker.causes)
        state = filled(state, price=60_000.0 * (1.0 - 50e-4))
    assert causes == [(), (), (), (SLIPPAGE,)]


def test_reversals_of_real_orders_open_it() -> None:
    rules = config(minimum_hold=0.0)
    state, seen = opening_state(), []
    for i in range(8):
        decision, state = decide(inputs(later(book(8.0 * (-1) ** i), 60.0 * i)), rules, state)
        seen.append(decision.breaker.is_open)
        state = filled(state)
    assert seen == [False] * 6 + [True] * 2  # orders 2 to 6 reverse: the fifth reversal is one too many


# ── what it holds ──


def one(decision: Decision) -> tuple[float, float]:
    (row,) = decision.groups
    assert row.band is not None
    return row.band.trigger, row.band.target


def test_an_open_breaker_widens_the_band_up_to_the_cap_and_doubles_the_hold() -> None:
    reversed_often = replace(opening_state(), breaker=BreakerState(reversals=tuple(n - NS[5] + NS[0] for n in NS[:5])))
    calm, _ = decide(inputs(book(1.0)), config(), opening_state())
    held, _ = decide(inputs(book(1.0)), config(), reversed_often)
    assert held.breaker.causes == (REVERSALS,)
    assert one(held)[0] == pytest.approx(1.5 * one(calm)[0])
    assert one(held)[1] == pytest.approx(one(calm)[1])
    capped = config(policy=HedgePolicy(risk_aversion=1e-6, delta_cap=2.5))
    assert one(decide(inputs(book(1.0)), capped, reversed_often)[0])[0] == pytest.approx(2.5)


@pytest.mark.parametrize("hours", [3, 5])
def test_it_doubles_the_minimum_hold(hours: int) -> None:
    """A reversal after five hours waits for two times four of them, and one after nine does not."""
    rules = config(minimum_hold=4 * 3600.0, breaker=BreakerRule(is_reset_by_hand=True))
    _, state = decide(inputs(book(8.0)), rules, opening_state())
    state = replace(filled(state), breaker=BreakerState(causes=(SWITCHES,), opened_at=START, openings=1))
    for after, is_held in ((hours * 3600.0, True), (9 * 3600.0, False)):
        decision, _ = decide(inputs(later(book(-2.0), after)), rules, state)
        assert (Why.MINIMUM_HOLD in decision.reasons) is is_held


def test_overspending_makes_it_passive_and_reduce_only_but_flip_flop_does_not() -> None:
    rules, state = spent(150.0)
    decision, _ = decide(inputs(book(9.0)), rules, state)
    assert decision.breaker.causes == (BUDGET,)
    assert Why.REDUCE_ONLY in decision.reasons
    assert not decision.orders  # nothing is held that could be made smaller
    switched = replace(opening_state(), breaker=BreakerState(causes=(SWITCHES,), opened_at=START, openings=1))
    free, _ = decide(inputs(book(9.0)), config(breaker=BreakerRule(is_reset_by_hand=True)), switched)
    assert free.orders
    assert not free.orders[0].is_passive


def test_what_reduces_under_an_overspent_budget_rests_at_the_makers_fee() -> None:
    _, state = decide(inputs(book(9.0)), config(minimum_hold=0.0), opening_state())
    state = filled(state)
    assert state.position("PERP") < 0
    rules, _ = spent(0.0, minimum_hold=0.0, breaker=BreakerRule(is_reset_by_hand=True))
    state = replace(state, breaker=BreakerState(causes=(BUDGET,), opened_at=START, openings=1))
    reading = later(book(-3.0), 60.0)
    terms = replace(reading.instruments[0], maker_fee_bps=-1.0)
    decision, _ = decide(inputs(replace(reading, instruments=(terms,))), rules, state)
    (order,) = decision.orders
    assert order.contracts > 0
    assert order.is_passive
    assert order.costs.fee == pytest.approx(-order.contracts * 0.001 * 60_000.0 * 1e-4)
    assert order.costs.half_spread == 0.0


def test_no_cause_keeps_risk_beyond_the_cap() -> None:
    for cause in (SWITCHES, REVERSALS, BUDGET, SLIPPAGE):
        rules = config(
            policy=HedgePolicy(risk_aversion=1e-6, delta_cap=4.0), cost_budget_per_day=1.0,
            breaker=BreakerRule(is_reset_by_hand=True),
        )  # fmt: skip
        state = replace(opening_state(), breaker=BreakerState(causes=(cause,), opened_at=START, openings=1))
        decision, _ = decide(inputs(book(9.0)), rules, state)
        assert Why.DELTA_CAP in decision.reasons, cause
        assert decision.orders, cause
        assert abs(decision.groups[0].residual_delta) <= 4.0
        assert not decision.orders[0].is_passive, "beyond the cap nothing waits"


# ── how it closes ──


def test_it_closes_after_its_cool_down_which_doubles_with_every_opening() -> None:
    state, at, pauses = BreakerState(), START, []
    for _ in range(3):
        state = opened(replace(state, reversals=(int(at.astype("datetime64[ns]").astype(np.int64)),) * 5), at)
        assert state.is_open
        assert state.until is not None
        pauses.append(float((state.until - at) / np.timedelta64(1, "s")))
        still, closed = judged(
            state, state.until - np.timedelta64(1, "s"), RULE, switched=(), cost_today=0.0, budget=None, resets=False
        )
        assert (still.is_open, closed) == (True, False)
        at = state.until
        state, closed = judged(state, at, RULE, switched=(), cost_today=0.0, budget=None, resets=False)
        assert (state.is_open, closed) == (False, True)
        assert (state.reversals, state.switches, state.held, state.slippage) == ((), (), (), ())
    assert pauses == [3600.0, 7200.0, 14_400.0]
    quiet = opened(replace(state, reversals=(NS[0],) * 0), at + 1000 * HOUR, cost_today=2.0, budget=1.0)
    assert quiet.openings == 1, "after long quiet the next opening is the first again"


def test_a_cause_that_lasts_opens_it_again() -> None:
    state = opened(BreakerState(), cost_today=2.0, budget=1.0)
    again = opened(state, START + 2 * HOUR, cost_today=2.0, budget=1.0)
    assert (again.is_open, again.openings) == (True, 2)


def test_by_hand_it_closes_at_once_and_only_then_where_the_rule_says_so() -> None:
    rule = BreakerRule(is_reset_by_hand=True)
    state = opened(BreakerState(reversals=tuple(NS[:5])), HOURS[5], rule)
    assert opened(state, HOURS[39], rule).is_open
    closed, was_closed = judged(state, HOURS[6], rule, switched=(), cost_today=0.0, budget=None, resets=True)
    assert (closed.is_open, was_closed) == (False, True)
    rules = config(breaker=rule)
    held = replace(opening_state(), breaker=replace(state, opened_at=START))
    decision, _ = decide(inputs(book(1.0), resets_breaker=True), rules, held)
    assert Why.BREAKER_RESET in decision.reasons
    assert not decision.breaker.is_open


def test_who_resets_an_overspent_budget_gives_the_day_a_new_one() -> None:
    state = opened(BreakerState(), cost_today=2.0, budget=1.0)
    freed = opened(state, START + HOUR // 2, cost_today=2.0, budget=1.0, resets=True)
    assert not freed.is_open
    assert not opened(freed, START + HOUR, cost_today=2.9, budget=1.0).is_open
    assert opened(freed, START + HOUR, cost_today=3.1, budget=1.0).is_open
    tomorrow = opened(freed, START + 24 * HOUR, cost_today=0.5, budget=1.0)
    assert (tomorrow.is_open, tomorrow.forgiven) == (False, 0.0)
    assert opened(tomorrow, START + 25 * HOUR, cost_today=1.1, budget=1.0).is_open
