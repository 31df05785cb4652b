"""The exposure map and its laws: closed vectors, derivative laws, homogeneity, additivity, what is missing."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.errors import MissingDataError
from gex.exposure.book import ExposureBook, exposure_books
from gex.exposure.map import GreekSource, computed_greeks, printed_greeks
from gex.forward import ForwardCurve
from gex.pairs import pair_up
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    OI_CALLS_SHORT_PUTS_LONG,
    OI_CUSTOMERS_LONG_ALL,
    DealerPositioning,
    InventoryPositioning,
)
from gex.quotes import Quotes
from tests.chains import FlatSurface, book_of

MARKET = {"rate": 0.04, "dividend": 0.013}
BOOK_B = [(7, 0.15, 5100, "+800C"), (7, 0.15, 4900, "-1000P"), (7, 0.15, 5000, "+300C")]  # exposure.md 8.2


def book(
    lines: list[tuple[float, float, float, str]], *, spot: float = 5000.0, **market: float
) -> tuple[ExposureBook, Quotes, FlatSurface]:
    quotes, surface, contracts = book_of(lines, spot=spot, **market)
    (result,) = books(quotes, surface, InventoryPositioning(contracts))
    return result, quotes, surface


def books(quotes: Quotes, surface: FlatSurface, *positionings: DealerPositioning) -> tuple[ExposureBook, ...]:
    return exposure_books(quotes, pair_up(quotes), computed_greeks(quotes, surface), surface, positionings)


def test_the_published_book_has_its_published_exposures() -> None:
    totals = book(BOOK_B, **MARKET)[0].totals
    assert totals.delta_exposure == pytest.approx(227_160_445.497635, rel=1e-12)
    assert totals.gamma_units_per_point == pytest.approx(85.6280282961234, rel=1e-12)
    assert totals.gamma_exposure_per_point == pytest.approx(428_140.141480617, rel=1e-12)
    assert totals.gamma_exposure == pytest.approx(21_407_007.0740309, rel=1e-12)
    assert totals.vanna_exposure == pytest.approx(14_390_447.2710359, rel=1e-12)
    assert totals.charm_exposure == pytest.approx(-15_568_598.9188335, rel=1e-11)  # a difference of large terms


def test_the_profile_at_spot_is_the_total_of_the_map() -> None:
    result = book(BOOK_B, **MARKET)[0]
    at_spot = result.profile.gamma_exposure_per_percent[result.profile.spot == 5000.0]
    assert at_spot == pytest.approx([result.totals.gamma_exposure], rel=1e-13)


def test_call_and_put_of_one_strike_cancel_in_gamma_and_vanna() -> None:
    totals = book([(30, 0.2, 5000, "+7C"), (30, 0.2, 5000, "-7P")], **MARKET)[0].totals
    assert totals.gamma_exposure == pytest.approx(0.0, abs=1e-9 * totals.gross_gamma_exposure)
    assert totals.vanna_exposure == pytest.approx(0.0, abs=1e-6)
    assert totals.delta_exposure == pytest.approx(7 * 100 * 5000 * math.exp(-0.013 * 30 / 365), rel=1e-12)


def test_a_tenth_of_the_index_with_ten_times_the_contracts_has_the_same_dollar_gamma() -> None:
    spx = book([(7, 0.15, 5100, "+800C"), (30, 0.2, 4800, "-1000P")], **MARKET)[0]
    xsp = book([(7, 0.15, 510, "+8000C"), (30, 0.2, 480, "-10000P")], spot=500.0, **MARKET)[0]
    assert xsp.totals.gamma_exposure == pytest.approx(spx.totals.gamma_exposure, rel=1e-12)
    assert xsp.totals.vanna_exposure == pytest.approx(spx.totals.vanna_exposure, rel=1e-12)
    assert [f.price * 10 for f in xsp.profile.flips] == pytest.approx([f.price for f in spx.profile.flips], rel=1e-12)


@pytest.mark.parametrize("multiplier", [1.0, 50.0, 100.0])
def test_exposure_is_proportional_to_the_multiplier(multiplier: float) -> None:
    one = book(BOOK_B, multiplier=1.0)[0].totals
    many = book(BOOK_B, multiplier=multiplier)[0].totals
    assert many.gamma_exposure == pytest.approx(multiplier * one.gamma_exposure, rel=1e-12)


strategies = st.lists(
    st.tuples(
        st.sampled_from([2.0, 9.0, 45.0]),
        st.sampled_from([4600.0, 4900.0, 5000.0, 5150.0, 5400.0]),
        st.integers(-500, 500),
        st.sampled_from("CP"),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda line: (line[0], line[1], line[3]),
)


def lines_of(drawn: list[tuple[float, float, int, str]]) -> list[tuple[float, float, float, str]]:
    return [(days, 0.18, strike, f"{n:+d}{right}") for days, strike, n, right in drawn]


def moved(forwards: ForwardCurve, *, spot: float | None = None, years: float = 0.0) -> ForwardCurve:
    """The same market at another spot, or later with the same carry."""
    growth = np.log(forwards.forward / forwards.spot) / forwards.time_to_expiry
    rate = -np.log(forwards.discount_factor) / forwards.time_to_expiry
    time = forwards.time_to_expiry - years
    new = spot if spot is not None else forwards.spot
    return dataclasses.replace(
        forwards,
        spot=new,
        time_to_expiry=time,
        forward=new * np.exp(growth * time),
        discount_factor=np.exp(-rate * time),
    )


@given(strategies)
def test_exposures_are_the_derivatives_of_the_delta_exposure(drawn: list[tuple[float, float, int, str]]) -> None:
    """∂dex/∂S = gex, ∂dex/∂σ = vex, ∂dex/∂t = chex, in units of underlying, at fixed volatility of each option."""
    result, quotes, surface = book(lines_of(drawn), **MARKET)
    contracts = InventoryPositioning(np.array([float(n) for *_, n, _ in drawn]))
    scale = 1.0 + sum(abs(n) for *_, n, _ in drawn) * 100

    def delta_units(forwards: ForwardCurve, vol: float = 0.0) -> float:
        there = FlatSurface(forwards, surface.level + vol)
        total = books(quotes, there, contracts)[0].totals.delta_exposure
        assert total is not None
        return total / forwards.spot

    base = surface.forwards
    totals = result.totals
    by_spot = slope(lambda h: delta_units(moved(base, spot=5000.0 + h)), 0.5)
    by_vol = slope(lambda h: delta_units(base, h), 1e-4)
    by_time = slope(lambda h: delta_units(moved(base, years=h)), 5e-6)
    # 1e-8 of what the same contracts could at most have, at the money and all of one sign
    assert totals.gamma_units_per_point == pytest.approx(by_spot, abs=1e-8 * scale)
    assert totals.vanna_exposure == pytest.approx(by_vol * 5000 * 0.01, abs=1e-8 * scale * 5000)
    assert totals.charm_exposure == pytest.approx(by_time * 5000 / 365, abs=1e-8 * scale * 5000)


def slope(function: Callable[[float], float], step: float) -> float:
    """f′(0) by five points: the error is step⁴ times the fifth derivative over 30."""
    near = function(step) - function(-step)
    return (8 * near - (function(2 * step) - function(-2 * step))) / (12 * step)


@given(strategies)
def test_cells_add_up_to_the_totals_and_call_and_put_to_the_net(drawn: list[tuple[float, float, int, str]]) -> None:
    result = book(lines_of(drawn))[0]
    cells, totals = result.cells, result.totals
    tolerance = 1e-12 * totals.gross_gamma_exposure
    assert cells.gamma_exposure.sum() == pytest.approx(totals.gamma_exposure, abs=tolerance)
    net = totals.call_gamma_exposure + totals.put_gamma_exposure
    assert net == pytest.approx(totals.gamma_exposure, abs=tolerance)


@given(strategies)
def test_the_other_sign_of_every_contract_is_the_other_sign_of_every_exposure(
    drawn: list[tuple[float, float, int, str]],
) -> None:
    one = book(lines_of(drawn), **MARKET)[0].totals
    other = book(lines_of([(d, k, -n, r) for d, k, n, r in drawn]), **MARKET)[0].totals
    assert one.gamma_exposure == -other.gamma_exposure
    assert one.charm_exposure == -(other.charm_exposure or 0.0)
    assert one.gross_gamma_exposure == other.gross_gamma_exposure


def test_open_interest_conventions_sign_calls_and_puts_as_they_say() -> None:
    quotes, surface, _ = book_of([(30, 0.2, 5100, "+70C"), (30, 0.2, 4900, "+50P")])
    long_short, short_long, customers = books(
        quotes, surface, OI_CALLS_LONG_PUTS_SHORT, OI_CALLS_SHORT_PUTS_LONG, OI_CUSTOMERS_LONG_ALL
    )
    assert long_short.totals.call_gamma_exposure > 0 > long_short.totals.put_gamma_exposure
    assert short_long.totals.gamma_exposure == -long_short.totals.gamma_exposure
    assert customers.totals.gamma_exposure == -customers.totals.gross_gamma_exposure
    assert customers.gamma_flip is None
    assert customers.no_flip_reason == "no_sign_change"
    assert [b.positioning for b in (long_short, short_long, customers)] == [
        "oi_calls_long_puts_short",
        "oi_calls_short_puts_long",
        "oi_customers_long_all",
    ]


def test_an_empty_book_says_so() -> None:
    result = book([(30, 0.2, 5100, "+0C")])[0]
    assert result.totals.gamma_exposure == 0.0
    assert result.no_flip_reason == "empty_book"
    assert result.headline_walls.call_wall is None


def test_a_book_of_which_nothing_can_be_priced_is_not_called_empty() -> None:
    quotes, surface, _ = book_of([(30, 0.2, 5100, "+70C"), (60, 0.2, 5000, "+9P")])
    blind = FlatSurface(surface.forwards, np.array([np.nan, np.nan]))
    result = books(quotes, blind, OI_CALLS_LONG_PUTS_SHORT)[0]
    assert result.no_flip_reason == "no_vols"
    assert result.totals.unpriced_contract_count == 79.0
    assert result.totals.delta_exposure is None


def test_a_settled_contract_contributes_exactly_nothing() -> None:
    alive = [(30, 0.2, 5100, "+70C")]
    with_settled = [*alive, (0, 0.2, 5000, "+9000C")]
    one, two = book(alive)[0], book(with_settled)[0]
    assert two.totals.gamma_exposure == one.totals.gamma_exposure
    assert two.totals.delta_exposure == one.totals.delta_exposure
    assert two.profile.flips == one.profile.flips


def test_an_option_that_cannot_be_priced_is_counted_and_in_no_total() -> None:
    quotes, surface, _ = book_of([(30, 0.2, 5100, "+70C"), (60, 0.2, 5000, "+9C"), (90, 0.2, 5000, "+0C")])
    blind = FlatSurface(surface.forwards, np.array([0.2, np.nan, np.nan]))
    with_hole = books(quotes, blind, OI_CALLS_LONG_PUTS_SHORT)[0]
    alone = book([(30, 0.2, 5100, "+70C")])[0]
    assert with_hole.totals.gamma_exposure == alone.totals.gamma_exposure
    assert with_hole.totals.unpriced_count == 1  # the third has nothing open
    assert np.isnan(with_hole.cells.gamma_exposure[1])


def test_printed_greeks_are_summed_as_printed_and_the_rest_is_absent() -> None:
    quotes, surface, _ = book_of([(30, 0.2, 5100, "+70C"), (30, 0.2, 4900, "+50P")])
    quotes = dataclasses.replace(quotes, source_gamma=[0.0012, 0.0011], source_delta=[0.4, -0.3])
    (result,) = exposure_books(quotes, pair_up(quotes), printed_greeks(quotes), surface, (OI_CALLS_LONG_PUTS_SHORT,))
    assert result.totals.call_gamma_exposure == pytest.approx(0.0012 * 70 * 100 * 5000**2 * 0.01, rel=1e-14)
    assert result.totals.put_gamma_exposure == pytest.approx(-0.0011 * 50 * 100 * 5000**2 * 0.01, rel=1e-14)
    assert result.totals.delta_exposure == pytest.approx((0.4 * 70 + 0.3 * 50) * 100 * 5000, rel=1e-14)
    assert result.totals.vanna_exposure is None
    assert result.cells.greek_source is GreekSource.SOURCE


def test_printed_greeks_are_refused_where_there_are_none() -> None:
    quotes, _, _ = book_of([(30, 0.2, 5100, "+70C")])
    with pytest.raises(MissingDataError, match="prints no gamma"):
        printed_greeks(quotes)
