import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.errors import InputError
from gex.greeks import Greeks, forward_greeks, inverse_greeks, spot_greeks
from tests import naive_black as naive

NAMES = Greeks.column_names()

# inputs (forward, strike, time, vol, rate, sign) and the thirteen numbers, from fifty-digit arithmetic
PUBLISHED = [
    (
        (105.0, 100.0, 0.5, 0.25, 0.03, 1),
        (9.842975176529556, 0.6326542080862044, 0.01981294145481297, 27.30470994241413, -6.530888230307645,
         -4.921487588264778, -0.2759817715318512, 0.08797506912554893, 7.466512670817846, -0.0005776482428812276,
         -0.07383388814428202, 0.0190528602797149, -101.2087782650279),
    ),
    (
        (105.0, 100.0, 0.5, 0.25, 0.03, -1),
        (4.917415478514243, -0.3524577315168583, 0.01981294145481297, 27.30470994241413, -6.678655021248105,
         -2.458707739257121, -0.2759817715318512, 0.05842171093745705, 7.466512670817846, -0.0005776482428812276,
         -0.07383388814428202, 0.0190528602797149, -101.2087782650279),
    ),
    (
        (6000.0, 6100.0, 0.01, 0.15, 0.0, 1),
        (6.202881609595131, 0.1368780734113034, 0.002435355845543592, 131.509215659354, -986.3191174451547,
         -0.06202881609595131, 1.621148386490376, -12.15861289867782, 1064.562879781483, 2.920948113464059e-5,
         0.003478421766403509, -0.02608816324802632, -12674.97034466076),
    ),
    (
        (100.0, 130.0, 1.0, 0.2, 0.05, 1),
        (0.9596683666529157, 0.1072895398765962, 0.00910504826034322, 18.21009652068644, -1.773026233735998,
         -0.9596683666529157, 1.285470127486411, -0.1231825357548113, 155.776010971588, 0.0004606340985363411,
         0.03236276418407789, -0.002781024005390628, -1022.283705686398),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "expected"), PUBLISHED)
def test_published_rows_come_out_to_the_last_digits(inputs, expected):
    forward, strike, time, vol, rate, sign = inputs
    found = forward_greeks(forward, strike, time, vol, sign, math.exp(-rate * time))
    for name, value in zip(NAMES, expected, strict=True):
        # e^(−rT) and its logarithm are rounded twice: theta, charm and color carry it; the rest is 5e-15
        assert getattr(found, name)[0] == pytest.approx(value, rel=2e-14), name


def test_the_published_spot_row_comes_out():
    growth = math.exp((0.05 - 0.02) * 0.75)
    found = spot_greeks(100.0, 100.0 * growth, 95.0, 0.75, 0.3, 1, math.exp(-0.05 * 0.75))
    expected = {
        "price": 13.7146029799598, "delta": 0.65070475745479, "gamma": 0.0138847287386971, "vega": 31.2406396620685,
        "theta": -7.51451205578008, "rho": 38.5169045741394, "vanna": -0.185330093458311, "charm": 0.00842592762466657,
        "color": 0.00960728064513188,
    }  # fmt: skip
    for name, value in expected.items():
        assert getattr(found, name)[0] == pytest.approx(value, rel=5e-14), name


def test_the_published_inverse_put_comes_out():
    found = inverse_greeks(60000.0, 80000.0, 0.25, 0.6, -1)
    assert found.price[0] == pytest.approx(0.364304118634412, rel=2e-14)
    assert found.delta[0] == pytest.approx(-1.15502935844299, rel=2e-14)
    assert found.gamma[0] == pytest.approx(3.52291293135199e-5, rel=2e-13)
    assert found.delta[0] < -1.0


OPTIONS = st.tuples(
    st.floats(0.5, 1e5),
    st.floats(-5.0, 5.0),
    st.floats(1e-4, 5.0),
    st.floats(0.02, 3.0),
    st.floats(-0.05, 0.2),
    st.sampled_from([1, -1]),
)


