"""The rules in their order, and what each may and may not stop."""

from dataclasses import replace

import numpy as np
import pytest

from gex.hedging.answer import Action
from gex.hedging.engine.config import Mode
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Why
from gex.hedging.engine.state import Override, OverrideState, opening_state
from gex.hedging.policy import HedgePolicy
from tests.hedging.engine.worlds import HOUR, START, book, config, filled, inputs, later, perpetual


def test_a_mishedge_beyond_the_band_is_brought_to_its_target_in_whole_lots() -> None:
    decision, state = decide(inputs(book(5.3)), config(), opening_state())
    assert decision.action is Action.TRADE
    (order,) = decision.orders
    assert order.contracts == -3060  # 5.3 − 2.2407 (WW edge at λ = 30, §12.2) in contracts of 0.001
    assert state.in_flight("PERP") == order.contracts
    assert decision.groups[0].residual_delta == pytest.approx(2.24, abs=1e-9)


def test_the_same_inputs_twice_send_no_second_order() -> None:
    world = inputs(book(5.3))
    first, state = decide(world, config(), opening_state())
    second, _ = decide(world, config(), state)
    assert first.orders
    assert not second.orders
    assert Why.IN_FLIGHT in second.reasons


def test_advice_is_given_again_because_nothing_was_sent() -> None:
    world = inputs(book(5.3))
    first, state = decide(world, config(mode=Mode.ADVISORY), opening_state())
    second, _ = decide(world, config(mode=Mode.ADVISORY), state)
    assert [o.contracts for o in first.orders] == [o.contracts for o in second.orders]
    assert not state.orders


@pytest.mark.parametrize(
    "bad", [{"spot": float("nan")}, {"delta": float("nan")}, {"gamma": float("inf")}, {"vol": 0.0}]
)
def test_a_bad_number_holds_and_alerts_and_never_liquidates(bad: dict[str, float]) -> None:
    state = opening_state((perpetual(position=-3000),))
    decision, after = decide(inputs(replace(book(50.0), **bad)), config(), state)
    assert decision.action is Action.HOLD
    assert not decision.orders
    assert Why.BAD_NUMBER in decision.reasons
    assert decision.alerts
    assert after.accounts == state.accounts


def test_a_clock_that_went_back_holds() -> None:
    _, state = decide(inputs(book(5.3)), config(), opening_state())
    decision, after = decide(inputs(book(50.0, at=START - HOUR)), config(), state)
    assert decision.reasons == (Why.CLOCK_WENT_BACK,)
    assert after.last_as_of == START


def test_a_position_the_venue_states_otherwise_holds() -> None:
    decision, _ = decide(inputs(book(5.3), confirmed=(("PERP", -1000),)), config(), opening_state())
    assert decision.reasons == (Why.POSITION_MISMATCH,)


def test_a_reversal_waits_for_the_minimum_hold_but_not_beyond_the_cap() -> None:
    rules = config(policy=HedgePolicy(risk_aversion=1e-6, delta_cap=6.0), minimum_hold=86_400.0)
    _, state = decide(inputs(book(5.3)), rules, opening_state())
    state = filled(state)
    held, _ = decide(inputs(later(book(3.06 - 3.0), 60.0)), rules, state)
    assert Why.MINIMUM_HOLD in held.reasons
    assert not held.orders
    forced, _ = decide(inputs(later(book(3.06 - 6.5), 60.0)), rules, state)
    assert Why.DELTA_CAP in forced.reasons
    assert forced.orders[0].contracts > 0
    freed, _ = decide(inputs(later(book(3.06 - 3.0), 86_401.0)), rules, state)
    assert freed.orders[0].contracts > 0


def test_only_bad_data_or_a_freeze_that_says_so_stops_the_cap() -> None:
    rules = config(policy=HedgePolicy(risk_aversion=1e-6, delta_cap=4.0))
    world = inputs(book(5.3))
    freeze = Override(kind="freeze", user="ann", reason="cpi", expires_at=START + HOUR)
    for mode in (Mode.LIVE, Mode.FROZEN, Mode.REDUCE_ONLY):
        state = replace(opening_state(), override=OverrideState(override=freeze, started_at=START, shadow_units=()))
        decision, _ = decide(world, replace(rules, mode=mode), state)
        assert decision.orders, mode
    total = replace(freeze, stops_cap=True)
    state = replace(opening_state(), override=OverrideState(override=total, started_at=START, shadow_units=()))
    decision, _ = decide(world, rules, state)
    assert not decision.orders
    assert Why.CAP_NOT_KEPT in decision.reasons
    assert decision.alerts


def test_every_decision_has_a_reason_and_a_number_without_gaps() -> None:
    state = opening_state()
    for i in range(5):
        decision, state = decide(inputs(later(book(float(i)), float(i))), config(), state)
        assert decision.number == i + 1
        assert decision.reasons
        assert decision.valid_until > decision.as_of
        assert isinstance(decision.as_of, np.datetime64)
