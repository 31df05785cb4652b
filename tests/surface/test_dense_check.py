"""The dense look is not the certificate: it finds what is wrong by itself, and agrees where nothing is."""

import dataclasses
import gzip
from pathlib import Path

import numpy as np
import pytest

from benchmarks.dense_check import DenseSlice, dense_figures
from gex.io.cboe_csv import parse_chain
from gex.pipeline import analyse
from gex.sample import sample_chain
from gex.surface.certified import CertifiedSurface
from gex.surface.fitting import fit_surface


@pytest.fixture(scope="module")
def surface() -> CertifiedSurface:
    analysis = analyse(sample_chain(option_count=900).parsed)
    return fit_surface(analysis.cleaned.quotes, analysis.vols, analysis.forwards)


def test_one_volatility_has_the_normal_density_of_the_textbook() -> None:
    flat = DenseSlice(np.array([-0.1, 0.1]), np.array([[0.04, 0, 0, 0], [0.04, 0, 0, 0.0]]), 0.0)
    p, g = flat.density(np.array([-0.02], np.longdouble))
    assert float(p[0]) == pytest.approx(1.0 / np.sqrt(2 * np.pi * 0.04), rel=1e-14)  # at k = −w/2, the mean of ln(S/F)
    assert float(g[0]) == 1.0
    assert flat.integrals(20_000)[:2] == pytest.approx((1.0, 1.0), abs=1e-12)


def test_the_sample_is_free_of_arbitrage_on_a_hundred_thousand_points_a_slice(surface: CertifiedSurface) -> None:
    found = dense_figures(surface)
    assert found.points == 100_000 * found.slices
    assert found.is_free
    assert found.mass_error < 1e-9
    assert found.mean_error < 1e-9


def _changed(surface: CertifiedSurface, expiry: int, row: int, power: int, factor: float) -> CertifiedSurface:
    coefficient = surface.coefficient.copy()
    coefficient[surface.start[expiry] + row, power] *= factor
    return dataclasses.replace(surface, coefficient=coefficient)


def test_it_finds_a_bend_and_a_fall_in_time_that_were_put_in(surface: CertifiedSurface) -> None:
    live = np.flatnonzero(np.diff(surface.start) > 0)
    later = live[np.argsort(surface.forwards.time_to_expiry[live])][3]
    here = slice(int(surface.start[later]), int(surface.start[later + 1]))
    lowered = surface.coefficient.copy()
    lowered[here] *= 0.5
    fallen = dense_figures(dataclasses.replace(surface, coefficient=lowered), 5_000)
    assert fallen.least_step < 0.0
    assert not fallen.is_free
    middle = (here.stop - here.start) // 2
    bent = dense_figures(_changed(surface, int(later), middle, 1, -40.0), 5_000)
    assert bent.least_density < 0.0
    assert not bent.is_free


@pytest.mark.real_data
@pytest.mark.slow
def test_a_whole_spx_chain_is_free_of_arbitrage_in_extended_precision(real_data: Path) -> None:
    payload = gzip.decompress((real_data / "cboe_csv" / "spx_20220205.csv.gz").read_bytes())
    analysis = analyse(parse_chain(payload))
    found = dense_figures(fit_surface(analysis.cleaned.quotes, analysis.vols, analysis.forwards))
    assert found.slices == 45
    assert found.is_free
    assert found.mass_error < 1e-9
