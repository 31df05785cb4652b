"""Gamma flips: closed forms, spikes between nodes, pairs inside a cell, none at all."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gex.exposure.flips import SpotRange, base_levels
from gex.exposure.lines import ExposureLines, dealer_weight
from gex.exposure.profile import ExposureProfile, exposure_profiles
from gex.pairs import pair_up
from gex.positioning import InventoryPositioning
from tests.chains import book_of


def profile_of(
    lines: list[tuple[float, float, float, str]], *, rate: float = 0.0, dividend: float = 0.0
) -> ExposureProfile:
    quotes, surface, contracts = book_of(lines, rate=rate, dividend=dividend)
    pairs = pair_up(quotes)
    weight = dealer_weight(quotes, pairs, (InventoryPositioning(contracts),))
    (profile,) = exposure_profiles(ExposureLines.of(pairs, surface), weight)
    return profile


def closed_form_flip(*, above: float, a: float, below: float, b: float, stdev: float, carry: float = 0.0) -> float:
    """ln x* = [2v² ln(b/a) + k₁² − k₂²]/(2(k₁ − k₂)) − v²/2 for +a at K₁, −b at K₂, one vol and time."""
    k1, k2 = math.log(above), math.log(below)
    log_x = (2 * stdev**2 * math.log(b / a) + k1 * k1 - k2 * k2) / (2 * (k1 - k2)) - stdev**2 / 2
    return math.exp(log_x - carry)


def test_two_equal_legs_flip_where_the_closed_form_says() -> None:
    (flip,) = profile_of([(7, 0.15, 5100, "+1000C"), (7, 0.15, 4900, "-1000P")]).flips
    assert flip.price == pytest.approx(4997.92146497392, abs=1e-8)  # 15 digits printed; the issue asks for 1e-6
    assert flip.slope == pytest.approx(1_119_955.31, abs=0.01)


def test_unequal_legs_flip_where_the_closed_form_says() -> None:
    (flip,) = profile_of([(7, 0.15, 5100, "+1000C"), (7, 0.15, 4900, "-1500P")]).flips
    assert flip.price == pytest.approx(5019.82744705365, abs=1e-8)
    assert flip.slope == pytest.approx(1_341_593.81, abs=0.01)


def test_carry_moves_the_flip_by_the_growth_of_the_forward() -> None:
    (flip,) = profile_of([(7, 0.15, 5100, "+1000C"), (7, 0.15, 4900, "-1500P")], rate=0.04, dividend=0.013).flips
    assert flip.price == pytest.approx(5017.22881199807, abs=1e-8)


def test_a_three_minute_spike_between_the_nodes_gives_three_flips() -> None:
    month = [(30, 0.15, 5100, "+1000C"), (30, 0.15, 4900, "-1500P")]
    spike = [(3 / 1440, 0.20, 4956, "+40C")]
    flips = profile_of(month + spike).flips
    assert [f.price for f in flips] == pytest.approx([4951.613184175, 4960.468122539, 5088.873722753], abs=1e-7)
    assert [f.slope for f in flips] == pytest.approx([23_461_712, -22_051_738, 200_597], abs=1.0)
    (alone,) = profile_of(month).flips
    assert alone.price == pytest.approx(5088.873722753, abs=1e-7)


@pytest.mark.parametrize(
    ("short", "expected"),
    [
        (1297.02, [4995.3832554544, 4996.6124065610]),
        (1297.0, []),
        (1298.0, [4987.0117455506, 5005.0046946408]),
    ],
)
def test_two_flips_inside_one_cell_are_both_found(short: float, expected: list[float]) -> None:
    lines = [(30, 0.15, 4800, "+1000P"), (30, 0.15, 5200, "+1000C"), (30, 0.15, 5000, f"-{short}C")]
    assert [f.price for f in profile_of(lines).flips] == pytest.approx(expected, abs=1e-5)  # a near-double root


def test_a_book_of_one_sign_has_no_flip() -> None:
    assert profile_of([(7, 0.15, 5100, "+1000C"), (7, 0.15, 4900, "+10P"), (90, 0.2, 5000, "+5P")]).flips == ()


def test_an_empty_book_has_no_flip() -> None:
    assert profile_of([(7, 0.15, 5100, "+0C")]).flips == ()


def test_the_spot_is_a_node_bit_for_bit() -> None:
    assert 4500.5298 in base_levels(4500.5298, SpotRange())


def test_one_line_peaks_where_the_closed_form_says() -> None:
    profile = profile_of([(7, 0.15, 5000, "+1000C")])
    stdev = 0.15 * math.sqrt(7 / 365)
    height = 0.01 * 100 * 1000 * 5000 / (stdev * math.sqrt(2 * math.pi))
    assert height == pytest.approx(96_025_421.7568351, rel=1e-12)
    assert profile.gamma_exposure_per_percent.max() <= height * (1 + 1e-12)
    nearest = np.abs(profile.spot - 5000 * math.exp(stdev**2 / 2)).argmin()
    assert profile.gamma_exposure_per_percent.argmax() == nearest


@given(
    a=st.floats(10.0, 5000.0),
    b=st.floats(10.0, 5000.0),
    above=st.floats(5010.0, 5400.0),
    below=st.floats(4600.0, 4990.0),
    days=st.floats(0.5, 400.0),
    vol=st.floats(0.05, 0.8),
)
def test_any_two_leg_flip_is_the_closed_form_one(
    a: float, b: float, above: float, below: float, days: float, vol: float
) -> None:
    stdev = vol * math.sqrt(round(days * 86_400e9) / (365 * 86_400e9))
    expected = closed_form_flip(above=above, a=a, below=below, b=b, stdev=stdev)
    assume(math.log(above / below) < 10 * stdev)  # farther apart, both exposures are below rounding between them
    assume(4001.0 < expected < 5999.0)
    profile = profile_of([(days, vol, above, f"{a!r}C"), (days, vol, below, f"-{b!r}P")])
    exposure = np.abs(profile.gamma_exposure_per_percent)
    beyond = exposure[profile.spot > expected].max(), exposure[profile.spot < expected].max()
    assume(min(beyond) > 1e-8 * exposure.max())
    assert [f.price for f in profile.flips] == pytest.approx([expected], rel=1e-10)


def test_a_change_of_sign_among_nothing_is_no_flip() -> None:
    """6 % above the last strike, thirty standard deviations out, the sign is that of 1e-200 dollars."""
    lines = [(1, 0.1, 4990, "+1000C"), (1, 0.1, 5000, "-900C"), (1, 0.1, 5010, "+10C")]
    assert [f.price for f in profile_of(lines).flips if f.price > 5100] == []


@given(
    st.lists(
        st.tuples(st.floats(4300, 5700), st.integers(-900, 900), st.sampled_from([0.01, 0.3, 2, 9, 45])), max_size=9
    )
)
def test_swapping_all_signs_keeps_every_flip_and_negates_every_slope(legs: list[tuple[float, int, float]]) -> None:
    def lines(sign: int) -> list[tuple[float, float, float, str]]:
        return [(days, 0.18, strike, f"{sign * n:+d}C") for strike, n, days in legs] + [(7, 0.2, 5000.0, f"{sign:+d}C")]

    one, other = profile_of(_distinct(lines(1))).flips, profile_of(_distinct(lines(-1))).flips
    assert [f.price for f in one] == [f.price for f in other]
    assert [f.slope for f in one] == [-f.slope for f in other]


@given(
    st.lists(
        st.tuples(st.floats(4300, 5700), st.integers(-900, 900), st.sampled_from([0.3, 2, 9, 45])),
        min_size=1,
        max_size=9,
    )
)
def test_the_number_of_flips_agrees_with_the_signs_at_the_ends(legs: list[tuple[float, int, float]]) -> None:
    lines = [(days, 0.25, strike, f"{n:+d}C") for strike, n, days in legs]
    profile = profile_of(_distinct(lines))
    exposure = profile.gamma_exposure_per_percent
    material = np.abs(exposure) > 1e-9 * np.abs(exposure).max()
    if material.any():
        first, last = exposure[material][0], exposure[material][-1]
        assert (-1) ** len(profile.flips) == np.sign(first) * np.sign(last)


def _distinct(lines: list[tuple[float, float, float, str]]) -> list[tuple[float, float, float, str]]:
    return list({(days, strike): (days, vol, strike, what) for days, vol, strike, what in lines}.values())
