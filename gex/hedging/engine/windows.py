"""Catalysts declared ahead: how much of a gap stands before the hedge at an instant."""

import math
from collections.abc import Sequence

import numpy as np

from gex.hedging.engine.config import Window


def gap_ahead(windows: Sequence[Window], as_of: np.datetime64) -> float:
    """Standard deviation of the log move that the windows in force may bring; variances of several add up.

    Inside a window all of it; over the ramp before one the variance rises linearly, so that half-way through the ramp
    gap_sd/√2 is hedged.
    """
    variance = 0.0
    for window in windows:
        if window.starts_at <= as_of < window.ends_at:
            variance += window.gap_sd**2
        elif window.ramp > 0.0 and as_of < window.starts_at:
            left = float((window.starts_at - as_of) / np.timedelta64(1, "ns")) * 1e-9
            variance += window.gap_sd**2 * max(1.0 - left / window.ramp, 0.0)
    return math.sqrt(variance)


def next_edge(windows: Sequence[Window], as_of: np.datetime64) -> np.datetime64 | None:
    """The next instant at which a window or its ramp begins or ends; None: nothing is declared."""
    edges = []
    for window in windows:
        ramp = np.timedelta64(round(window.ramp * 1e9), "ns")
        edges += [edge for edge in (window.starts_at - ramp, window.starts_at, window.ends_at) if edge > as_of]
    return min(edges, default=None)
