"""Natural B-splines on any knots, their published rows, and the wings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.kernels.spline import (
    BUCKETS,
    basis_table,
    fill_buckets,
    publish,
    spline_derivatives,
    spline_variances,
    spline_vols,
)
from tests.naive_surface import NaiveSlice, natural_basis

KNOT = np.array([-6.0, -4.2, -2.75, -1.6, -0.8, -0.25, 0.0, 0.25, 0.8, 1.6, 2.7])


def table_of(knot):
    table = np.empty((len(knot) - 1, 4, 4))
    basis_table(knot, table)
    return table


def spline_at(knot, table, padded, z):
    s = np.clip(np.searchsorted(knot, z, side="right") - 1, 0, len(knot) - 2)
    t = (z - knot[s]) / np.diff(knot)[s]
    powers = np.stack([t**p for p in range(4)])
    return sum(padded[s + i] * np.einsum("np,pn->n", table[s, i], powers) for i in range(4))


def published(theta, knot, padded, least=(0.0, 0.0)):
    rows, coefficient = np.empty(len(knot)), np.empty((len(knot), 4))
    left, right = publish(theta, knot, table_of(knot), padded, *least, rows, coefficient)
    return rows, coefficient, left, right


def smile_on(knot):
    """Coefficients of an eSSVI-like y(z), at the Greville abscissae: a smile, not that hyperbola itself."""
    full = np.concatenate([np.full(3, knot[0]), knot, np.full(3, knot[-1])])
    x = 0.8 * np.array([full[i + 1 : i + 4].mean() for i in range(len(knot) + 2)])
    padded = 0.5 * (1.0 - 0.4 * x + np.sqrt((x - 0.4) ** 2 + 1.0 - 0.4**2))
    padded[[0, -1]] = 0.0
    return padded


def test_the_table_is_that_of_the_textbook_recursion_with_natural_ends() -> None:
    z = np.linspace(KNOT[0], KNOT[-1] - 1e-9, 777)
    table = table_of(KNOT)
    for i in range(len(KNOT)):
        padded = np.zeros(len(KNOT) + 2)
        padded[i + 1] = 1.0
        np.testing.assert_allclose(spline_at(KNOT, table, padded, z), natural_basis(KNOT, z)[:, i], atol=1e-13)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.05, 3.0), min_size=2, max_size=30), st.floats(-3, 3), st.floats(-3, 3))
def test_splines_sum_to_one_and_reproduce_straight_lines(widths: list[float], level: float, slope: float) -> None:
    knot = np.concatenate([[-4.0], -4.0 + np.cumsum(widths)])
    full = np.concatenate([np.full(3, knot[0]), knot, np.full(3, knot[-1])])
    greville = np.array([full[i + 1 : i + 4].mean() for i in range(len(knot) + 2)])
    padded = level + slope * greville
    padded[[0, -1]] = 0.0
    z = np.linspace(knot[0], knot[-1], 101)
    np.testing.assert_allclose(spline_at(knot, table_of(knot), padded, z), level + slope * z, atol=1e-9)


def test_a_published_slice_is_the_spline_scaled_and_smooth_across_knots() -> None:
    padded, theta = smile_on(KNOT), 0.0123
    rows, coefficient, left, right = published(theta, KNOT, padded)
    naive = NaiveSlice(rows, coefficient, left)
    k = np.linspace(rows[0], rows[-1], 999)
    z = k / np.sqrt(theta)
    np.testing.assert_allclose(naive.derivatives(k)[0], theta * spline_at(KNOT, table_of(KNOT), padded, z), rtol=1e-13)
    for order in range(3):
        before = naive.derivatives(np.nextafter(rows[1:], -9))[order]
        after = naive.derivatives(rows[1:])[order]
        np.testing.assert_allclose(before, after, atol=1e-12 * theta ** (1 - order / 2))
    assert coefficient[0, 2] == pytest.approx(0.0, abs=1e-15)  # natural ends
    assert left == pytest.approx(-coefficient[0, 1])
    assert right == coefficient[-1, 1]


def test_a_wing_is_never_flatter_than_the_one_before() -> None:
    padded = smile_on(KNOT)
    _, coefficient, left, right = published(0.01, KNOT, padded, (0.9, 1.1))
    assert (left, right, coefficient[-1, 1]) == (0.9, 1.1, 1.1)


def test_queries_are_those_of_the_slow_twin_at_knots_between_and_beyond() -> None:
    first = published(0.01, KNOT, smile_on(KNOT))
    second = published(0.02, KNOT[1:-1], smile_on(KNOT[1:-1]), (0.5, 0.5))
    start = np.array([0, len(KNOT), len(KNOT), 2 * len(KNOT) - 2])  # the slice in the middle is missing
    knot = np.concatenate([first[0], second[0]])
    coefficient = np.concatenate([first[1], second[1]])
    left = np.array([first[2], np.nan, second[2]])
    bucket, scale = np.zeros((3, BUCKETS), np.int16), np.zeros(3)
    fill_buckets(start, knot, bucket, scale)
    random = np.random.default_rng(3)
    for piece, one in ((0, first), (2, second)):
        k = np.concatenate([random.uniform(-2, 2, 4000), one[0], np.nextafter(one[0], -9), np.nextafter(one[0], 9)])
        out, derivatives, vol = np.empty(len(k)), np.empty((3, len(k))), np.empty(len(k))
        where = np.full(len(k), piece)
        spline_variances(start, knot, coefficient, left, bucket, scale, where, k, out)
        spline_derivatives(start, knot, coefficient, left, bucket, scale, where, k, derivatives)
        spline_vols(start, knot, coefficient, left, bucket, scale, np.full(3, 0.25), where, k, vol)
        naive = np.array(NaiveSlice(one[0], one[1], one[2]).derivatives(k))
        np.testing.assert_allclose(derivatives[0], naive[0], rtol=1e-12)
        np.testing.assert_allclose(derivatives[1:], naive[1:], rtol=1e-9, atol=1e-12)  # w″ is what cubics cancel to
        np.testing.assert_allclose(out, derivatives[0], rtol=1e-15)
        np.testing.assert_allclose(vol, np.sqrt(naive[0] / 0.25), rtol=1e-12)


def test_a_missing_slice_and_a_missing_moneyness_have_no_variance() -> None:
    rows, coefficient, left, _ = published(0.01, KNOT, smile_on(KNOT))
    start = np.array([0, len(KNOT), len(KNOT)])
    bucket, scale = np.zeros((2, BUCKETS), np.int16), np.zeros(2)
    fill_buckets(start, rows, bucket, scale)
    out = np.empty(2)
    spline_variances(
        start, rows, coefficient, np.array([left, 0.0]), bucket, scale, np.array([1, 0]), np.array([0.0, np.nan]), out
    )
    assert np.isnan(out).all()
