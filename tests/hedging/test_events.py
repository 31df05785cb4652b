"""The band before a gap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from gex.errors import InputError
from gex.hedging.events import gap_band_factor, gap_severity


@pytest.mark.parametrize(
    ("severity", "factor"),
    [(0.05, 0.8897), (0.1, 0.8411), (0.25, 0.7395), (0.5, 0.6183), (1.0, 0.4533), (2.0, 0.2829), (4.0, 0.1565)],
)
def test_factors_of_the_reference(severity: float, factor: float) -> None:
    assert gap_band_factor(severity) == pytest.approx(factor, abs=5e-5)


@pytest.mark.parametrize(("gap", "trigger"), [(0.01, 2.095), (0.03, 1.781), (0.05, 1.435), (0.08, 0.937)])
def test_triggers_before_the_gaps_of_the_reference(gap: float, trigger: float) -> None:
    factor = gap_band_factor(gap_severity(5e-4, 60_000.0, gap, 2.2407024))
    assert 2.2407024 * factor == pytest.approx(trigger, abs=5e-4)


@given(st.floats(1e-3, 20.0))
def test_the_factor_solves_its_equation_by_quadrature(severity: float) -> None:
    factor, sd = gap_band_factor(severity), np.sqrt(severity)

    def slope(y: float) -> float:
        return 1.5 * y - 0.5 * y**3 if abs(y) < 1.0 else float(np.sign(y))

    def integrand(z: float) -> float:
        return slope(factor + sd * z) * np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)

    kinks = sorted(min(max((edge - factor) / sd, -9.0), 9.0) for edge in (-1.0, 1.0))
    parts = [
        quad(integrand, low, high)[0] for low, high in zip([-9.0, *kinks], [*kinks, 9.0], strict=True) if high > low
    ]
    assert 1.5 * severity * factor + sum(parts) == pytest.approx(1.0, abs=1e-8)


@given(st.floats(1e-6, 10.0), st.floats(1.01, 3.0))
def test_a_larger_gap_narrows_the_band_more(severity: float, more: float) -> None:
    assert gap_band_factor(severity * more) < gap_band_factor(severity) < 1.0


def test_no_gap_leaves_the_band() -> None:
    assert gap_band_factor(0.0) == 1.0
    with pytest.raises(InputError, match="severity"):
        gap_band_factor(-1.0)
