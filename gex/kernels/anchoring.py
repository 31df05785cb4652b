"""Where the knots of each slice stand: frozen in z = k/√θ, so that they do not move with every tick."""

import math

import numpy as np

from gex.kernels.compiling import kernel
from gex.kernels.spline import basis_table

_GRID = np.array(
    [-14, -12, -10, -8.5, -7, -6, -5, -4.2, -3.5, -2.75, -2.1, -1.6, -1.2, -0.8, -0.5, -0.25, 0,
     0.25, 0.5, 0.8, 1.2, 1.6, 2.2, 3, 4, 5.5]
)  # fmt: skip
_GRID.flags.writeable = False
_APART = 0.3  # of an inner knot from the ends
_DOUBLED = 4.0  # a doubled slice has twice as many knots this near the money


@kernel
def knots_of(theta, lower, upper, is_doubled, out):
    """Fill out with the knots, in z, of a slice whose ends are at log-moneyness lower < 0 < upper; returns how many."""
    root = math.sqrt(theta)
    low, high = lower / root, upper / root
    out[0] = low
    used = 1
    apart = 0.5 * _APART if is_doubled else _APART
    for i in range(_GRID.shape[0]):
        z = _GRID[i]
        if is_doubled and i > 0 and abs(z) <= _DOUBLED:
            between = 0.5 * (z + _GRID[i - 1])
            if low + apart < between < high - apart:
                out[used] = between
                used += 1
        if low + apart <= z <= high - apart:
            out[used] = z
            used += 1
    out[used] = high
    return used + 1


@kernel
def anchor(theta, start, k, is_doubled, knot_start, knot, table, reach):
    """Knots and basis tables of all slices; returns the total count of knots.

    The ends cover every quote of the slice and of all shorter ones (`reach`: lowest and highest so far, carried on),
    and at least one standard deviation.
    """
    used = 0
    room = np.empty(2 * _GRID.shape[0] + 2)
    for j in range(theta.shape[0]):
        root = math.sqrt(theta[j])
        reach[0] = min(reach[0], -root)
        reach[1] = max(reach[1], root)
        if start[j + 1] > start[j]:
            reach[0] = min(reach[0], k[start[j]])
            reach[1] = max(reach[1], k[start[j + 1] - 1])
        knot_start[j] = used
        count = knots_of(theta[j], reach[0], reach[1], is_doubled[j], room)
        for a in range(count):
            knot[used + a] = room[a]
        basis_table(knot[used : used + count], table[used : used + count])
        used += count
    knot_start[theta.shape[0]] = used
    return used
