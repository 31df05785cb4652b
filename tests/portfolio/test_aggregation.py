"""Sums over a book of several underlyings."""

import datetime as dt

import numpy as np
import pytest

from gex.contracts import Payoff, Right
from gex.errors import InputError
from gex.portfolio.aggregation import BookPart, accounts_of, beta_weighted, risk_sums, term_buckets
from gex.portfolio.beta import Beta
from gex.portfolio.deltas import MinimumVarianceFit
from gex.portfolio.linear import LinearKind, LinearPositions
from gex.portfolio.positions import LinearLine, OptionLine
from gex.portfolio.risk import portfolio_risk
from tests.books import Line, expiry_in, positions_of, risk_of, surface_of

LINES = [Line(95.0, 1, 3.0, 10.0), Line(105.0, -1, -4.0, 10.0), Line(100.0, 1, -2.0, 60.0), Line(90.0, -1, 5.0, 60.0)]
FUTURE = LinearPositions(
    spot=100.0,
    symbol=("FUT",),
    kind=[LinearKind.INDEX_FUTURE],
    contracts=[-2.0],
    multiplier=[5.0],
    price=[101.0],
    time_to_expiry=[0.25],
    entry_price=[103.0],
)


def two_markets() -> list[BookPart]:
    shares = risk_of(LINES, rate=0.03, multiplier=100.0, slope=-0.1, linear=FUTURE)
    coins = risk_of([Line(60_000.0, 1, 100.0)], spot=60_000.0, vol=0.6, payoff=Payoff.INVERSE)
    return [
        BookPart(
            underlying="XYZ", risk=shares, skew_stickiness=0.5, account=("a", "b", "a", "b"), linear_account=("b",)
        ),
        BookPart(underlying="BTC", risk=coins, account=("a",)),
    ]


def test_the_total_is_the_sum_of_the_underlyings() -> None:
    parts = two_markets()
    total, shares, coins = risk_sums(parts)
    assert (total.group, total.name, shares.name, coins.name) == ("total", "", "XYZ", "BTC")
    for name in (
        "value",
        "delta_notional",
        "gamma_per_percent",
        "vega_per_vol_point",
        "theta_per_day",
        "charm_per_day",
    ):
        assert getattr(total, name) == pytest.approx(getattr(shares, name) + getattr(coins, name), rel=1e-14)
    totals = parts[0].risk.totals()
    assert shares.delta == pytest.approx(totals.delta, rel=1e-14)
    for name in ("value", "gamma_per_percent", "vega_per_vol_point", "theta_per_day", "rho_per_bp", "delta_notional"):
        assert getattr(shares, name) == pytest.approx(getattr(totals, name), rel=1e-13)
    assert (total.delta, total.gamma, total.smile_delta) == (None, None, None)
    assert (total.position_count, shares.position_count) == (6, 5)


@pytest.mark.parametrize("group", ["expiry", "account"])
def test_groups_partition_the_total(group: str) -> None:
    total, *rows = risk_sums(two_markets(), [group])
    names = {
        "expiry": ["XYZ 2024-03-11", "XYZ 2024-04-30", "XYZ futures", "BTC 2024-03-31"],
        "account": ["a", "b"],
    }
    assert [row.name for row in rows] == names[group]
    for name in ("value", "delta_notional", "gamma_per_percent", "vega_per_vol_point", "smile_delta_notional"):
        assert sum(getattr(row, name) for row in rows) == pytest.approx(getattr(total, name), rel=1e-12), name
    assert sum(row.position_count for row in rows) == total.position_count


def test_coins_are_counted_in_coin() -> None:
    """hedging.md §12.1: 100 coin calls: 46.57302964 coins net of a premium of 6.85394072."""
    total, *_ = risk_sums(two_markets())
    assert total.coin_delta == pytest.approx({"BTC": 46.57302964}, abs=1e-8)
    assert total.coin_value == pytest.approx({"BTC": 6.85394072}, abs=1e-8)


def test_the_smile_and_the_fit_stand_beside_black_scholes() -> None:
    shares = risk_sums(two_markets())[1]
    assert shares.smile_delta is not None
    assert shares.smile_delta == pytest.approx(
        two_markets()[0].risk.book_delta([100.0], skew_stickiness=0.5)[0], rel=1e-6
    )  # the slope by differences of 1e-5 in log-moneyness
    assert shares.minimum_variance_delta is None
    fit = MinimumVarianceFit(
        coefficients=(-0.1, 0.2, -0.3), count=99, period_count=9, in_sample_gain=0.2, gain=0.2, gain_interval=(0.1, 0.3)
    )
    part = BookPart(underlying="XYZ", risk=risk_of(LINES), minimum_variance=(fit, fit))
    total = risk_sums([part])[0]
    assert total.minimum_variance_delta is not None
    assert total.minimum_variance_delta_notional == pytest.approx(100.0 * total.minimum_variance_delta)
    assert risk_sums([part, two_markets()[1]])[0].minimum_variance_delta_notional is None


