"""How well the quotes determine the surface: one standard deviation of volatility at any point of a fitted slice."""

import numpy as np
import numpy.typing as npt

from gex.columns import Floats
from gex.errors import InputError
from gex.kernels.slice_figures import basis_variances
from gex.kernels.slice_fit import SMOOTHING, add_smoothing, basis_row
from gex.surface.certified import CertifiedSurface
from gex.surface.fitting import slice_keys
from gex.surface.targets import SurfaceTargets

PRIOR_WEIGHT = 1e-4  # at each knot: keeps wings without quotes at a finite, large error
VOL_OF_VOL = (
    1.0  # per √year, relative: what an old quote has missed (VVIX, that of 30-day SPX volatility, is near 100 %)
)
YEAR_SECONDS = 365.0 * 86_400.0


def vol_error_bars(surface: CertifiedSurface, expiry: int, log_moneyness: Floats) -> Floats:
    """Standard deviation of the volatility of one expiry, decimal per √year; NaN where it was not fitted to quotes.

    The error of each middle is uniform on its spread, s = (ask − bid)/√12 in y = w/θ. With weights 1/(N spread²) and
    H = Σ u BBᵀ + λD₃ᵀD₃ + κ, cov(c) = H⁻¹/(12 N), sd(w) = θ√(Bᵀ cov B), sd(σ) = sd(w)/(2√(wT)).

    Age widens it: volatility is taken to have moved as a random walk since the median instant of the quotes, by
    σ·VOL_OF_VOL·√age, which adds in squares. 20 % quoted 15 minutes ago gains 0.2·√(900/31,536,000) = 10.7 bp; a source
    that says no times gains nothing.
    """
    anchors, targets = surface.anchors, surface.targets
    k = np.asarray(log_moneyness, np.float64)
    if anchors is None or targets is None:
        return np.full(k.shape, np.nan)
    if not 0 <= expiry < len(surface.forwards):
        raise InputError(f"vol_error_bars: expected an expiry below {len(surface.forwards)}, got {expiry}")
    key = slice_keys(surface.forwards, np.array([expiry]))[0]
    place = np.flatnonzero(targets.expiry == expiry)
    if key not in anchors.key or len(place) == 0:
        return np.full(k.shape, np.nan)
    i = anchors.key.index(key)
    own = slice(int(anchors.knot_start[i]), int(anchors.knot_start[i + 1]))
    knot, table, theta = anchors.knot[own], anchors.table[own], float(anchors.theta[i])
    covariance = _covariance(targets, int(place[0]), knot, table, theta)
    if covariance is None:
        return np.full(k.shape, np.nan)
    variance = np.empty(k.size)
    basis_variances(knot, table, covariance, np.ravel(k) / np.sqrt(theta), variance)
    spread = theta * np.sqrt(variance).reshape(k.shape)
    w = surface.total_variance(np.full(k.shape, expiry), k)
    time = surface.forwards.time_to_expiry[expiry]
    age = np.nan_to_num(surface.states.age_seconds[expiry])
    moved = VOL_OF_VOL * np.sqrt(w / time * age / YEAR_SECONDS)
    bars: Floats = np.hypot(spread / (2.0 * np.sqrt(w * time)), moved)
    return bars


def _covariance(targets: SurfaceTargets, place: int, knot: Floats, table: Floats, theta: float) -> Floats | None:
    here = slice(int(targets.start[place]), int(targets.start[place + 1]))
    two_sided = np.isfinite(targets.middle[here])
    count = int(two_sided.sum())
    if count == 0:
        return None
    z = targets.log_moneyness[here][two_sided] / np.sqrt(theta)
    weight = targets.weight[here][two_sided] * theta**2
    rows = _basis(knot, table, z)
    band = np.zeros((len(knot) + 2, 4))
    add_smoothing(knot, SMOOTHING, band)
    total: Floats = np.diag(band[:, 0]).astype(np.float64)
    for offset in (1, 2, 3):
        upper = np.diag(band[: len(band) - offset, offset], offset)
        total = total + upper + upper.T
    hessian = total[1:-1, 1:-1] + rows.T @ (weight[:, np.newaxis] * rows) + PRIOR_WEIGHT * np.eye(len(knot))
    return np.asarray(np.linalg.inv(hessian) / (12.0 * count), np.float64)


def _basis(knot: Floats, table: Floats, z: npt.NDArray[np.float64]) -> Floats:
    """(len(z), len(knot)) values of the free splines."""
    matrix = np.zeros((len(z), len(knot) + 2))
    row = np.empty(4)
    for i, at in enumerate(z):
        s = basis_row(knot, table, float(at), row)
        matrix[i, s : s + 4] = row
    return matrix[:, 1:-1]