def unpacked(option):
    forward, deviations, time, vol, rate, sign = option
    return forward, forward * math.exp(deviations * vol * math.sqrt(time)), time, vol, rate, sign


@given(OPTIONS)
def test_each_number_agrees_with_fifty_digit_arithmetic(option):
    forward, strike, time, vol, rate, sign = unpacked(option)
    discount = math.exp(-rate * time)
    found = forward_greeks(forward, strike, time, vol, sign, discount)
    for name, (exact, scale) in naive.forward_greeks(forward, strike, time, vol, sign, discount).items():
        # 1e-12 of the terms a number is the sum of: where they cancel, digits are lost to its own condition
        assert abs(float((naive.mp.mpf(getattr(found, name)[0]) - exact) / scale)) < 1e-12, name


@pytest.mark.parametrize("option", [inputs for inputs, _ in PUBLISHED])
def test_each_number_is_the_derivative_that_its_name_says(option):
    forward, strike, time, vol, rate, sign = option
    found = forward_greeks(forward, strike, time, vol, sign, math.exp(-rate * time))
    for name, exact in naive.by_differences(forward, strike, time, vol, sign, rate).items():
        assert getattr(found, name)[0] == pytest.approx(float(exact), rel=1e-12), name


def derivative(function, at, step):
    """Fourth-order central difference of a function that gives Greeks."""
    points = {k: function(at + k * step) for k in (-2, -1, 1, 2)}

    def of(name):
        f = {k: getattr(v, name)[0] for k, v in points.items()}
        return (8.0 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12.0 * step)

    return of


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("strike", [70.0, 100.0, 145.0])
def test_spot_numbers_are_derivatives_to_the_spot_with_the_carry_held(strike, sign):
    spot, time, vol, rate, carry = 100.0, 0.7, 0.35, 0.04, 0.015

    def at(spot=spot, time=time, vol=vol, rate=rate, carry=carry):
        return spot_greeks(spot, spot * math.exp(carry * time), strike, time, vol, sign, math.exp(-rate * time))

    here = at()
    by_spot = derivative(lambda x: at(spot=x), spot, 0.05)
    by_time = derivative(lambda x: at(time=x), time, 1e-3)
    by_vol = derivative(lambda x: at(vol=x), vol, 1e-3)
    # rho holds the yield, so the carry moves with the rate
    by_rate = derivative(lambda x: at(rate=x, carry=carry + x - rate), rate, 1e-4)
    expected = {
        "delta": by_spot("price"), "gamma": by_spot("delta"), "speed": by_spot("gamma"), "vega": by_vol("price"),
        "vanna": by_vol("delta"), "zomma": by_vol("gamma"), "volga": by_vol("vega"), "ultima": by_vol("volga"),
        "theta": -by_time("price"), "charm": -by_time("delta"), "color": -by_time("gamma"), "rho": by_rate("price"),
    }  # fmt: skip
    for name, value in expected.items():
        # the differences are good to ten digits, of the largest neighbour where a number crosses zero
        assert getattr(here, name)[0] == pytest.approx(value, rel=1e-7, abs=1e-8), name


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("strike", [30000.0, 60000.0, 95000.0])
def test_inverse_numbers_are_derivatives_of_coin_value_and_net_delta(strike, sign):
    forward, time, vol = 60000.0, 0.25, 0.6

    def at(forward=forward, time=time, vol=vol):
        return inverse_greeks(forward, strike, time, vol, sign)

    here = at()
    by_forward = derivative(lambda x: at(forward=x), forward, 20.0)
    by_time = derivative(lambda x: at(time=x), time, 5e-4)
    by_vol = derivative(lambda x: at(vol=x), vol, 1e-3)
    expected = {
        "gamma": by_forward("delta"), "speed": by_forward("gamma"), "vega": by_vol("price"), "vanna": by_vol("delta"),
        "zomma": by_vol("gamma"), "volga": by_vol("vega"), "ultima": by_vol("volga"), "theta": -by_time("price"),
        "charm": -by_time("delta"), "color": -by_time("gamma"),
    }  # fmt: skip
    for name, value in expected.items():
        assert getattr(here, name)[0] == pytest.approx(value, rel=1e-6, abs=1e-16), name
    # ∂(coin value)/∂F = net delta / F
    assert here.delta[0] == pytest.approx(forward * by_forward("price"), rel=1e-7)
    assert here.rho[0] == 0.0


