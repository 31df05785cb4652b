"""Error bars: published deviations, the slow twin, simulation, real coverage of the flip."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from gex.errors import InputError
from gex.exposure.book import exposure_books
from gex.exposure.lines import GammaKind
from gex.exposure.map import computed_greeks
from gex.exposure.uncertainty import (
    ErrorWeights,
    error_variance,
    flip_uncertainty,
    profile_deviation,
    simulated_flips,
    total_uncertainty,
    variance_terms,
)
from gex.positioning import InventoryPositioning, SignError, UncertainPositioning
from tests import naive_exposure
from tests.exposure.books import MARKET, book, options, with_smile

UNEQUAL = [(7, 0.15, 5100, "+1000C"), (7, 0.15, 4900, "-1500P")]  # exposure.md 8.3 row 2


@pytest.mark.parametrize(("correlation", "deviation"), [(0.0, 80.0), (0.1, 264.12), (1.0, 800.0)])
def test_the_published_noise_of_a_hundred_buys(correlation: float, deviation: float) -> None:
    """Trap 17: 100 buys of 10, p = 0.2, one cluster."""
    bar = total_uncertainty(SignError(0.2, correlation), 1000.0, 100 * 10.0**2, 1000.0**2)
    assert bar.mean == pytest.approx(600.0)
    assert bar.standard_deviation == pytest.approx(deviation, abs=5e-3)
    assert bar.standard_deviation_correlated == pytest.approx(800.0)
    if correlation == 0.0:
        observed = total_uncertainty(SignError(0.2), 600.0, 100 * 10.0**2, 600.0**2)
        assert observed.unbiased_mean == pytest.approx(1000.0)
        assert observed.unbiased_standard_deviation == pytest.approx(133.3333, abs=1e-4)


@given(
    st.lists(st.tuples(st.floats(-100, 100), st.integers(0, 3)), min_size=1, max_size=12),
    st.floats(0.0, 0.49),
    st.floats(0.0, 1.0),
)
def test_the_variance_is_the_sum_over_all_pairs(lines: list[tuple[float, int]], p: float, rho: float) -> None:
    exposure = [g for g, _ in lines]
    cluster = [c for _, c in lines]
    independent = np.array(sum(g * g for g in exposure))
    clustered = np.array(sum(sum(g for g, d in lines if d == c) ** 2 for c in set(cluster)))
    found = error_variance(SignError(p, rho), independent, clustered)
    expected = naive_exposure.error_variance(exposure, cluster, p, rho)
    assert found == pytest.approx(expected, abs=1e-9 * (1 + float(independent)))


def test_quantiles_and_probability_are_those_of_the_normal() -> None:
    bar = total_uncertainty(SignError(0.1), 100.0, 3000.0, 5000.0, quantiles=(0.25, 0.9))
    law = norm(80.0, (4 * 0.09 * 3000) ** 0.5)
    assert bar.quantile == pytest.approx(law.ppf([0.25, 0.9]))
    assert bar.probability_positive == pytest.approx(law.sf(0.0))
    with pytest.raises(InputError, match="quantile_probability"):
        total_uncertainty(SignError(0.1), 1.0, 1.0, 1.0, quantiles=(0.0,))


def lots() -> tuple[np.ndarray, np.ndarray, np.ndarray, ErrorWeights]:
    """50 lots of +20 calls and 50 of −30 puts: (line, units, cluster) and what their errors cost."""
    units = np.array([2000.0] * 50 + [-3000.0] * 50)
    line = np.array([1] * 50 + [0] * 50)  # lines by strike: 4900, 5100
    weights = ErrorWeights(
        call=np.array([0.0, 100_000.0]),
        put=np.array([-150_000.0, 0.0]),
        squared=np.array([50 * 3000.0**2, 50 * 2000.0**2]),
    )
    return line, units, np.array([1] * 50 + [0] * 50), weights


def test_the_flip_has_its_published_error_and_simulation_agrees() -> None:
    """exposure.md 8.6: 5.2447 by the delta method, 5.37 simulated."""
    one = book(UNEQUAL)
    line, units, cluster, weights = lots()
    flip = one.exposure().gamma_flip
    assert flip is not None
    error = SignError(0.05)
    bar = flip_uncertainty(one.lines, weights, error, flip)
    assert bar.standard_deviation == pytest.approx(5.2447, abs=5e-5)
    drawn = simulated_flips(one.lines, line, units, cluster, error, draw_count=1500, seed=3)
    assert drawn.standard_deviation == pytest.approx(
        5.37, abs=3 * 5.37 / (2 * 1500) ** 0.5
    )  # three of its own deviations
    assert drawn.probability_of_none == 0.0
    share = np.mean((drawn.price > bar.quantile[0]) & (drawn.price < bar.quantile[-1]))
    assert share == pytest.approx(0.9, abs=0.025)


def test_errors_that_move_together_move_the_flip_farther() -> None:
    one = book(UNEQUAL)
    line, units, cluster, weights = lots()
    flip = one.exposure().gamma_flip
    assert flip is not None
    bar = flip_uncertainty(one.lines, weights, SignError(0.05, 0.3), flip)
    alone = flip_uncertainty(one.lines, weights, SignError(0.05), flip)
    assert alone.standard_deviation < bar.standard_deviation < bar.standard_deviation_correlated
    drawn = simulated_flips(one.lines, line, units, cluster, SignError(0.05, 0.3), draw_count=400, seed=3)
    assert drawn.standard_deviation > 1.5 * alone.standard_deviation


def test_the_same_seed_gives_the_same_flips() -> None:
    one = book(UNEQUAL)
    line, units, cluster, _ = lots()
    a, b = (
        simulated_flips(one.lines, line, units, cluster, SignError(0.1, 0.2), draw_count=70, seed=5) for _ in range(2)
    )
    assert (a.price == b.price).all()


def test_a_book_with_a_stated_error_carries_its_bars() -> None:
    one = book(UNEQUAL)
    model = UncertainPositioning(InventoryPositioning(one.contracts), SignError(0.1, 0.5))
    greeks = computed_greeks(one.quotes, one.surface)
    (found,) = exposure_books(one.quotes, one.pairs, greeks, one.surface, (model,))
    bar = found.gamma_exposure_uncertainty
    assert bar is not None
    assert bar.mean == pytest.approx(0.8 * found.totals.gamma_exposure)
    at_spot = found.profile.gamma_standard_deviation[found.profile.spot == 5000.0]
    assert at_spot == pytest.approx([bar.standard_deviation], rel=1e-12)
    assert found.gamma_flip_uncertainty is not None
    assert found.gamma_flip_uncertainty.mean == found.gamma_flip.price
    certain = one.exposure()
    assert certain.gamma_exposure_uncertainty is None
    assert np.isnan(certain.profile.gamma_standard_deviation).all()


@given(st.floats(4300.0, 5700.0), st.floats(0.0, 1.0))
def test_the_band_of_the_profile_is_the_slow_twins(spot: float, rho: float) -> None:
    lines = [*UNEQUAL, (7, 0.15, 5000, "+70C"), (30, 0.2, 5000, "-300C"), (30, 0.2, 4900, "+100C")]
    one = book(lines, **MARKET)
    call, put = one.legs
    weights = ErrorWeights(call=call[0], put=put[0], squared=call[0] ** 2 + put[0] ** 2)
    found = profile_deviation(one.lines, weights, SignError(0.2, rho), np.array([spot]))[0]
    every = options(lines, **MARKET)
    exposure = [naive_exposure.gamma_exposure([o], spot) for o in every]
    cluster = [hash((round(o.time * 365), o.right)) for o in every]
    expected = naive_exposure.error_variance(exposure, cluster, 0.2, rho) ** 0.5
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_the_band_follows_a_moving_smile() -> None:
    one = book(UNEQUAL)
    _, _, _, weights = lots()
    level = np.array([4900.0, 5100.0])
    still = variance_terms(one.lines, weights, level)
    moved = variance_terms(one.lines, weights, level, skew_stickiness=0.0)  # a flat smile: nothing moves
    assert moved[0] == pytest.approx(still[0], rel=1e-12)
    assert moved[1] == pytest.approx(still[1], rel=1e-12)


@pytest.mark.parametrize("ratio", [0.0, 1.5])
def test_the_band_of_total_gamma_is_that_of_total_gamma_line_by_line(ratio: float) -> None:
    """What a wrong sign costs a line is twice its own share of the profile, whichever gamma is summed."""
    one = with_smile(book([*UNEQUAL, (30, 0.2, 5050, "-300P")]), (0.15, -0.5, 2.0))
    call, put = one.legs
    weights = ErrorWeights(call=call[0], put=put[0], squared=call[0] ** 2 + put[0] ** 2)
    level = np.array([4900.0, 5000.0, 5100.0])
    found = profile_deviation(
        one.lines, weights, SignError(0.2), level, skew_stickiness=ratio, gamma_kind=GammaKind.TOTAL
    )
    alone = np.diag((call + put)[0])
    share, _ = one.lines.gamma_exposure(level, alone, skew_stickiness=ratio, gamma_kind=GammaKind.TOTAL)
    assert found == pytest.approx(np.sqrt(0.64 * (share**2).sum(axis=0)), rel=1e-12)
    black = profile_deviation(one.lines, weights, SignError(0.2), level, skew_stickiness=ratio)
    assert not np.allclose(found, black, rtol=1e-2)


def test_a_certain_total_is_on_one_side() -> None:
    assert total_uncertainty(SignError(0.0), 5.0, 100.0, 100.0).probability_positive == 1.0
    assert total_uncertainty(SignError(0.0), -5.0, 100.0, 100.0).probability_positive == 0.0
    assert dataclasses.asdict(total_uncertainty(SignError(0.0), 5.0, 1.0, 1.0))["standard_deviation"] == 0.0
