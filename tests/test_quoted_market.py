"""A chain at a later spot: what an analysis from nothing would say, without fitting anything again."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.contracts import Payoff
from gex.errors import ColumnError, InputError
from gex.exposure.book import exposure_books
from gex.exposure.dynamics import STICKY_STRIKE, surface_at_spot
from gex.exposure.live import LiveExposure
from gex.exposure.map import computed_greeks
from gex.io.detect import read_chain
from gex.pipeline import ChainSettings, analyse, dealer_exposure
from gex.positioning import OI_CALLS_LONG_PUTS_SHORT
from gex.quoted_market import QuotedMarket, as_quoted
from gex.quotes import Cleaned, Quotes
from gex.sample import sample_chain
from gex.surface.error_bars import vol_error_bars
from gex.surface.protocol import SurfaceModel

CHAINS = {kind: sample_chain(kind=kind, option_count=400).parsed for kind in ("index", "crypto")}

MARKET = QuotedMarket.of(CHAINS["index"])


def with_quotes(chain: Cleaned, quotes: Quotes) -> Cleaned:
    return dataclasses.replace(chain, quotes=quotes)


def vols_of(analysis):
    """Volatility of every row by its strike."""
    quotes = analysis.cleaned.quotes
    return analysis.surface.vol(quotes.expiry, np.log(quotes.strike / analysis.forwards.forward[quotes.expiry]))


def taken_at(chain: Cleaned, expiry: int, ratio: float) -> tuple[Cleaned, np.ndarray]:
    """The chain with one expiry quoted when all prices of the world stood at `ratio` times what they do, strikes too."""
    quotes = chain.quotes
    factor = np.where(quotes.expiry == expiry, ratio, 1.0)
    is_inverse = quotes.expiries[0].contract.payoff is Payoff.INVERSE
    price = np.ones(len(quotes)) if is_inverse else factor
    moved = dataclasses.replace(
        quotes, strike=quotes.strike * factor, bid=quotes.bid * price, ask=quotes.ask * price, last=quotes.last * price
    )
    return with_quotes(chain, moved), quotes.spot * factor


@pytest.mark.parametrize("model", list(SurfaceModel))
@pytest.mark.parametrize("kind", CHAINS)
def test_every_strike_keeps_its_volatility_and_every_forward_moves_with_spot(kind, model):
    market = QuotedMarket.of(CHAINS[kind], ChainSettings(surface=model))
    now = market.at(1.013 * market.spot)
    np.testing.assert_allclose(vols_of(now), vols_of(market.analysis), rtol=1e-12)
    np.testing.assert_allclose(now.forwards.forward, 1.013 * market.analysis.forwards.forward, rtol=1e-15)
    assert now.forwards.spot == now.cleaned.quotes.spot == 1.013 * market.spot
    assert now.forwards.as_of == market.analysis.forwards.as_of


def test_at_the_spot_of_its_quotes_it_is_the_plain_analysis():
    chain = CHAINS["index"]
    market = QuotedMarket.of(chain, quote_spot=np.full(len(chain.quotes), chain.quotes.spot))
    plain, here = analyse(chain), market.at(chain.quotes.spot)
    assert here is market.analysis
    np.testing.assert_array_equal(here.forwards.forward, plain.forwards.forward)
    np.testing.assert_array_equal(vols_of(here), vols_of(plain))


@given(st.lists(st.floats(0.97, 1.03), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None)
def test_exposure_after_ticks_is_that_of_live_lines_that_ticked_along(moves):
    chain = CHAINS["index"]
    market = MARKET
    live = LiveExposure.of(
        market.analysis.cleaned.quotes, market.analysis.pairs, market.analysis.surface, (OI_CALLS_LONG_PUTS_SHORT,)
    )
    for move in moves:
        live = live.at_spot(chain.quotes.spot * move)
    spot = chain.quotes.spot * moves[-1]
    (book,) = dealer_exposure(market.at(spot))
    origin = market.analysis.cleaned.quotes
    moved = surface_at_spot(market.analysis.surface, spot, STICKY_STRIKE)
    (slow,) = exposure_books(
        origin, market.analysis.pairs, computed_greeks(origin, moved), moved, (OI_CALLS_LONG_PUTS_SHORT,)
    )
    for found in (live.totals[0], slow.totals):
        for field in dataclasses.fields(found):
            scale = abs(book.totals.gross_gamma_exposure) if "gamma" in field.name else 0.0
            assert getattr(book.totals, field.name) == pytest.approx(
                getattr(found, field.name), rel=1e-9, abs=1e-9 * scale
            ), field.name
    assert [f.price for f in book.profile.flips] == pytest.approx([f.price for f in live.flips[0]], rel=1e-9)
    assert [(w.call_wall, w.put_wall) for w in book.walls] == [(w.call_wall, w.put_wall) for w in live.walls(0)]


@pytest.mark.parametrize("kind", CHAINS)
def test_an_expiry_quoted_at_another_spot_stands_where_it_would_have_at_this_one(kind):
    # Prices are homogeneous in spot and strike: the same world at 1.02 times every price.
    chain = CHAINS[kind]
    plain = analyse(chain)
    expiry = int(np.bincount(plain.cleaned.quotes.expiry).argmax())
    moved, quote_spot = taken_at(chain, expiry, 1.02)
    market = QuotedMarket.of(moved, quote_spot=quote_spot)
    now = market.at(chain.quotes.spot)
    np.testing.assert_allclose(now.forwards.forward, plain.forwards.forward, rtol=1e-12)
    # Its strikes stand 2 % higher than the plain chain's; a strike keeps the volatility that it was quoted at.
    here = now.cleaned.quotes.expiry == expiry
    np.testing.assert_allclose(
        vols_of(now), vols_of(plain), rtol=1e-4
    )  # the last digit of a scaled price moves a fit so far
    np.testing.assert_allclose(now.cleaned.quotes.strike[here], 1.02 * plain.cleaned.quotes.strike[here], rtol=1e-15)
    assert not market.spread.any()


def test_forwards_follow_the_mean_spot_of_an_expiry_that_was_quoted_at_several():
    chain = CHAINS["index"]
    spot, quotes = chain.quotes.spot, chain.quotes
    quote_spot = np.full(len(quotes), spot)
    row = int(np.flatnonzero((quotes.expiry == 3) & (quotes.bid > 0.0))[0])
    quote_spot[row] = 1.01 * spot  # one quote of many is new: the others still say where the forward was
    market = QuotedMarket.of(chain, quote_spot=quote_spot)
    priced = int(np.count_nonzero((quotes.expiry == 3) & ((quotes.bid > 0.0) | (quotes.ask > 0.0))))
    assert market.quoted_spot[3] == pytest.approx(spot * (1.0 + 0.01 / priced), rel=1e-12)
    assert market.spread[3] == pytest.approx(np.log(1.01), rel=1e-12)
    assert np.count_nonzero(market.spread) == 1
    ratio = market.at(1.01 * spot).forwards.forward / analyse(chain).forwards.forward
    others = np.delete(ratio, 3)
    np.testing.assert_allclose(others[np.isfinite(others)], 1.01, rtol=1e-6)
    assert 1.009 < ratio[3] < 1.01


def test_quotes_are_compared_with_forwards_at_their_own_spot():
    market = QuotedMarket.of(CHAINS["index"])
    back = as_quoted(market.at(1.02 * market.spot))
    np.testing.assert_allclose(back.forwards.forward, market.analysis.forwards.forward, rtol=1e-14)
    np.testing.assert_allclose(vols_of(back), vols_of(market.analysis), rtol=1e-12)


def test_new_open_interest_is_the_full_analysis_without_a_fit():
    chain = CHAINS["index"]
    opened = with_quotes(
        chain,
        dataclasses.replace(chain.quotes, open_interest=chain.quotes.open_interest + np.arange(len(chain.quotes))),
    )
    market = QuotedMarket.of(chain).with_open_interest(opened)
    full = QuotedMarket.of(opened)
    for one, other in zip(dealer_exposure(market.analysis), dealer_exposure(full.analysis), strict=True):
        assert one.totals == other.totals
    np.testing.assert_array_equal(
        market.analysis.cleaned.rejects.open_interest, full.analysis.cleaned.rejects.open_interest
    )


def test_open_interest_that_changes_which_rows_count_is_told():
    chain = CHAINS["index"]
    bad = chain.quotes.open_interest.copy()
    bad[-10] = -1.0
    assert (
        QuotedMarket.of(chain).with_open_interest(
            with_quotes(chain, dataclasses.replace(chain.quotes, open_interest=bad))
        )
        is None
    )


def test_a_slid_surface_is_as_near_to_its_quotes_as_sure_of_itself_and_proven_anew():
    market = QuotedMarket.of(CHAINS["index"])
    before, after = market.analysis.surface, market.at(1.004 * market.spot).surface
    for name in ("share_inside", "median_error_bp", "rmse_bp"):
        np.testing.assert_allclose(getattr(after.quality, name), getattr(before.quality, name), rtol=1e-6, atol=1e-9)
    k = np.linspace(-0.1, 0.1, 9)
    shift = np.log(1.004)
    bars = [vol_error_bars(before, 3, k), vol_error_bars(after, 3, k - shift)]
    assert np.isfinite(bars[0]).any()
    np.testing.assert_allclose(bars[1], bars[0], rtol=1e-6)
    assert not (after.is_certified & ~before.is_certified).any()
    far = market.at(1.5 * market.spot).surface  # Durrleman's condition fails where the wing meets the money
    assert far.is_certified.sum() < after.is_certified.sum()


def test_a_spot_or_a_column_that_makes_no_sense_is_refused():
    market = QuotedMarket.of(CHAINS["index"])
    for spot in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InputError, match="positive spot"):
            market.at(spot)
    with pytest.raises(ColumnError, match="quote_spot"):
        QuotedMarket.of(CHAINS["index"], quote_spot=np.ones(3))


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["cboe_csv/spx_20220205.csv.gz", "cboe_csv/spx_20221212.csv.gz"])
def test_a_tick_on_a_real_chain_is_what_moving_its_lines_one_by_one_comes_to(real_data, name):
    market = QuotedMarket.of(read_chain(real_data / name))
    origin, pairs, surface = market.analysis.cleaned.quotes, market.analysis.pairs, market.analysis.surface
    for move in (0.97, 1.0004, 1.02):
        spot = move * market.spot
        moved = surface_at_spot(surface, spot, STICKY_STRIKE)
        (slow,) = exposure_books(origin, pairs, computed_greeks(origin, moved), moved, (OI_CALLS_LONG_PUTS_SHORT,))
        (book,) = dealer_exposure(market.at(spot))
        assert book.totals.gamma_exposure == pytest.approx(
            slow.totals.gamma_exposure, abs=1e-9 * slow.totals.gross_gamma_exposure
        )
        for field in ("delta_exposure", "vega_exposure", "gross_gamma_exposure", "charm_exposure"):
            assert getattr(book.totals, field) == pytest.approx(getattr(slow.totals, field), rel=1e-9), field
        assert [f.price for f in book.profile.flips] == pytest.approx([f.price for f in slow.profile.flips], rel=1e-9)
