"""Raw SVI: the published slices, their jump wings, and a certificate that no grid can replace."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.errors import InputError
from gex.surface.protocol import butterfly_g
from gex.surface.svi import JumpWings, RawSvi

VOGT = RawSvi(a=-0.0410, b=0.1331, rho=0.3060, m=0.3586, sigma=0.4153)  # Gatheral and Jacquier, example 3.1
REPAIRED = RawSvi(a=0.00774091242, b=0.06924203449, rho=-0.33403648061, m=0.04203374523, sigma=0.11860780291)
OPTIMAL = RawSvi(a=-0.0305199, b=0.1027168, rho=0.1007176, m=0.2723442, sigma=0.4123981)
SECOND = RawSvi(a=0.0163, b=0.3455, rho=-0.8988, m=0.0373, sigma=0.1164)
QUANTLIB = RawSvi(a=-0.0666, b=0.229, rho=0.439, m=0.193, sigma=0.337)  # test-suite/svivolatility.cpp


def g_of(slice_: RawSvi, k: np.ndarray) -> np.ndarray:
    return butterfly_g(*slice_.derivatives(k), k)


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (-1.0, (0.092755652172, -0.086557284013, 0.008006333010, 0.267870358737)),
        (0.0, (0.017426252555, -0.046258731022, 0.138964834065, 1.038649731283)),
        (0.5, (0.023151565612, 0.083627696127, 0.271871665868, 0.069379211301)),
        (1.0, (0.086826709752, 0.152453417954, 0.051455268833, -0.027741695905)),
    ],
)
def test_vogts_slice_has_the_values_of_the_reference(k: float, expected: tuple[float, ...]) -> None:
    # surface.md 7.1, recomputed from the parameters of Gatheral and Jacquier; twelve decimals as printed.
    x = np.array([k])
    found = (*(float(v[0]) for v in VOGT.derivatives(x)), float(g_of(VOGT, x)[0]))
    assert found == pytest.approx(expected, abs=2e-12)  # printed to 12 decimals, g through three of them


def test_vogts_butterfly_is_where_the_reference_has_it() -> None:
    k = np.linspace(0.5, 1.4, 900_001)
    g = g_of(VOGT, k)
    assert g.min() == pytest.approx(-0.032863573454, abs=1e-11)
    assert k[g.argmin()] == pytest.approx(0.879262541622, abs=2e-6)  # the grid's step
    negative = k[g < 0]
    assert (negative[0], negative[-1]) == pytest.approx((0.642407878, 1.256912992), abs=2e-6)


def test_vogts_jump_wings_are_the_published_ones_and_lead_back() -> None:
    wings = VOGT.to_jump_wings(1.0)
    found = (wings.variance, wings.skew, wings.put_slope, wings.call_slope, wings.least_variance)
    assert found == pytest.approx(
        (0.0174262525552, -0.175211140809, 0.699738104117, 1.31679821899, 0.0116249032355), rel=1e-11
    )
    back = RawSvi.from_jump_wings(wings, 1.0)
    for name in ("a", "b", "rho", "m", "sigma"):
        assert getattr(back, name) == pytest.approx(getattr(VOGT, name), abs=1e-14)


def test_the_repair_of_gatheral_and_jacquier_is_free_and_has_the_published_parameters() -> None:
    wings = VOGT.to_jump_wings(1.0)
    call = wings.put_slope + 2.0 * wings.skew
    least = 4.0 * wings.variance * wings.put_slope * call / (wings.put_slope + call) ** 2
    assert (call, least) == pytest.approx((0.349315822499, 0.0154818248407), rel=1e-11)
    repaired = RawSvi.from_jump_wings(
        JumpWings(
            variance=wings.variance,
            skew=wings.skew,
            put_slope=wings.put_slope,
            call_slope=call,
            least_variance=least,
        ),
        1.0,
    )
    for name in ("a", "b", "rho", "m", "sigma"):
        assert getattr(repaired, name) == pytest.approx(getattr(REPAIRED, name), abs=6e-12)
    assert repaired.is_free_of_butterfly()
    assert g_of(repaired, np.linspace(-3, 3, 60_001)).min() == pytest.approx(0.26320, abs=1e-5)


def test_their_optimal_slice_is_free_by_a_small_margin() -> None:
    k = np.linspace(-3.0, 3.0, 600_001)
    assert OPTIMAL.derivatives(np.array([-1.5, 0.4]))[0] == pytest.approx([0.138057, 0.015144], abs=1e-6)
    assert g_of(OPTIMAL, k).min() == pytest.approx(0.0081183, abs=1e-6)
    assert OPTIMAL.is_free_of_butterfly()


@pytest.mark.parametrize("slice_", [VOGT, SECOND, QUANTLIB])
def test_published_slices_with_arbitrage_fail_the_certificate(slice_: RawSvi) -> None:
    assert not slice_.is_free_of_butterfly()


def test_quantlibs_slice_has_its_published_value_and_a_butterfly_nearby() -> None:
    assert float(QUANTLIB.derivatives(np.array([QUANTLIB.m]))[0][0]) == pytest.approx(0.010573, abs=1e-10)
    assert float(g_of(QUANTLIB, np.array([0.562]))[0]) == pytest.approx(-0.1027, abs=5e-5)


def ssvi(theta: float, rho: float, phi: float) -> RawSvi:
    root = math.sqrt(1.0 - rho * rho)
    return RawSvi(a=0.5 * theta * (1 - rho * rho), b=0.5 * theta * phi, rho=rho, m=-rho / phi, sigma=root / phi)


def test_the_certificate_sees_the_asymptote_that_a_grid_misses() -> None:
    """surface.md 7.6: Heston-like phi at theta 20; g > 0 on every ordinary grid and negative left of k = −30.7."""
    theta, strength = 20.0, 0.3
    phi = (1.0 - (1.0 - math.exp(-strength * theta)) / (strength * theta)) / (strength * theta)
    assert phi == pytest.approx(0.138957743116, abs=1e-12)
    slice_ = ssvi(theta, -0.7, phi)
    assert g_of(slice_, np.linspace(-3.0, 3.0, 10_001)).min() >= 0.4595
    assert g_of(slice_, np.array([-1e7]))[0] == pytest.approx(-0.098773407, abs=1e-6)
    assert not slice_.is_free_of_butterfly()
    assert ssvi(theta, -0.7, phi * 3.9 / 4.7246).is_free_of_butterfly()


@given(st.floats(-0.05, 0.2), st.floats(0.01, 1.5), st.floats(-0.95, 0.95), st.floats(-0.5, 0.5), st.floats(0.02, 1.0))
def test_the_certificate_agrees_with_a_dense_look(a: float, b: float, rho: float, m: float, sigma: float) -> None:
    slice_ = RawSvi(a=a, b=b, rho=rho, m=m, sigma=sigma)
    k = m + sigma * np.sinh(np.linspace(-18.0, 18.0, 20_001))
    w = slice_.derivatives(k)[0]
    seen = w.min() > 0 and g_of(slice_, k).min() > 0 and b * (1 + abs(rho)) < 2
    margin = w.min() if w.min() <= 0 else abs(g_of(slice_, k).min())
    if abs(margin) > 1e-6 and abs(b * (1 + abs(rho)) - 2) > 1e-6:
        assert slice_.is_free_of_butterfly() == seen


@given(st.floats(0.001, 0.2), st.floats(0.02, 1.0), st.floats(-0.9, 0.9), st.floats(-0.5, 0.5), st.floats(0.05, 1.0))
def test_jump_wings_lead_back(a: float, b: float, rho: float, m: float, sigma: float) -> None:
    slice_ = RawSvi(a=a, b=b, rho=rho, m=m, sigma=sigma)
    beta = m / math.hypot(m, sigma)
    if 1.0 - rho * beta - math.sqrt(1 - beta * beta) * math.sqrt(1 - rho * rho) < 1e-4:
        return  # the least variance is at the money: sigma is not determined
    back = RawSvi.from_jump_wings(slice_.to_jump_wings(0.7), 0.7)
    k = np.linspace(-1.0, 1.0, 21)
    np.testing.assert_allclose(back.derivatives(k)[0], slice_.derivatives(k)[0], rtol=1e-7)


def test_a_slice_centred_at_the_money_leads_back() -> None:
    slice_ = RawSvi(a=0.02, b=0.1, rho=-0.4, m=0.0, sigma=0.2)
    back = RawSvi.from_jump_wings(slice_.to_jump_wings(1.0), 1.0)
    assert (back.m, back.sigma) == pytest.approx((0.0, 0.2), abs=1e-13)


def test_jump_wings_of_no_slice_are_refused() -> None:
    with pytest.raises(InputError, match="no slice has this skew"):
        RawSvi.from_jump_wings(
            JumpWings(variance=0.04, skew=-3.0, put_slope=0.5, call_slope=0.5, least_variance=0.03), 1.0
        )
