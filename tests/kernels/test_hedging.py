"""The band, against a general optimiser."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.kernels.hedging import optimal_band, scale_of_risk, scale_of_trigger
from tests import naive_hedging as naive

# hedging.md §12.2: S 60,000, Γ 5e-4, σ 0.6, λ 5e-4, γ 1e-6; scale = 12Γ²/γ = 3.
SCALE = 12.0 * 5e-4**2 / 1e-6


@pytest.mark.parametrize(
    ("ticket", "impact", "trigger", "target"),
    [
        (1.0, 0.0, 2.704497, 1.833352),
        (20.0, 0.0, 3.592701, 1.284164),
        (100.0, 0.0, 4.658391, 0.873170),
        (20.0, 2.0, 3.589881, 1.431547),
        (20.0, 20.0, 3.610580, 2.279030),
    ],
)
def test_bands_of_the_reference(ticket: float, impact: float, trigger: float, target: float) -> None:
    a, b = optimal_band(SCALE, ticket, 30.0, impact, 0.0)
    assert a == pytest.approx(trigger, abs=1e-6)  # printed to six decimals
    assert b == pytest.approx(target, abs=1e-6)


@pytest.mark.parametrize(
    ("ticket", "a", "b", "cost"), [(0.05, 1.491309, 0.856736, 0.705943), (0.5, 1.938492, 0.607787, 0.884224)]
)
def test_dimensionless_bands_and_their_cost(ticket: float, a: float, b: float, cost: float) -> None:
    found = optimal_band(12.0, ticket, 1.0, 0.0, 0.0)
    assert found == pytest.approx((a, b), abs=1e-6)
    assert naive.band_cost(*found, 1.0 / 12.0, 1.0, lambda x: ticket + x) == pytest.approx(cost, abs=1e-6)


@pytest.mark.parametrize(("lot", "trigger"), [(0.0, 1.144714), (1.0, 1.6447), (2.0, 2.1447), (4.0, 3.1447)])
def test_a_lot_widens_the_band_by_half_of_it(lot: float, trigger: float) -> None:
    a, b = optimal_band(12.0, 0.0, 1.0, 0.0, lot)
    assert a == pytest.approx(trigger, abs=5e-5)
    assert a - b == pytest.approx(lot)


def test_without_cost_the_band_is_half_a_lot() -> None:
    assert optimal_band(12.0, 0.0, 0.0, 0.0, 3.0) == pytest.approx((1.5, -1.5))


@settings(deadline=None)  # the first call compiles
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e2), st.floats(0.0, 1e2), st.floats(0.0, 10.0))
def test_no_band_nearby_is_cheaper(scale: float, ticket: float, proportional: float, impact: float) -> None:
    def cost(x: float) -> float:
        return ticket + proportional * x + impact * x**1.5

    a, b = optimal_band(scale, ticket, proportional, impact, 0.0)
    q = 1.0 / scale  # v = 1
    least = naive.band_cost(a, b, q, 1.0, cost)
    for move in (1.0 + 1e-4, 1.0 - 1e-4):
        for moved in ((a * move, b), (a, b * move)):
            if moved[0] > moved[1]:
                # J is flat at its minimum: its own rounding is all that may be seen.
                assert naive.band_cost(*moved, q, 1.0, cost) >= least * (1.0 - 1e-12)


def test_the_band_is_the_minimum_that_a_general_optimiser_finds() -> None:
    for ticket, proportional, impact in ((20.0, 30.0, 0.0), (20.0, 30.0, 20.0), (5.0, 0.0, 3.0)):
        a, b = optimal_band(SCALE, ticket, proportional, impact, 0.0)

        def cost(x: float, k: tuple[float, float, float] = (ticket, proportional, impact)) -> float:
            return k[0] + k[1] * x + k[2] * x**1.5

        slow = naive.best_band(18.0**2 / SCALE, 18.0, cost, (3.0, 1.0))
        assert (a, b) == pytest.approx(slow, rel=1e-6)  # Nelder–Mead on a flat bottom


@settings(deadline=None)  # the first call compiles
@given(st.floats(1e-2, 1e3), st.floats(0.0, 50.0), st.floats(0.01, 50.0), st.floats(0.0, 5.0), st.floats(0.0, 3.0))
def test_scales_invert_the_band(scale: float, ticket: float, proportional: float, impact: float, lot: float) -> None:
    costs = (ticket, proportional, impact, lot)
    a, b = optimal_band(scale, *costs)
    assert optimal_band(scale_of_trigger(a, *costs), *costs)[0] == pytest.approx(a, rel=1e-9)
    risk = math.sqrt((a * a + b * b) / 6.0)
    again = optimal_band(scale_of_risk(risk, *costs), *costs)
    assert math.sqrt((again[0] ** 2 + again[1] ** 2) / 6.0) == pytest.approx(risk, rel=1e-9)


def test_a_trigger_within_half_a_lot_has_no_scale() -> None:
    assert scale_of_trigger(0.4, 0.0, 1.0, 0.0, 1.0) == 0.0
    assert math.isnan(scale_of_trigger(math.nan, 0.0, 1.0, 0.0, 1.0))
