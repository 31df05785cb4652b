"""Put–call parity: the box of forwards that a set of quoted pairs allows, and the robust centre of it."""

import math

import numpy as np

from gex.kernels.compiling import kernel

HUBER = 0.25  # half-spreads beyond which a pair's pull on the forward stops growing


@kernel
def parity_box(lower, upper, alive):
    """(L, U, dropped): the largest lower and smallest upper end over `alive` intervals.

    Where the intersection is empty the interval whose binding end lies farther from the median centre is dropped
    (`alive` is changed) until it is not.
    """
    n = lower.shape[0]
    dropped = 0
    while True:
        low = -math.inf
        high = math.inf
        at_low = -1
        at_high = -1
        count = 0
        for i in range(n):
            if alive[i]:
                count += 1
                if lower[i] > low:
                    low = lower[i]
                    at_low = i
                if upper[i] < high:
                    high = upper[i]
                    at_high = i
        if count == 0 or low <= high:
            return low, high, dropped
        centre = np.empty(count)
        j = 0
        for i in range(n):
            if alive[i]:
                centre[j] = 0.5 * (lower[i] + upper[i])
                j += 1
        middle = np.median(centre)
        if low - middle >= middle - high:
            alive[at_low] = False
        else:
            alive[at_high] = False
        dropped += 1


@kernel
def huber_mean(centre, half_width, alive):
    """Iteratively reweighted mean of `centre`, weights min(1, HUBER/|r|)/h², r = (centre − mean)/h."""
    total = 0.0
    weight = 0.0
    for i in range(centre.shape[0]):
        if alive[i]:
            w = 1.0 / (half_width[i] * half_width[i])
            total += w * centre[i]
            weight += w
    mean = total / weight
    for _ in range(100):
        total = 0.0
        weight = 0.0
        for i in range(centre.shape[0]):
            if alive[i]:
                r = abs(centre[i] - mean) / half_width[i]
                w = (1.0 if r <= HUBER else HUBER / r) / (half_width[i] * half_width[i])
                total += w * centre[i]
                weight += w
        new = total / weight
        if abs(new - mean) <= 1e-14 * abs(mean):
            return new
        mean = new
    return mean


@kernel
def parity_forward(lower, upper, alive):
    """(forward, L, U, dropped) of the intervals [lower, upper] with `alive` true; forward NaN where none is.

    The centre of gravity is clipped to the box, so a forward never contradicts the quotes that made it.
    """
    low, high, dropped = parity_box(lower, upper, alive)
    if not math.isfinite(low) or not math.isfinite(high):
        return math.nan, math.nan, math.nan, dropped
    centre = 0.5 * (lower + upper)
    half_width = np.maximum(0.5 * (upper - lower), 1e-12 * np.abs(centre))
    mean = huber_mean(centre, half_width, alive)
    return min(max(mean, low), high), low, high, dropped
