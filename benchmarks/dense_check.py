"""A surface looked at again, point by point, by arithmetic of its own: no certificate, no kernel, extended precision.

Every slice is evaluated from its published rows (knots, coefficients, wings) by `DenseSlice`, on 10⁵ points reaching 20
at-the-money standard deviations beyond its last knots: the density of the underlying there, its integral and mean in closed
form at the ends, and the difference to the slice before. What the kernels serve at those points is compared as well.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from gex.surface.certified import CertifiedSurface

POINTS = 100_000
DEVIATIONS = 20.0
ROUNDING = 1e-12  # of a slope: published rows are doubles, and meet at their knots to the last digits of those

Long = np.ndarray  # of np.longdouble: 64 bits of mantissa on x86


@dataclass(frozen=True)
class DenseFigures:
    """The worst over all slices of a surface. Without arbitrage `least_density` and `least_step` are not below 0."""

    slices: int
    points: int  # of all slices together
    least_density: float  # of ln(S/F) per standard deviation, the lowest found; kinks' atoms included
    least_g: float  # the factor of the density that has its sign, where the density itself underflows
    mass_error: float  # largest |∫ density − 1|
    mean_error: float  # largest |E[S]/F − 1|
    least_step: float  # lowest (w − w of the expiry before)/w at equal k
    served_error: float  # largest |w of the kernels − w here|/w

    @property
    def is_free(self) -> bool:
        """No negative density, no falling variance, and all mass at the forward, to the rounding of the quadrature."""
        signs = self.least_density >= 0.0 and self.least_g >= 0.0 and self.least_step >= 0.0
        return signs and self.mass_error < 1e-6 and self.mean_error < 1e-6 and self.served_error < 1e-9


class DenseSlice:
    """One published slice, evaluated row by row: cubics between knots, straight lines beyond."""

    def __init__(self, knot: np.ndarray, coefficient: np.ndarray, left_slope: float) -> None:
        self.knot = np.asarray(knot, np.longdouble)
        self.coefficient = np.asarray(coefficient, np.longdouble)
        self.left_slope = np.longdouble(left_slope)

    def variance(self, k: Long) -> tuple[Long, Long, Long]:
        """(w, ∂w/∂k, ∂²w/∂k²); at a knot those of the row to its right."""
        row = np.clip(np.searchsorted(self.knot, k, side="right") - 1, 0, len(self.knot) - 1)
        u = k - self.knot[row]
        a, b, c, d = self.coefficient[row].T
        left = k < self.knot[0]
        w = np.where(left, a - self.left_slope * u, a + b * u + c * u * u + d * u * u * u)
        slope = np.where(left, -self.left_slope, b + 2 * c * u + 3 * d * u * u)
        return w, slope, np.where(left, 0, 2 * c + 6 * d * u)

    def density(self, k: Long) -> tuple[Long, Long]:
        """(density of ln(S/F) at k, its factor g): p = g·n(d₋)/√w (Gatheral and Jacquier, arXiv 1204.0646, 2.1)."""
        w, slope, bend = self.variance(k)
        g = (1 - k * slope / (2 * w)) ** 2 - slope**2 / 4 * (1 / w + np.longdouble(0.25)) + bend / 2
        minus = -k / np.sqrt(w) - np.sqrt(w) / 2
        return g * np.exp(-minus * minus / 2) / np.sqrt(2 * np.longdouble(np.pi) * w), g

    def grid(self, points: int, deviations: float) -> Long:
        """Points from so many at-the-money standard deviations left of the first knot to as many right of the last."""
        reach = deviations * float(np.sqrt(self.variance(np.zeros(1, np.longdouble))[0][0]))
        return np.linspace(self.knot[0] - reach, self.knot[-1] + reach, points, dtype=np.longdouble)

    def tail(self, k: float, slope: float, w: float) -> tuple[float, float]:
        """(P(S > K), E[S; S > K]/F) from the prices at one point: N(d₋) − n(d₋) w′/(2√w), and C/F + e^k P."""
        root = np.sqrt(w)
        minus, plus = -k / root - root / 2, -k / root + root / 2
        above = ndtr(minus) - np.exp(-minus * minus / 2) / np.sqrt(2 * np.pi) * slope / (2 * root)
        call = ndtr(plus) - np.exp(k) * ndtr(minus)
        return float(above), float(call + np.exp(k) * above)

    def integrals(self, points: int) -> tuple[float, float, float]:
        """(mass, mean of S/F, lowest atom): Simpson between neighbouring knots, atoms at kinks, tails in closed form."""
        ends = self.knot
        w0 = float(np.sqrt(self.variance(np.zeros(1, np.longdouble))[0][0]))
        ends = np.concatenate([[ends[0] - DEVIATIONS * w0], ends, [ends[-1] + DEVIATIONS * w0]])
        count = 2 * (points // (2 * (len(ends) - 1))) + 1
        mass = mean = np.longdouble(0)
        for a, b in itertools.pairwise(ends):
            k = np.linspace(a, b, count, dtype=np.longdouble)
            inner = k.copy()
            inner[-1] = np.nextafter(b, a)  # the row to the left of the knot
            p = self.density(inner)[0]
            weight = np.full(count, 2, np.longdouble)
            weight[1::2], weight[0], weight[-1] = 4, 1, 1
            weight *= (b - a) / (3 * (count - 1))
            mass += (weight * p).sum()
            mean += (weight * p * np.exp(k)).sum()
        lowest = np.inf
        for knot in self.knot:
            before = self.variance(np.array([np.nextafter(knot, -np.inf)]))[1][0]
            w, after, _ = (v[0] for v in self.variance(np.array([knot])))
            minus = -knot / np.sqrt(w) - np.sqrt(w) / 2
            atom = np.exp(-minus * minus / 2) / np.sqrt(2 * np.pi) * (after - before) / (2 * np.sqrt(w))
            mass, mean = mass + atom, mean + atom * np.exp(knot)
            lowest = min(lowest, float(atom) if abs(float(after - before)) > ROUNDING else 0.0)
        for k, sign in ((ends[0], -1), (ends[-1], 1)):
            w, slope, _ = (float(v[0]) for v in self.variance(np.array([k])))
            above, share = self.tail(float(k), slope, w)
            mass += above if sign > 0 else 1.0 - above
            mean += share if sign > 0 else 1.0 - share
        return float(mass), float(mean), lowest


def dense_figures(surface: CertifiedSurface, points: int = POINTS) -> DenseFigures:
    """Look at every slice on `points` points, and at every pair of neighbours in time on those of the later."""
    time = surface.forwards.time_to_expiry
    order = np.argsort(time, kind="stable")
    order = order[np.diff(surface.start)[order] > 0]
    low_density, low_g, low_step, mass, mean, served = np.inf, np.inf, np.inf, 0.0, 0.0, 0.0
    before: DenseSlice | None = None
    for j in order:
        one = DenseSlice(*surface.slice_rows(int(j)))
        k = one.grid(points, DEVIATIONS)
        w = one.variance(k)[0]
        p, g = one.density(k)
        total, average, atom = one.integrals(points)
        low_density = min(low_density, float((p * np.sqrt(w)).min()), atom)
        low_g = min(low_g, float(g.min()))
        mass, mean = max(mass, abs(total - 1.0)), max(mean, abs(average - 1.0))
        plain = k.astype(np.float64)
        kernel = surface.total_variance(np.full(points, j), plain)
        here = one.variance(plain.astype(np.longdouble))[0]
        served = max(served, float(np.abs(kernel / here - 1).max()))
        if before is not None:
            for x in (k, before.grid(points, DEVIATIONS)):
                later = one.variance(x)[0]
                low_step = min(low_step, float(((later - before.variance(x)[0]) / later).min()))
        before = one
    return DenseFigures(len(order), len(order) * points, low_density, low_g, mass, mean, low_step, served)
