"""The surface of the embedded sample, timed: `pytest benchmarks/test_surface.py --benchmark-enable`.

Percentiles over a thousand perturbed refits and QuantLib on the same quotes: `python -m benchmarks.surface_report`.
"""

import numpy as np
import pytest

from gex.pipeline import Analysis, analyse
from gex.sample import sample_chain
from gex.surface.certified import CertifiedSurface
from gex.surface.fitting import fit_surface, fit_targets
from gex.surface.targets import surface_targets

POINTS = 100_000


@pytest.fixture(scope="module")
def analysed() -> Analysis:
    return analyse(sample_chain(option_count=16_000).parsed)


@pytest.fixture(scope="module")
def surface(analysed: Analysis) -> CertifiedSurface:
    return fit_surface(analysed.cleaned.quotes, analysed.vols, analysed.forwards)


def test_targets(benchmark, analysed: Analysis) -> None:
    benchmark(surface_targets, analysed.cleaned.quotes, analysed.vols, analysed.forwards)


def test_full_fit_cold(benchmark, analysed: Analysis) -> None:
    targets = surface_targets(analysed.cleaned.quotes, analysed.vols, analysed.forwards)
    made = benchmark(fit_targets, targets, analysed.forwards)
    assert made.is_certified[np.diff(made.start) > 0].all()


def test_full_refit_warm(benchmark, analysed: Analysis, surface: CertifiedSurface) -> None:
    targets = surface_targets(analysed.cleaned.quotes, analysed.vols, analysed.forwards)
    made = benchmark(lambda: fit_targets(targets, analysed.forwards, previous=surface))
    assert made.is_certified[np.diff(made.start) > 0].all()


@pytest.mark.parametrize("what", ["total_variance", "vol", "variance_derivatives"])
def test_query(benchmark, surface: CertifiedSurface, what: str) -> None:
    random = np.random.default_rng(1)
    expiry = np.sort(random.choice(np.flatnonzero(np.diff(surface.start) > 0), POINTS))
    benchmark(getattr(surface, what), expiry, random.uniform(-0.4, 0.2, POINTS))
