"""Published slices as values: their rows, mixed, scaled, certified."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gex.columns import Floats
from gex.kernels.spline import slice_value
from gex.kernels.sweep import ROWS, certify, new_scratch

SLIVER = 1e-12  # of a slice's width: knots of two slices nearer than that are one knot, rounded twice


@dataclass(frozen=True, eq=False)
class SliceRows:
    """One slice: knots in log-moneyness, four coefficients a row, the slope of the put wing (`gex.kernels.spline`)."""

    knot: Floats
    coefficient: Floats
    left_slope: float

    @property
    def right_slope(self) -> float:
        """∂w/∂k of the call wing."""
        return float(self.coefficient[-1, 1])

    def total_variance(self, log_moneyness: float) -> float:
        """w at one log-moneyness."""
        return float(slice_value(self.knot, self.coefficient, 0, len(self.knot) - 1, self.left_slope, log_moneyness))

    def scaled(self, factor: float) -> "SliceRows":
        """w ↦ factor·w: free of arbitrage for a factor up to 1 where w is (g is concave in it and ≥ 0 at 0)."""
        return SliceRows(self.knot, self.coefficient * factor, self.left_slope * factor)

    def raised(self, amount: float) -> "SliceRows":
        """w ↦ w + amount; to be certified."""
        coefficient = self.coefficient.copy()
        coefficient[:, 0] += amount
        return SliceRows(self.knot, coefficient, self.left_slope)

    def from_knot(self, knot: Floats) -> Floats:
        """The coefficients of the same function on other knots, which must contain its own."""
        row = np.clip(np.searchsorted(self.knot, knot, side="right") - 1, -1, len(self.knot) - 1)
        c = self.coefficient[np.maximum(row, 0)]
        u = knot - self.knot[np.maximum(row, 0)]
        out = np.stack(
            [
                c[:, 0] + u * (c[:, 1] + u * (c[:, 2] + u * c[:, 3])),
                c[:, 1] + u * (2.0 * c[:, 2] + 3.0 * u * c[:, 3]),
                c[:, 2] + 3.0 * u * c[:, 3],
                c[:, 3],
            ],
            axis=1,
        )
        wing = row < 0
        out[wing] = 0.0
        out[wing, 0] = self.coefficient[0, 0] + self.left_slope * (self.knot[0] - knot[wing])
        out[wing, 1] = -self.left_slope
        return out


def flat_rows(variance: float) -> SliceRows:
    """One total variance for every strike: g is 1 everywhere."""
    width = np.sqrt(variance)
    coefficient = np.zeros((2, 4))
    coefficient[:, 0] = variance
    return SliceRows(np.array([-width, width]), coefficient, 0.0)


def mixed_rows(earlier: SliceRows, later: SliceRows, share: float) -> SliceRows | None:
    """(1 − share)·earlier + share·later at equal log-moneyness, on the knots of both; None where those are too many.

    Free of calendar arbitrage against either by construction; butterfly has no theorem and is to be certified.
    """
    knot = np.union1d(earlier.knot, later.knot)
    knot = knot[np.append(np.diff(knot) > SLIVER * (knot[-1] - knot[0]), True)]
    if len(knot) > ROWS:
        return None
    coefficient = (1.0 - share) * earlier.from_knot(knot) + share * later.from_knot(knot)
    coefficient[-1, 2:] = 0.0
    coefficient[-1, 1] = _between(earlier.right_slope, later.right_slope, share)
    return SliceRows(knot, coefficient, _between(earlier.left_slope, later.left_slope, share))


def _between(low: float, high: float, share: float) -> float:
    """(1 − share)·low + share·high, not outside them by a rounding: wing slopes are proven by order."""
    return max(min((1.0 - share) * low + share * high, high), low)


class Certifier:
    """Runs the exact certificate on slices and pairs, with room of its own."""

    def __init__(self) -> None:
        self._scratch: Any = new_scratch()

    def check(self, rows: SliceRows, earlier: SliceRows | None) -> tuple[bool, float]:
        """(True where the slice, and its pair with the earlier one, are proven; smallest relative calendar gap)."""
        before = earlier or rows
        pair = (before.knot, before.coefficient, 0, len(before.knot) - 1, before.left_slope)
        proven, gap = certify(
            rows.knot, rows.coefficient, len(rows.knot) - 1, rows.left_slope, pair, earlier is not None, self._scratch
        )
        return bool(proven), float(gap)


def grown(certifier: Certifier, before: SliceRows, growth: float) -> SliceRows:
    """w·growth where that is proven, else w plus as much as is."""
    scaled = before.scaled(growth)
    if certifier.check(scaled, before)[0]:
        return scaled
    amount = (growth - 1.0) * before.total_variance(0.0)
    for _ in range(6):
        raised = before.raised(amount)
        if certifier.check(raised, before)[0]:
            return raised
        amount *= 0.5
    return before
