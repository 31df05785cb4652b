"""The test vectors of exposure.md §8.1, 8.2 and 8.6 that are about Greeks and totals, and the laws of §1."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.exposure.book import exposure_books
from gex.exposure.lines import ExposureLines
from gex.exposure.map import computed_greeks
from gex.greeks import forward_greeks, spot_greeks
from gex.positioning import OI_CALLS_LONG_PUTS_SHORT, InventoryPositioning
from tests import naive_exposure
from tests.chains import FlatSurface, carried_forwards, expiry_after
from tests.exposure.books import BOOK_B, MARKET, book, options

T = 7 / 365
FORWARD, DISCOUNT = 5000 * math.exp(0.027 * T), math.exp(-0.04 * T)


@pytest.mark.parametrize(
    ("right", "strike", "price", "delta", "gamma", "vanna", "charm"),  # exposure.md 8.1
    [
        (1, 5000, 42.720559308397, 0.51395703247889, 0.0038376657303587, -0.038639511120735, -0.36029534404333),
        (-1, 5000, 40.132833649634, -0.48579368352904, 0.0038376657303587, -0.038639511120735, -0.37329210335143),
        (1, 4900, 111.11395075095, 0.84303187019519, 0.0023107790004240, -1.5793991232397, 5.8755829633536),
        (-1, 4900, 8.6029080045664, -0.15671884581273, 0.0023107790004240, -1.5793991232397, 5.8625862040455),
    ],
)
def test_greeks_are_the_published_ones(
    right: int, strike: float, price: float, delta: float, gamma: float, vanna: float, charm: float
) -> None:
    row = spot_greeks(5000.0, FORWARD, strike, T, 0.15, right, DISCOUNT)
    assert row.price[0] == pytest.approx(price, rel=2e-14 * 5000 / price)  # 14 digits printed, differences of thousands
    assert row.delta[0] == pytest.approx(delta, rel=1e-12)
    assert row.gamma[0] == pytest.approx(gamma, rel=1e-12)
    assert row.vanna[0] == pytest.approx(vanna, rel=1e-11)
    assert row.charm[0] == pytest.approx(charm, abs=5e-13 * 100)  # −0.36 and 5.9 are differences of terms of 10
    option = naive_exposure.Option(strike, right, T, 0.15, 1.0, 0.04, 0.013)
    assert naive_exposure.charm(option, 5000.0) == pytest.approx(charm, abs=1e-12)


def test_put_less_call_charm_is_the_dividend_yield() -> None:
    """Trap 13."""
    row = spot_greeks(5000.0, FORWARD, [5000.0, 5000.0], T, 0.15, [1, -1], DISCOUNT)
    assert row.charm[1] - row.charm[0] == pytest.approx(-0.012996759308, abs=5e-13)


def test_the_published_option_on_a_future() -> None:
    row = forward_greeks(100.0, 100.0, 1.0, 0.2, 1, math.exp(-0.05))
    assert row.price[0] == pytest.approx(7.57708214643, rel=1e-12)
    assert row.delta[0] == pytest.approx(0.513500122982, rel=1e-11)
    assert row.gamma[0] == pytest.approx(0.0188796471645, rel=1e-11)


def test_the_published_inverse_option() -> None:
    row = spot_greeks(60_000.0, 60_000.0, 60_000.0, 30 / 365, 0.5, 1)
    assert row.price[0] == pytest.approx(3428.26050545996, rel=1e-13)
    assert row.price[0] / 60_000 == pytest.approx(0.0571376750909994, rel=1e-13)
    assert row.delta[0] == pytest.approx(0.5285688375455, rel=1e-12)
    assert row.delta[0] - row.price[0] / 60_000 == pytest.approx(0.4714311624545, rel=1e-12)
    assert row.gamma[0] == pytest.approx(4.62656995887083e-5, rel=1e-12)
    net_slope = row.gamma[0] - row.delta[0] / 60_000 + row.price[0] / 60_000**2
    assert net_slope == pytest.approx(3.84085135478e-5, rel=1e-11)


def test_delta_of_the_published_book_in_units() -> None:
    totals = book(BOOK_B, **MARKET).exposure().totals
    assert totals.delta_exposure / 5000 == pytest.approx(45_432.089099527, rel=1e-12)


def test_the_sum_rule_over_all_spots() -> None:
    """∫ gex_share dx = Σ w M e^{−qT}: law 7, 9,997.507160079 for the published book."""
    one = book(BOOK_B, **MARKET)
    u = np.linspace(math.log(0.7), math.log(1.4), 4001)
    level = 5000.0 * np.exp(u)
    exposure, _ = one.lines.gamma_exposure(level, one.weight)
    share = exposure[0] / (0.01 * level * level)
    integral = float(np.sum(share * level) * (u[1] - u[0]))  # trapezoid: the ends are 0, exact for Gaussians
    assert integral == pytest.approx(9_997.507160079, rel=1e-12)


def test_one_line_peaks_as_published_with_and_without_carry() -> None:
    """exposure.md 8.3."""
    plain, carried = book([(7, 0.15, 5000, "+1000C")]), book([(7, 0.15, 5000, "+1000C")], **MARKET)
    for one, at, height in (
        (plain, 5001.07888350551, 96_025_421.7568351),
        (carried, 4998.48995409718, 95_951_786.6668042),
    ):
        value, slope = one.lines.gamma_exposure_of(np.array([at]), np.array([0]), one.weight)
        assert value[0] == pytest.approx(height, rel=1e-12)
        assert abs(slope[0]) < 1e-6 * height / 5000
    value, _ = book([(7, 0.15, 5100, "+1000C")]).lines.gamma_exposure_of(
        np.array([5000.0]), np.array([0]), np.array([[100_000.0]])
    )
    assert value[0] == pytest.approx(61_563_625.8622012, rel=1e-12)


strategies = st.lists(
    st.tuples(
        st.sampled_from([0.02, 2.0, 9.0, 45.0, 700.0]),
        st.sampled_from([3000.0, 4600.0, 4900.0, 5000.0, 5150.0, 5400.0, 8000.0]),
        st.integers(-500, 500),
        st.sampled_from("CP"),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda line: (line[0], line[1], line[3]),
)


@given(strategies, st.floats(3500.0, 7000.0))
def test_every_spot_of_a_profile_is_the_slow_twins(drawn: list[tuple[float, float, int, str]], spot: float) -> None:
    lines = [(d, 0.18, k, f"{n:+d}{r}") for d, k, n, r in drawn]
    one = book(lines, **MARKET)
    level = np.sort(np.append(np.geomspace(3500, 7000, 300), spot))
    value, slope = one.lines.gamma_exposure(level, one.weight)
    alone, own_slope = one.lines.gamma_exposure_of(np.array([spot]), np.array([0]), one.weight)
    twin = [
        dataclasses.replace(o, time=round(o.time * 365 * 86_400e9) / (365 * 86_400e9)) for o in options(lines, **MARKET)
    ]
    expected = naive_exposure.gamma_exposure(twin, spot)
    peak = sum(abs(o.units) * o.strike * 0.4 * 0.01 / (o.vol * math.sqrt(o.time)) for o in twin) + 1e-9
    at = int(np.searchsorted(level, spot))
    assert alone[0] == pytest.approx(expected, abs=1e-12 * peak)
    assert value[0, at] == pytest.approx(expected, abs=1e-12 * peak)  # sampled between nodes: 1e-14 of the peaks
    step = 1e-5 * spot
    ahead, behind = (naive_exposure.gamma_exposure(twin, spot + h) for h in (step, -step))
    narrowest = min(o.vol * math.sqrt(o.time) for o in twin)
    tolerance = peak / spot * (1e-9 / narrowest + (1e-5 / narrowest) ** 2 / narrowest) + 1e-12
    assert own_slope[0] == pytest.approx((ahead - behind) / (2 * step), abs=tolerance)
    assert slope[0, at] == pytest.approx(own_slope[0], abs=1e-11 * peak / spot / narrowest)


@given(strategies)
def test_the_profile_at_spot_is_the_spot_figure_bit_for_bit(drawn: list[tuple[float, float, int, str]]) -> None:
    """Law 3: from the same Greeks, whatever other spots are asked for."""
    one = book([(d, 0.18, k, f"{n:+d}{r}") for d, k, n, r in drawn], **MARKET)
    profile = one.exposure().profile
    here, slope = one.lines.gamma_exposure_of(np.array([5000.0]), np.array([0]), one.weight)
    assert profile.gamma_exposure_per_percent[profile.spot == 5000.0].tolist() == here.tolist()
    assert profile.slope[profile.spot == 5000.0].tolist() == slope.tolist()


@given(strategies, st.floats(0.01, 100.0))
def test_a_scaled_market_with_fewer_contracts_has_the_same_profile(
    drawn: list[tuple[float, float, int, str]], scale: float
) -> None:
    """Law 5: S, K → λS, λK and w → w/λ."""
    lines = [(d, 0.18, k, f"{n:+d}{r}") for d, k, n, r in drawn]
    one = book(lines, **MARKET)
    other = book(
        [(d, v, k * scale, f"{float(w[:-1]) / scale!r}{w[-1]}") for d, v, k, w in lines], spot=5000 * scale, **MARKET
    )
    level = np.linspace(4100, 5900, 31)
    a, _ = one.lines.gamma_exposure(level, one.weight)
    b, _ = other.lines.gamma_exposure(level * scale, other.weight)
    gross, _ = one.lines.gamma_exposure(level, np.abs(one.weight))
    assert b == pytest.approx(a, abs=1e-10 * (gross.max() + 1e-300))


@given(strategies, strategies)
def test_exposure_is_additive_over_books(
    first: list[tuple[float, float, int, str]], second: list[tuple[float, float, int, str]]
) -> None:
    """Law 4: the book of both is the sum, line by line."""

    def totals(drawn: list[tuple[float, float, int, str]]) -> np.ndarray:
        found = book([(d, 0.18, k, f"{n:+d}{r}") for d, k, n, r in drawn], **MARKET).exposure().totals
        names = (
            "gamma_exposure",
            "delta_exposure",
            "vanna_exposure",
            "charm_exposure",
            "vega_exposure",
            "theta_exposure",
        )
        return np.array([getattr(found, name) for name in names])

    merged: dict[tuple[float, float, str], int] = {}
    for d, k, n, r in [*first, *second]:
        merged[d, k, r] = merged.get((d, k, r), 0) + n
    both = totals([(d, k, n, r) for (d, k, r), n in merged.items()])
    apart = totals(first) + totals(second)
    size = sum(abs(n) for _, _, n, _ in [*first, *second]) * 100 * 5000  # what the contracts could be worth
    assert both == pytest.approx(apart, rel=1e-11, abs=1e-11 * size)


@given(strategies)
def test_the_third_order_sums_are_derivatives_of_gamma(drawn: list[tuple[float, float, int, str]]) -> None:
    """∂gamma/∂S, ∂gamma/∂σ and ∂gamma/∂t in the units of the contract, and theta of the book."""
    lines = [(d, 0.18, k, f"{n:+d}{r}") for d, k, n, r in drawn if d > 1.0]
    if not lines:
        return
    totals = book(lines, **MARKET).exposure().totals
    twin = options(lines, **MARKET)
    size = sum(abs(o.units) for o in twin) + 1.0

    def gamma_units(spot: float = 5000.0, vol: float = 0.0, years: float = 0.0) -> float:
        moved = [dataclasses.replace(o, vol=o.vol + vol, time=o.time - years) for o in twin]
        return sum(o.units * naive_exposure.gamma(o, spot) for o in moved)

    def value(years: float) -> float:
        moved = [dataclasses.replace(o, time=o.time - years) for o in twin]
        return sum(o.units * naive_exposure.price(o, 5000.0) for o in moved)

    def slope(function: object, step: float) -> float:
        near = function(step) - function(-step)
        return (8 * near - (function(2 * step) - function(-2 * step))) / (12 * step)

    by_spot = slope(lambda h: gamma_units(spot=5000.0 + h), 2.0)
    by_vol = slope(lambda h: gamma_units(vol=h), 1e-4)
    by_time = slope(lambda h: gamma_units(years=h), 1e-6)
    assert totals.speed_exposure == pytest.approx(by_spot * 5000**3 * 1e-4, abs=1e-3 * size)
    assert totals.zomma_exposure == pytest.approx(by_vol * 5000**2 * 1e-4, abs=1e-3 * size)
    assert totals.color_exposure == pytest.approx(by_time * 5000**2 * 0.01 / 365, abs=1e-3 * size)
    assert totals.theta_exposure == pytest.approx(slope(value, 1e-6) / 365, abs=1e-5 * size)


def test_share_point_percent_and_contracts_go_round() -> None:
    """Law 2."""
    totals = book(BOOK_B, **MARKET).exposure().totals
    assert totals.gamma_units_per_point * 5000 == pytest.approx(totals.gamma_exposure_per_point, rel=1e-15)
    assert totals.gamma_exposure_per_point * 50 == pytest.approx(totals.gamma_exposure, rel=1e-15)


def test_an_am_and_a_pm_line_of_one_strike_are_two_cells() -> None:
    expiries = (expiry_after(6.7, root="SPX"), expiry_after(7, root="SPXW"))
    one = book([(6.7, 0.15, 5000, "+10C"), (7, 0.15, 5000, "+10C")])
    surface = FlatSurface(carried_forwards(5000.0, expiries), np.array([0.15, 0.15]))
    quotes = dataclasses.replace(one.quotes, expiries=expiries)
    (found,) = exposure_books(quotes, one.pairs, computed_greeks(quotes, surface), surface, (OI_CALLS_LONG_PUTS_SHORT,))
    assert len(found.cells) == 2
    assert len(ExposureLines.of(one.pairs, surface)) == 2


def test_the_book_keeps_the_contracts_it_was_made_of() -> None:
    one = book(BOOK_B, **MARKET)
    found = one.exposure()
    assert found.contracts.tolist() == [800, -1000, 300]
    assert found.cells.call_contract_count.tolist() == [0, 300, 800]
    assert found.cells.put_contract_count.tolist() == [-1000, 0, 0]
    model = InventoryPositioning(one.contracts)
    assert model.dealer_contracts(one.quotes) is not None
