"""A book's Greeks, totals and its delta elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.contracts import Exercise, Payoff
from gex.errors import InputError
from gex.portfolio.linear import LinearKind, LinearPositions
from gex.portfolio.positions import UnpricedReason
from gex.portfolio.risk import portfolio_risk
from tests import naive_hedging as naive
from tests.books import AS_OF, Line, expiry_in, positions_of, risk_of, surface_of

COIN = {"spot": 60_000.0, "vol": 0.6, "payoff": Payoff.INVERSE}
BOOK = [Line(95.0, 1, 3.0, 10.0), Line(105.0, -1, -4.0, 10.0), Line(100.0, 1, -2.0, 60.0), Line(90.0, -1, 5.0, 60.0)]


def test_coin_call_of_the_reference() -> None:
    """hedging.md §12.1: S = F = K = 60,000, 30 days, σ 0.6, r 0."""
    risk = risk_of([Line(60_000.0, 1, 1.0)], **COIN)
    assert risk.value[0] == pytest.approx(4112.364431, abs=1e-6)
    assert risk.coin_value() == pytest.approx(0.0685394072, abs=1e-10)
    assert risk.delta[0] == pytest.approx(0.5342697036, abs=1e-10)
    assert risk.net_delta[0] == pytest.approx(0.4657302964, abs=1e-10)
    assert risk.gamma[0] == pytest.approx(3.851120212e-5, abs=1e-14)
    put = risk_of([Line(60_000.0, -1, 1.0)], **COIN)
    assert put.delta[0] == pytest.approx(-0.4657302964, abs=1e-10)
    assert put.net_delta[0] == pytest.approx(-0.5342697036, abs=1e-10)


@pytest.mark.parametrize(
    ("strike", "deltas"), [(90.0, (0.798573, 0.784896, 0.771220)), (110.0, (0.277211, 0.273129, 0.269047))]
)
def test_smile_adjusted_deltas_of_the_reference(strike: float, deltas: tuple[float, float, float]) -> None:
    """hedging.md §2: σ(k) = 0.5 − 0.1k + 0.3k², S 100, 30 days; R = 0, 1, 2."""
    risk = risk_of([Line(strike, 1, 1.0)], slope=-0.1, bend=0.3)
    for stickiness, delta in zip((0.0, 1.0, 2.0), deltas, strict=True):
        assert risk.book_delta([100.0], skew_stickiness=stickiness)[0] == pytest.approx(delta, abs=1e-6)


def test_sticky_delta_is_the_homogeneous_one() -> None:
    """R = 0: Δ = (V − K·∂V/∂K)/S along the smile (hedging.md §2)."""
    spot, strike, time, step = 100.0, 107.0, 30.0 / 365.0, 1e-4

    def value(k: float) -> float:
        moneyness = np.log(k / spot)
        return naive.black_price(spot, k, time, 0.5 - 0.1 * moneyness + 0.3 * moneyness**2, 1)

    slope = (value(strike + step) - value(strike - step)) / (2.0 * step)
    risk = risk_of([Line(strike, 1, 1.0)], slope=-0.1, bend=0.3)
    sticky = risk.book_delta([spot], skew_stickiness=0.0)[0]
    assert sticky == pytest.approx((value(strike) - strike * slope) / spot, abs=1e-8)  # central difference


def test_net_deltas_of_coin_call_and_put_differ_by_strike_over_forward() -> None:
    call, put = (risk_of([Line(50_000.0, right, 1.0)], **COIN) for right in (1, -1))
    assert call.net_delta[0] - put.net_delta[0] == pytest.approx(50_000.0 / 60_000.0, abs=1e-14)


def test_net_delta_of_a_coin_call_is_not_monotone_in_strike() -> None:
    """Its maximum is 0.71201 at K = 46,749; 0.5 is met at 30,001.205 and 58,876.024 (hedging.md §2)."""
    at = {k: risk_of([Line(k, 1, 1.0)], **COIN).net_delta[0] for k in (30_001.205, 46_749.0, 58_876.024)}
    assert at[46_749.0] == pytest.approx(0.71201, abs=5e-6)
    assert at[30_001.205] == pytest.approx(0.5, abs=1e-7)
    assert at[58_876.024] == pytest.approx(0.5, abs=1e-7)


def test_totals_are_sums_of_the_rows_and_the_linear_contracts() -> None:
    linear = LinearPositions(
        spot=100.0,
        symbol=("ETF", "FUT"),
        kind=[LinearKind.SPOT, LinearKind.INDEX_FUTURE],
        contracts=[7.0, -2.0],
        multiplier=[1.0, 5.0],
        price=[100.0, 101.0],
        time_to_expiry=[np.inf, 0.25],
        entry_price=[np.nan, 103.0],
    )
    risk = risk_of(BOOK, rate=0.03, linear=linear)
    totals = risk.totals()
    assert totals.gamma == pytest.approx(risk.gamma.sum(), rel=1e-15)
    assert totals.delta == pytest.approx(risk.delta.sum() + 7.0 - 10.0 * 1.01, rel=1e-15)
    assert totals.value == pytest.approx(risk.value.sum() + 700.0 + 20.0, rel=1e-15)  # the future earned 2 × 5 × 2
    assert totals.gamma_per_percent == pytest.approx(totals.gamma * 100.0)
    assert totals.delta_notional == pytest.approx(100.0 * totals.delta)


def test_the_delta_at_spot_is_the_total() -> None:
    risk = risk_of(BOOK, rate=0.03, dividend=0.01)
    assert risk.book_delta([100.0])[0] == pytest.approx(risk.totals().delta, abs=1e-12)
    coins = risk_of([Line(55_000.0, 1, 2.0), Line(70_000.0, -1, -1.0)], rate=0.05, **COIN)
    assert coins.book_delta([60_000.0])[0] == pytest.approx(coins.totals().net_delta, abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(st.floats(80.0, 125.0), st.sampled_from([0.0, 0.5, 1.0, 2.0]), st.floats(-0.1, 0.1))
def test_repriced_delta_matches_the_slow_twin(spot: float, stickiness: float, vol_shift: float) -> None:
    rate, level, slope, bend = 0.03, 0.5, -0.1, 0.3
    risk = risk_of(BOOK, slope=slope, bend=bend, rate=rate)

    def smile(option: naive.Option, at: float) -> float:
        u = np.log(option.strike / (100.0 * option.growth)) + (stickiness - 1.0) * np.log(at / 100.0)
        return float(level + slope * u + bend * u * u + vol_shift)

    options = [
        naive.Option(
            line.strike,
            line.right,
            line.contracts,
            line.days / 365.0,
            np.exp(rate * line.days / 365.0),
            np.exp(-rate * line.days / 365.0),
        )
        for line in BOOK
    ]
    fast = risk.book_delta([spot], vol_shift=vol_shift, skew_stickiness=stickiness)[0]
    assert fast == pytest.approx(naive.book_delta(options, spot, smile), abs=1e-6)  # central difference of the value


def test_time_that_passes_is_a_shorter_life() -> None:
    """Three days on, the book is one whose options live three days less, at the same rates."""
    later = AS_OF + np.timedelta64(3, "D")
    shorter = [Line(line.strike, line.right, line.contracts, line.days - 3.0) for line in BOOK]
    now = risk_of(BOOK, rate=0.03, dividend=0.01).book_delta([97.0, 100.0], as_of=later)
    assert now == pytest.approx(risk_of(shorter, rate=0.03, dividend=0.01).book_delta([97.0, 100.0]), abs=1e-12)


def test_each_option_settles_at_its_own_instant() -> None:
    risk = risk_of(BOOK)
    long_dated = risk_of([line for line in BOOK if line.days == 60.0])
    at = AS_OF + np.timedelta64(10, "D")
    assert risk.book_delta([100.0], as_of=at)[0] == pytest.approx(long_dated.book_delta([100.0], as_of=at)[0])
    before = at - np.timedelta64(1, "ns")
    # A nanosecond earlier the call at 95 still has delta 1 and the put at 105 delta −1.
    assert risk.book_delta([100.0], as_of=before)[0] == pytest.approx(
        3.0 + 4.0 + long_dated.book_delta([100.0], as_of=before)[0], abs=1e-9
    )


def test_gamma_is_the_slope_of_the_delta() -> None:
    for stickiness in (0.0, 1.0, 1.5):
        risk = risk_of(BOOK, slope=-0.1, bend=0.3, rate=0.03)
        low, high = risk.book_delta([99.99, 100.01], skew_stickiness=stickiness)
        assert risk.book_gamma(skew_stickiness=stickiness) == pytest.approx((high - low) / 0.02, rel=1e-5)


def test_gamma_of_a_coin_book_is_the_ordinary_one() -> None:
    """dY/dS = Γ − Y/S (hedging.md §3)."""
    risk = risk_of([Line(60_000.0, 1, 100.0)], **COIN)
    low, middle, high = risk.book_delta([59_999.0, 60_000.0, 60_001.0])
    assert (high - low) / 2.0 == pytest.approx(risk.totals().gamma - middle / 60_000.0, rel=1e-8)
    assert risk.book_gamma(skew_stickiness=1.0 + 1e-12) == pytest.approx(risk.totals().gamma, rel=1e-7)


def test_positions_in_any_order_make_the_same_book() -> None:
    forward, backward = risk_of(BOOK), risk_of(BOOK[::-1])
    assert forward.totals().gamma == pytest.approx(backward.totals().gamma, rel=1e-14)
    assert forward.book_delta([93.0, 111.0]) == pytest.approx(backward.book_delta([93.0, 111.0]), rel=1e-13)


def test_what_cannot_be_priced_is_named_and_in_no_total() -> None:
    expiries = (expiry_in(-1.0), expiry_in(30.0), expiry_in(60.0))
    surface = surface_of(expiries[:2], spot=100.0, vol=0.5)
    lines = [Line(100.0, 1, 5.0, -1.0), Line(100.0, 1, 2.0, 30.0), Line(100.0, -1, 7.0, 60.0)]
    risk = portfolio_risk(positions_of(lines, expiries), surface)
    assert [(u.row, u.reason) for u in risk.unpriced] == [
        (0, UnpricedReason.EXPIRED),
        (2, UnpricedReason.UNKNOWN_EXPIRY),
    ]
    assert risk.unpriced[1].message == "+7 XYZ 2024-04-30 100 P: unknown expiry"
    assert risk.totals().delta == risk_of([Line(100.0, 1, 2.0, 30.0)]).totals().delta
    assert np.isnan(risk.value[[0, 2]]).all()


def test_early_exercise_beside_a_spot_of_another_instant_is_not_priced_and_says_so() -> None:
    """A forward 1 % from spot tomorrow is no carry: closing quotes beside the next morning's spot."""
    expiry = expiry_in(1.0, exercise=Exercise.AMERICAN)
    good = surface_of((expiry,), spot=100.0, vol=0.3, rate=0.04)
    stale = replace(good, forwards=replace(good.forwards, spot=101.0))
    book = positions_of([Line(105.0, -1, 1.0, 1.0)], (expiry,))
    assert portfolio_risk(book, good).is_approximate.tolist() == [False]
    assert portfolio_risk(book, good).value[0] == pytest.approx(5.0, abs=1e-3)  # exercised at once
    risk = portfolio_risk(book, stale)
    assert risk.is_approximate.tolist() == [True]
    european = portfolio_risk(positions_of([Line(105.0, -1, 1.0, 1.0)], (expiry_in(1.0),)), good)
    assert risk.value[0] == pytest.approx(european.value[0], rel=1e-12)


def test_an_empty_book_has_no_risk() -> None:
    expiry = expiry_in(30.0)
    risk = portfolio_risk(positions_of([], (expiry,)), surface_of((expiry,), spot=100.0, vol=0.3))
    assert risk.totals().delta == 0.0
    assert risk.book_delta([90.0, 110.0]).tolist() == [0.0, 0.0]


def test_an_instant_before_the_chain_is_refused() -> None:
    with pytest.raises(InputError, match="as_of: expected at or after 2024-03-01T21:00"):
        risk_of(BOOK).book_delta([100.0], as_of=AS_OF - np.timedelta64(1, "s"))