def test_other_currencies_are_exchanged() -> None:
    part = BookPart(underlying="DAX", risk=risk_of(LINES), currency="EUR", exchange_rate=1.08)
    total = risk_sums([part], currency="USD")[0]
    assert total.value == pytest.approx(1.08 * risk_of(LINES).totals().value)
    assert total.delta == pytest.approx(risk_of(LINES).totals().delta)


def test_buckets_hold_theta_and_vega_by_term() -> None:
    parts = two_markets()
    buckets = term_buckets(parts, [30.5, 90.0])
    assert buckets.days.tolist() == [30.5, 90.0, np.inf]
    shares, coins = parts[0].risk, parts[1].risk
    assert buckets.vega_per_vol_point == pytest.approx(
        [0.01 * (shares.vega[:2].sum() + coins.vega.sum()), 0.01 * shares.vega[2:].sum(), 0.0]
    )
    assert buckets.theta_per_day.sum() == pytest.approx(risk_sums(parts)[0].theta_per_day)
    assert buckets.gamma_per_percent.sum() == pytest.approx(risk_sums(parts)[0].gamma_per_percent)
    with pytest.raises(InputError, match="ascending"):
        term_buckets(parts, [30.0, 7.0])


def test_beta_weights_bring_all_deltas_to_one_market_with_their_error() -> None:
    """10 units of BTC at 60,000 with β 1.5 ± 0.1 are 200 units of a market at 4,500, ± 13.33."""
    btc = LinearPositions(
        spot=60_000.0, symbol=("P",), kind=[LinearKind.LINEAR], contracts=[10.0], multiplier=[1.0], price=[60_000.0]
    )
    spx = LinearPositions(
        spot=4500.0, symbol=("F",), kind=[LinearKind.LINEAR], contracts=[-3.0], multiplier=[50.0], price=[4500.0]
    )
    parts = [
        BookPart(underlying="SPX", risk=risk_of([Line(4500.0, 1, 0.0)], spot=4500.0, linear=spx)),
        BookPart(underlying="BTC", risk=risk_of([Line(60_000.0, 1, 0.0)], spot=60_000.0, linear=btc)),
        BookPart(underlying="ETH", risk=risk_of([Line(100.0, 1, 1.0)])),
    ]
    beta = Beta(value=1.5, standard_error=0.1, count=250, correlation=0.6)
    found = beta_weighted(parts, "SPX", {"BTC": beta}, reference_vol=0.15)
    assert found.delta == pytest.approx(-150.0 + 200.0)
    assert found.standard_error == pytest.approx(0.1 * 600_000.0 / 4500.0)
    assert found.without_beta == ("ETH",)
    total_sd = 1.5 * 0.15 / 0.6 * 600_000.0 / np.sqrt(365.0)  # σ_BTC = βσ_ref/ρ
    assert found.residual_sd_per_day == pytest.approx(0.8 * total_sd)  # √(1 − 0.36)
    with pytest.raises(InputError, match="reference"):
        beta_weighted(parts, "NDX", {})


def test_american_positions_that_are_only_approximate_are_counted() -> None:
    expiry = expiry_in(30.0)
    surface = surface_of((expiry,), spot=100.0, vol=0.3)
    part = BookPart(underlying="XYZ", risk=portfolio_risk(positions_of([Line(100.0, 1, 1.0)], (expiry,)), surface))
    assert risk_sums([part])[0].approximate_count == 0


def test_groups_and_accounts_must_fit() -> None:
    with pytest.raises(InputError, match="groups: expected some of"):
        risk_sums(two_markets(), ["desk"])
    with pytest.raises(InputError, match=r"BookPart.account: expected 4 rows, got 1"):
        BookPart(underlying="XYZ", risk=risk_of(LINES), account=("a",))


def test_accounts_follow_their_lines() -> None:
    lines: list[OptionLine | LinearLine] = [
        OptionLine(
            row=i,
            root="XYZ",
            expiry=dt.date(2024, 3, 11),
            strike=95.0,
            right=Right.CALL,
            contracts=1.0,
            account=f"desk-{i}",
        )
        for i in range(3)
    ]
    lines.append(LinearLine(row=3, symbol="FUT", contracts=1.0, account="futures"))
    options, linear = accounts_of(lines, risk_of(LINES, linear=FUTURE))
    assert options == ("desk-0", "desk-1", "desk-2", "")
    assert linear == ("futures",)
