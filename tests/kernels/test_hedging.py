"""The band and the book's delta, against a general optimiser and finite differences."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.kernels.hedging import book_delta, optimal_band, scale_of_risk, scale_of_trigger
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


def run(
    options: list[naive.Option], spots: list[float], vol: np.ndarray, slope: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    def frozen(values: object, dtype: type = np.float64) -> np.ndarray:
        array = np.array(values, dtype)
        array.flags.writeable = False
        return array

    delta, coins = np.zeros(len(spots)), np.zeros(len(spots))
    book_delta(
        frozen(spots),
        frozen([o.growth for o in options]),
        frozen([o.strike for o in options]),
        frozen([math.sqrt(o.time) for o in options]),
        frozen([o.discount for o in options]),
        frozen(vol),
        frozen(slope),
        frozen([o.right for o in options], np.int8),
        frozen([o.units for o in options]),
        frozen([o.is_inverse for o in options], np.bool_),
        delta,
        coins,
    )
    return delta, coins


@settings(deadline=None)  # the first call compiles
@given(
    st.floats(80.0, 120.0),
    st.floats(0.05, 1.0),
    st.floats(0.01, 2.0),
    st.sampled_from([1, -1]),
    st.booleans(),
    st.floats(0.9, 1.1),
    st.floats(-0.3, 0.3),
)
def test_delta_is_the_derivative_of_the_value_along_the_smile(
    strike: float, vol: float, time: float, right: int, is_inverse: bool, growth: float, slope: float
) -> None:
    option = naive.Option(strike, right, 3.0, time, growth, 0.97, is_inverse)
    delta, _ = run([option], [100.0], np.full((1, 1), vol), np.full((1, 1), slope))
    slow = naive.book_delta([option], 100.0, lambda _, spot: vol + slope * math.log(spot / 100.0))
    assert delta[0] == pytest.approx(slow, abs=1e-6)  # differences over 1e-4 of spot


def test_coins_are_the_price_over_the_forward() -> None:
    option = naive.Option(60_000.0, 1, 100.0, 30.0 / 365.0, is_inverse=True)
    _, coins = run([option], [60_000.0], np.full((1, 1), 0.6), np.zeros((1, 1)))
    assert coins[0] == pytest.approx(6.85394072, abs=1e-8)  # hedging.md §12.1


def test_what_has_settled_adds_nothing() -> None:
    option = naive.Option(90.0, 1, 1.0, 0.0)
    delta, coins = run([option], [100.0], np.full((1, 1), 0.5), np.zeros((1, 1)))
    assert (delta[0], coins[0]) == (0.0, 0.0)
