"""Published rules, each to its printed digits."""

import math

import pytest

from gex.hedging.closed_forms import (
    leland_vol,
    overshoot_probability,
    poll_shift,
    ticket_band,
    whalley_wilmott_edge,
    whalley_wilmott_target,
    zakamouline_band,
)
from tests.naive_hedging import normal_cdf, normal_density

SECONDS = 365.0 * 86_400.0


def test_whalley_wilmott_bands_of_the_reference() -> None:
    """hedging.md §12.2 and §12.5; trading to the target takes 4^{1/3} of the width of trading to the edge."""
    assert whalley_wilmott_edge(30.0, 5e-4, 1e-6) == pytest.approx(2.2407024, abs=1e-7)
    assert whalley_wilmott_target(30.0, 5e-4, 1e-6) == pytest.approx(3.5568933, abs=1e-7)
    assert whalley_wilmott_edge(5e-4 * 5000.0, 0.02, 1.0) == pytest.approx(0.1144714243, abs=1e-10)
    assert ticket_band(20.0, 5e-4, 1e-6) == pytest.approx(2.7831576, abs=1e-7)


@pytest.mark.parametrize(("log_moneyness", "hedge"), [(-0.05, 0.294596), (0.0, 0.5), (0.05, 0.728419)])
def test_the_documented_example_of_pfhedge(log_moneyness: float, hedge: float) -> None:
    """K = 1, τ = 0.1, σ = 0.2, λ = 1e-5, γ = 1, previous hedge 0.5, clamped to the band round the delta."""
    spot, stdev = math.exp(log_moneyness), 0.2 * math.sqrt(0.1)
    d1 = log_moneyness / stdev + 0.5 * stdev
    gamma = normal_density(d1) / (spot * stdev)
    half = whalley_wilmott_edge(1e-5 * spot, gamma, 1.0)
    assert min(max(0.5, normal_cdf(d1) - half), normal_cdf(d1) + half) == pytest.approx(hedge, abs=1e-6)


def test_zakamouline_of_the_reference() -> None:
    fixed, width, shift = zakamouline_band(
        spot=5000.0, gamma=0.02, vol=0.2, time_to_expiry=0.25, cost_rate=5e-4, risk_aversion=1.0
    )
    assert (fixed, width, shift) == pytest.approx((1e-5, 0.0209436911, -0.1394545722), abs=1e-10)


@pytest.mark.parametrize(
    ("vol", "cost", "interval", "short", "long"),
    [
        (0.25, 0.01, 0.01, 0.287136, 0.206284),
        (0.25, 0.02, 0.01, 0.319991, 0.150352),  # Leland number 0.638308
        (0.2, 2 * 5e-4, 1.0 / 252.0, 0.206236, 0.193563),  # 5 bp one way, daily
    ],
)
def test_leland_vols_of_the_reference(vol: float, cost: float, interval: float, short: float, long: float) -> None:
    assert leland_vol(vol, cost, interval, is_long=False) == pytest.approx(short, abs=1e-6)
    assert leland_vol(vol, cost, interval, is_long=True) == pytest.approx(long, abs=1e-6)


def test_leland_has_no_long_vol_where_costs_eat_the_variance() -> None:
    assert math.isnan(leland_vol(0.1, 0.05, 0.01, is_long=True))


@pytest.mark.parametrize(("seconds", "shift"), [(60.0, 0.014465), (5.0, 0.004176), (3600.0, 0.112045)])
def test_poll_shifts_of_the_reference(seconds: float, shift: float) -> None:
    assert poll_shift(18.0, seconds / SECONDS) == pytest.approx(shift, abs=1e-6)


def test_overshoots_are_those_simulated() -> None:
    assert [overshoot_probability(x) for x in (0.0, 0.5, 1.0, 1.5, 2.0)] == pytest.approx(
        [1.0, 0.46, 0.18, 0.061, 0.017]
    )
    assert overshoot_probability(3.0) < overshoot_probability(2.5) < 0.017
