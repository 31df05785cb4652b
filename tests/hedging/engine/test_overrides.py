"""A person's word: who, why and until when; the cap beside it; what it cost against what would have been done."""

import numpy as np
import pytest

from gex.errors import InputError
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Why
from gex.hedging.engine.overrides import cleared, overridden
from gex.hedging.engine.state import EngineState, Override, opening_state
from gex.hedging.policy import HedgePolicy
from tests.hedging.engine.worlds import HOUR, START, book, config, filled, inputs, later

CAPPED = config(policy=HedgePolicy(risk_aversion=1e-6, delta_cap=6.0), minimum_hold=0.0)


def word(kind: str = "freeze", *, hours: float = 1.0, target: float | None = None, **terms: object) -> Override:
    end = START + np.timedelta64(round(3600e9 * hours), "ns")
    return Override(kind=kind, user="ann", reason="cpi", expires_at=end, target_delta=target, **terms)  # type: ignore[arg-type]


def begun(override: Override) -> EngineState:
    _, state = decide(inputs(book(0.0)), CAPPED, opening_state())
    return overridden(state, override, START)


def test_a_freeze_stops_trading_until_it_ends_and_says_so_on_every_decision() -> None:
    state = begun(word())
    frozen, state = decide(inputs(later(book(5.3), 60.0)), CAPPED, state)
    assert not frozen.orders
    assert {Why.FROZEN, Why.OVERRIDE} <= set(frozen.reasons)
    assert frozen.override is not None
    assert (frozen.override.user, frozen.override.reason) == ("ann", "cpi")
    assert frozen.valid_until == START + HOUR
    ended, state = decide(inputs(later(book(5.3), 3_600.0)), CAPPED, state)
    assert ended.orders
    assert Why.OVERRIDE_ENDED in ended.reasons
    after, _ = decide(inputs(later(book(5.3), 3_660.0)), CAPPED, state)
    assert not {Why.OVERRIDE, Why.OVERRIDE_ENDED} & set(after.reasons)


def test_the_cap_acts_under_a_freeze_unless_the_freeze_says_otherwise() -> None:
    for stops, orders in ((False, True), (True, False)):
        decision, _ = decide(inputs(later(book(9.0), 60.0)), CAPPED, begun(word(stops_cap=stops)))
        assert bool(decision.orders) is orders
    assert Why.CAP_NOT_KEPT in decision.reasons
    assert any("beyond the delta cap" in alert for alert in decision.alerts)


def test_a_forced_target_is_traded_to_and_never_beyond_the_cap() -> None:
    decision, _ = decide(inputs(later(book(0.0), 60.0)), CAPPED, begun(word("force_target", target=-3.0)))
    assert decision.groups[0].target_delta == -3.0
    assert decision.groups[0].residual_delta == pytest.approx(2.24, abs=0.01)  # landed at the band's edge
    greedy, _ = decide(inputs(later(book(0.0), 60.0)), CAPPED, begun(word("force_target", target=-30.0)))
    row = greedy.groups[0]
    assert row.target_delta > -6.0
    assert abs(row.book_delta + row.hedge_delta + sum(o.units for o in greedy.orders)) <= 6.0
    assert any("the forced target is cut" in alert for alert in greedy.alerts)


def test_neither_hold_nor_gate_second_guesses_a_forced_target() -> None:
    rules = config(policy=HedgePolicy(risk_aversion=1e-6), minimum_hold=86_400.0)
    _, state = decide(inputs(book(5.3)), rules, opening_state())
    state = overridden(filled(state), word("force_target", target=6.0), START)
    decision, _ = decide(inputs(later(book(5.3), 60.0)), rules, state)
    assert sum(order.contracts for order in decision.orders) > 0  # a reversal within the hold


def test_what_it_earned_or_cost_is_measured_against_the_hedge_that_was_not_made() -> None:
    """Frozen at 5.3 coins while the policy would have sold 3.06: spot falls by 1,000, the freeze has lost 3,060 less λ."""
    state = begun(word(hours=3.0))
    first, state = decide(inputs(later(book(5.3), 60.0)), CAPPED, state)
    (shadow,) = first.shadow_orders
    assert shadow[1] == pytest.approx(-3.06)
    second, state = decide(inputs(later(book(5.3, spot=59_000.0), 120.0)), CAPPED, state)
    saved = 3.06 * 60_000.0 * 5e-4
    assert second.override_profit == pytest.approx(-3_060.0 + saved, abs=0.5)
    ended, _ = decide(inputs(later(book(5.3, spot=59_000.0), 4 * 3_600.0)), CAPPED, state)
    assert ended.override_profit == pytest.approx(second.override_profit, abs=1.0), "told a last time when it ends"


def test_a_second_word_goes_on_with_the_same_shadow_and_clearing_ends_both() -> None:
    state = begun(word())
    _, state = decide(inputs(later(book(5.3), 60.0)), CAPPED, state)
    assert state.override is not None
    again = overridden(state, word("force_target", target=1.0), START + HOUR // 2)
    assert again.override is not None
    assert again.override.shadow_units == state.override.shadow_units
    assert cleared(again).override is None


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (word("sell"), "expected one of freeze, force_target"),
        (Override(kind="freeze", user=" ", reason="cpi", expires_at=START + HOUR), "expected who and why"),
        (Override(kind="freeze", user="ann", reason="", expires_at=START + HOUR), "expected who and why"),
        (word(hours=0.0), "expected an instant after"),
        (word("force_target"), "expected with force_target"),
        (word("freeze", target=1.0), "expected with force_target"),
        (word("force_target", target=float("nan")), "expected a finite number"),
    ],
)
def test_a_word_without_who_why_or_until_when_is_refused(override: Override, message: str) -> None:
    with pytest.raises(InputError, match=message):
        overridden(opening_state(), override, START)
