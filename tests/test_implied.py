import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gex.errors import InputError
from gex.greeks import forward_greeks
from gex.implied import ImpliedVols, VolStatus, implied_vol
from tests import naive_black as naive

# (forward, strike, time, sign, undiscounted price, exact volatility of that price, error that its last bit allows):
# computed in fifty digits; the volatilities are those of the rounded prices, not those one started from
PUBLISHED = [
    (100.0, 100.0, 1.0, 1, 7.965567455405797, 0.2, 1e-16),
    (6000.0, 5400.0, 0.0821917808219178, -1, 7.050207486519341, 0.22, 2e-17),
    (6000.0, 6005.0, 0.00011415525114155251, 1, 1.196343367707053, 0.12, 5e-17),
    (100.0, 100.0001, 0.01, 1, 0.5983581110573392, 0.15, 1e-16),
    (100.0, 150.0, 0.1, 1, 0.00040831569318870595, 0.35, 7e-18),
    (100.0, 80.0, 0.5, 1, 20.77745226270631, 0.2500000000000001, 8e-16),
    (100.0, 60.0, 0.25, 1, 40.00000023021227, 0.1999999999097186, 7e-10),
    (1.0, 2.0, 1.0, 1, 0.8143277041495601, 3.0, 2e-16),
    (100.0, 130.0, 1.0, 1, 99.69242572579992, 5.999999999999995, 4e-15),
]


@pytest.mark.parametrize(("forward", "strike", "time", "sign", "price", "exact", "attainable"), PUBLISHED)
def test_published_prices_give_their_exact_volatility(forward, strike, time, sign, price, exact, attainable):
    found = implied_vol(price, forward, strike, time, sign)
    assert found.status[0] == VolStatus.OK
    # 32 × what the last bit of the price (or of the result) allows
    assert abs(found.vol[0] / exact - 1.0) <= 32.0 * max(2.0**-53, attainable)


def test_a_discounted_price_means_the_discount_factor():
    price = forward_greeks(105.0, 100.0, 0.5, 0.25, -1, 0.97).price
    np.testing.assert_allclose(implied_vol(price, 105.0, 100.0, 0.5, -1, 0.97).vol, 0.25, rtol=1e-14)


def test_calls_and_puts_of_one_volatility_agree_through_parity():
    strike = np.linspace(60.0, 160.0, 101)
    call = forward_greeks(100.0, strike, 0.3, 0.4, 1).price
    put = forward_greeks(100.0, strike, 0.3, 0.4, -1).price
    from_calls = implied_vol(call, 100.0, strike, 0.3, 1).vol
    from_puts = implied_vol(put, 100.0, strike, 0.3, -1).vol
    # the deepest of them carry 1e-11 of the price's own rounding
    np.testing.assert_allclose(from_calls, from_puts, rtol=1e-10)


def test_starting_from_the_last_volatilities_gives_the_same_numbers():
    random = np.random.default_rng(5)
    n = 4000
    forward, time = 6000.0, np.exp(random.uniform(np.log(1e-4), np.log(3.0), n))
    vol = np.exp(random.uniform(np.log(0.05), np.log(1.5), n))
    strike = forward * np.exp(random.uniform(-3.0, 3.0, n) * vol * np.sqrt(time))
    right = np.where(strike > forward, 1, -1)
    price = forward_greeks(forward, strike, time, vol, right).price
    cold = implied_vol(price, forward, strike, time, right)
    starts = [vol * (1.0 + move * random.standard_normal(n)) for move in (0.0, 1e-5, 1e-3, 0.03, 0.5)]
    starts += [
        np.full(n, np.nan),
        np.full(n, 1e-9),
        np.full(n, 50.0),
        np.full(n, -1.0),
        np.where(vol < 0.3, vol, np.nan),
    ]
    for start in starts:
        warm = implied_vol(price, forward, strike, time, right, previous_vol=start)
        assert np.array_equal(warm.status, cold.status)
        np.testing.assert_allclose(warm.vol, cold.vol, rtol=2e-14)


@given(
    st.floats(1e-3, 1e5),
    st.floats(-4.0, 4.0),
    st.floats(0.01, 3.0),
    st.floats(1e-4, 5.0),
    st.sampled_from([1, -1]),
)
def test_the_exact_volatility_is_found_to_what_the_price_allows(forward, deviations, vol, time, sign):
    strike = forward * math.exp(deviations * vol * math.sqrt(time))
    price = float(naive.undiscounted(*map(naive.mp.mpf, (forward, strike, time, vol)), sign))
    intrinsic = max(sign * (forward - strike), 0.0)
    assume(intrinsic < price < (forward if sign > 0 else strike) and price - intrinsic > 1e-13 * price)
    exact = naive.implied_vol(price, forward, strike, time, sign)
    greeks = forward_greeks(forward, strike, time, float(exact), sign)
    attainable = 2.0**-53 * price / (float(exact) * greeks.vega[0])
    found = implied_vol(price, forward, strike, time, sign)
    assert found.status[0] == VolStatus.OK
    assert abs(float(found.vol[0] / exact - 1)) <= 32.0 * max(2.0**-53, attainable)


