"""The certified surface where quotes are few, gone, late or wrong: always an answer, always proven, never dragged along."""

import dataclasses
import math

import numpy as np
import pytest

from gex.pipeline import Analysis, analyse
from gex.sample import sample_chain
from gex.surface.broken_line import SmileSource
from gex.surface.certified import CertifiedSurface, Rung
from gex.surface.fitting import fit_targets
from gex.surface.targets import SurfaceTargets
from tests.chains import carried_forwards, expiry_after
from tests.surface.markets import (
    assert_free_of_arbitrage,
    bad_expiry,
    fit_of,
    fitted,
)
from tests.surface.perturbing import minutes_before_expiry, perturbed


@pytest.fixture(scope="module")
def sampled() -> Analysis:
    return analyse(sample_chain(option_count=4000).parsed)


@pytest.mark.parametrize("factor", [0.3, 0.5, 1.6, 3.0])
def test_a_bad_expiry_does_not_drag_the_longer_or_shorter_ones(factor: float) -> None:
    """The ratchet of a one-sided sweep: variance too high on one expiry used to push all the next ones up."""
    targets, forwards, bad = bad_expiry(factor)
    surface = fit_targets(targets, forwards)
    assert surface.is_certified.all()
    others = np.arange(len(targets.expiry)) != bad
    assert (surface.quality.share_inside[others] >= 0.99).all()
    assert surface.states.is_suspect[bad]
    assert surface.states.rung[bad] == Rung.INTERPOLATED


def test_a_level_that_contradicts_no_one_is_believed() -> None:
    targets, forwards, bad = bad_expiry(1.02)
    surface = fit_targets(targets, forwards)
    assert not surface.states.is_suspect.any()
    assert surface.quality.share_inside[bad] >= 0.99


def test_the_arbitrage_carrying_input_is_answered_and_flagged() -> None:
    """surface.md 7.8: total variance at six months far below that at three; no exception, a certified surface."""
    days = (365 / 12, 91.25, 182.5)
    forwards = carried_forwards(100.0, tuple(expiry_after(d) for d in days), rate=0.13, dividend=0.03)
    assert forwards.forward == pytest.approx([100.836815, 102.531512, 105.127110], abs=1e-6)
    strike, expiry, vol = (
        np.array([100.0, 100.0, 100.0, 150.0]),
        np.array([0, 1, 2, 2]),
        np.array([0.25, 0.25, 0.05, 0.35]),
    )
    vol[1] = 0.35
    k = np.log(strike / forwards.forward[expiry])
    w = vol**2 * forwards.time_to_expiry[expiry]
    assert k == pytest.approx([-0.008333, -0.025, -0.05, 0.355465], abs=1e-6)
    assert w == pytest.approx([0.005208, 0.030625, 0.00125, 0.06125], abs=1e-6)
    targets = SurfaceTargets(
        expiry=np.arange(3),
        start=np.array([0, 1, 2, 4]),
        log_moneyness=k,
        low=0.98 * w,
        middle=w,
        high=1.02 * w,
        weight=1.0 / (0.04 * w) ** 2,
        row=np.arange(4),
        money=w[:3],
        source=np.full(3, SmileSource.QUOTES, np.int8),
    )
    surface = fit_targets(targets, forwards)
    assert surface.is_certified.all()
    assert_free_of_arbitrage(surface)
    assert (surface.quality.share_inside < 1.0).any()
    w_half_year = surface.total_variance(np.array([2]), np.array([-0.05]))[0]
    assert w_half_year >= surface.total_variance(np.array([1]), np.array([-0.05]))[0]


def test_an_expiry_with_three_strikes_takes_the_shape_of_its_neighbours(sampled: Analysis) -> None:
    quotes = sampled.cleaned.quotes
    here = quotes.expiry == 8
    near = np.argsort(np.abs(np.log(quotes.strike / sampled.forwards.forward[8])) + 9.0 * ~here)[:6]
    gone = here & ~np.isin(np.arange(len(here)), near)
    sparse = dataclasses.replace(
        quotes, bid=np.where(gone, np.nan, quotes.bid), ask=np.where(gone, np.nan, quotes.ask),
        source_vol=np.where(here, np.nan, quotes.source_vol),
    )  # fmt: skip
    surface = fit_of(sparse, sampled.forwards)
    full = fitted(sampled)
    assert surface.states.rung[8] == Rung.SPARSE
    assert surface.is_certified[np.diff(surface.start) > 0].all()
    theta = full.total_variance(np.array([8]), np.zeros(1))[0]
    k = np.linspace(-1.5, 1.0, 9) * math.sqrt(theta)
    np.testing.assert_allclose(surface.vol(np.full(9, 8), k), full.vol(np.full(9, 8), k), atol=0.01)


