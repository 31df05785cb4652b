"""Slow twins of the surface's proofs, written to be read: rational arithmetic, dense grids, quadrature."""

import itertools
from fractions import Fraction

import numpy as np
from scipy.interpolate import BSpline
from scipy.special import ndtr


def natural_basis(knot, x):
    """(len(x), len(knot)) values at x of the clamped cubic B-splines on `knot`, ends folded so that w″ = 0 there."""
    full = np.concatenate([np.full(3, knot[0]), knot, np.full(3, knot[-1])])
    count = len(knot) + 2
    splines = [BSpline(full, np.eye(count)[i], 3) for i in range(count)]
    value = np.array([b(x) for b in splines])
    bend = np.array([[b.derivative(2)(end) for b in splines] for end in (knot[0], knot[-1])])
    for i in (1, 2):
        value[i] -= bend[0, i] / bend[0, 0] * value[0]
        value[-1 - i] -= bend[1, -1 - i] / bend[1, -1] * value[-1]
    return value[1:-1].T


def polynomial_product(a, b):
    out = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def polynomial_sum(*terms):
    out = [Fraction(0)] * max(len(t) for t in terms)
    for term in terms:
        for i, x in enumerate(term):
            out[i] += x
    return out


def times(number, a):
    return [Fraction(number) * x for x in a]


def exact_butterfly_polynomial(knot, width, cubic):
    """w²g in powers of u = k − knot on one span, exactly; the floats are taken as the rationals they are."""
    del width
    w = [Fraction(c) for c in cubic]
    slope = [w[1], 2 * w[2], 3 * w[3]]
    bend = [2 * w[2], 6 * w[3]]
    k = [Fraction(knot), Fraction(1)]
    tilt = polynomial_sum(w, times(Fraction(-1, 2), polynomial_product(k, slope)))
    square = polynomial_product(w, w)
    return polynomial_sum(
        polynomial_product(tilt, tilt),
        times(
            Fraction(-1, 4),
            polynomial_product(polynomial_product(slope, slope), polynomial_sum(w, times(Fraction(1, 4), square))),
        ),
        times(Fraction(1, 2), polynomial_product(square, bend)),
    )


def value_at(polynomial, x):
    total = Fraction(0)
    for c in reversed(polynomial):
        total = total * x + c
    return total


def root_count(polynomial, low, high):
    """Number of distinct roots in (low, high], by Sturm's chain in rational arithmetic."""

    def trimmed(p):
        p = list(p)
        while p and p[-1] == 0:
            p.pop()
        return p

    def remainder(a, b):
        a = list(a)
        while len(a) >= len(b):
            factor = a[-1] / b[-1]
            for i in range(len(b)):
                a[len(a) - len(b) + i] -= factor * b[i]
            a.pop()
            a = trimmed(a) if a and a[-1] == 0 else a
            if not a:
                return []
        return trimmed(a)

    chain = [trimmed(polynomial)]
    chain.append([i * c for i, c in enumerate(chain[0])][1:])
    while chain[-1]:
        chain.append([-c for c in remainder(chain[-2], chain[-1])])
    chain.pop()

    def changes(x):
        signs = [s for s in (value_at(p, x) for p in chain) if s != 0]
        return sum(1 for a, b in itertools.pairwise(signs) if (a > 0) != (b > 0))

    return changes(low) - changes(high)


def is_positive_on(polynomial, low, high):
    """True where the polynomial is > 0 on all of [low, high]; exact."""
    return value_at(polynomial, low) > 0 and root_count(polynomial, low, high) == 0


class NaiveSlice:
    """A published slice evaluated knot by knot with numpy: rows of (knot, four coefficients), wings linear."""

    def __init__(self, knot, coefficient, left_slope):
        self.knot, self.coefficient, self.left_slope = np.asarray(knot), np.asarray(coefficient), float(left_slope)

    def derivatives(self, k):
        k = np.asarray(k, float)
        row = np.clip(np.searchsorted(self.knot, k, side="right") - 1, 0, len(self.knot) - 1)
        u = k - self.knot[row]
        c = self.coefficient[row]
        w = c[:, 0] + c[:, 1] * u + c[:, 2] * u**2 + c[:, 3] * u**3
        slope = c[:, 1] + 2 * c[:, 2] * u + 3 * c[:, 3] * u**2
        bend = 2 * c[:, 2] + 6 * c[:, 3] * u
        left = k < self.knot[0]
        w = np.where(left, self.coefficient[0, 0] - self.left_slope * u, w)
        return w, np.where(left, -self.left_slope, slope), np.where(left, 0.0, bend)

    def g(self, k):
        w, slope, bend = self.derivatives(k)
        return (1 - k * slope / (2 * w)) ** 2 - slope**2 / 4 * (1 / w + 0.25) + bend / 2

    def dense_log_moneyness(self, count=100_000, deviations=20.0):
        """A grid over the knots and to so many at-the-money standard deviations beyond."""
        root = np.sqrt(self.derivatives(np.zeros(1))[0][0])
        return np.linspace(self.knot[0] - deviations * root, self.knot[-1] + deviations * root, count)

    def mass(self, count=200_001):
        """∫ density dk over the dense range plus the tails beyond it and the atoms of kinks: 1 without arbitrage.

        The density of ln(S/F) at k is g·n(d₋)/√w; P(S > K) = N(d₋) − n(d₋)·w′/(2√w).
        """
        k = self.dense_log_moneyness(count, 40.0)
        k = np.unique(np.concatenate([k, self.knot]))
        total = 0.0
        for low, high in zip(np.concatenate([[k[0]], self.knot]), np.concatenate([self.knot, [k[-1]]]), strict=True):
            piece = np.concatenate([[low], k[(k > low) & (k < high)], [np.nextafter(high, low)]])
            w, slope, bend = self.derivatives(piece)
            tilt = 1 - piece * slope / (2 * w)
            g = tilt**2 - slope**2 / 4 * (1 / w + 0.25) + bend / 2
            density = g * np.exp(-0.5 * (-piece / np.sqrt(w) - np.sqrt(w) / 2) ** 2) / np.sqrt(2 * np.pi * w)
            total += np.trapezoid(density, piece)
        for knot, before, after in (
            (self.knot[0], -self.left_slope, self.coefficient[0, 1]),
            (
                self.knot[-1],
                self.derivatives(np.array([np.nextafter(self.knot[-1], -9)]))[1][0],
                self.coefficient[-1, 1],
            ),
        ):
            w = self.derivatives(np.array([knot]))[0][0]
            d = -knot / np.sqrt(w) - np.sqrt(w) / 2
            total += np.exp(-0.5 * d * d) / np.sqrt(2 * np.pi) * (after - before) / (2 * np.sqrt(w))
        above = self._above(k[-1])
        below = 1.0 - self._above(k[0])
        return total + above + below

    def _above(self, k):
        w, slope, _ = (v[0] for v in self.derivatives(np.array([k])))
        d = -k / np.sqrt(w) - np.sqrt(w) / 2
        return ndtr(d) - np.exp(-0.5 * d * d) / np.sqrt(2 * np.pi) * slope / (2 * np.sqrt(w))
