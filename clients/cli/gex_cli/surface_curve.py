"""The smile of a slice at any strike, from the knots and coefficients of the answer."""

import numpy as np
import numpy.typing as npt
from gexapi.v1 import surface_pb2

Floats = npt.NDArray[np.float64]


def total_variance(smile: surface_pb2.SurfaceSlice, log_moneyness: Floats) -> Floats:
    """w at each ln(K/F): a cubic from each knot on, a line before the first; the last cubic is the call wing.

    >>> smile = surface_pb2.SurfaceSlice(knot=[0.0], coefficient=[0.04, 0.01, 0.0, 0.0], left_slope=-0.02)
    >>> total_variance(smile, np.array([-1.0, 0.0, 1.0])).tolist()
    [0.06, 0.04, 0.05]
    """
    knot = np.asarray(smile.knot, np.float64)
    coefficient = np.asarray(smile.coefficient, np.float64).reshape(-1, 4)
    at = np.clip(np.searchsorted(knot, log_moneyness, side="right") - 1, 0, None)
    t = log_moneyness - knot[at]
    a, b, c, d = coefficient[at].T
    cubic = a + t * (b + t * (c + t * d))
    left = coefficient[0, 0] + smile.left_slope * (log_moneyness - knot[0])
    return np.asarray(np.where(log_moneyness < knot[0], left, cubic), np.float64)


def vols(smile: surface_pb2.SurfaceSlice, time_to_expiry: float, log_moneyness: Floats) -> Floats:
    """Black volatility, decimal, at each ln(K/F)."""
    return np.asarray(np.sqrt(total_variance(smile, log_moneyness) / time_to_expiry), np.float64)
