"""How one market moves with another: beta and correlation with what is not known of them."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.errors import InputError

_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Beta:
    """Slope of one market's returns on another's, with its standard error; `count` returns went into it."""

    value: float
    standard_error: float
    count: int
    correlation: float

    @property
    def correlation_interval(self) -> tuple[float, float]:
        """95 % by Fisher's transform."""
        return correlation_interval(self.correlation, self.count)

    @property
    def idiosyncratic_share(self) -> float:
        """√(1 − ρ²): of the standard deviation, what no hedge with the other market removes."""
        return residual_share(self.correlation)


def estimate_beta(returns: npt.ArrayLike, reference_returns: npt.ArrayLike) -> Beta:
    """Ordinary least squares with an intercept of returns (or profits) on those of the reference over the same intervals.

    β = ρ·σ/σ_ref, standard error √((1 − ρ²)/(n − 2))·σ/σ_ref. Rows with a NaN on either side are left out.
    """
    y, x = np.asarray(returns, np.float64), np.asarray(reference_returns, np.float64)
    if y.shape != x.shape or y.ndim != 1:
        raise InputError(f"estimate_beta: expected two lists of one length, got {y.shape} and {x.shape}")
    known = np.isfinite(y) & np.isfinite(x)
    y, x = y[known], x[known]
    if len(y) < 4 or not np.ptp(x) > 0.0:
        raise InputError(f"estimate_beta: expected at least 4 pairs and a reference that moves, got {len(y)}")
    sd_y, sd_x = float(y.std()), float(x.std())
    covariance = float(np.mean((y - y.mean()) * (x - x.mean())))
    correlation = min(max(covariance / (sd_y * sd_x), -1.0), 1.0) if sd_y > 0.0 else 0.0
    error = math.sqrt((1.0 - correlation**2) / (len(y) - 2)) * sd_y / sd_x
    return Beta(value=covariance / sd_x**2, standard_error=error, count=len(y), correlation=correlation)


def correlation_interval(correlation: float, count: int, z: float = _NORMAL_95) -> tuple[float, float]:
    """tanh(artanh ρ ± z/√(n − 3)): 0.6 from 60 observations is [0.408, 0.741], from 500 [0.541, 0.653]."""
    if not -1.0 <= correlation <= 1.0:
        raise InputError(f"correlation: expected one from -1 to 1, got {correlation}")
    if count < 4:
        return -1.0, 1.0
    if abs(correlation) == 1.0:
        return correlation, correlation
    middle, half = math.atanh(correlation), z / math.sqrt(count - 3)
    return math.tanh(middle - half), math.tanh(middle + half)


def residual_share(correlation: float) -> float:
    """√(1 − ρ²): 0.6, 0.8, 0.9, 0.95 leave 0.80, 0.60, 0.436, 0.312 of the standard deviation."""
    return math.sqrt(max(1.0 - correlation * correlation, 0.0))
