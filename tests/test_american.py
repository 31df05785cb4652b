import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.american import (
    CashDividends,
    american_greeks,
    american_implied_vol,
    american_values,
    european_equivalent,
)
from gex.errors import ColumnError, InputError
from gex.greeks import Greeks, forward_greeks
from gex.implied import VolStatus
from tests import naive_american as naive

# (sign, spot, strike, time, rate, yield, vol, value): two independent implementations agree to 6e-7 or better
PUBLISHED = [
    (-1, 90.0, 100.0, 1.0, 0.06, 0.02, 0.3, 14.940932),
    (-1, 100.0, 100.0, 1.0, 0.05, 0.0, 0.25, 7.974482),
    (-1, 120.0, 100.0, 1.0, 0.02, 0.0, 0.2, 1.791005),
    (-1, 80.0, 100.0, 2.0, 0.04, 0.04, 0.4, 29.91175626),
    (-1, 100.0, 100.0, 1.0, 0.04, 0.04, 0.2, 7.71912711),
    (1, 100.0, 100.0, 1.0, 0.04, 0.04, 0.2, 7.71912711),
    (1, 110.0, 100.0, 1.0, 0.03, 0.07, 0.2, 12.182745),
    (1, 100.0, 100.0, 1.0, 0.05, 0.0, 0.25, 12.335998930368717),
]


@pytest.mark.parametrize(("sign", "spot", "strike", "time", "rate", "carry_yield", "vol", "value"), PUBLISHED)
def test_published_values_come_out_to_the_error_of_the_scheme(sign, spot, strike, time, rate, carry_yield, vol, value):
    found = american_values(spot, strike, time, vol, sign, rate, carry_yield)
    assert found.price[0] == pytest.approx(value, abs=6e-5)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "allowed"),
    [
        ("american_baw_haug1998.csv", 0.06),  # Barone-Adesi and Whaley: printed to 1e-4, themselves off by up to this
        ("american_bjerksund_stensland_haug.csv", 0.05),  # lower bounds, of two exercise regions in place of one
    ],
)
def test_published_approximations_are_as_near_as_they_claim(real_data, file, allowed):
    path = real_data / "published_tables" / file
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert len(rows) >= 2
    for row in rows:
        sign = 1 if row["type"] == "call" else -1
        terms = [float(row[name]) for name in ("spot", "strike", "t_years", "vol")]
        found = american_values(*terms, sign, float(row["r"]), float(row["q"]))
        if float(row["vol"]) > 1.0:
            # at a volatility of 10 the approximation gives the European value; exercised soon, the put nears the strike
            assert float(row["value"]) < found.price[0] < float(row["strike"])
        else:
            assert found.price[0] == pytest.approx(float(row["value"]), abs=allowed), row


def test_a_call_on_a_spot_that_pays_nothing_is_the_european_one():
    strike = np.linspace(60.0, 150.0, 40)
    found = american_values(100.0, strike, 0.7, 0.3, 1, 0.04)
    plain = forward_greeks(100.0 * math.exp(0.04 * 0.7), strike, 0.7, 0.3, 1, math.exp(-0.04 * 0.7))
    np.testing.assert_allclose(found.price, plain.price, rtol=1e-13)


def test_a_call_is_the_put_with_everything_exchanged():
    call = american_values(110.0, 95.0, 0.6, 0.35, 1, 0.02, 0.05)
    put = american_values(95.0, 110.0, 0.6, 0.35, -1, 0.05, 0.02)
    assert call.price[0] == pytest.approx(put.price[0], rel=1e-13)


