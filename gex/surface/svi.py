"""Raw SVI slices: a comparison, not the market surface. Values, the jump-wing form, and an exact certificate."""

import math
from dataclasses import dataclass

import numpy as np

from gex.columns import Floats
from gex.errors import InputError
from gex.kernels.certificate import DEPTH, PROVEN, SLACK, is_nonnegative


@dataclass(frozen=True, kw_only=True)
class JumpWings:
    """What traders read off a slice: at-the-money variance, its skew, the slopes of both wings, the least variance."""

    variance: float  # v: at the money, per year
    skew: float  # ψ: ∂√w/∂k at the money
    put_slope: float  # p
    call_slope: float  # c
    least_variance: float  # ṽ: per year


@dataclass(frozen=True, kw_only=True)
class RawSvi:
    """w(k) = a + b(ρ(k − m) + √((k − m)² + σ²)), Gatheral and Jacquier (arXiv 1204.0646), eq. 3.1."""

    a: float
    b: float
    rho: float
    m: float
    sigma: float

    def derivatives(self, log_moneyness: Floats) -> tuple[Floats, Floats, Floats]:
        """(w, ∂w/∂k, ∂²w/∂k²)."""
        x = np.asarray(log_moneyness, np.float64) - self.m
        root = np.sqrt(x * x + self.sigma**2)
        return (
            self.a + self.b * (self.rho * x + root),
            self.b * (self.rho + x / root),
            self.b * self.sigma**2 / root**3,
        )

    def to_jump_wings(self, time: float) -> JumpWings:
        """The same slice in jump-wing parameters (eq. 3.5)."""
        root = math.hypot(self.m, self.sigma)
        money = self.a + self.b * (root - self.rho * self.m)
        scale = math.sqrt(money)
        return JumpWings(
            variance=money / time,
            skew=0.5 * self.b / scale * (self.rho - self.m / root),
            put_slope=self.b * (1.0 - self.rho) / scale,
            call_slope=self.b * (1.0 + self.rho) / scale,
            least_variance=(self.a + self.b * self.sigma * math.sqrt(1.0 - self.rho**2)) / time,
        )

    @classmethod
    def from_jump_wings(cls, wings: JumpWings, time: float) -> "RawSvi":
        """The slice of these jump wings (lemma 3.2). m = 0 (β = 0), where the lemma divides 0 by 0, has its own branch."""
        money = wings.variance * time
        scale = math.sqrt(money)
        b = 0.5 * scale * (wings.call_slope + wings.put_slope)
        if not b > 0.0:
            raise InputError(f"RawSvi.from_jump_wings: expected wings that rise, got p + c = {2.0 * b / scale:g}")
        rho = 1.0 - wings.put_slope * scale / b
        beta = rho - 2.0 * wings.skew * scale / b
        if not abs(beta) <= 1.0:
            raise InputError(
                f"RawSvi.from_jump_wings: no slice has this skew, |beta| is {abs(beta):.6g} and must be <= 1"
            )
        tilt = math.sqrt(1.0 - rho * rho)
        difference = (wings.variance - wings.least_variance) * time
        # With m = β r and σ = √(1 − β²) r, r = √(m² + σ²): the lemma without its division by β.
        lift = 1.0 - rho * beta - math.sqrt(1.0 - beta * beta) * tilt
        if lift < 1e-15:
            raise InputError("RawSvi.from_jump_wings: the least variance is at the money; sigma is not determined")
        length = difference / (b * lift)
        m, sigma = beta * length, math.sqrt(1.0 - beta * beta) * length
        return cls(a=wings.least_variance * time - b * sigma * tilt, b=b, rho=rho, m=m, sigma=sigma)

    def is_free_of_butterfly(self) -> bool:
        """True where g ≥ 0 is proven for every k and both wings stay below Lee's slope of 2.

        With k = m + σ(t − 1/t)/2 the product w²g·t²(t² + 1)³ is a polynomial of degree 10 in t > 0, and t = x/(1 − x)
        brings it to Bernstein form on (0, 1): no grid, no tail left out.
        """
        if not (self.b >= 0.0 and abs(self.rho) < 1.0 and self.sigma > 0.0):
            return False
        if (
            not self.b * (1.0 + abs(self.rho)) < 2.0
            or not self.a + self.b * self.sigma * math.sqrt(1 - self.rho**2) > 0
        ):
            return False
        coefficient, size = self._polynomial()
        bernstein = coefficient / np.array([math.comb(10, i) for i in range(11)])
        stack = np.empty((DEPTH + 2, 12))
        return bool(is_nonnegative(bernstein, SLACK * size, stack) == PROVEN)

    def _polynomial(self) -> tuple[Floats, float]:
        """The coefficients of w²g·t²(t² + 1)³ in rising powers of t, and their largest magnitude."""
        a, b, rho, m, sigma = self.a, self.b, self.rho, self.m, self.sigma
        product = np.polynomial.polynomial.polymul
        hat = np.array([1.0, 0.0, 1.0])  # t² + 1
        w = np.array([0.5 * b * sigma * (1.0 - rho), a, 0.5 * b * sigma * (1.0 + rho)])  # times t
        k = np.array([-0.5 * sigma, m, 0.5 * sigma])  # times t
        slope = b * np.array([rho - 1.0, 0.0, rho + 1.0])  # times t² + 1
        tilt = product(w, hat) - 0.5 * product(k, slope)  # times t(t² + 1)
        first = product(product(tilt, tilt), hat)
        inside = np.append(np.append(0.0, w), 0.0) + 0.25 * product(w, w)  # (w + w²/4) t²
        second = 0.25 * product(product(product(slope, slope), inside), hat)
        third = np.append(np.zeros(3), 4.0 * b / sigma * product(w, w))  # w²w″/2 with w″ = 8 b t³/(σ (t² + 1)³)
        total = first - second
        total[: len(third)] += third
        return total, float(np.abs(first).max() + np.abs(second).max() + np.abs(third).max())
