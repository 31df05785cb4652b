"""Catalysts declared ahead: heavier before them by schedule, as heavy as the gap asks, back when they are over."""

import itertools
import math

import numpy as np
import pytest

from gex.hedging.engine.config import Window
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Why
from gex.hedging.engine.state import opening_state
from gex.hedging.engine.windows import gap_ahead, next_edge
from gex.hedging.policy import HedgePolicy
from tests.hedging.engine.worlds import HOUR, START, book, config, inputs, later

CPI = Window(starts_at=START + 10 * HOUR, ends_at=START + 12 * HOUR, gap_sd=0.03, ramp=4 * 3600.0, name="cpi")
RULES = config(policy=HedgePolicy(risk_aversion=1e-6), windows=(CPI,))


def trigger(hours: float) -> float:
    decision, _ = decide(inputs(later(book(0.1), 3600.0 * hours)), RULES, opening_state())
    assert decision.groups[0].band is not None
    return decision.groups[0].band.trigger


def test_the_band_narrows_by_the_schedule_and_opens_again() -> None:
    """a = 2.2407 (§12.2); in the window u(3 %) makes it 1.781 (§5); half-way up the ramp σ_e = 3 %/√2."""
    assert trigger(5.9) == pytest.approx(2.2407, abs=1e-3)
    assert trigger(8.0) == pytest.approx(1.934, abs=0.03)
    assert trigger(10.0) == pytest.approx(1.781, abs=2e-3)
    assert trigger(11.9) == pytest.approx(1.781, abs=2e-3)
    assert trigger(12.0) == pytest.approx(2.2407, abs=1e-3)
    ramp = [trigger(hours) for hours in np.arange(6.0, 10.1, 0.5)]
    assert all(later_on <= sooner + 1e-12 for sooner, later_on in itertools.pairwise(ramp)), "never lighter"


@pytest.mark.parametrize(("gap", "width"), [(0.01, 2.095), (0.03, 1.781), (0.05, 1.435), (0.08, 0.937)])
def test_the_band_before_a_gap_is_that_of_the_reference(gap: float, width: float) -> None:
    window = Window(starts_at=START, ends_at=START + HOUR, gap_sd=gap)
    decision, _ = decide(inputs(book(0.1)), config(windows=(window,)), opening_state())
    assert decision.groups[0].band is not None
    assert decision.groups[0].band.trigger == pytest.approx(width, abs=2e-3)  # hedging.md §5, last printed digit


def test_a_mishedge_that_is_left_alone_in_calm_is_hedged_before_the_event() -> None:
    calm, _ = decide(inputs(book(2.1)), RULES, opening_state())
    assert not calm.orders
    before, _ = decide(inputs(later(book(2.1), 36_000.0)), RULES, opening_state())
    assert before.orders
    assert Why.EVENT_AHEAD in before.reasons


def test_variances_of_windows_at_one_time_add_up() -> None:
    other = Window(starts_at=START + 11 * HOUR, ends_at=START + 13 * HOUR, gap_sd=0.04)
    assert gap_ahead((CPI, other), START + 11 * HOUR) == pytest.approx(0.05)
    assert gap_ahead((CPI, other), START + 8 * HOUR) == pytest.approx(0.03 / math.sqrt(2.0))
    assert gap_ahead((CPI,), START) == 0.0
    assert next_edge((CPI, other), START) == START + 6 * HOUR
    assert next_edge((CPI, other), START + 12 * HOUR) == START + 13 * HOUR
    assert next_edge((CPI,), START + 12 * HOUR) is None


def test_a_decision_holds_until_the_next_edge_at_most() -> None:
    decision, _ = decide(inputs(later(book(0.1), 3600.0)), RULES, opening_state())
    assert decision.valid_until == START + 6 * HOUR