def test_all_numbers_scale_with_the_currency():
    one = american_greeks(1.04, 1.0, 0.6, 0.35, -1, 0.05, 0.02)
    many = american_greeks(1.04e5, 1.0e5, 0.6, 0.35, -1, 0.05, 0.02)
    for name, power in (
        ("price", 1),
        ("delta", 0),
        ("gamma", -1),
        ("vega", 1),
        ("theta", 1),
        ("vanna", 0),
        ("speed", -2),
    ):
        assert getattr(many, name)[0] == pytest.approx(getattr(one, name)[0] * 1e5**power, rel=1e-7), name


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("rate", [0.01, 0.08])
@pytest.mark.parametrize("carry_yield", [0.0, 0.03, 0.09])
@pytest.mark.parametrize("spot", [85.0, 100.0, 118.0])
def test_values_agree_with_a_binomial_tree(sign, rate, carry_yield, spot):
    expected = naive.american_price(spot, 100.0, 0.9, 0.28, rate, carry_yield, sign)
    found = american_values(spot, 100.0, 0.9, 0.28, sign, rate, carry_yield)
    assert found.price[0] == pytest.approx(expected, abs=4e-3)  # a thousand steps are good to 3e-3


@pytest.mark.parametrize(("sign", "rate", "carry_yield"), [(-1, -0.01, -0.05), (1, -0.06, -0.02)])
@pytest.mark.parametrize("spot", [70.0, 100.0, 130.0])
def test_where_there_are_two_boundaries_finite_differences_agree_with_the_tree(sign, rate, carry_yield, spot):
    expected = naive.american_price(spot, 100.0, 2.0, 0.15, rate, carry_yield, sign)
    found = american_values(spot, 100.0, 2.0, 0.15, sign, rate, carry_yield)
    assert found.price[0] == pytest.approx(expected, abs=6e-3)
    assert not np.isnan(american_greeks(spot, 100.0, 2.0, 0.15, sign, rate, carry_yield).vega[0])


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("spot", [92.0, 100.0, 109.0])
@pytest.mark.parametrize("is_future", [False, True])
def test_greeks_are_differences_of_values_that_are_solved_anew(sign, spot, is_future):
    strike, time, vol, rate = 100.0, 0.8, 0.3, 0.06
    carry_yield = rate if is_future else 0.04

    def value(spot=spot, time=time, vol=vol, rate=rate, carry_yield=carry_yield):
        return american_values(spot, strike, time, vol, sign, rate, carry_yield)

    def slope(name, at, step, **how):
        plus, minus = (value(**{key: f(at + s * step) for key, f in how.items()}) for s in (1.0, -1.0))
        return (getattr(plus, name)[0] - getattr(minus, name)[0]) / (2.0 * step)

    found = american_greeks(spot, strike, time, vol, sign, rate, carry_yield, is_future=is_future)
    same = {"rate": lambda x: x, "carry_yield": lambda x: x} if is_future else {"rate": lambda x: x}
    expected = {
        "delta": (slope("price", spot, 0.05, spot=lambda x: x), 1e-5),
        "gamma": (slope("delta", spot, 0.05, spot=lambda x: x), 2e-5),
        "speed": (slope("gamma", spot, 0.05, spot=lambda x: x), 2e-3),
        "vega": (slope("price", vol, 2e-3, vol=lambda x: x), 5e-4),
        "vanna": (slope("delta", vol, 2e-3, vol=lambda x: x), 1e-3),
        "zomma": (slope("gamma", vol, 2e-3, vol=lambda x: x), 2e-3),
        "theta": (-slope("price", time, 1e-3, time=lambda x: x), 2e-3),
        "charm": (-slope("delta", time, 1e-3, time=lambda x: x), 2e-3),
        "color": (-slope("gamma", time, 1e-3, time=lambda x: x), 5e-3),
        "rho": (slope("price", rate, 1e-3, **same), 2e-3),
    }
    for name, (exact, allowed) in expected.items():
        # relative, and absolute on the size the number has away from its zero crossing
        size = {"charm": 0.1, "vanna": 0.5, "zomma": 0.1, "speed": 1e-3, "color": 0.01}.get(name, 0.0)
        assert getattr(found, name)[0] == pytest.approx(exact, rel=allowed, abs=allowed * size), name


def test_holding_the_boundary_would_make_vega_wrong_by_percents_and_it_is_not_held():
    quantlib = pytest.importorskip("QuantLib", exc_type=ImportError)
    for spot, time, rate, carry_yield, vol in ((90.0, 1.0, 0.06, 0.02, 0.3), (100.0, 1.0, 0.05, 0.0, 0.25)):
        price = [
            _quantlib_price(quantlib, spot, 100.0, time, v, rate, carry_yield, -1) for v in (vol + 1e-3, vol - 1e-3)
        ]
        found = american_greeks(spot, 100.0, time, vol, -1, rate, carry_yield)
        assert found.vega[0] == pytest.approx((price[0] - price[1]) / 2e-3, rel=1e-4)


