import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.kernels import coefficients, normal, seed_coefficients
from gex.kernels.compiling import kernel
from tests.kernels import fit_coefficients, fit_seeds


@kernel
def exp(x):
    return normal.exp(x)


@kernel
def log_ratio(a, b):
    return normal.log_ratio(a, b)


@kernel
def erfcx(a):
    return normal.erfcx(a)


@kernel
def erfcx_pair(a, width):
    return normal.erfcx_pair(a, width)


def relative(found, exact):
    return abs(float(mp.mpf(found) / exact - 1))


def exact_erfcx(a):
    with mp.workdps(50):
        return mp.exp(mp.mpf(a) ** 2) * mp.erfc(mp.mpf(a))


def test_exp_is_within_one_ulp_of_the_exact_value():
    random = np.random.default_rng(1)
    with mp.workdps(40):
        worst = max(relative(exp(x), mp.exp(mp.mpf(x))) for x in random.uniform(-700.0, 700.0, 2000))
    assert worst < 2.3e-16  # one unit in the last place is 1.1e-16 to 2.2e-16


def test_exp_of_very_negative_numbers_is_zero_and_nan_stays_nan():
    assert exp(-709.0) == 0.0
    assert exp(-math.inf) == 0.0
    assert exp(0.0) == 1.0
    assert math.isnan(exp(math.nan))


@given(st.floats(-0.5, 0.5), st.floats(0.1, 1e4))
def test_log_of_a_ratio_keeps_its_relative_accuracy_however_near_one(distance, b):
    a = b * (1.0 + distance**5)
    if a == b:
        assert log_ratio(a, b) == 0.0
    else:
        with mp.workdps(40):
            # 3e-16 is two roundings and the polynomial; math.log(a / b) is off by 6e-8 at distances of 1e-9
            assert relative(log_ratio(a, b), mp.log(mp.mpf(a) / mp.mpf(b))) < 4e-16


@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300))
def test_log_of_a_ratio_holds_over_the_range_of_float64(a, b):
    if a != b:
        with mp.workdps(40):
            assert relative(log_ratio(a, b), mp.log(mp.mpf(a) / mp.mpf(b))) < 4e-16


def test_erfcx_is_exact_to_a_few_ulps_from_zero_to_far_out():
    points = np.concatenate([np.linspace(0.0, 12.0, 500), np.geomspace(12.0, 1e8, 200)])
    with mp.workdps(50):
        worst = max(relative(erfcx(a), fit_coefficients.erfcx(mp.mpf(a))) for a in points)
    assert worst < 8e-16


@given(st.floats(-1.0, 12.0), st.floats(-9.0, 1.0))
def test_the_difference_of_two_erfcx_has_no_cancellation(a, exponent):
    width = 10.0**exponent
    near, far, difference = erfcx_pair(a, width)
    with mp.workdps(50):
        exact_near = exact_erfcx(a)
        exact_far = mp.exp((mp.mpf(a) + mp.mpf(width)) ** 2) * mp.erfc(mp.mpf(a) + mp.mpf(width))
        assert relative(near, exact_near) < 2e-15
        assert relative(far, exact_far) < 2e-15
        assert relative(difference, exact_near - exact_far) < 2.5e-15


def test_the_coefficients_are_those_that_the_fit_gives_today():
    found = fit_coefficients.fitted()
    assert set(found) == {name for name in vars(coefficients) if name.isupper()}
    for name, values in found.items():
        assert getattr(coefficients, name) == tuple(values), name


@pytest.mark.slow
def test_the_seed_coefficients_guess_as_the_fit_does_today():
    found = fit_seeds.fitted()
    v = np.linspace(0.04, 1.0, 50)
    w = np.linspace(0.0, 0.36, 50)
    rate_now = np.polyval(found["RATE_ABOVE"][::-1], v) / np.polyval(found["RATE_BELOW"][::-1], v)
    rate = np.polyval(seed_coefficients.RATE_ABOVE[::-1], v) / np.polyval(seed_coefficients.RATE_BELOW[::-1], v)
    # least squares depend on the linear algebra of the machine; the guesses must agree far better than they fit (1e-5)
    np.testing.assert_allclose(rate_now, rate, rtol=1e-6)
    now = np.polynomial.polynomial.polyval2d(w, v, found["CORRECTIONS"])
    kept = np.polynomial.polynomial.polyval2d(w, v, np.array(seed_coefficients.CORRECTIONS))
    reach = np.abs(kept) < 1.0  # outside the fitted region both grow without meaning
    assert np.count_nonzero(reach) > 20
    np.testing.assert_allclose(now[reach], kept[reach], atol=1e-3)
