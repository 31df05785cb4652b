"""The eSSVI surface of a sample: Mingone's map, and the absence of static arbitrage in what it makes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.errors import InputError
from gex.sample import EssviSurface, sample_chain
from gex.surface.essvi import essvi_map, essvi_through, essvi_violations

# Fact 1.1 and 1.3 of the arbitrage conditions hold up to rounding only where slices touch; 1e-12 is far below any quote.
ROUNDING = 1e-12


def slice_and_derivatives(theta, rho, psi, k):
    """w, w', w'' of an eSSVI slice, differentiated by hand."""
    phi = psi / theta
    lifted = phi * k + rho
    root = np.sqrt(lifted**2 + 1.0 - rho**2)
    w = 0.5 * theta * (1.0 + rho * phi * k + root)
    return w, 0.5 * psi * (rho + lifted / root), 0.5 * psi * phi * (1.0 - rho**2) / root**3


def butterfly(theta, rho, psi, k):
    """g of Gatheral and Jacquier (arXiv 1204.0646), lemma 2.2: the risk-neutral density is a positive multiple of it."""
    w, slope, curvature = slice_and_derivatives(theta, rho, psi, k)
    return (1.0 - k * slope / (2.0 * w)) ** 2 - slope**2 / 4.0 * (1.0 / w + 0.25) + curvature / 2.0


def dense_log_moneyness(theta):
    """4,001 points from 1e-4 to 1e4 standard deviations on either side, and the money."""
    one_side = np.logspace(-4.0, 4.0, 2_000) * np.sqrt(theta)
    return np.concatenate([-one_side[::-1], [0.0], one_side])


def assert_free_of_arbitrage(theta, rho, psi):
    for i in range(len(theta)):
        k = dense_log_moneyness(theta[i])
        assert butterfly(theta[i], rho[i], psi[i], k).min() >= -ROUNDING
        assert psi[i] * (1.0 + abs(rho[i])) < 4.0  # Lee: both wing slopes below 2
        if i:
            older, younger = (slice_and_derivatives(theta[j], rho[j], psi[j], k)[0] for j in (i - 1, i))
            assert np.all(younger >= older * (1.0 - ROUNDING))


def test_the_map_gives_the_vector_of_reference_surface_5():
    # Recomputed from Mingone, arXiv 2204.00312; 7 and 12 digits as stated there.
    rho = np.array([-0.7, -0.6, -0.5])
    theta, psi = essvi_map(
        rho=rho, first_theta=0.01, theta_increment=np.array([0.0, 0.004, 0.01]), psi_share=np.full(3, 0.5)
    )
    np.testing.assert_allclose(theta, [0.01, 0.014625, 0.0256], rtol=1e-13)
    np.testing.assert_allclose(psi, [0.0766965, 0.0968293, 0.1363887], atol=5e-8)
    w_left = [slice_and_derivatives(theta[i], rho[i], psi[i], -0.3)[0] for i in range(3)]
    w_right = [slice_and_derivatives(theta[i], rho[i], psi[i], 0.2)[0] for i in range(3)]
    np.testing.assert_allclose(w_left, [0.028476629555, 0.035823160544, 0.052085100027], atol=5e-13)
    np.testing.assert_allclose(w_right, [0.005120869855, 0.009393501294, 0.019219946945], atol=5e-13)


def test_total_variance_is_the_ssvi_value_of_gatheral_and_jacquier():
    surface = sample_chain(option_count=60).truth.surface
    one = EssviSurface(forwards=surface.forwards, theta=np.array([0.04]), rho=np.array([-0.3]), psi=np.array([0.1]))
    k = np.array([-0.5, -0.2, 0.0, 0.2, 0.5])
    expected = [0.063900549446403, 0.047899799195977, 0.04, 0.036493588689618, 0.039425824035673]
    np.testing.assert_allclose(one.total_variance(np.zeros(5, int), k), expected, rtol=1e-13)


def test_derivatives_are_those_of_the_formula():
    surface = sample_chain(option_count=60).truth.surface
    one = EssviSurface(forwards=surface.forwards, theta=np.array([0.04]), rho=np.array([-0.3]), psi=np.array([0.1]))
    k = np.linspace(-2.0, 2.0, 41)
    found = one.variance_derivatives(np.zeros(41, int), k)
    for mine, by_hand in zip(found, slice_and_derivatives(0.04, -0.3, 0.1, k), strict=True):
        np.testing.assert_allclose(mine, by_hand, rtol=1e-12)


def test_the_parameter_check_finds_what_a_grid_misses():
    """surface.md 7.6: g > 0 down to k = −30.7, and ψ(1 + |ρ|) = 4.7246."""
    (sentence,) = essvi_violations(np.array([20.0]), np.array([-0.7]), np.array([20.0 * 0.138957743116]))
    assert "4.72456" in sentence