def _quantlib_price(ql, spot, strike, time, vol, rate, carry_yield, sign, dividends=()):
    """QuantLib's most precise engine; `time` must be whole 365ths."""
    today = ql.Date(15, 5, 2024)
    ql.Settings.instance().evaluationDate = today
    day_count = ql.Actual365Fixed()
    flat = [ql.YieldTermStructureHandle(ql.FlatForward(today, r, day_count)) for r in (carry_yield, rate)]
    black = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), vol, day_count))
    process = ql.BlackScholesMertonProcess(ql.QuoteHandle(ql.SimpleQuote(spot)), *flat, black)
    expiry = today + round(time * 365)
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if sign > 0 else ql.Option.Put, strike)
    option = ql.VanillaOption(payoff, ql.AmericanExercise(today, expiry))
    if dividends:
        schedule = ql.DividendVector([today + day for day, _ in dividends], [amount for _, amount in dividends])
        option.setPricingEngine(
            ql.FdBlackScholesVanillaEngine(
                process, schedule, 800, 800, 0, ql.FdmSchemeDesc.Douglas(), False, -1.0,
                ql.FdBlackScholesVanillaEngine.Spot,
            )
        )  # fmt: skip
    else:
        option.setPricingEngine(ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.highPrecisionScheme()))
    return option.NPV()


def test_random_options_agree_with_quantlibs_most_precise_engine():
    ql = pytest.importorskip("QuantLib", exc_type=ImportError)
    random = np.random.default_rng(11)
    error = []
    for _ in range(60):
        spot, days, vol = random.uniform(70, 140), int(random.integers(5, 1000)), random.uniform(0.1, 0.7)
        rate, carry_yield = random.uniform(0.0, 0.1), random.uniform(0.0, 0.1)
        sign = 1 if random.random() < 0.5 else -1
        expected = _quantlib_price(ql, spot, 100.0, days / 365, vol, rate, carry_yield, sign)
        error.append(american_values(spot, 100.0, days / 365, vol, sign, rate, carry_yield).price[0] - expected)
    assert np.sqrt(np.mean(np.square(error))) < 1e-4


@settings(max_examples=40)
@given(
    st.floats(40.0, 250.0),
    st.floats(0.01, 3.0),
    st.floats(0.05, 1.5),
    st.floats(-0.02, 0.15),
    st.floats(-0.02, 0.15),
    st.sampled_from([1, -1]),
)
def test_values_lie_above_intrinsic_and_european_and_grow_with_time_and_vol(spot, time, vol, rate, carry_yield, sign):
    found = american_values(
        spot, 100.0, [time, 1.1 * time, time, time], [vol, vol, 1.05 * vol, vol], sign, rate, carry_yield
    )
    here, later, wilder, _ = found.price
    plain = forward_greeks(
        spot * math.exp((rate - carry_yield) * time), 100.0, time, vol, sign, math.exp(-rate * time)
    ).price[0]
    slack = 2e-3  # a few times the error of the scheme and of the grid
    assert here >= max(sign * (spot - 100.0), 0.0)
    assert here >= plain - slack
    assert here <= (spot if sign > 0 else 100.0) * math.exp(max(-min(rate, carry_yield), 0.0) * time) + slack
    assert later >= here - slack
    assert wilder >= here - slack
    assert 0.0 <= sign * found.delta[0] <= math.exp(max(-carry_yield, 0.0) * time) + 1e-2


def test_where_one_exercises_the_value_is_intrinsic_and_delta_one():
    found = american_greeks([40.0, 300.0], 100.0, 0.5, 0.2, [-1, 1], 0.08, 0.08)
    assert found.price.tolist() == [60.0, 200.0]
    assert found.delta.tolist() == [-1.0, 1.0]
    for name in Greeks.column_names()[2:]:
        assert getattr(found, name).tolist() == [0.0, 0.0], name


