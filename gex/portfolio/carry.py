"""Growth of the underlying between any two instants, from the forwards of a chain."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from gex.columns import Floats
from gex.forward import ForwardCurve


@dataclass(frozen=True, eq=False)
class Carry:
    """ln(F/S) and ln D as functions of the years from now: linear between expiries, at the last rate beyond, 0 at T = 0."""

    time: Floats  # ascending, from 0
    log_growth: Floats  # ln(F(T)/S)
    log_discount: Floats  # ln D(T)

    @classmethod
    def of(cls, curve: ForwardCurve) -> Self:
        """The carry of the expiries that have a forward; expiries of one instant are averaged."""
        known = np.isfinite(curve.forward) & (curve.forward > 0.0) & (curve.time_to_expiry > 0.0)
        known &= np.isfinite(curve.discount_factor) & (curve.discount_factor > 0.0)
        time, group = np.unique(curve.time_to_expiry[known], return_inverse=True)
        count = np.maximum(np.bincount(group, minlength=len(time)), 1)
        growth = np.bincount(group, np.log(curve.forward[known] / curve.spot), len(time)) / count
        discount = np.bincount(group, np.log(curve.discount_factor[known]), len(time)) / count
        return cls(np.append(0.0, time), np.append(0.0, growth), np.append(0.0, discount))

    def growth(self, time: Floats) -> Floats:
        """F(T)/S, which is ∂F/∂S where forwards move in proportion to spot. 3 % over a quarter: 1.007528."""
        return np.exp(_interpolated(np.asarray(time, np.float64), self.time, self.log_growth))

    def discount(self, time: Floats) -> Floats:
        """D(T)."""
        return np.exp(_interpolated(np.asarray(time, np.float64), self.time, self.log_discount))


def _interpolated(time: Floats, knot: Floats, value: Floats) -> Floats:
    if len(knot) == 1:
        return np.zeros_like(time)
    inside = np.interp(time, knot, value)
    return np.where(time > knot[-1], value[-1] * time / knot[-1], inside)
