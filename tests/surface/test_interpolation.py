"""Between expiries: linear in variance time, scaled before the first, grown after the last, proven each time."""

import numpy as np
import pytest

from gex.errors import MissingDataError
from gex.pipeline import analyse
from gex.sample import sample_chain
from gex.surface.certified import CertifiedSurface
from gex.surface.error_bars import vol_error_bars
from gex.surface.fitting import fit_surface, fit_targets
from gex.surface.interpolation import slice_at, variance_passed, vols_at
from gex.surface.rows import SliceRows, mixed_rows
from gex.surface.updating import moved
from gex.variance_time import VarianceClock, VarianceEvent
from tests.naive_surface import NaiveSlice
from tests.surface.markets import essvi_targets

HOUR = np.timedelta64(3_600_000_000_000, "ns")


@pytest.fixture(scope="module")
def surface() -> CertifiedSurface:
    analysis = analyse(sample_chain(option_count=4000).parsed)
    return fit_surface(analysis.cleaned.quotes, analysis.vols, analysis.forwards)


def test_an_event_has_its_own_variance_and_the_rest_runs_with_the_clock() -> None:
    """Two equal days, 0.0004 of variance, 0.0003 of it made at noon of the second: an eighth after the first, then 15/16."""
    start, day = np.datetime64("2026-03-02T00:00", "ns"), np.timedelta64(24, "h")
    event = VarianceEvent(name="fork", at=start + day + np.timedelta64(12, "h"), variance=0.0003)
    clock = VarianceClock(calendar=None, events=(event,))

    def passed(hours: int, gained: float = 0.0004) -> float:
        return variance_passed(clock, start, start + 2 * day, start + np.timedelta64(hours, "h"), gained)

    assert passed(24) == pytest.approx(1 / 8)
    assert passed(36) == pytest.approx((0.000075 + 0.0003) / 0.0004)
    assert passed(48) == pytest.approx(1.0)
    assert passed(35, 0.0001) == pytest.approx(
        0.0, abs=1e-15
    )  # less gained than the event alone: it is all the event's
    assert passed(36, 0.0001) == pytest.approx(1.0)
    assert passed(24, 0.0) == pytest.approx(0.5)  # nothing gained, nothing to share out


def test_a_weekend_without_weight_is_shared_by_the_wall_clock() -> None:
    saturday, hours = np.datetime64("2024-06-15T06:00", "ns"), np.timedelta64(1, "h")
    clock = VarianceClock(idle_day_weight=0.0)
    assert variance_passed(clock, saturday, saturday + 24 * hours, saturday + 6 * hours, 1e-4) == pytest.approx(0.25)


def test_an_event_between_two_expiries_moves_the_slice_that_is_after_it(surface: CertifiedSurface) -> None:
    live = np.flatnonzero(surface.is_certified)
    ends = [surface.forwards.expiries[j].settles_at for j in live[4:6]]
    money = [surface.total_variance(np.array([j]), np.zeros(1))[0] for j in live[4:6]]
    middle = ends[0] + (ends[1] - ends[0]) // 2
    event = VarianceEvent(name="fomc", at=middle, variance=0.8 * (money[1] - money[0]))
    clock = VarianceClock(calendar=None, events=(event,))
    levels = []
    for at in (middle - np.timedelta64(1, "s"), middle):
        rows, proven = slice_at(surface, at, clock)
        assert proven
        levels.append((rows.total_variance(0.0) - money[0]) / (money[1] - money[0]))
    assert levels == pytest.approx([0.1, 0.9], abs=1e-4)


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