def test_settled_rows_are_intrinsic_and_bad_rows_nan():
    found = american_greeks(
        [105.0, math.nan, 100.0, 100.0, 100.0], 100.0, [0.0, 1.0, 1.0, math.nan, 1.0], [0.2, 0.2, math.nan, 0.2, 0.2],
        [1, 1, 1, 1, 3], 0.05, 0.02,
    )  # fmt: skip
    assert found.price[0] == 5.0
    assert all(getattr(found, name)[0] == 0.0 for name in Greeks.column_names()[1:])
    assert all(np.isnan(getattr(found, name)[1:]).all() for name in Greeks.column_names())


def test_one_dividend_moves_a_call_by_more_than_any_equivalent_yield():
    # one 2.00 dividend 150 days into a 182-day call: 13.88; an equivalent yield gives 12.92, S − PV(D) 12.90
    dividends = CashDividends(time=[150 / 365], amount=[2.0])
    found = american_values(100.0, 90.0, 182 / 365, 0.25, 1, 0.05, dividends=dividends)
    assert found.price[0] == pytest.approx(13.8844, abs=1e-3)
    # a year's put with 3.00 at day 180: 9.32
    dividends = CashDividends(time=[180 / 365], amount=[3.0])
    assert american_values(100.0, 100.0, 1.0, 0.25, -1, 0.05, dividends=dividends).price[0] == pytest.approx(
        9.3222, abs=1e-3
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_cash_dividends_agree_with_quantlibs_finite_differences(sign):
    ql = pytest.importorskip("QuantLib", exc_type=ImportError)
    schedule = [(40, 1.5), (130, 1.5), (221, 1.0)]
    dividends = CashDividends(time=[day / 365 for day, _ in schedule], amount=[amount for _, amount in schedule])
    for strike in (85.0, 100.0, 115.0):
        expected = _quantlib_price(ql, 100.0, strike, 300 / 365, 0.3, 0.05, 0.0, sign, schedule)
        found = american_values(100.0, strike, 300 / 365, 0.3, sign, 0.05, dividends=dividends)
        assert found.price[0] == pytest.approx(expected, abs=4e-3)


def test_european_prices_with_cash_dividends_obey_parity():
    dividends = CashDividends(time=[0.2, 0.6, 2.0], amount=[1.0, 1.5, 9.0])
    strike = np.array([80.0, 100.0, 120.0])
    prices = {}
    for sign in (1, -1):
        american = american_values(100.0, strike, 0.8, 0.3, sign, 0.04, 0.01, dividends=dividends)
        found = european_equivalent(american.price, 100.0, strike, 0.8, sign, 0.04, 0.01, dividends=dividends)
        np.testing.assert_allclose(found.vol, 0.3, rtol=2e-5)
        assert np.all(found.early_exercise > -1e-4)
        prices[sign] = found.price
    # a dividend paid out is worth what it is discounted for, from its day on without the yield of the rest
    paid = 1.0 * math.exp(-0.01 * 0.6 - 0.04 * 0.2) + 1.5 * math.exp(-0.01 * 0.2 - 0.04 * 0.6)
    expected = 100.0 * math.exp(-0.01 * 0.8) - paid - strike * math.exp(-0.04 * 0.8)
    np.testing.assert_allclose(prices[1] - prices[-1], expected, atol=2e-3)


def test_dividends_from_expiry_on_do_not_count():
    dividends = CashDividends(time=[0.5, 0.9], amount=[5.0, 5.0])
    plain = american_values(100.0, [95.0, 105.0], [0.5, 0.4], 0.3, -1, 0.05)
    found = american_values(100.0, [95.0, 105.0], [0.5, 0.4], 0.3, -1, 0.05, dividends=dividends)
    assert found.price.tolist() == plain.price.tolist()


def test_greeks_with_dividends_are_differences_of_values():
    dividends = CashDividends(time=[0.15, 0.4], amount=[1.2, 1.2])

    def value(spot=100.0, vol=0.3, rate=0.05):
        return american_values(spot, 98.0, 0.5, vol, 1, rate, dividends=dividends)

    found = american_greeks(100.0, 98.0, 0.5, 0.3, 1, 0.05, dividends=dividends)
    assert found.delta[0] == pytest.approx((value(spot=100.5).price[0] - value(spot=99.5).price[0]), abs=1e-3)
    assert found.gamma[0] == pytest.approx((value(spot=100.5).delta[0] - value(spot=99.5).delta[0]), rel=5e-3)
    assert found.vega[0] == pytest.approx((value(vol=0.31).price[0] - value(vol=0.29).price[0]) / 0.02, rel=5e-3)
    assert found.rho[0] == pytest.approx((value(rate=0.06).price[0] - value(rate=0.04).price[0]) / 0.02, rel=2e-2)


@pytest.mark.parametrize("sign", [1, -1])
def test_volatilities_of_american_prices_are_found_again(sign):
    random = np.random.default_rng(2)
    n = 300
    spot, time = random.uniform(75.0, 130.0, n), random.uniform(0.02, 2.0, n)
    vol, rate, carry_yield = random.uniform(0.1, 0.9, n), random.uniform(0.0, 0.09, n), random.uniform(0.0, 0.09, n)
    row = american_greeks(spot, 100.0, time, vol, sign, rate, carry_yield)
    price = american_values(spot, 100.0, time, vol, sign, rate, carry_yield).price
    found = american_implied_vol(price, spot, 100.0, time, sign, rate, carry_yield)
    is_held = (price - np.maximum(sign * (spot - 100.0), 0.0) > 1e-6) & (row.vega > 1e-2)
    assert np.count_nonzero(is_held) > 250
    assert np.all(found.status[is_held] == VolStatus.OK)
    # price accuracy of 1e-9 divided by vega
    np.testing.assert_allclose(found.vol[is_held], vol[is_held], atol=1e-6)


def test_reasons_for_having_no_american_volatility():
    def status(price, **changes):
        terms = {"spot": 100.0, "strike": 110.0, "time_to_expiry": 0.5, "right": -1, "rate": 0.05} | changes
        return VolStatus(american_implied_vol(price, **terms).status[0])

    assert status(12.0) == VolStatus.OK
    assert status(10.0) == VolStatus.AT_INTRINSIC
    assert status(9.99) == VolStatus.BELOW_INTRINSIC
    assert status(110.0) == VolStatus.ABOVE_MAXIMUM
    assert status(12.0, time_to_expiry=0.0) == VolStatus.NO_TIME
    for name in ("spot", "strike", "time_to_expiry", "rate"):
        assert status(12.0, **{name: math.nan}) == VolStatus.BAD_INPUT
    assert status(math.nan) == VolStatus.BAD_INPUT
    assert status(12.0, right=0) == VolStatus.BAD_INPUT
    dividends = CashDividends(time=[0.2], amount=[1.0])
    assert status(12.5, dividends=dividends) == VolStatus.OK
    assert status(9.0, dividends=dividends) == VolStatus.BELOW_INTRINSIC
    assert status(math.nan, dividends=dividends) == VolStatus.BAD_INPUT
    assert status(12.0, time_to_expiry=0.0, dividends=dividends) == VolStatus.NO_TIME


def test_the_european_equivalent_of_a_call_without_dividends_is_itself():
    found = european_equivalent(12.335998930368717, 100.0, 100.0, 1.0, 1, 0.05)
    assert found.vol[0] == pytest.approx(0.25, rel=1e-12)
    assert found.early_exercise[0] == pytest.approx(0.0, abs=1e-12)


def test_dividends_must_be_in_order_and_not_negative():
    with pytest.raises(ColumnError, match="ascending"):
        CashDividends(time=[0.5, 0.2], amount=[1.0, 1.0])
    with pytest.raises(ColumnError, match="amount"):
        CashDividends(time=[0.5], amount=[-1.0])


def test_no_rows_give_no_rows_and_wrong_lengths_an_error():
    assert len(american_greeks([], 100.0, 1.0, 0.2, 1, 0.05)) == 0
    assert len(american_implied_vol([], 100.0, 100.0, 1.0, 1, 0.05)) == 0
    with pytest.raises(InputError, match="one length"):
        american_values([1.0, 2.0], [1.0] * 3, 1.0, 0.2, 1, 0.05)
