"""The move to each expiry that options price in."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from gex.contracts import Expiry
from gex.surface.protocol import VolSurface


@dataclass(frozen=True, kw_only=True)
class ExpectedMove:
    """Two figures for one expiry, currency per unit; they differ by √(2/π) where v = σ√T is small."""

    expiry_index: int
    expiry: Expiry
    straddle: float  # E|S_T − F|: the undiscounted straddle at the forward
    one_sigma: float  # F·v
    vol: float  # at the forward, decimal


def expected_moves(surface: VolSurface) -> tuple[ExpectedMove, ...]:
    """Of every expiry with a slice: straddle = 2F(2N(v/2) − 1), one sigma = F·v.

    F 5000, 7 days, 15 %: 82.87 and 103.86 points.
    """
    forwards = surface.forwards
    count = len(forwards)
    vol = surface.vol(np.arange(count), np.zeros(count))
    stdev = vol * np.sqrt(forwards.time_to_expiry)
    straddle = 2.0 * forwards.forward * (2.0 * ndtr(0.5 * stdev) - 1.0)
    return tuple(
        ExpectedMove(
            expiry_index=j,
            expiry=forwards.expiries[j],
            straddle=float(straddle[j]),
            one_sigma=float(forwards.forward[j] * stdev[j]),
            vol=float(vol[j]),
        )
        for j in np.flatnonzero(np.isfinite(straddle) & (stdev > 0.0)).tolist()
    )
