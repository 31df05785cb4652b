"""Between expiries: linear in variance time, scaled before the first, grown after the last, proven each time."""

import numpy as np
import pytest

from gex.errors import MissingDataError
from gex.pipeline import analyse
from gex.sample import sample_chain
from gex.surface.certified import CertifiedSurface
from gex.surface.error_bars import vol_error_bars
from gex.surface.fitting import fit_surface, fit_targets
from gex.surface.interpolation import slice_at, vols_at
from gex.surface.rows import SliceRows, mixed_rows
from gex.surface.updating import moved
from gex.surface.variance_clock import VarianceClock
from tests.naive_surface import NaiveSlice
from tests.surface.markets import essvi_targets

HOUR = np.timedelta64(3_600_000_000_000, "ns")


@pytest.fixture(scope="module")
def surface() -> CertifiedSurface:
    analysis = analyse(sample_chain(option_count=4000).parsed)
    return fit_surface(analysis.cleaned.quotes, analysis.vols, analysis.forwards)


def test_a_night_holds_44_percent_of_a_weekdays_variance_and_a_weekend_day_a_fifth_of_one() -> None:
    clock = VarianceClock()
    tuesday, weekday = np.datetime64("2024-06-11T13:30", "ns"), np.timedelta64(24, "h")
    session = clock.elapsed(tuesday, np.array([tuesday + np.timedelta64(390, "m"), tuesday + weekday]))
    assert session[0] / session[1] == pytest.approx(0.56, rel=1e-9)
    friday_close = np.datetime64("2024-06-14T20:00", "ns")
    weekend = clock.elapsed(friday_close, np.array([np.datetime64("2024-06-17T13:30", "ns")]))[0]
    assert weekend / session[1] == pytest.approx(0.44 + 2 * 0.2, rel=1e-9)


def test_a_year_of_variance_time_is_a_year() -> None:
    start = np.datetime64("2024-01-03T00:00", "ns")
    passed = VarianceClock().elapsed(start, np.array([np.datetime64("2028-01-02T00:00", "ns")]))[0]
    assert passed == pytest.approx(4.0, abs=0.02)


def test_an_event_adds_its_variance_at_its_instant() -> None:
    at = np.datetime64("2024-06-12T18:00", "ns")
    quiet, event = VarianceClock(), VarianceClock(event_at=(at,), event_weight=(0.0056,))
    ends = np.array([at - HOUR, at + HOUR])
    difference = event.elapsed(at - 3 * HOUR, ends) - quiet.elapsed(at - 3 * HOUR, ends)
    np.testing.assert_allclose(difference, [0.0, 0.0056], atol=1e-15)


@pytest.mark.parametrize("clock", [VarianceClock(calendar=None), VarianceClock()])
def test_slices_between_expiries_are_proven_and_lie_between(surface: CertifiedSurface, clock: VarianceClock) -> None:
    live = np.flatnonzero(surface.is_certified)
    k = np.linspace(-0.3, 0.2, 11)
    for a, b in zip(live[2:-1:4], live[3::4], strict=False):
        ends = [surface.forwards.expiries[j].settles_at for j in (a, b)]
        middle = ends[0] + (ends[1] - ends[0]) // 2
        rows, proven = slice_at(surface, middle, clock)
        assert proven
        one = NaiveSlice(rows.knot, rows.coefficient, rows.left_slope)
        assert one.g(one.dense_log_moneyness(5_000)).min() >= 0
        w = one.derivatives(k)[0]
        low, high = (surface.total_variance(np.full(11, j), k) for j in (a, b))
        assert ((w >= low * (1 - 1e-12)) & (w <= high * (1 + 1e-12))).all()


def test_a_mix_of_equal_wings_is_not_steeper_by_a_rounding() -> None:
    """0.3582520986055825 between two wings of 0.35825209860558244 made every longer expiry fail its certificate."""
    slope = 0.35825209860558244
    coefficient = np.zeros((2, 4))
    coefficient[:, 0] = 0.04
    coefficient[1, 1] = slope
    one = SliceRows(np.array([-0.2, 0.2]), coefficient, slope)
    for share in np.linspace(0.0, 1.0, 101):
        mixed = mixed_rows(one, one, float(share))
        assert mixed is not None
        assert (mixed.left_slope, mixed.right_slope) == (slope, slope)


def test_before_the_first_expiry_volatility_is_that_of_the_first(surface: CertifiedSurface) -> None:
    first = np.flatnonzero(surface.is_certified)[0]
    as_of, end = surface.forwards.as_of, surface.forwards.expiries[first].settles_at
    k = np.linspace(-0.01, 0.01, 5)
    early = vols_at(surface, as_of + (end - as_of) // 3, k)
    np.testing.assert_allclose(early, surface.vol(np.full(5, first), k), rtol=1e-9)


def test_after_the_last_expiry_variance_goes_on_growing(surface: CertifiedSurface) -> None:
    last = np.flatnonzero(surface.is_certified)[-1]
    end = surface.forwards.expiries[last].settles_at
    rows, proven = slice_at(surface, end + 24 * 365 * HOUR)
    assert proven
    assert rows.total_variance(0.0) > 1.05 * surface.total_variance(np.array([last]), np.zeros(1))[0]


def test_a_surface_without_a_slice_has_none_at_any_time(surface: CertifiedSurface) -> None:
    import dataclasses

    gone = moved(surface, dataclasses.replace(surface.forwards, time_to_expiry=np.zeros(len(surface.forwards))))
    with pytest.raises(MissingDataError):
        slice_at(gone, surface.forwards.as_of + HOUR)


def test_error_bars_are_what_refits_to_resampled_quotes_scatter_by() -> None:
    """surface.md 6: resampled refits give 0.94–0.97 of the bar, with all constraints."""
    import dataclasses

    targets, forwards, _ = essvi_targets(6)
    surface = fit_targets(targets, forwards)
    expiry, z = 3, np.array([-1.5, -0.8, -0.3, 0.0, 0.4, 0.9])
    k = z * np.sqrt(targets.money[expiry])
    bars = vol_error_bars(surface, expiry, k)
    random = np.random.default_rng(2)
    found = []
    for _ in range(200):
        shift = (random.random(len(targets.row)) - 0.5) * (targets.high - targets.low)
        resampled = dataclasses.replace(
            targets, middle=targets.middle + shift, low=targets.low + shift, high=targets.high + shift
        )
        found.append(fit_targets(resampled, forwards, previous=surface).vol(np.full(6, expiry), k))
    ratio = np.std(found, axis=0) / bars
    assert (ratio > 0.8).all()
    assert (ratio < 1.15).all()


def test_error_bars_widen_away_from_the_quotes() -> None:
    targets, forwards, _ = essvi_targets(6)
    surface = fit_targets(targets, forwards)
    bars = vol_error_bars(surface, 3, np.array([0.0, 3.0, 5.0, 8.0]) * np.sqrt(targets.money[3]))
    assert (np.diff(bars) > 0).all()
