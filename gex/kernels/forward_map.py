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
from gex.kernels.hermite import NODES, SIDE, hermite_weights
from gex.kernels.normal import INVERSE_SQRT_TWO_PI, SQRT_HALF, erfcx, exp

LANES = 8  # the number of nodes is a multiple of it: padded, so that none is left over from the vectors
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
def _reach(u, step, low, high):
    """(first, end): u[first:end] holds every u in [low, high] and is whole LANES; `step` > 0 where u is uniform."""
    count = float(u.shape[0])
    if step > 0.0:
        first = math.floor((low - u[0]) / step) if low > u[0] else 0.0
        end = math.ceil((high - u[0]) / step) + 1.0 if high > u[0] else 0.0
    else:
        first = float(np.searchsorted(u, low))
        end = float(np.searchsorted(u, high, side="right"))
    first = LANES * math.floor(min(first, count) / LANES)
    end = LANES * math.ceil(min(end, count) / LANES)
    return int(first), int(end)


@kernel
def add_states(lines, u, step, state, weight, out, slope, with_slope):
    """out[4·b + k, n] += quantity k of book b at u[n], ascending; slope its derivative to u, where it is asked for.

    A line is computed where it is within REACH; above, all of it that is left is its delta and the charm of that.
    """
    book_count = weight.shape[0]
    count = u.shape[0]
    whole = np.zeros((2 * book_count, count + 1))  # delta and charm of the lines that are over, where they end
    room = np.empty((5, count))
    for k in range(lines.shape[0]):
        i = lines[k]
        stdev = state[STDEV, i]
        if stdev == 0.0:
            continue
        inverse = 1.0 / stdev
        d1_here = state[D1, i]
        first, end = _reach(u, step, (-REACH - d1_here) * stdev, (REACH - d1_here) * stdev)
        carried = state[CARRIED, i]
        rate = state[YIELD, i] * carried / 365.0
        if end < count:
            for b in range(book_count):
                whole[2 * b, end] += weight[b, i] * carried
                whole[2 * b + 1, end] += weight[b, i] * rate
        size = end - first
        if size <= 0:
            continue
        # slices: indices that might be negative would keep LLVM from vectorising
        here = u[first:end]
        density = room[0, :size]  # φ̂
        tilted = room[1, :size]  # dφ̂/du
        bent = room[2, :size]  # φ̂·d2
        turned = room[3, :size]  # d(φ̂·d2)/du
        above = room[4, :size]  # N(d1)
        for n in range(size):
            d1 = fma(here[n], inverse, d1_here)
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
            vanna = -0.01 * amount * scale * root * inverse
            charm = -amount * scale * state[GROWTH, i] * inverse / 365.0
            charm_bent = amount * scale * 0.5 / state[TIME, i] / 365.0
            charm_above = amount * rate
            row = QUANTITIES * b
            out0 = out[row, first:end]
            out1 = out[row + 1, first:end]
            out2 = out[row + 2, first:end]
            out3 = out[row + 3, first:end]
            for n in range(size):
                out0[n] = fma(gamma, density[n], out0[n])
                out1[n] = fma(delta, above[n], out1[n])
                out2[n] = fma(vanna, bent[n], out2[n])
                out3[n] = fma(charm_bent, bent[n], fma(charm_above, above[n], fma(charm, density[n], out3[n])))
            if not with_slope:
                continue
            delta_slope = amount * scale * inverse
            charm_slope = charm_above * INVERSE_SQRT_TWO_PI * inverse
            slope0 = slope[row, first:end]
            slope1 = slope[row + 1, first:end]
            slope2 = slope[row + 2, first:end]
            slope3 = slope[row + 3, first:end]
            for n in range(size):
                slope0[n] = fma(gamma, tilted[n], slope0[n])
                slope1[n] = fma(delta_slope, density[n], slope1[n])
                slope2[n] = fma(vanna, turned[n], slope2[n])
                rest = fma(charm_slope, density[n], fma(charm, tilted[n], slope3[n]))
                slope3[n] = fma(charm_bent, turned[n], rest)
    for b in range(book_count):
        delta = 0.0
        charm = 0.0
        for n in range(count):
            delta += whole[2 * b, n]
            charm += whole[2 * b + 1, n]
            out[QUANTITIES * b + 1, n] += delta
            out[QUANTITIES * b + 3, n] += charm


@kernel
def _add_values_between(u, step, first, values, slopes, out):
    """out[r, n] += row r of `values` between its nodes, as `hermite.add_interpolated` without the derivative.

    Nodes are turned to rows, so that the inner loop runs over quantities.
    """
    row_count, node_count = values.shape
    turned = np.empty((2 * node_count, row_count))
    for r in range(row_count):
        for j in range(node_count):
            turned[2 * j, r] = values[r, j]
            turned[2 * j + 1, r] = slopes[r, j] * step
    weight = np.empty((4, NODES))
    total = np.empty(row_count)
    for n in range(u.shape[0]):
        position = u[n] / step - first
        cell = math.floor(position)
        hermite_weights(position - cell, weight[0], weight[1], weight[2], weight[3])
        base = 2 * (cell - (SIDE - 1))
        total[:] = 0.0
        for j in range(NODES):
            by_value = weight[0, j]
            by_slope = weight[1, j]
            own = turned[base + 2 * j]
            own_slope = turned[base + 2 * j + 1]
            for r in range(row_count):
                total[r] = fma(by_slope, own_slope[r], fma(by_value, own[r], total[r]))
        for r in range(row_count):
            out[r, n] += total[r]