def test_an_expiry_without_a_quote_lies_between_its_neighbours(sampled: Analysis) -> None:
    quotes = sampled.cleaned.quotes
    gone = quotes.expiry == 8
    missing = dataclasses.replace(
        quotes,
        bid=np.where(gone, np.nan, quotes.bid),
        ask=np.where(gone, np.nan, quotes.ask),
        source_vol=np.where(gone, np.nan, quotes.source_vol),
    )
    surface = fit_of(missing, sampled.forwards)
    assert surface.states.rung[8] == Rung.INTERPOLATED
    assert surface.source[8] == SmileSource.INFERRED
    k = np.linspace(-0.3, 0.2, 11)
    w = [surface.total_variance(np.full(11, j), k) for j in (7, 8, 9)]
    time = sampled.forwards.time_to_expiry
    share = (time[8] - time[7]) / (time[9] - time[7])
    np.testing.assert_allclose(w[1], (1 - share) * w[0] + share * w[2], rtol=1e-12)
    assert surface.is_certified[8]


def test_an_expiry_that_loses_its_quotes_keeps_its_last_slice_decayed_and_stale(sampled: Analysis) -> None:
    before = fitted(sampled)
    quotes = sampled.cleaned.quotes
    gone = quotes.expiry == 8
    missing = dataclasses.replace(
        quotes,
        bid=np.where(gone, np.nan, quotes.bid),
        ask=np.where(gone, np.nan, quotes.ask),
        source_vol=np.where(gone, np.nan, quotes.source_vol),
    )
    surface = fit_of(missing, sampled.forwards, before)
    assert surface.states.rung[8] == Rung.DECAYED
    assert surface.states.is_stale[8]
    k = np.linspace(-0.2, 0.1, 7)
    np.testing.assert_allclose(surface.vol(np.full(7, 8), k), before.vol(np.full(7, 8), k), rtol=0.01)


def test_nothing_quoted_at_all_has_no_slice_and_raises_nothing(sampled: Analysis) -> None:
    quotes = sampled.cleaned.quotes
    nothing = np.full(len(quotes), np.nan)
    surface = fit_of(dataclasses.replace(quotes, bid=nothing, ask=nothing, source_vol=nothing), sampled.forwards)
    assert not surface.is_certified.any()
    assert (surface.states.rung == Rung.NONE).all()
    assert np.isnan(surface.vol(np.array([3]), np.zeros(1))).all()


@pytest.mark.parametrize("minutes", [300.0, 15.0, 5.0, 1.0])
def test_the_last_minutes_of_a_0dte_are_certified(sampled: Analysis, minutes: float) -> None:
    quotes, forwards = minutes_before_expiry(sampled.cleaned.quotes, sampled.forwards, minutes)
    surface = fit_of(quotes, forwards)
    live = forwards.time_to_expiry > 0
    assert surface.is_certified[live & np.isfinite(forwards.forward)].all()
    assert_free_of_arbitrage(surface, 5_000)


@pytest.mark.slow
def test_a_thousand_bad_afternoons_are_all_certified_without_an_exception() -> None:
    """Quotes moved, dropped, crossed, absurd; expiries with three strikes or none; a 0DTE five minutes from its end."""
    analysis = analyse(sample_chain(option_count=900).parsed)
    k = np.linspace(-1.5, 1.0, 11)
    previous: CertifiedSurface | None = None
    for seed in range(1000):
        random = np.random.default_rng(seed)
        quotes, _ = perturbed(analysis.cleaned.quotes, random)
        forwards = analysis.forwards
        if seed % 5 == 0:
            quotes, forwards = minutes_before_expiry(quotes, forwards, 5.0)
        surface = fit_of(quotes, forwards, previous if seed % 2 else None)
        slices = np.diff(surface.start) > 0
        assert surface.is_certified[slices].all(), seed
        assert np.isfinite(surface.vol(np.flatnonzero(slices)[:, np.newaxis], k)).all(), seed
        if seed % 100 == 0:
            assert_free_of_arbitrage(surface, 4_000)
        previous = surface
