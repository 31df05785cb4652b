"""Sums of Gaussian lobes between nodes, to rounding: the polynomial through values and slopes of the eight nearest nodes.

A lobe of width v sampled every h ≤ v/5 has an error below f⁽¹⁶⁾/16!·Π(t − tⱼ)²·h¹⁶ ≤ 1.8e-4·(h/v)¹⁶ = 1.2e-15 of its peak,
so what is smooth is computed at few spots and known at all.
"""

import numpy as np

from gex.kernels.compiling import kernel

SIDE = 4  # nodes on either side of a target
NODES = 2 * SIDE


@kernel
def hermite_weights(t, value, slope, value_change, slope_change):
    """Weights of the eight values and slopes (per node step) for the polynomial and its derivative at t in [0, 1].

    The nodes stand at −3 … 4; each output has eight entries.
    """
    for j in range(NODES):
        node = j - (SIDE - 1)
        basis = 1.0
        basis_change = 0.0
        at_node = 0.0
        for m in range(NODES):
            if m == j:
                continue
            other = m - (SIDE - 1)
            inverse = 1.0 / (node - other)
            basis_change = basis_change * (t - other) * inverse + basis * inverse
            basis *= (t - other) * inverse
            at_node += inverse
        away = t - node
        square = basis * basis
        square_change = 2.0 * basis * basis_change
        value[j] = (1.0 - 2.0 * away * at_node) * square
        value_change[j] = -2.0 * at_node * square + (1.0 - 2.0 * away * at_node) * square_change
        slope[j] = away * square
        slope_change[j] = square + away * square_change


@kernel
def add_interpolated(u, step, first, values, slopes, out, out_slope):
    """out[r, n] += row r of `values` at u[n], out_slope[r, n] += its derivative to u.

    Node k of the rows (rows, nodes) is u = (first + k)·step; `slopes` are derivatives to u. Every target needs four nodes
    on either side.
    """
    row_count = values.shape[0]
    weight = np.empty((4, NODES))
    for n in range(u.shape[0]):
        position = u[n] / step - first
        cell = int(np.floor(position))
        hermite_weights(position - cell, weight[0], weight[1], weight[2], weight[3])
        base = cell - (SIDE - 1)
        for r in range(row_count):
            value = 0.0
            change = 0.0
            for j in range(NODES):
                own = values[r, base + j]
                own_slope = slopes[r, base + j] * step
                value += weight[0, j] * own + weight[1, j] * own_slope
                change += weight[2, j] * own + weight[3, j] * own_slope
            out[r, n] += value
            out_slope[r, n] += change / step