@kernel
def state_curves(u, start, lines, step, state, weight, out):
    """out[4·b + k, n]: gamma/x, delta, vanna/x and charm/x of the calls of book b at u[n] = ln(x/S), ascending.

    `start`, `lines` and `step` as in `gex.kernels.exposure.gamma_curves`; `out` (4·books, levels).
    """
    count = u.shape[0]
    out[:, :] = 0.0
    if count == 0:
        return
    padded = np.empty(LANES * ((count + LANES - 1) // LANES))
    padded[:count] = u
    padded[count:] = u[count - 1]
    direct = np.zeros((out.shape[0], padded.shape[0]))
    for c in range(step.shape[0]):
        own = lines[start[c] : start[c + 1]]
        if own.shape[0] == 0:
            continue
        first = 0
        node_count = count
        if step[c] > 0.0:
            first = math.floor(u[0] / step[c]) - SIDE
            node_count = math.floor(u[count - 1] / step[c]) + 1 + SIDE - first + 1
        if step[c] == 0.0 or node_count >= count:
            add_states(own, padded, 0.0, state, weight, direct, direct, False)
            continue
        node_count = LANES * ((node_count + LANES - 1) // LANES)
        node = np.empty(node_count)
        for k in range(node_count):
            node[k] = (first + k) * step[c]
        values = np.zeros((out.shape[0], node_count))
        slopes = np.zeros((out.shape[0], node_count))
        add_states(own, node, step[c], state, weight, values, slopes, True)
        _add_values_between(u, step[c], first, values, slopes, out)
    for r in range(out.shape[0]):
        for n in range(count):
            out[r, n] += direct[r, n]


@kernel
def state_nodes(spot, level, forward, strike, time_to_expiry, discount_factor, vol, weight, put, out):
    """out[4·b + k, n] as `state_curves` less the forwards of the puts: each line with its own volatility vol[i, n].

    `forward` is that at the spot `spot` and moves with the level; a line without time or volatility there adds nothing.
    `put` (books, lines) are the puts among `weight`.
    """
    book_count = weight.shape[0]
    count = level.shape[0]
    out[:, :] = 0.0
    u = np.empty(count)
    for n in range(count):
        u[n] = math.log(level[n] / spot)
    whole = np.zeros(2 * book_count)
    room = np.empty((4, count))
    density = room[0]  # φ̂/v
    above = room[1]
    bent = room[2]  # φ̂·d2/σ
    decayed = room[3]  # φ̂·(b/v − d2/(2T))
    for i in range(strike.shape[0]):
        time = time_to_expiry[i]
        if not (time > 0.0 and forward[i] > 0.0 and discount_factor[i] > 0.0):
            continue
        root = math.sqrt(time)
        moneyness = math.log(forward[i] / strike[i])
        carried = discount_factor[i] * forward[i] / spot
        growth = math.log(forward[i] / spot) / time
        half = 0.5 / time
        own = vol[i]
        known_count = 0
        for n in range(count):
            known_count += own[n] > 0.0
        if known_count == 0:
            continue
        for n in range(count):
            sigma = own[n]
            stdev = sigma * root
            is_known = stdev > 0.0
            stdev = stdev if is_known else 1.0
            inverse = 1.0 / stdev
            d1 = fma(u[n] + moneyness, inverse, 0.5 * stdev)
            d2 = d1 - stdev
            gaussian = exp(-0.5 * d1 * d1)
            tail = 0.5 * gaussian * erfcx(abs(d1) * SQRT_HALF)
            upper = tail if d1 < 0.0 else 1.0 - tail
            gaussian = gaussian if is_known else 0.0
            density[n] = gaussian * inverse
            above[n] = upper if is_known else 0.0
            bent[n] = gaussian * d2 * inverse
            decayed[n] = gaussian * (growth * inverse - d2 * half)
        scale = carried * INVERSE_SQRT_TWO_PI
        rate = -math.log(carried) / time * carried / 365.0
        for b in range(book_count):
            amount = weight[b, i]
            if amount == 0.0:
                continue
            row = QUANTITIES * b
            gamma = 0.01 * amount * scale
            delta = amount * carried
            vanna = -0.01 * amount * scale * root
            charm = -amount * scale / 365.0
            charm_above = amount * rate
            for n in range(count):
                out[row, n] = fma(gamma, density[n], out[row, n])
                out[row + 1, n] = fma(delta, above[n], out[row + 1, n])
                out[row + 2, n] = fma(vanna, bent[n], out[row + 2, n])
                out[row + 3, n] = fma(charm_above, above[n], fma(charm, decayed[n], out[row + 3, n]))
        for b in range(book_count):
            puts = put[b, i]
            if puts == 0.0:
                continue
            if known_count == count:
                whole[2 * b] -= puts * carried
                whole[2 * b + 1] -= puts * rate
                continue
            for n in range(count):
                out[QUANTITIES * b + 1, n] -= puts * carried if own[n] > 0.0 else 0.0
                out[QUANTITIES * b + 3, n] -= puts * rate if own[n] > 0.0 else 0.0
    for b in range(book_count):
        for n in range(count):
            out[QUANTITIES * b + 1, n] += whole[2 * b]
            out[QUANTITIES * b + 3, n] += whole[2 * b + 1]


warms(line_states, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, float64, TABLE_OUT)
warms(state_curves, FLOATS, INDICES, INDICES, FLOATS, TABLE, TABLE, TABLE_OUT)
warms(state_nodes, float64, FLOATS, *(FLOATS,) * 4, TABLE, TABLE, TABLE, TABLE_OUT)