SPECIAL = (0.0, -1.0, math.nan, math.inf, -math.inf, 5e-324, 1e-300, 1e300, 1.0, 100.0)


def expected_status(price, forward, strike, time, sign):
    """The order of the reasons, in words of one line each."""
    if not all(map(math.isfinite, (price, forward, strike, time))) or forward <= 0.0 or strike <= 0.0:
        return VolStatus.BAD_INPUT
    if time <= 0.0:
        return VolStatus.NO_TIME
    intrinsic = max(sign * (forward - strike), 0.0)
    if price < intrinsic:
        return VolStatus.BELOW_INTRINSIC
    if price >= (forward if sign > 0 else strike) or price - intrinsic >= min(forward, strike):
        return VolStatus.ABOVE_MAXIMUM
    return VolStatus.AT_INTRINSIC if price == intrinsic else VolStatus.OK


def test_every_combination_of_special_values_has_its_reason_and_no_number():
    rows = np.array(list(itertools.product(SPECIAL, SPECIAL, SPECIAL, SPECIAL, (1.0, -1.0))))
    for previous in (None, 0.2):
        found = implied_vol(*rows.T[:4], rows[:, 4].astype(np.int8), previous_vol=previous)
        expected = [expected_status(*row) for row in rows]
        assert found.status.tolist() == expected
        has_number = (found.status == VolStatus.OK) | (found.status == VolStatus.AT_INTRINSIC)
        assert np.all(np.isnan(found.vol[~has_number]))
        assert np.all(found.vol[found.status == VolStatus.AT_INTRINSIC] == 0.0)
        assert np.all(found.vol[found.status == VolStatus.OK] >= 0.0)


@pytest.mark.parametrize("right", [0, 2, -3])
def test_a_right_other_than_call_or_put_is_bad_input(right):
    assert implied_vol(5.0, 100.0, 100.0, 1.0, right).status[0] == VolStatus.BAD_INPUT


@pytest.mark.parametrize("factor", [0.0, -1.0, math.nan, math.inf])
def test_a_discount_factor_that_is_none_is_bad_input(factor):
    assert implied_vol(5.0, 100.0, 100.0, 1.0, 1, factor).status[0] == VolStatus.BAD_INPUT


def test_a_missing_price_is_no_quote_only_where_asked_and_the_rest_is_valid():
    price = [math.nan, math.nan, 8.0, math.nan]
    forward = [100.0, math.nan, 100.0, 100.0]
    time = [1.0, 1.0, 1.0, 0.0]
    plain = implied_vol(price, forward, 100.0, time, 1)
    assert plain.status.tolist() == [VolStatus.BAD_INPUT, VolStatus.BAD_INPUT, VolStatus.OK, VolStatus.BAD_INPUT]
    asked = implied_vol(price, forward, 100.0, time, 1, missing_is_no_quote=True)
    assert asked.status.tolist() == [VolStatus.NO_QUOTE, VolStatus.BAD_INPUT, VolStatus.OK, VolStatus.BAD_INPUT]


def test_large_batches_are_cut_over_threads_without_a_trace():
    n = 70_001
    strike = np.linspace(50.0, 150.0, n)
    price = forward_greeks(100.0, strike, 0.5, 0.3, 1).price
    found = implied_vol(price, 100.0, strike, 0.5, 1)
    middle = slice(30_000, 40_000)
    assert np.array_equal(found.vol[middle], implied_vol(price[middle], 100.0, strike[middle], 0.5, 1).vol)
    np.testing.assert_allclose(found.vol[strike > 90.0], 0.3, rtol=1e-12)


def test_no_rows_give_no_rows_and_wrong_lengths_an_error():
    assert len(implied_vol([], 100.0, 100.0, 1.0, 1)) == 0
    with pytest.raises(InputError, match="one length"):
        implied_vol([1.0, 2.0], [100.0] * 3, 100.0, 1.0, 1)


def test_answers_are_frozen_columns():
    found = implied_vol([8.0, 9.0], 100.0, 100.0, 1.0, 1)
    assert isinstance(found, ImpliedVols)
    with pytest.raises(ValueError, match="read-only"):
        found.vol[0] = 1.0
