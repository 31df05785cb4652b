"""A recorded book revalued: at its own price it is what was recorded, elsewhere what Black says."""

import numpy as np
import pytest

from gex.backtest.held_options import HeldOptions
from gex.hedging.closed_forms import leland_vol
from tests.naive_hedging import black_price as black


def options(*, is_coin: bool = False, units: float = -1.0) -> HeldOptions:
    """A call and a put, struck at 100 and 110, over three instants of which the last is past the put's expiry."""
    years = np.array([[1.0, 0.5], [0.9, 0.4], [0.5, 0.0]])
    return HeldOptions(
        units=np.array([units, 2.0]),
        sign=np.array([1.0, -1.0]),
        strike=np.array([100.0, 110.0]),
        forward=np.array([[100.0, 100.0], [104.0, 104.0], [98.0, 98.0]]),
        vol=np.full((3, 2), 0.2),
        years=years,
        discount=np.full((3, 2), 0.99),
        delta_factor=np.full((3, 2), 0.98),
        is_alive=np.array([[True, True], [True, True], [True, False]]),
        is_coin_settled=is_coin,
    )


def test_value_and_delta_are_blacks() -> None:
    """Forward = strike = 100, 20 %, a year: call 7.9656, delta 0.53983."""
    found = options(units=1.0).figures()
    put = black(100.0, 110.0, 0.5, 0.2, -1)
    assert found.value[0] == pytest.approx(0.99 * (7.965567 + 2.0 * put), abs=2e-5)
    assert found.value[2] == pytest.approx(0.99 * black(98.0, 100.0, 0.5, 0.2, 1), rel=1e-12)  # the put has expired


def test_delta_and_gamma_are_slopes_of_the_value() -> None:
    one = options()
    step = 1e-4
    up, down = (one.figures(shift=np.full(3, 1.0 + sign * step)) for sign in (1.0, -1.0))
    slope = (up.value - down.value) / (2.0 * step * one.forward[:, 0])
    np.testing.assert_allclose(one.figures().delta, slope * 0.98 / 0.99, atol=1e-6)
    curve = (up.delta - down.delta) / (2.0 * step * one.forward[:, 0])
    np.testing.assert_allclose(one.figures().gamma, curve, atol=1e-6)


def test_coin_books_count_in_coin_and_net_of_premium() -> None:
    plain, coin = options().figures(), options(is_coin=True).figures()
    forward = options().forward[:, 0]
    np.testing.assert_allclose(coin.value, plain.value / forward)
    np.testing.assert_allclose(coin.delta, plain.delta - coin.value)


def test_lelands_delta_has_its_sign_by_option() -> None:
    found = options().leland_delta(1e-3, 1.0 / 52.0)
    vols = [leland_vol(0.2, 2e-3, 1.0 / 52.0, is_long=long) for long in (False, True)]
    wanted = options(units=-1.0)
    expected = -_delta(100.0, 100.0, 1.0, vols[0], 1.0) + 2.0 * _delta(100.0, 110.0, 0.5, vols[1], -1.0)
    assert found[0] == pytest.approx(0.98 * expected, abs=1e-12)
    assert abs(found[0] - wanted.figures().delta[0]) > 1e-3


def _delta(forward: float, strike: float, years: float, vol: float, sign: float) -> float:
    up, down = (black(forward * (1.0 + h), strike, years, vol, int(sign)) for h in (1e-6, -1e-6))
    import math

    stdev = vol * math.sqrt(years)
    d1 = math.log(forward / strike) / stdev + 0.5 * stdev
    exact = sign * 0.5 * math.erfc(-sign * d1 / math.sqrt(2.0))
    assert exact == pytest.approx((up - down) / (2e-6 * forward), abs=1e-6)
    return exact


def test_the_past_holds_nothing_later() -> None:
    past = options().until(1)
    assert past.forward.shape == (2, 2)
    np.testing.assert_array_equal(past.figures().delta, options().figures().delta[:2])
