"""Gamma, delta, vanna and charm of a book repriced over spot at one instant.

Per line of weight w at spot x, u = ln(x/S), with φ̂ = e^{−d1²/2}, p = e^{−qT}/√2π, b = r − q, all at that instant:

    gamma exposure / x = w·0.01·p·φ̂/v               delta units = w·e^{−qT}·N(d1)            (of the call)
    vanna exposure / x = −w·0.01·p·φ̂·d2/σ           charm / x   = w·(q·e^{−qT}·N(d1) − p·φ̂·(b/v − d2/(2T)))/365

These four are smooth in u and are sampled as `hermite` allows; a put differs by what does not depend on its strike. Inside
the loops the amounts of one line are plain numbers and the loops run over spots.
"""

import math

import numpy as np
from numba import float64

from gex.kernels.bits import fma
from gex.kernels.compiling import FLOATS, INDICES, TABLE, TABLE_OUT, kernel, warms
from gex.kernels.exposure import REACH
from gex.kernels.hermite import SIDE, add_interpolated
from gex.kernels.normal import INVERSE_SQRT_TWO_PI, SQRT_HALF, erfcx, exp

BLOCK = 128
QUANTITIES = 4  # gamma, delta, vanna, charm
D1, STDEV, TIME, CARRIED, YIELD, GROWTH = range(6)  # rows of a table of states


@kernel
def line_states(forward, strike, time_to_expiry, discount_factor, vol, spot, out):
    """out (6, lines): d1 at `spot`, v, T, e^{−qT}, q, b. v = 0 where a line cannot be priced or has settled."""
    for i in range(strike.shape[0]):
        time = time_to_expiry[i]
        stdev = vol[i] * math.sqrt(time) if time > 0.0 else 0.0
        if not (stdev > 0.0 and forward[i] > 0.0 and discount_factor[i] > 0.0):
            for k in range(6):
                out[k, i] = 0.0
            continue
        carried = discount_factor[i] * forward[i] / spot
        out[D1, i] = math.log(forward[i] / strike[i]) / stdev + 0.5 * stdev
        out[STDEV, i] = stdev
        out[TIME, i] = time
        out[CARRIED, i] = carried
        out[YIELD, i] = -math.log(carried) / time
        out[GROWTH, i] = math.log(forward[i] / spot) / time


@kernel
def add_states(lines, u, state, weight, out, slope):
    """out[4·b + k, n] += quantity k of book b at u[n], ascending; slope its derivative to u."""
    book_count = weight.shape[0]
    count = u.shape[0]
    density = np.empty(BLOCK)
    tilted = np.empty(BLOCK)  # d(φ̂)/du
    bent = np.empty(BLOCK)  # φ̂·d2
    turned = np.empty(BLOCK)  # d(φ̂·d2)/du
    above = np.empty(BLOCK)  # N(d1)
    for block in range((count + BLOCK - 1) // BLOCK):
        first = block * BLOCK
        size = min(BLOCK, count - first)
        for k in range(lines.shape[0]):
            i = lines[k]
            stdev = state[STDEV, i]
            if stdev == 0.0:
                continue
            inverse = 1.0 / stdev
            d1_here = state[D1, i]
            if d1_here + u[first + size - 1] * inverse < -REACH:
                continue
            carried = state[CARRIED, i]
            rate = state[YIELD, i] * carried / 365.0
            if d1_here + u[first] * inverse > REACH:
                for b in range(book_count):
                    amount = weight[b, i]
                    if amount != 0.0:
                        for n in range(size):
                            out[QUANTITIES * b + 1, first + n] += amount * carried
                            out[QUANTITIES * b + 3, first + n] += amount * rate
                continue
            for n in range(size):
                d1 = fma(u[first + n], inverse, d1_here)
                gaussian = exp(-0.5 * d1 * d1)
                tail = 0.5 * gaussian * erfcx(abs(d1) * SQRT_HALF)
                d2 = d1 - stdev
                density[n] = gaussian
                tilted[n] = -gaussian * d1 * inverse
                bent[n] = gaussian * d2
                turned[n] = gaussian * (1.0 - d1 * d2) * inverse
                above[n] = tail if d1 < 0.0 else 1.0 - tail
            scale = carried * INVERSE_SQRT_TWO_PI
            root = math.sqrt(state[TIME, i])
            for b in range(book_count):
                amount = weight[b, i]
                if amount == 0.0:
                    continue
                gamma = 0.01 * amount * scale * inverse
                delta = amount * carried
                delta_slope = amount * scale * inverse
                vanna = -0.01 * amount * scale * root * inverse
                charm = -amount * scale * state[GROWTH, i] * inverse / 365.0
                charm_bent = amount * scale * 0.5 / state[TIME, i] / 365.0
                charm_above = amount * rate
                charm_slope = charm_above * INVERSE_SQRT_TWO_PI * inverse
                row = QUANTITIES * b
                for n in range(size):
                    out[row, first + n] = fma(gamma, density[n], out[row, first + n])
                    slope[row, first + n] = fma(gamma, tilted[n], slope[row, first + n])
                for n in range(size):
                    out[row + 1, first + n] = fma(delta, above[n], out[row + 1, first + n])
                    slope[row + 1, first + n] = fma(delta_slope, density[n], slope[row + 1, first + n])
                for n in range(size):
                    out[row + 2, first + n] = fma(vanna, bent[n], out[row + 2, first + n])
                    slope[row + 2, first + n] = fma(vanna, turned[n], slope[row + 2, first + n])
                for n in range(size):
                    so_far = fma(charm, density[n], out[row + 3, first + n])
                    out[row + 3, first + n] = fma(charm_bent, bent[n], fma(charm_above, above[n], so_far))
                    so_far = fma(charm, tilted[n], slope[row + 3, first + n])
                    slope[row + 3, first + n] = fma(charm_bent, turned[n], fma(charm_slope, density[n], so_far))


@kernel
def state_curves(u, start, lines, step, state, weight, out):
    """out[4·b + k, n]: gamma/x, delta, vanna/x and charm/x of the calls of book b at u[n] = ln(x/S), ascending.

    `start`, `lines` and `step` as in `gex.kernels.exposure.gamma_curves`; `out` (4·books, levels).
    """
    count = u.shape[0]
    out[:, :] = 0.0
    unused = np.zeros(out.shape)
    for c in range(step.shape[0]):
        own = lines[start[c] : start[c + 1]]
        if own.shape[0] == 0 or count == 0:
            continue
        first = 0
        node_count = count
        if step[c] > 0.0:
            first = math.floor(u[0] / step[c]) - SIDE
            node_count = math.floor(u[count - 1] / step[c]) + 1 + SIDE - first + 1
        if step[c] == 0.0 or node_count >= count:
            add_states(own, u, state, weight, out, unused)
            continue
        node = np.empty(node_count)
        for k in range(node_count):
            node[k] = (first + k) * step[c]
        values = np.zeros((out.shape[0], node_count))
        slopes = np.zeros((out.shape[0], node_count))
        add_states(own, node, state, weight, values, slopes)
        add_interpolated(u, step[c], first, values, slopes, out, unused)


warms(line_states, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, float64, TABLE_OUT)
warms(state_curves, FLOATS, INDICES, INDICES, FLOATS, TABLE, TABLE, TABLE_OUT)
