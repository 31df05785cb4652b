"""The certified surface: inside the spread where the quotes allow it, free of arbitrage whatever they say."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.special import ndtr

from benchmarks.event_smile import mixture_before_an_event
from gex.forward import forward_curve
from gex.pairs import pair_up
from gex.pipeline import Analysis, analyse
from gex.quote_vols import quote_vols
from gex.sample import sample_chain
from gex.surface.certified import CertifiedSurface, Rung
from gex.surface.fitting import fit_surface, fit_targets
from gex.surface.protocol import vol_derivatives
from gex.surface.quality import quote_errors
from gex.surface.targets import surface_targets
from tests.naive_surface import NaiveSlice
from tests.surface.markets import (
    assert_free_of_arbitrage,
    essvi_targets,
    fit_of,
    fitted,
    plain_chain,
)


@pytest.fixture(scope="module")
def sampled() -> Analysis:
    return analyse(sample_chain(option_count=4000).parsed)


@pytest.fixture(scope="module")
def surface(sampled: Analysis) -> CertifiedSurface:
    return fitted(sampled)


def test_quotes_of_an_essvi_market_come_back() -> None:
    # surface.md 7.10: 100 % inside, median ≤ 0.05, mean ≤ 0.1, RMSE ≤ 1 basis points.
    targets, forwards, _ = essvi_targets()
    surface = fit_targets(targets, forwards)
    _, error, inside, _ = quote_errors(surface, targets)
    assert surface.is_certified.all()
    assert (surface.states.rung <= Rung.CUT).all()
    assert inside.all()
    assert np.median(np.abs(error)) <= 0.05
    assert np.abs(error).mean() <= 0.1
    assert math.sqrt(np.mean(error**2)) <= 1.0


def test_derivatives_are_those_of_the_values(surface: CertifiedSurface) -> None:
    expiry, k = np.full(41, 9), np.linspace(-0.35, 0.15, 41)
    step = 1e-5
    vol, slope, bend = vol_derivatives(surface, expiry, k)
    up, down = surface.vol(expiry, k + step), surface.vol(expiry, k - step)
    np.testing.assert_allclose(vol, surface.vol(expiry, k), rtol=1e-14)
    np.testing.assert_allclose(slope, (up - down) / (2 * step), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(bend, (up - 2 * vol + down) / step**2, rtol=1e-2, atol=2e-2)


def test_the_sample_is_fitted_inside_its_spreads_and_near_its_truth(
    sampled: Analysis, surface: CertifiedSurface
) -> None:
    live = np.diff(surface.start) > 0
    assert surface.is_certified[live].all()
    assert surface.quality.total_share_inside >= 0.99
    truth = sample_chain(option_count=4000).truth.surface
    for j in np.flatnonzero(live):
        known = next(i for i, e in enumerate(truth.forwards.expiries) if e == sampled.forwards.expiries[j])
        theta = truth.theta[known]
        k = np.linspace(-1.5, 1.0, 11) * math.sqrt(theta)
        error = surface.vol(np.full(11, j), k) - truth.vol(np.full(11, known), k)
        assert np.abs(error).max() < 0.015  # its quotes are rounded to ticks of 0.05 and lean inside their spreads


def test_the_sample_is_free_of_arbitrage_in_a_dense_look_of_its_own(surface: CertifiedSurface) -> None:
    assert_free_of_arbitrage(surface, mass=True)


def test_the_same_quotes_give_the_same_surface(sampled: Analysis, surface: CertifiedSurface) -> None:
    again = fitted(sampled)
    np.testing.assert_array_equal(again.coefficient, surface.coefficient)


def test_a_warm_refit_is_the_cold_one_to_a_hundredth_of_the_spread(
    sampled: Analysis, surface: CertifiedSurface
) -> None:
    warm = fitted(sampled, previous=surface)
    assert warm.is_certified[np.diff(warm.start) > 0].all()
    _, error, _, _ = quote_errors(warm, warm.targets)  # type: ignore[arg-type]
    _, cold, _, _ = quote_errors(surface, surface.targets)  # type: ignore[arg-type]
    assert np.median(np.abs(error - cold)) < 0.05
    assert abs(warm.quality.total_share_inside - surface.quality.total_share_inside) < 0.005


def test_the_mixture_has_the_variances_of_the_reference() -> None:
    targets, _ = mixture_before_an_event()
    strike = np.exp(targets.log_moneyness)
    at = [np.argmin(np.abs(strike - 1.0))]
    assert targets.middle[at[0]] == pytest.approx(0.002518314177, abs=1e-11)


def test_a_w_before_an_event_is_fitted_with_knots_at_half_spacing() -> None:
    targets, forwards = mixture_before_an_event()
    surface = fit_targets(targets, forwards)
    _, error, inside, _ = quote_errors(surface, targets)
    assert surface.is_certified.all()
    assert np.median(np.abs(error)) <= 1.5  # surface.md 7.9: 2.3 with ordinary knots, 1.1 with twice as many
    assert inside.mean() >= 0.98
    assert surface.total_variance(np.zeros(3, int), np.array([-0.04, 0.0, 0.04])) == pytest.approx(
        [0.001535553798, 0.002518314177, 0.001442631964], rel=0.03
    )


def test_coin_chains_are_fitted_in_forward_terms() -> None:
    analysis = analyse(sample_chain(kind="crypto", option_count=1200).parsed)
    surface = fitted(analysis)
    live = np.diff(surface.start) > 0
    assert surface.is_certified[live].all()
    assert surface.quality.total_share_inside >= 0.98
    assert_free_of_arbitrage(surface)


def test_the_order_of_the_rows_does_not_matter(sampled: Analysis, surface: CertifiedSurface) -> None:
    order = np.random.default_rng(1).permutation(len(sampled.cleaned.quotes))
    shuffled = fit_of(sampled.cleaned.quotes.take(order), sampled.forwards)
    np.testing.assert_allclose(shuffled.coefficient, surface.coefficient, rtol=1e-9, atol=1e-12)


def test_asks_without_bids_bound_the_smile_until_the_second_in_a_row() -> None:
    quotes, forwards = plain_chain()
    bid = quotes.bid.copy()
    bid[[9, 10, 11]] = np.nan  # the outermost three calls
    targets = surface_targets(
        dataclasses.replace(quotes, bid=bid), quote_vols(dataclasses.replace(quotes, bid=bid), forwards), forwards
    )
    bounds = targets.row[np.isnan(targets.middle)]
    assert bounds.tolist() == [9, 10]
    assert (targets.low[np.isnan(targets.middle)] == 0).all()


def test_a_flat_market_is_flat() -> None:
    quotes, forwards = plain_chain()
    surface = fit_of(quotes, forwards)
    k = np.log(quotes.strike / 100.0)
    np.testing.assert_allclose(surface.vol(np.zeros(len(k), int), k), 0.3, atol=2e-4)
    one = NaiveSlice(*surface.slice_rows(0))
    above = ndtr(-0.5 * 0.3 * math.sqrt(60 / 365))
    w, slope, _ = one.derivatives(np.zeros(1))
    assert ndtr(-0.5 * math.sqrt(w[0])) - slope[0] * 0.3989422804 / (2 * math.sqrt(w[0])) == pytest.approx(
        above, abs=2e-3
    )


def test_pairs_and_forwards_of_a_chain_feed_the_fit(sampled: Analysis) -> None:
    """The door takes what the pipeline makes, and nothing else: quotes, their volatilities, the forwards."""
    quotes = sampled.cleaned.quotes
    forwards = forward_curve(quotes, pair_up(quotes))
    assert fit_surface(quotes, quote_vols(quotes, forwards), forwards).is_certified.any()