@given(OPTIONS)
def test_calls_and_puts_differ_as_parity_says(option):
    forward, strike, time, vol, rate, _ = unpacked(option)
    discount = math.exp(-rate * time)
    call, put = (forward_greeks(forward, strike, time, vol, sign, discount) for sign in (1, -1))
    for name in ("gamma", "vega", "vanna", "volga", "speed", "zomma", "color", "ultima"):
        assert getattr(call, name)[0] == getattr(put, name)[0]
    larger = discount * max(forward, strike)
    assert call.price[0] - put.price[0] == pytest.approx(discount * (forward - strike), abs=4e-15 * larger)
    assert call.delta[0] - put.delta[0] == pytest.approx(discount, rel=1e-14)
    held = -math.log(discount) / time  # the rate that the rounded discount factor means
    assert call.charm[0] - put.charm[0] == pytest.approx(held * discount, abs=1e-13 * (1.0 + abs(call.charm[0])))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("strike", [90.0, 110.0])
def test_with_less_and_less_time_or_variance_the_value_goes_to_the_intrinsic_one(strike, sign):
    intrinsic = max(sign * (100.0 - strike), 0.0)
    for time, vol in ((1e-9, 0.2), (1e-60, 0.2), (1.0, 1e-6), (1.0, 1e-80), (1.0, 0.0)):
        found = forward_greeks(100.0, strike, time, vol, sign)
        assert found.price[0] == pytest.approx(intrinsic, abs=1e-300)
        assert found.delta[0] == pytest.approx(sign if intrinsic else 0.0, abs=1e-300)
        for name in ("gamma", "vega", "vanna", "charm", "volga", "speed", "zomma", "color", "ultima"):
            assert getattr(found, name)[0] == pytest.approx(0.0, abs=1e-250), name


def test_at_the_money_the_small_variance_limits_are_bacheliers():
    found = forward_greeks(100.0, 100.0, 1.0, 1e-7, 1)
    assert found.price[0] == pytest.approx(100.0 * 1e-7 / math.sqrt(2.0 * math.pi), rel=1e-13)
    assert found.vega[0] == pytest.approx(100.0 / math.sqrt(2.0 * math.pi), rel=1e-13)
    assert found.delta[0] == pytest.approx(0.5, abs=1e-7)
    none = forward_greeks(100.0, 100.0, 1.0, 0.0, 1)
    assert none.price[0] == 0.0
    assert none.vega[0] == pytest.approx(found.vega[0], rel=1e-13)
    assert math.isnan(none.gamma[0])  # it grows without bound there


def test_far_strikes_are_worth_the_forward_or_nothing():
    near_zero = forward_greeks(100.0, [0.0, 1e-200, 1e-9], 1.0, 0.3, 1, 0.9)
    np.testing.assert_allclose(near_zero.price, 90.0, rtol=1e-9)
    np.testing.assert_allclose(near_zero.delta, 0.9, rtol=1e-14)
    for name in NAMES[2:4]:
        np.testing.assert_allclose(getattr(near_zero, name), 0.0, atol=1e-200)
    far = forward_greeks(100.0, [1e9, 1e200], 1.0, 0.3, 1, 0.9)
    for name in NAMES:
        np.testing.assert_allclose(getattr(far, name), 0.0, atol=1e-200, err_msg=name)
    put = forward_greeks(100.0, [1e9, 1e200], 1.0, 0.3, -1, 0.9)
    np.testing.assert_allclose(put.delta, -0.9, rtol=1e-14)


