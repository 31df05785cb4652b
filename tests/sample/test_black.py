"""Black values of a sample against high precision and identities."""

import numpy as np
from mpmath import mp, mpf

from gex.sample.black import black_values


def grid():
    strike, vol, years = np.meshgrid([20.0, 80.0, 97.0, 100.0, 103.0, 150.0], [0.1, 0.4], [0.01, 0.5, 4.0])
    columns = {"strike": strike.ravel(), "vol": vol.ravel(), "time_to_expiry": years.ravel()}
    return columns | {"forward": np.full(strike.size, 100.0)}


def values(right, **change):
    columns = grid() | change
    return black_values(**columns, right=np.full(len(columns["strike"]), right, np.int8))


def test_prices_deltas_gammas_and_vegas_equal_forty_digit_values():
    columns = grid()
    with mp.workdps(40):
        for right in (1, -1):
            got = values(right)
            for i in range(len(columns["strike"])):
                forward, strike, vol, years = (
                    mpf(float(columns[name][i])) for name in ("forward", "strike", "vol", "time_to_expiry")
                )
                stdev = vol * mp.sqrt(years)
                d1 = mp.log(forward / strike) / stdev + stdev / 2
                price = right * (forward * mp.ncdf(right * d1) - strike * mp.ncdf(right * (d1 - stdev)))
                # 1e-13 of the forward: the two terms of the formula are each of its size.
                assert abs(got.price[i] - price) < 1e-13 * forward
                assert abs(got.delta[i] - right * mp.ncdf(right * d1)) < 1e-15
                assert abs(got.gamma[i] - mp.npdf(d1) / (forward * stdev)) < 1e-15
                assert abs(got.vega[i] - forward * mp.npdf(d1) * mp.sqrt(years)) < 1e-11


def test_a_call_less_a_put_is_the_forward_less_the_strike():
    columns = grid()
    np.testing.assert_allclose(values(1).price - values(-1).price, 100.0 - columns["strike"], atol=1e-13)
    np.testing.assert_allclose(values(1).delta - values(-1).delta, 1.0, rtol=1e-15)


def test_a_missing_vol_gives_missing_values_without_a_warning():
    missing = values(1, vol=np.full(len(grid()["strike"]), np.nan))
    assert all(np.all(np.isnan(column)) for column in missing)
