"""Nodes for lobes of gamma that are too narrow for the nodes that all lines share."""

import math

import numpy as np
from numba import float64

from gex.kernels.compiling import FLOATS, FLOATS_OUT, INDICES, kernel, warms


@kernel
def narrow_nodes(
    spot, log_low, log_high, start, forward, strike, time_to_expiry, discount_factor, vol, weight, narrowest, material,
    reach, out,
):  # fmt: skip
    """Count of the nodes, of which `out` gets as many as it has room for: spots in currency, ascending within an expiry.

    A line of width v = vol·√T in ln S peaks at ln x = ln(K·S/F) + v²/2 with height 0.01·w·K·D/(v√2π), w its largest
    `weight`. Lines with v below `narrowest` and more than `material` of the sum of all heights get nodes: a quarter of the
    least v of their expiry apart in ln S, at multiples of that step, wherever one of them is nearer than `reach`·v.
    """
    line_count = strike.shape[0]
    width, height = np.zeros(line_count), np.zeros(line_count)
    lower, upper = np.empty(line_count), np.empty(line_count)
    total = 0.0
    for i in range(line_count):
        if time_to_expiry[i] > 0.0 and vol[i] > 0.0:
            width[i] = vol[i] * math.sqrt(time_to_expiry[i])
            height[i] = weight[i] * strike[i] * discount_factor[i] / width[i]
            if height[i] == height[i]:
                total += height[i]
    count = 0
    for j in range(start.shape[0] - 1):
        least = math.inf
        for i in range(start[j], start[j + 1]):
            if 0.0 < width[i] < narrowest and height[i] > material * total:
                least = min(least, width[i])
        if least == math.inf:
            continue
        step = 0.25 * least
        first = np.floor(log_low / step) + 1.0
        last = np.ceil(log_high / step) - 1.0
        chosen = 0
        for i in range(start[j], start[j + 1]):
            if 0.0 < width[i] < narrowest and height[i] > material * total:
                middle = math.log(strike[i] * spot / forward[i]) + 0.5 * width[i] * width[i]
                lower[chosen] = max(np.ceil((middle - reach * width[i]) / step), first)
                upper[chosen] = min(np.floor((middle + reach * width[i]) / step), last)
                chosen += 1
        order = np.argsort(lower[:chosen])
        reached = first - 1.0  # the last node that is there
        for k in range(chosen):
            node = max(lower[order[k]], reached + 1.0)
            while node <= upper[order[k]]:
                if count < out.shape[0]:
                    out[count] = math.exp(node * step)
                count += 1
                reached = node
                node += 1.0
    return count


warms(
    narrow_nodes,
    *(float64, float64, float64, INDICES, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, float64, float64, float64),
    FLOATS_OUT,
)
