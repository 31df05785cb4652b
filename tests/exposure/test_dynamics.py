"""Smile dynamics: published flips under R and both gammas, the ratio that local volatility implies, moved surfaces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.errors import InputError
from gex.exposure.dynamics import (
    LIMIT_STEP,
    STICKY_MONEYNESS,
    STICKY_STRIKE,
    SURFACE_IMPLIED,
    SmileDynamics,
    dynamics_named,
    implied_skew_stickiness,
    shift_limits,
    surface_at_spot,
)
from gex.exposure.lines import ExposureLines, GammaKind
from gex.exposure.profile import exposure_profiles
from gex.exposure.total_gamma import smile_delta
from gex.surface.essvi import EssviSurface
from gex.surface.protocol import butterfly_g
from tests.chains import book_of, carried_forwards, expiry_after
from tests.exposure.books import Book, book, with_smile
from tests.naive_exposure import Option, gamma_exposure

SMILE = (0.15, -0.5, 2.0)


def smiling() -> Book:
    return with_smile(book([(30, 0.15, 5100, "+1000C"), (30, 0.15, 4850, "-1200P")]), SMILE)


def exposure_at(spot: float, ratio: float, kind: GammaKind) -> float:
    one = smiling()
    value, _ = one.lines.gamma_exposure(np.array([spot]), one.weight, skew_stickiness=ratio, gamma_kind=kind)
    return float(value[0, 0])


def test_the_smile_gives_the_published_volatilities() -> None:
    assert sorted(smiling().lines.vol) == pytest.approx([0.140882974448, 0.167085130384], abs=1e-12)


@pytest.mark.parametrize(
    ("ratio", "black", "total"),  # exposure.md 8.4
    [
        (0.0, 4981.89782068, 4935.46604869),
        (1.0, 4981.49643680, 4981.49643680),
        (1.5, 4981.28464843, 5014.80369541),
        (2.0, 4981.06484400, 5043.47651906),
    ],
)
def test_the_flip_moves_with_the_dynamic_as_published(ratio: float, black: float, total: float) -> None:
    one = smiling()
    for kind, expected in ((GammaKind.BLACK, black), (GammaKind.TOTAL, total)):
        (profile,) = exposure_profiles(one.lines, one.weight, skew_stickiness=ratio, gamma_kind=kind)
        tolerance = 1e-7 if kind is GammaKind.BLACK else 2e-6  # σ0″ by difference in the second
        assert [flip.price for flip in profile.flips] == pytest.approx([expected], abs=tolerance)


@pytest.mark.parametrize(
    ("ratio", "at_spot_black", "at_spot_total", "at_4800_black", "at_4900_total"),
    [
        (0.0, 4_025_210.588, 17_847_939.013, -40_282_630.5, -12_086_506.700),
        (1.0, 4_025_210.588, 4_025_210.588, -31_252_492.4, -17_375_016.320),
        (1.5, 4_025_210.588, -3_277_031.505, -26_687_910.7, -21_536_393.051),
        (2.0, 4_025_210.588, -10_839_858.851, -22_360_278.3, -26_380_189.974),
    ],
)
def test_black_and_total_gamma_are_the_published_ones_and_may_differ_in_sign(
    ratio: float, at_spot_black: float, at_spot_total: float, at_4800_black: float, at_4900_total: float
) -> None:
    assert exposure_at(5000.0, ratio, GammaKind.BLACK) == pytest.approx(at_spot_black, abs=1e-3)
    assert exposure_at(4800.0, ratio, GammaKind.BLACK) == pytest.approx(at_4800_black, abs=0.06)  # one decimal printed
    assert exposure_at(5000.0, ratio, GammaKind.TOTAL) == pytest.approx(at_spot_total, abs=5e-3)
    assert exposure_at(4900.0, ratio, GammaKind.TOTAL) == pytest.approx(at_4900_total, abs=5e-3)


@pytest.mark.parametrize(("ratio", "expected"), [(0.0, 0.362237324705), (1.0, 0.319144735308), (2.0, 0.276052145911)])
def test_the_delta_that_follows_the_smile_is_the_published_one(ratio: float, expected: float) -> None:
    one = smiling()
    deltas = smile_delta(one.lines, np.array([5000.0]), one.lines.ratio(ratio))
    assert deltas[one.lines.strike == 5100, 0] == pytest.approx([expected], abs=1e-11)


def test_at_a_sticky_strike_black_and_total_are_the_same_bits() -> None:
    level = np.array([4700.0, 5000.0, 5300.0])
    one = smiling()
    black = one.lines.gamma_exposure(level, one.weight, gamma_kind=GammaKind.BLACK)
    total = one.lines.gamma_exposure(level, one.weight, gamma_kind=GammaKind.TOTAL)
    assert (black[0] == total[0]).all()


@given(st.floats(4400.0, 5600.0), st.floats(-0.5, 2.5))
def test_moved_volatility_is_that_of_the_slow_twin(spot: float, ratio: float) -> None:
    def vol(strike: float) -> float:
        k = np.log(strike / 5000) + (ratio - 1) * np.log(spot / 5000)
        return float(SMILE[0] + SMILE[1] * k + SMILE[2] * k * k)

    options = [
        Option(5100, 1, 30 / 365, vol(5100), 100_000.0),
        Option(4850, -1, 30 / 365, vol(4850), -120_000.0),
    ]
    gross = sum(abs(gamma_exposure([option], spot)) for option in options)
    assert exposure_at(spot, ratio, GammaKind.BLACK) == pytest.approx(gamma_exposure(options, spot), abs=1e-12 * gross)


@given(st.floats(4700.0, 5300.0), st.floats(0.0, 2.0), st.sampled_from([GammaKind.BLACK, GammaKind.TOTAL]))
def test_the_slope_of_a_moved_profile_is_its_derivative(spot: float, ratio: float, kind: GammaKind) -> None:
    one = smiling()
    step = 0.05
    level = np.array([spot - step, spot, spot + step])
    value, slope = one.lines.gamma_exposure(level, one.weight, skew_stickiness=ratio, gamma_kind=kind)
    expected = (value[0, 2] - value[0, 0]) / (2 * step)
    assert slope[0, 1] == pytest.approx(expected, abs=2e-6 * np.abs(value).max())


def test_a_spike_between_nodes_is_found_also_while_the_smile_moves() -> None:
    """exposure.md 8.3 row 3: flat slices have nothing to move, so that every ratio has the same three roots."""
    month = [(30, 0.15, 5100, "+1000C"), (30, 0.15, 4900, "-1500P"), (3 / 1440, 0.20, 4956, "+40C")]
    one = book(month)
    for ratio in (0.0, 1.0, 2.0):
        (profile,) = exposure_profiles(one.lines, one.weight, skew_stickiness=ratio)
        expected = [4951.613184175, 4960.468122539, 5088.873722753]
        assert [flip.price for flip in profile.flips] == pytest.approx(expected, abs=1e-7)


@given(
    st.lists(
        st.tuples(st.floats(4400, 5600), st.integers(-900, 900), st.sampled_from([0.01, 0.3, 2, 9, 45])), max_size=9
    )
)
def test_the_two_searches_for_roots_find_the_same(legs: list[tuple[float, int, float]]) -> None:
    """In one pass over fixed volatilities, and step by step over volatilities that move by nothing."""
    lines = {(days, strike): (days, 0.18, strike, f"{n:+d}C") for strike, n, days in legs}
    one = book([*lines.values(), (7, 0.2, 5000.0, "+1C")])
    (fixed,) = exposure_profiles(one.lines, one.weight)
    (moving,) = exposure_profiles(one.lines, one.weight, skew_stickiness=0.0)
    assert [f.price for f in moving.flips] == pytest.approx([f.price for f in fixed.flips], rel=1e-9)
    assert [f.slope > 0 for f in moving.flips] == [f.slope > 0 for f in fixed.flips]
    for flip in fixed.flips:
        assert flip.lower <= flip.price <= flip.upper


class TermStructure:
    """A surface whose at-the-money skew is a given function of time."""

    def __init__(self, days: list[float], skew: list[float]) -> None:
        self.forwards = carried_forwards(100.0, tuple(expiry_after(d) for d in days))
        self.skew = np.array(skew)
        self.is_certified = np.zeros(len(days), np.bool_)

    def vol(self, expiry: np.ndarray, log_moneyness: np.ndarray) -> np.ndarray:
        return 0.2 + self.skew[expiry] * log_moneyness


def test_a_flat_skew_implies_two_and_an_inverse_root_three() -> None:
    days = [7.0, 30.0, 90.0, 365.0]
    flat = implied_skew_stickiness(TermStructure(days, [-0.1] * 4))
    root = implied_skew_stickiness(TermStructure(days, [-0.05 * (365 / d) ** 0.5 for d in days]))
    assert flat == pytest.approx([2.0] * 4, abs=1e-9)
    assert root == pytest.approx([3.0] * 4, abs=1e-9)


def test_a_floored_inverse_root_stays_under_three_as_the_forward_pde_says() -> None:
    """Local volatility with a(u) = 0.05/√max(u, 1e-4): a PDE gives 2.952, 2.979, 2.985 at T = 0.1, 0.5, 1 (8.6)."""
    days = [1e-4 * 365, 0.1 * 365, 0.5 * 365, 365.0]

    # the short-time implied skew at T is the mean of −a·u over a path to T, here up to a common factor:
    # (1/T²)·∫u·a(u)du, to first order in the skew
    def skew(t: float) -> float:
        floor = 1e-4
        inside = 0.05 / floor**0.5 * min(t, floor) ** 2 / 2
        beyond = 0.05 * (2 / 3) * (t**1.5 - floor**1.5) if t > floor else 0.0
        return -(inside + beyond) / t**2

    fine = np.geomspace(1e-4, 1.0, 200) * 365
    grid = sorted({*fine.tolist(), *days})
    ratio = dict(zip(grid, implied_skew_stickiness(TermStructure(grid, [skew(d / 365) for d in grid])), strict=True))
    found = [ratio[d] for d in days[1:]]
    assert found == pytest.approx([2.952, 2.979, 2.985], abs=0.01)  # first order in the skew


def steep_essvi(rho: float = -0.9) -> EssviSurface:
    """Two slices close to the bound of butterfly arbitrage, proven free of it."""
    forwards = carried_forwards(100.0, (expiry_after(30), expiry_after(90)))
    theta = np.array([0.01, 0.03])
    psi = np.array([0.18, 0.19])
    return EssviSurface(forwards=forwards, theta=theta, rho=np.full(2, rho), psi=psi)


def test_a_proven_smile_moves_only_as_far_as_it_stays_proven() -> None:
    surface = steep_essvi()
    low, high = shift_limits(surface, np.array([2.0, 2.0]))
    for j in range(2):
        for limit, beyond in ((low[j], low[j] - LIMIT_STEP), (high[j], high[j] + LIMIT_STEP)):
            if np.isinf(limit):
                continue
            assert least_g(surface, j, limit) >= 0.0
            assert least_g(surface, j, beyond) < 0.0
    assert np.isfinite(low).any() or np.isfinite(high).any()
    for still in (0.0, 1.0):
        assert np.isinf(shift_limits(surface, np.full(2, still))[0]).all()


def least_g(surface: EssviSurface, expiry: int, shift: float) -> float:
    j = np.array([expiry])
    deviation = float(np.sqrt(surface.total_variance(j, np.zeros(1))[0]))
    found = []
    for k in (-2 * deviation, 2 * deviation):
        w, slope, bend = surface.variance_derivatives(j, np.array([k + shift]))
        found.append(float(butterfly_g(w, slope, bend, np.array([k]))[0]))
    return min(found)


def test_beyond_its_limit_the_smile_rides_with_spot_and_rows_are_counted() -> None:
    surface = steep_essvi()
    quotes, _, contracts = book_of([(30, 0.2, 95, "+10C"), (90, 0.2, 105, "-20P")], spot=100.0)
    one = Book(quotes, surface, contracts)
    low, high = shift_limits(surface, np.array([2.0, 2.0]))
    edge = high[0] if np.isfinite(high[0]) else low[0]
    assert np.isfinite(edge)
    level = np.sort(
        100.0 * np.exp(np.array([0.5 * edge, 0.6 * edge, 0.7 * edge]) * (1.0 if edge else 0.0) + 0.02 * np.sign(edge))
    )
    moneyness, effective = one.lines.moved_moneyness(level, one.lines.ratio(2.0))
    rides = np.log(one.lines.strike / one.lines.forward)[:, np.newaxis] - np.log(level / 100.0)
    clamped = effective == 0.0
    assert clamped[0].any()
    assert moneyness[0][clamped[0]] == pytest.approx(rides[0][clamped[0]] + edge, abs=1e-12)
    (profile,) = exposure_profiles(one.lines, one.weight, skew_stickiness=2.0)
    assert profile.clamp_count == one.lines.clamp_count(profile.spot, 2.0) > 0
    (still,) = exposure_profiles(one.lines, one.weight, skew_stickiness=1.0)
    assert still.clamp_count == 0


def test_a_surface_without_skew_keeps_its_strikes() -> None:
    assert implied_skew_stickiness(TermStructure([7.0, 30.0], [0.0, 0.0])).tolist() == [1.0, 1.0]


def test_dynamics_go_by_their_names() -> None:
    assert dynamics_named("sticky_strike") is STICKY_STRIKE
    assert dynamics_named("STICKY_MONEYNESS") is STICKY_MONEYNESS
    assert dynamics_named("surface_implied") is SURFACE_IMPLIED
    assert dynamics_named("skew_stickiness", 1.5).skew_stickiness == 1.5
    with pytest.raises(InputError, match="expected sticky_strike"):
        dynamics_named("skew_stickiness")


@pytest.mark.parametrize("ratio", [0.0, 1.0, 1.7])
def test_a_profile_does_not_move_when_spot_and_surface_move_by_its_own_dynamic(ratio: float) -> None:
    dynamics = SmileDynamics(name="skew_stickiness", skew_stickiness=ratio)
    one = smiling()
    level = np.linspace(4600, 5400, 41)
    before, _ = one.lines.gamma_exposure(level, one.weight, skew_stickiness=ratio)
    moved = ExposureLines.of(one.pairs, surface_at_spot(one.surface, 5030.0, dynamics))
    after, _ = moved.gamma_exposure(level, one.weight, skew_stickiness=ratio)
    assert after == pytest.approx(before, abs=1e-12 * np.abs(before).max())


def test_moving_twice_is_moving_once() -> None:
    one = smiling()
    there = surface_at_spot(surface_at_spot(one.surface, 5200.0, STICKY_MONEYNESS), 5100.0, STICKY_MONEYNESS)
    assert there.origin is one.surface
    assert there.forwards.spot == 5100.0
