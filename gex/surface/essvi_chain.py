"""eSSVI slices through a whole chain: the shape of expiries with few quotes, and what a failing fit falls back on."""

import numpy as np

from gex.columns import Floats
from gex.kernels.essvi import essvi_starts
from gex.surface.essvi import essvi_through
from gex.surface.targets import DENSE, SurfaceTargets

_PLAIN_RHO, _PLAIN_WING = -0.3, 0.6  # where nothing tells the shape: a mild put skew, ψ/√θ


def essvi_chain(targets: SurfaceTargets, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """(θ, ρ, ψ) of every slice of `targets`, free of arbitrage by Mingone's map.

    Expiries with at least eight two-sided quotes are fitted one by one; the others take ρ and ψ/√θ between their
    neighbours, and the level of their own quotes (`theta`).
    """
    count = len(targets.expiry)
    rho, wing = np.full(count, np.nan), np.full(count, np.nan)
    level = np.array(theta)
    for j in np.flatnonzero(targets.two_sided_count() >= DENSE):
        here = slice(int(targets.start[j]), int(targets.start[j + 1]))
        known = np.isfinite(targets.middle[here])
        k, middle, weight = (a[here][known] for a in (targets.log_moneyness, targets.middle, targets.weight))
        fitted = essvi_starts(k, middle, weight, float(theta[j]))
        if np.isfinite(fitted).all():
            level[j], rho[j], wing[j] = fitted[0], fitted[1], fitted[2] / np.sqrt(fitted[0])
    known = np.isfinite(rho)
    place = np.arange(count, dtype=np.float64)
    if known.any():
        rho = np.interp(place, place[known], rho[known])
        wing = np.interp(place, place[known], wing[known])
    else:
        rho, wing = np.full(count, _PLAIN_RHO), np.full(count, _PLAIN_WING)
    rho = _smoothed(np.clip(rho, -0.95, 0.95))
    made_theta, psi = essvi_through(theta=level, rho=rho, psi=wing * np.sqrt(level))
    return made_theta, rho, psi


def _smoothed(values: Floats) -> Floats:
    """Means of three, after medians of three: the map pays for every change of ρ with variance."""
    if len(values) < 3:
        return values
    padded = np.concatenate([values[:1], values, values[-1:]])
    left, own, right = padded[:-2], padded[1:-1], padded[2:]
    middle = np.maximum(np.minimum(left, own), np.minimum(np.maximum(left, own), right))
    padded = np.concatenate([middle[:1], middle, middle[-1:]])
    smooth: Floats = (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0
    return smooth
