"""The same quotes through scipy's smoothing spline of total variance: one UnivariateSpline an expiry, weighted by spread."""

import time
import warnings

import numpy as np
from scipy.interpolate import UnivariateSpline

from benchmarks.peers.surface import PeerFit
from gex.columns import Floats
from gex.surface.targets import SurfaceTargets

SMOOTHING = 0.1  # mean square of the residuals, in half spreads


def splines(targets: SurfaceTargets, years: Floats) -> tuple[PeerFit, int]:
    """(fit, slices whose density is negative somewhere between their quotes)."""
    errors, inside, seconds, dirty = [], [], 0.0, 0
    for j in range(len(targets.expiry)):
        here = slice(int(targets.start[j]), int(targets.start[j + 1]))
        known = np.isfinite(targets.middle[here])
        low, middle, high = (a[here][known] for a in (targets.low, targets.middle, targets.high))
        k = targets.log_moneyness[here][known]
        k, first = np.unique(k, return_index=True)
        low, middle, high = low[first], middle[first], high[first]
        began = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            half = np.maximum(0.5 * (high - low), 1e-9)
            fit = UnivariateSpline(k, middle, w=1.0 / half, s=SMOOTHING * len(k), k=3)
            w = np.maximum(fit(k), 1e-12)
        seconds += time.perf_counter() - began
        errors.append(1e4 * (np.sqrt(w / years[j]) - np.sqrt(middle / years[j])))
        inside.append((w >= low) & (w <= high))
        grid = np.linspace(k[0], k[-1], 2001)
        value, slope, bend = np.maximum(fit(grid), 1e-12), fit.derivative(1)(grid), fit.derivative(2)(grid)
        density = (1.0 - 0.5 * grid * slope / value) ** 2 - 0.25 * slope**2 * (1.0 / value + 0.25) + 0.5 * bend
        dirty += bool((density < 0.0).any())
    return PeerFit(seconds, np.concatenate(errors), np.concatenate(inside).astype(float)), dirty
