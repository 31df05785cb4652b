"""The discount curve: given by the caller, or implied jointly by the put–call parity of all expiries.

A discount factor regressed from one expiry alone is worthless at short terms (free regressions on a quiet SPX chain give
−1.7 % to 15.9 %), so the slope of each expiry is one noisy observation of one smooth curve of zero rates.
"""

from dataclasses import dataclass

import numpy as np

from gex.columns import Columns, Floats, column

SMOOTHNESS = 0.002  # standard deviation allowed to the zero rate per unit of ln T between neighbouring knots
SHORTEST = 1.0 / 12.0  # years; below a month the slope of parity says nothing about the rate
WORST_STANDARD_ERROR = 0.02  # an expiry that knows its rate no better than this is left out
PLAUSIBLE_RATE = 0.30  # per year; a slope outside ± this is a broken chain, not a rate


@dataclass(frozen=True, eq=False, kw_only=True)
class DiscountCurve(Columns):
    """Zero rates at knots, continuously compounded; linear between them, flat outside. No knots: rate 0.

    `standard_error` is the error of the observed rate at the knot, per year; 0 where the caller gave the rate.
    """

    is_implied: bool

    time: Floats = column(np.float64)  # years
    zero_rate: Floats = column(np.float64)  # per year
    standard_error: Floats = column(np.float64, fill=0.0)

    def rate(self, time: Floats) -> Floats:
        """Zero rate to `time` (years), per year."""
        if len(self) == 0:
            return np.zeros_like(time)
        return np.interp(time, self.time, self.zero_rate)

    def discount_factor(self, time: Floats) -> Floats:
        """exp(−rate · time)."""
        return np.exp(-self.rate(time) * time)

    @classmethod
    def flat(cls, rate: float) -> "DiscountCurve":
        """One rate for every term, given by the caller."""
        return cls(is_implied=False, time=np.array([1.0]), zero_rate=np.array([rate]))

    @classmethod
    def none(cls) -> "DiscountCurve":
        """No discounting: nothing is known, or (coin-settled options) nothing is discounted."""
        return cls(is_implied=True, time=np.empty(0), zero_rate=np.empty(0))


def implied_curve(time: Floats, discount_factor: Floats, standard_error: Floats) -> DiscountCurve:
    """One smooth curve of zero rates through noisy discount factors of several expiries.

    Minimises Σ((r_i − ρ_i)/s_i)² + Σ((ρ_{i+1} − ρ_i)/(SMOOTHNESS·Δln T))² with Huber weights, over expiries beyond one
    month whose rate is known to better than WORST_STANDARD_ERROR. Where none is, the curve has no knots (rate 0).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = -np.log(discount_factor) / time
        error = np.hypot(standard_error / (discount_factor * time), 2e-4)  # no slope is better than two basis points
    known = (time > SHORTEST) & (error < WORST_STANDARD_ERROR) & (np.abs(rate) < PLAUSIBLE_RATE)
    if not known.any():
        return DiscountCurve.none()
    order = np.flatnonzero(known)[np.argsort(time[known], kind="stable")]
    time, rate, error = time[order], rate[order], error[order]
    keep = np.append(True, np.diff(time) > 1e-6)  # AM and PM of one date are close but distinct; equal clocks are not
    time, rate, error = time[keep], rate[keep], error[keep]
    tension = 1.0 / (SMOOTHNESS * np.maximum(np.diff(np.log(time)), 1e-3)) ** 2
    penalty = np.zeros((len(time), len(time)))
    inner = np.arange(len(time) - 1)
    penalty[inner, inner] += tension
    penalty[inner + 1, inner + 1] += tension
    penalty[inner, inner + 1] -= tension
    penalty[inner + 1, inner] -= tension
    weight = np.ones_like(rate)
    smooth = rate
    for _ in range(20):
        precision = weight / error**2
        smooth = np.linalg.solve(penalty + np.diag(precision), precision * rate)
        residual = np.abs(rate - smooth) / error
        weight = np.minimum(1.0, 1.5 / np.maximum(residual, 1e-300))
    return DiscountCurve(is_implied=True, time=time, zero_rate=smooth, standard_error=error)


def zero_rates(discount_factor: Floats, time: Floats) -> Floats:
    """−ln D/T, per year; 0 where no time is left."""
    return np.where(time > 0.0, -np.log(discount_factor) / np.where(time > 0.0, time, 1.0), 0.0)
