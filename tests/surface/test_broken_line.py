"""The broken-line surface: through every quote, flat outside, prints only where nothing is quoted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.forward import forward_curve
from gex.greeks import forward_greeks
from gex.pairs import pair_up
from gex.quote_vols import quote_vols
from gex.quotes import Quotes
from gex.surface.broken_line import BrokenLineSurface, SmileSource, fit_broken_line
from tests.chains import AS_OF, expiry_after

STRIKE = np.array([80.0, 90.0, 95.0, 100.0, 105.0, 110.0, 120.0])
VOL = np.array([0.35, 0.28, 0.25, 0.22, 0.21, 0.20, 0.22])


def chain(**changes: object) -> Quotes:
    """A 90-day chain on a forward of 100, priced on VOL with a spread of 2 %."""
    right = np.repeat([1, -1], 7)
    time = 90 / 365
    price = forward_greeks(100.0, np.tile(STRIKE, 2), time, np.tile(VOL, 2), right.astype(np.int8), 1.0).price
    columns: dict[str, object] = {"bid": 0.99 * price, "ask": 1.01 * price}
    columns.update(changes)
    return Quotes(
        underlying="X",
        as_of=AS_OF,
        spot=100.0,
        expiries=(expiry_after(90), expiry_after(180)),
        row=np.arange(14),
        expiry=np.zeros(14, int),
        strike=np.tile(STRIKE, 2),
        right=right,
        **columns,  # type: ignore[arg-type]
    )


def surface_of(quotes: Quotes) -> BrokenLineSurface:
    forwards = forward_curve(quotes, pair_up(quotes), rate=0.0)
    return fit_broken_line(quotes, quote_vols(quotes, forwards), forwards)


def test_the_surface_goes_through_the_out_of_the_money_mids() -> None:
    surface = surface_of(chain())
    found = surface.vol(np.zeros(7, int), np.log(STRIKE / surface.forwards.forward[0]))
    np.testing.assert_allclose(found, VOL, atol=2e-4)  # the forward is the box's centre, not exactly 100


def test_between_quotes_it_is_linear_in_log_moneyness_and_outside_flat() -> None:
    surface = surface_of(chain())
    k = np.log(STRIKE / surface.forwards.forward[0])
    low, high, between = surface.vol(np.zeros(3, int), np.array([k[3], k[4], 0.25 * k[3] + 0.75 * k[4]]))
    assert between == pytest.approx(0.25 * low + 0.75 * high, rel=1e-12)
    left, right = surface.vol(np.zeros(2, int), np.array([-3.0, 3.0]))
    assert (left, right) == (surface.knot_vol[0], surface.knot_vol[-1])


def test_an_expiry_without_a_row_has_no_volatility() -> None:
    surface = surface_of(chain())
    assert np.isnan(surface.vol(np.array([1]), np.array([0.0])))[0]
    assert surface.source.tolist() == [SmileSource.QUOTES, SmileSource.NONE]
    assert not surface.is_certified.any()


def test_prints_stand_in_where_nothing_is_quoted_and_never_from_in_the_money() -> None:
    nothing = np.full(14, np.nan)
    printed = np.where(np.arange(14) < 7, np.tile(VOL, 2), np.tile(VOL, 2))
    in_the_money = np.where(np.arange(14) < 7, np.tile(STRIKE, 2) < 100, np.tile(STRIKE, 2) >= 100)
    surface = surface_of(chain(bid=nothing, ask=nothing, source_vol=np.where(in_the_money, 0.02, printed)))
    assert surface.source[0] == SmileSource.PRINTED
    np.testing.assert_allclose(surface.vol(np.zeros(7, int), np.log(STRIKE / 100.0)), VOL, rtol=1e-12)


def test_a_quote_beats_a_print() -> None:
    surface = surface_of(chain(source_vol=np.full(14, 0.9)))
    assert surface.source[0] == SmileSource.QUOTES
    assert surface.knot_vol.max() < 0.4


@given(st.permutations(range(14)))
def test_the_order_of_the_rows_does_not_matter(order: list[int]) -> None:
    straight, shuffled = surface_of(chain()), surface_of(chain().take(np.array(order)))
    np.testing.assert_array_equal(straight.knot, shuffled.knot)
    np.testing.assert_array_equal(straight.knot_vol, shuffled.knot_vol)


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=20))
def test_it_never_leaves_the_range_of_its_quotes(k: list[float]) -> None:
    surface = surface_of(chain())
    vol = surface.vol(np.zeros(len(k), int), np.array(k))
    assert (vol >= surface.knot_vol.min() - 1e-15).all()
    assert (vol <= surface.knot_vol.max() + 1e-15).all()
