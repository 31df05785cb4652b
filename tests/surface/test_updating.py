"""Between full fits: the spot moves, time passes, single expiries are requoted, and every step stays certified."""

import dataclasses

import numpy as np
import pytest

from gex.errors import InputError
from gex.pipeline import Analysis, analyse
from gex.quote_vols import quote_vols
from gex.sample import sample_chain
from gex.surface.certified import CertifiedSurface
from gex.surface.fitting import fit_surface
from gex.surface.quality import fit_quality, quote_errors
from gex.surface.targets import surface_targets
from gex.surface.updating import SurfaceUpdater, moved
from tests.surface.markets import assert_free_of_arbitrage


@pytest.fixture(scope="module")
def sampled() -> Analysis:
    return analyse(sample_chain(option_count=4000).parsed)


@pytest.fixture(scope="module")
def surface(sampled: Analysis) -> CertifiedSurface:
    return fit_surface(sampled.cleaned.quotes, sampled.vols, sampled.forwards)


def test_a_spot_tick_moves_the_forwards_and_keeps_the_shape_in_moneyness(surface: CertifiedSurface) -> None:
    forwards = dataclasses.replace(
        surface.forwards, forward=surface.forwards.forward * 1.01, spot=1.01 * surface.forwards.spot
    )
    after = moved(surface, forwards)
    k = np.linspace(-0.2, 0.1, 7)
    np.testing.assert_array_equal(after.vol(np.full(7, 5), k), surface.vol(np.full(7, 5), k))
    assert after.forwards is forwards


def test_time_that_passes_scales_variance_down_and_leaves_the_proof_standing(surface: CertifiedSurface) -> None:
    time = surface.forwards.time_to_expiry
    later = dataclasses.replace(surface.forwards, time_to_expiry=np.maximum(time - 2 / 365, 0.0))
    after = moved(surface, later)
    alive = (later.time_to_expiry > 0) & (np.diff(surface.start) > 0)
    k = np.linspace(-0.1, 0.1, 5)
    for j in np.flatnonzero(alive):
        np.testing.assert_allclose(after.vol(np.full(5, j), k), surface.vol(np.full(5, j), k), rtol=1e-12)
    assert (np.diff(after.start)[~alive] == 0).all()
    assert_free_of_arbitrage(after)


def test_variance_is_never_scaled_up(surface: CertifiedSurface) -> None:
    earlier = dataclasses.replace(surface.forwards, time_to_expiry=surface.forwards.time_to_expiry + 0.01)
    with pytest.raises(InputError, match="later time"):
        moved(surface, earlier)


@pytest.mark.parametrize("size", [0.002, 0.02, -0.02])
def test_a_touched_expiry_takes_its_new_level_as_far_as_its_neighbours_allow(
    sampled: Analysis, surface: CertifiedSurface, size: float
) -> None:
    quotes, expiry = sampled.cleaned.quotes, 12
    here = quotes.expiry == expiry
    vols = dataclasses.replace(
        sampled.vols,
        **{
            name: np.where(here, getattr(sampled.vols, name) * (1 + size), getattr(sampled.vols, name))
            for name in ("bid_vol", "mid_vol", "ask_vol")
        },
    )
    updater = SurfaceUpdater(surface)
    (share,) = updater.touch(quotes, vols, sampled.forwards, [expiry])
    after = updater.surface
    level = (after.vol(np.array([expiry]), np.zeros(1)) / surface.vol(np.array([expiry]), np.zeros(1)))[0] - 1
    assert (0 < share <= 1) or (size < 0 and share == 0)  # down may be all taken by the expiry before
    assert level == pytest.approx(share * size, abs=0.1 * abs(size) + 2e-4)
    assert_free_of_arbitrage(after)
    others = np.delete(np.arange(len(surface.forwards)), expiry)
    k = np.zeros(len(others))
    np.testing.assert_array_equal(after.vol(others, k), surface.vol(others, k))


def test_many_touches_in_a_row_stay_certified_and_inside_the_spread(
    sampled: Analysis, surface: CertifiedSurface
) -> None:
    random = np.random.default_rng(4)
    updater = SurfaceUpdater(surface)
    quotes = sampled.cleaned.quotes
    live = np.flatnonzero(np.diff(surface.start) > 0)
    for _ in range(100):
        noise = 1 + random.normal(0, 1e-3)
        vols = dataclasses.replace(
            sampled.vols, **{n: getattr(sampled.vols, n) * noise for n in ("bid_vol", "mid_vol", "ask_vol")}
        )
        updater.touch(quotes, vols, sampled.forwards, [int(random.choice(live))])
    assert_free_of_arbitrage(updater.surface)


def test_an_incremental_refit_is_the_full_one_to_the_tolerance_of_the_fit(
    sampled: Analysis, surface: CertifiedSurface
) -> None:
    quotes = sampled.cleaned.quotes
    random = np.random.default_rng(9)
    noise = 0.1 * random.normal(0, 1, len(quotes)) * np.nan_to_num(quotes.ask - quotes.bid)
    moved_quotes = dataclasses.replace(quotes, bid=np.maximum(quotes.bid + noise, 0.01), ask=quotes.ask + noise)
    vols = quote_vols(moved_quotes, sampled.forwards)
    incremental = SurfaceUpdater(surface).refit(moved_quotes, vols, sampled.forwards)
    full = fit_surface(moved_quotes, vols, sampled.forwards)
    targets = surface_targets(moved_quotes, vols, sampled.forwards)
    _, one, _, _ = quote_errors(incremental, targets)
    _, two, _, _ = quote_errors(full, targets)
    assert np.median(np.abs(one - two)) < 0.1
    first, second = fit_quality(incremental, targets), fit_quality(full, targets)
    assert first.total_share_inside == pytest.approx(second.total_share_inside, abs=0.005)