def test_with_enormous_variance_a_call_is_the_forward_and_a_put_the_strike():
    assert forward_greeks(100.0, 120.0, 1.0, 60.0, 1).price[0] == pytest.approx(100.0, rel=1e-14)
    assert forward_greeks(100.0, 120.0, 1.0, 60.0, -1).price[0] == pytest.approx(120.0, rel=1e-14)
    with naive.mp.workdps(50):
        for vol in (2.7, 2.85, 4.0, 9.0, 14.0):  # both sides of the seam between the two forms
            found = forward_greeks(100.0, 120.0, 1.0, vol, 1).price[0]
            exact = naive.undiscounted(*map(naive.mp.mpf, (100.0, 120.0, 1.0, vol)), 1)
            assert abs(float(found / exact - 1)) < 5e-15


@pytest.mark.parametrize("time", [0.0, -0.5])
def test_a_settled_contract_is_its_intrinsic_value_and_exactly_nothing_else(time):
    for vol in (0.2, math.nan, 0.0):
        for found in (
            forward_greeks([105.0, 95.0], 100.0, time, vol, 1),
            spot_greeks([105.0, 95.0], [105.0, 95.0], 100.0, time, vol, 1),
        ):
            assert found.price.tolist() == [5.0, 0.0]
            for name in NAMES[1:]:
                assert getattr(found, name).tolist() == [0.0, 0.0], name
        coin = inverse_greeks(125.0, 100.0, time, vol, 1)
        assert coin.price[0] == pytest.approx(0.2)
        assert all(getattr(coin, name)[0] == 0.0 for name in NAMES[1:])


@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
def test_bad_rows_are_nan_and_leave_their_neighbours_alone(position, bad):
    good = [105.0, 100.0, 0.5, 0.25, 1, 0.98]
    if position == 4:
        rows = [[value, value] for value in good]
        rows[4] = [0, 1]
    else:
        rows = [[value, value] for value in good]
        rows[position][0] = bad
    found = forward_greeks(*rows)
    if not (position == 2 and bad == -1.0):  # a negative time is a settled contract
        assert all(math.isnan(getattr(found, name)[0]) for name in NAMES)
    alone = forward_greeks(*good)
    assert all(getattr(found, name)[1] == getattr(alone, name)[0] for name in NAMES)


def test_a_bad_spot_is_nan_while_there_is_time_left():
    found = spot_greeks([0.0, math.nan, 100.0], 101.0, 100.0, 0.5, 0.2, 1)
    assert np.isnan(found.price[:2]).all()
    assert found.price[2] > 0.0


@pytest.mark.parametrize("count", [1, 7, 127, 128, 129, 300])
def test_the_tail_of_a_batch_is_computed_as_its_middle(count):
    strike = np.linspace(80.0, 120.0, count)
    whole = forward_greeks(100.0, strike, 0.5, 0.2, -1, 0.99)
    for i in {0, count // 2, count - 1}:
        alone = forward_greeks(100.0, strike[i], 0.5, 0.2, -1, 0.99)
        for name in NAMES:
            # one row is computed without vectors, whose products are fused differently: a few ulps
            assert getattr(whole, name)[i] == pytest.approx(getattr(alone, name)[0], rel=1e-13, abs=1e-300), name


def test_large_batches_are_cut_over_threads_without_a_trace():
    strike = np.linspace(50.0, 150.0, 70_001)
    whole = forward_greeks(100.0, strike, 0.5, 0.3, 1)
    part = forward_greeks(100.0, strike[40_000:41_000], 0.5, 0.3, 1)
    np.testing.assert_allclose(whole.gamma[40_000:41_000], part.gamma, rtol=1e-14)


def test_no_rows_give_no_rows_and_wrong_lengths_an_error():
    assert len(forward_greeks([], 100.0, 1.0, 0.2, 1)) == 0
    with pytest.raises(InputError, match="one length"):
        spot_greeks([1.0, 2.0], [1.0] * 3, 100.0, 1.0, 0.2, 1)