def test_the_parameter_check_names_each_kind_of_calendar_arbitrage():
    def named(theta, rho, psi):
        return " ".join(essvi_violations(np.array(theta), np.array(rho), np.array(psi)))

    assert named([0.01, 0.02], [-0.5, -0.5], [0.05, 0.08]) == ""
    assert "theta falls" in named([0.02, 0.01], [-0.5, -0.5], [0.05, 0.05])
    assert "in a wing" in named([0.01, 0.02], [-0.5, -0.2], [0.05, 0.06])
    assert "phi grows" in named([0.01, 0.011], [-0.5, -0.5], [0.05, 0.08])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-0.95, 0.95), st.floats(1e-5, 1.0), st.floats(1e-4, 5.0)), min_size=2, max_size=6))
def test_what_the_map_makes_passes_the_parameter_check(rows):
    rho, theta, psi = (np.array(column) for column in zip(*rows, strict=True))
    theta, psi = essvi_through(theta=theta, rho=rho, psi=psi)
    assert essvi_violations(theta, rho, psi) == []


def test_wanted_slices_without_arbitrage_come_back_unchanged():
    theta, rho, psi = np.array([0.01, 0.02, 0.04]), np.full(3, -0.6), np.array([0.07, 0.1, 0.15])
    made_theta, made_psi = essvi_through(theta=theta, rho=rho, psi=psi)
    np.testing.assert_allclose(made_theta, theta, rtol=1e-15)
    np.testing.assert_allclose(made_psi, psi, rtol=1e-15)


@pytest.mark.parametrize("kind", ["index", "crypto"])
def test_the_true_surface_is_free_of_butterfly_and_calendar_arbitrage(kind):
    surface = sample_chain(kind=kind, option_count=20_000).truth.surface
    live = surface.is_certified
    assert live.sum() == len(live) - 1
    assert_free_of_arbitrage(surface.theta[live], surface.rho[live], surface.psi[live])


def test_the_true_surface_keeps_its_term_structures_where_they_are_free_of_arbitrage():
    """The map must not have to bend the market it was given: at-the-money vols and skews are the intended ones."""
    surface = sample_chain(option_count=20_000).truth.surface
    live = surface.is_certified
    years = surface.forwards.time_to_expiry[live]
    vol = np.sqrt(surface.theta[live] / years)
    assert np.all(np.diff(vol) > 0.0)
    assert 0.11 < vol[0] < 0.12
    skew = (surface.rho * surface.psi)[live] / (2.0 * np.sqrt(surface.theta[live] * years))
    np.testing.assert_allclose(skew, -0.25 * years**-0.4, rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-0.99, 0.99), st.floats(1e-6, 0.5), st.floats(0.0, 0.999999)), min_size=2, max_size=6)
)
def test_whatever_the_map_is_given_its_slices_are_free_of_arbitrage(rows):
    rho, increment, share = (np.array(column) for column in zip(*rows, strict=True))
    theta, psi = essvi_map(rho=rho, first_theta=increment[0], theta_increment=increment, psi_share=share)
    kept = psi > 0.0  # a share of zero in the first slice is a flat smile, without a phi to scale k with
    assert_free_of_arbitrage(theta[kept], rho[kept], psi[kept])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-0.95, 0.95), st.floats(1e-5, 1.0), st.floats(1e-4, 5.0)), min_size=2, max_size=6))
def test_slices_with_arbitrage_are_pushed_to_slices_without(rows):
    rho, theta, psi = (np.array(column) for column in zip(*rows, strict=True))
    assert_free_of_arbitrage(*(lambda made: (made[0], rho, made[1]))(essvi_through(theta=theta, rho=rho, psi=psi)))


def test_a_slice_with_butterfly_arbitrage_fails_the_check_of_these_tests():
    """Vogt's slice (Gatheral and Jacquier, example 3.1) as the nearest thing in eSSVI: psi far above its bound."""
    with pytest.raises(AssertionError):
        assert_free_of_arbitrage(np.array([0.04]), np.array([-0.7]), np.array([1.2]))


def test_vol_is_missing_where_the_expiry_has_settled():
    surface = sample_chain(option_count=200).truth.surface
    assert np.isnan(surface.vol(np.array([0]), np.zeros(1)))[0]
    assert np.all(surface.vol(np.arange(1, 4), np.zeros(3)) > 0.0)


@pytest.mark.parametrize(
    "change", [{"rho": [-1.0, 0.0]}, {"first_theta": 0.0}, {"theta_increment": [0.0, -1e-9]}, {"psi_share": [1.0, 0.5]}]
)
def test_arguments_outside_their_boxes_are_refused(change):
    arguments = {"rho": [-0.5, -0.4], "first_theta": 0.01, "theta_increment": [0.0, 0.01], "psi_share": [0.5, 0.5]}
    given_ones = {
        name: np.array(value) if name != "first_theta" else value for name, value in (arguments | change).items()
    }
    with pytest.raises(InputError):
        essvi_map(**given_ones)
