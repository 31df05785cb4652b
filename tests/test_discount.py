"""The discount curve: noise, broken observations, a given rate."""

import numpy as np
import pytest

from gex.discount import PLAUSIBLE_RATE, DiscountCurve, implied_curve


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
