"""The discount curve: exact slopes, noise, broken observations, a given rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.discount import PLAUSIBLE_RATE, DiscountCurve, implied_curve, parity_slope


@given(st.floats(0.7, 1.05), st.floats(50.0, 9000.0))
def test_exact_parity_has_its_slope(discount_factor: float, forward: float) -> None:
    strike = forward * np.linspace(0.8, 1.2, 21)
    slope, error = parity_slope(strike, discount_factor * (forward - strike), np.full(21, 0.1))
    assert slope == pytest.approx(discount_factor, rel=1e-11)
    assert error > 0.0


def test_one_wild_pair_hardly_moves_the_slope() -> None:
    strike = np.linspace(80, 120, 41)
    price = 0.97 * (101.0 - strike)
    price[3] += 25.0
    slope, _ = parity_slope(strike, price, np.full(41, 0.05))
    assert slope == pytest.approx(0.97, abs=2e-4)


def test_the_standard_error_is_that_of_repeated_noise() -> None:
    rng = np.random.default_rng(3)
    strike, half_width = np.linspace(80, 120, 41), np.full(41, 0.2)
    noise = rng.uniform(-0.2, 0.2, size=(2000, 41))
    found = np.array([parity_slope(strike, 0.97 * (101.0 - strike) + n, half_width) for n in noise])
    assert found[:, 0].std() == pytest.approx(found[:, 1].mean(), rel=0.1)  # 2,000 draws: 1.6 % of sampling error


def test_too_few_pairs_carry_no_slope() -> None:
    assert np.isnan(parity_slope(np.array([1.0, 2.0, 3.0]), np.zeros(3), np.ones(3))).all()
    assert np.isnan(parity_slope(np.full(5, 100.0), np.zeros(5), np.ones(5))).all()


def test_a_smooth_curve_comes_back_through_noise() -> None:
    rng = np.random.default_rng(8)
    time = np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0])
    true = 0.05 - 0.004 * np.log1p(time)
    error = 0.0005 / np.sqrt(time)
    factor = np.exp(-(true + error * rng.standard_normal(10)) * time)
    curve = implied_curve(time, factor, error * factor * time)
    assert (np.abs(curve.rate(time) - true)[1:] < 2.5 * error[1:]).all()
    assert len(curve) == 9  # 0.05 years is too short to say anything


def test_a_broken_expiry_is_not_a_rate() -> None:
    time = np.array([0.25, 0.5, 1.0])
    factor = np.exp(-0.04 * time)
    factor[1] = np.exp(-(PLAUSIBLE_RATE + 0.1) * 0.5)
    curve = implied_curve(time, factor, np.full(3, 1e-4))
    assert len(curve) == 2
    assert curve.rate(np.array([0.5]))[0] == pytest.approx(0.04, abs=1e-9)


def test_nothing_known_is_a_rate_of_nothing() -> None:
    curve = implied_curve(np.array([0.5]), np.array([np.nan]), np.array([np.nan]))
    assert len(curve) == 0
    assert curve.discount_factor(np.array([1.0, 2.0])).tolist() == [1.0, 1.0]
    assert curve.is_implied


def test_a_given_rate_holds_for_every_term() -> None:
    curve = DiscountCurve.flat(0.05)
    np.testing.assert_allclose(curve.discount_factor(np.array([0.1, 1.0, 9.0])), np.exp([-0.005, -0.05, -0.45]))
    assert not curve.is_implied
