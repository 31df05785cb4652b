"""The certificate against rational arithmetic and dense grids: it proves what is true and refuses what is not."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gex.kernels.certificate import (
    DEPTH,
    PROVEN,
    VIOLATED,
    butterfly_of_slice,
    butterfly_of_span,
    butterfly_of_wing,
    butterfly_polynomial,
    calendar_gaps,
    calendar_of_pair,
    cubic_minimum,
    is_nonnegative,
)
from tests.kernels.test_spline import KNOT, published, smile_on
from tests.naive_surface import NaiveSlice, exact_butterfly_polynomial, is_positive_on

STACK = np.empty((DEPTH + 2, 12))


def proof(rows, coefficient, left):
    return butterfly_of_slice(rows, coefficient, 0, len(rows) - 1, left, np.empty(11), np.empty(11), STACK)


def calendar(later, earlier):
    room = 2 * (len(later[0]) + len(earlier[0])) + 4
    gap, where = np.empty(room), np.empty(room)
    other = (earlier[0], earlier[1], 0, len(earlier[0]) - 1, earlier[2])
    return calendar_of_pair(later[0], later[1], 0, len(later[0]) - 1, later[2], other, gap, where)


@settings(max_examples=200)
@given(st.lists(st.floats(-1, 1), min_size=11, max_size=11))
def test_the_sign_of_a_polynomial_is_that_of_a_dense_look(bernstein: list[float]) -> None:
    b = np.array(bernstein)
    t = np.linspace(0.0, 1.0, 20_001)
    from scipy.special import comb

    value = sum(comb(10, i) * t**i * (1 - t) ** (10 - i) * b[i] for i in range(11))
    assume(abs(value.min()) > 1e-6)  # nearer to zero the grid itself cannot tell
    assert (is_nonnegative(b, 0.0, STACK) == PROVEN) == (value.min() > 0)


def test_a_double_root_is_undecided_or_refused_never_proven_with_slack() -> None:
    root = np.polynomial.polynomial.polypow([-1 / 3, 1.0], 2)  # (t − 1/3)²
    power = np.zeros(11)
    power[:3] = root
    from math import comb

    b = np.array([sum(comb(i, j) / comb(10, j) * power[j] for j in range(i + 1)) for i in range(11)])
    assert is_nonnegative(b, 1e-12, STACK) != PROVEN


@settings(max_examples=100)
@given(st.floats(-2, 2), st.floats(0.01, 0.5), st.floats(0.001, 0.3), *[st.floats(-1, 1) for _ in range(3)])
def test_the_polynomial_is_that_of_rational_arithmetic(
    k: float, width: float, c0: float, c1: float, c2: float, c3: float
) -> None:
    power = np.empty(11)
    size = butterfly_polynomial(k, width, c0, c1, c2, c3, power)
    exact = exact_butterfly_polynomial(k, width, (c0, c1, c2, c3))
    for p in range(11):
        mine, theirs = power[p], float(exact[p] * Fraction(width) ** p)
        assert mine == pytest.approx(theirs, abs=1e-14 * size)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-1, 1),
    st.floats(0.02, 0.3),
    st.floats(0.003, 0.1),
    st.floats(-0.6, 0.6),
    st.floats(-3, 3),
    st.floats(-9, 9),
)
def test_the_verdict_on_a_span_is_that_of_sturms_chain(
    k: float, width: float, c0: float, c1: float, c2: float, c3: float
) -> None:
    verdict = butterfly_of_span(k, width, c0, c1, c2, c3, np.empty(11), np.empty(11), STACK)
    exact = exact_butterfly_polynomial(k, width, (c0, c1, c2, c3))
    cubic = [Fraction(c) for c in (c0, c1, c2, c3)]
    end = Fraction(width)
    truth = is_positive_on(cubic, Fraction(0), end) and is_positive_on(exact, Fraction(0), end)
    if verdict == PROVEN:
        assert truth
    elif truth:  # refused though true: only where rounding could hide the sign
        u = np.linspace(0, width, 2001)
        low = min(float(sum(float(c) * x**p for p, c in enumerate(exact))) for x in u)
        assert low < 1e-10


@pytest.mark.parametrize(
    ("end", "value", "slope", "is_free"),
    [
        (0.5, 0.04, 0.05, True),
        (0.5, 0.04, 0.0, True),  # flat beyond the last knot
        (0.5, 0.04, 1.99, False),  # too steep for its value
        (0.5, 1.2, 1.2, True),
        (0.5, 1.2, 2.0, False),  # Lee's bound itself
        (0.5, 0.04, -0.01, False),
        (0.5, -0.01, 0.3, False),
    ],
)
def test_wings_in_closed_form(end: float, value: float, slope: float, is_free: bool) -> None:
    assert (butterfly_of_wing(end, value, slope) == PROVEN) == is_free
    if 0 <= slope < 2 and value > 0:
        x = end + np.concatenate([[0.0], np.logspace(-8, 9, 20_000)])
        w = value + slope * (x - end)
        g = (1 - x * slope / (2 * w)) ** 2 - slope**2 / 4 * (1 / w + 0.25)
        assert (g.min() > 0) == is_free


@given(st.floats(0.1, 2), st.floats(0.005, 2), st.floats(0, 1.999))
def test_a_proven_wing_has_no_negative_density_however_far(end: float, value: float, slope: float) -> None:
    x = end + np.concatenate([[0.0], np.logspace(-6, 9, 4000)])
    w = value + slope * (x - end)
    g = (1 - x * slope / (2 * w)) ** 2 - slope**2 / 4 * (1 / w + 0.25)
    assume(abs(g.min()) > 1e-9)
    assert (butterfly_of_wing(end, value, slope) == PROVEN) == (g.min() > 0)


@given(*[st.floats(-1, 1) for _ in range(4)], st.floats(0.01, 3))
def test_the_minimum_of_a_cubic_is_no_higher_than_any_value(
    d0: float, d1: float, d2: float, d3: float, width: float
) -> None:
    low, at = cubic_minimum(d0, d1, d2, d3, width)
    u = np.linspace(0, width, 2001)
    value = d0 + d1 * u + d2 * u**2 + d3 * u**3
    assert 0 <= at <= width
    assert low <= value.min() + 1e-12
    assert low >= value.min() - 1e-4 * width**2 * (1 + width)


def test_a_smile_is_proven_and_a_dense_look_agrees() -> None:
    one = published(0.01, KNOT, smile_on(KNOT))
    assert proof(*one[:3]) == (PROVEN, -1)
    naive = NaiveSlice(*one[:3])
    assert naive.g(naive.dense_log_moneyness()).min() > 0
    assert naive.mass() == pytest.approx(1.0, abs=1e-6)


def test_one_coefficient_too_high_is_found_in_its_span() -> None:
    padded = smile_on(KNOT)
    padded[8] *= 1.4  # a hump near z = 0.25
    verdict, row = proof(*published(0.01, KNOT, padded)[:3])
    assert verdict == VIOLATED
    assert 3 <= row <= 8


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.25, 0.25), min_size=11, max_size=11))
def test_proven_slices_have_no_negative_density_and_refused_ones_have(noise: list[float]) -> None:
    padded = smile_on(KNOT)
    padded[1:-1] *= 1 + np.array(noise)
    one = published(0.01, KNOT, padded)[:3]
    naive = NaiveSlice(*one)
    k = np.unique(np.concatenate([naive.dense_log_moneyness(20_000), naive.knot]))
    w = naive.derivatives(k)[0]
    lowest = min(w.min(), naive.g(k).min())
    slopes = (one[2], one[1][-1, 1])
    assume(abs(lowest) > 1e-4 and min(slopes) > 1e-3 and max(slopes) < 1.99)
    assert (proof(*one)[0] == PROVEN) == (lowest > 0)


def test_calendar_gaps_between_knots_are_found_where_they_are() -> None:
    earlier = published(0.01, KNOT, smile_on(KNOT))[:3]
    later = published(0.012, KNOT, smile_on(KNOT))[:3]
    assert calendar(later, earlier)[0] == PROVEN
    verdict, smallest = calendar(earlier, later)
    assert verdict == VIOLATED
    gap, where = np.empty(60), np.empty(60)
    other = (later[0], later[1], 0, len(KNOT) - 1, later[2])
    used = calendar_gaps(earlier[0], earlier[1], 0, len(KNOT) - 1, earlier[2], other, gap, where)
    assert gap[:used].min() == smallest
    k = np.linspace(-1, 1, 200_001)
    first, second = NaiveSlice(*earlier).derivatives(k)[0], NaiveSlice(*later).derivatives(k)[0]
    worst = ((first - second) / first).min()
    assert smallest == pytest.approx(worst, rel=0.1)  # relative to w where the piece starts, not where it is worst


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.06, 0.06), min_size=11, max_size=11), st.floats(1.0, 1.1))
def test_the_calendar_verdict_is_that_of_a_dense_look(noise: list[float], growth: float) -> None:
    earlier = published(0.01, KNOT, smile_on(KNOT))[:3]
    padded = smile_on(KNOT)
    padded[1:-1] *= 1.03 + np.array(noise)
    later = published(0.01 * growth, KNOT, padded, (earlier[2], earlier[1][-1, 1]))[:3]
    k = np.linspace(-1.2, 1.0, 100_001)
    gap = NaiveSlice(*later).derivatives(k)[0] - NaiveSlice(*earlier).derivatives(k)[0]
    assume(abs(gap.min()) > 1e-8)
    assert (calendar(later, earlier)[0] == PROVEN) == (gap.min() > 0)


def test_a_slice_is_no_arbitrage_against_itself() -> None:
    one = published(0.01, KNOT, smile_on(KNOT))[:3]
    assert calendar(one, one) == (PROVEN, 0.0)


def test_a_flatter_wing_than_before_is_refused() -> None:
    steep = published(0.01, KNOT, smile_on(KNOT), (0.9, 0.9))[:3]
    later = published(0.02, KNOT, smile_on(KNOT))[:3]
    assert later[2] < 0.9
    assert calendar(later, steep)[0] == VIOLATED
    gap, where = np.empty(60), np.empty(60)
    other = (steep[0], steep[1], 0, len(KNOT) - 1, steep[2])
    used = calendar_gaps(later[0], later[1], 0, len(KNOT) - 1, later[2], other, gap, where)
    assert gap[used - 2] < 0
