"""Weighted sums of normal distribution functions: the delta of a whole book over spot, time and volatility.

At the log move y = ln(x/S) a line (expiry and strike, call and put together) adds amount·N(centre + y/v), v = σ√T: its
delta climbs one step. `curve_sums` is for many ascending moves: a step is computed every fifth of its width or closer,
the rest are polynomials through those nodes, right to 1e-14 of the steps (`hermite`). `point_sums`, `state_sums` and
`moving_sums` compute every line at every point.
"""

import math

import numpy as np
from numba import float64

from gex.kernels.compiling import FLOATS, FLOATS_OUT, INDICES, TABLE, TABLE_OUT, kernel, warms
from gex.kernels.hermite import SIDE, add_interpolated
from gex.kernels.normal import INVERSE_SQRT_TWO_PI, SQRT_HALF, erfcx, exp

TILE = 128  # lines (or moves) at a time, summed lane by lane: LLVM may not reorder a sum, but these are separate ones
REACH = 8.6  # N(−8.6) = 4e-18: a step ends there


@kernel
def point_sums(log_move, centre, inverse, amount, out, slope):
    """out[n] = Σ amount·N(centre + log_move[n]·inverse), slope[n] its derivative to the log move; any order of moves."""
    count = centre.shape[0]
    total = np.empty(TILE)
    change = np.empty(TILE)
    for n in range(log_move.shape[0]):
        y = log_move[n]
        total[:] = 0.0
        change[:] = 0.0
        for block in range((count + TILE - 1) // TILE):
            start = block * TILE
            size = min(TILE, count - start)
            for j in range(size):
                i = start + j
                d = centre[i] + y * inverse[i]
                gaussian = exp(-0.5 * d * d)
                tail = 0.5 * gaussian * erfcx(abs(d) * SQRT_HALF)
                total[j] += amount[i] * (tail if d < 0.0 else 1.0 - tail)
                change[j] += amount[i] * inverse[i] * gaussian
        out[n] = total.sum()
        slope[n] = change.sum() * INVERSE_SQRT_TWO_PI


@kernel
def _add_steps(lines, log_move, centre, inverse, amount, out, slope):
    """Row 0 of out and slope += the steps of `lines` at ascending moves; beyond its reach a step is all or nothing."""
    count = log_move.shape[0]
    whole = np.zeros(count + 1)  # of the steps that are over, where they end
    for k in range(lines.shape[0]):
        i = lines[k]
        rate = inverse[i]
        here = centre[i]
        weight = amount[i]
        first = np.searchsorted(log_move, (-REACH - here) / rate)
        end = np.searchsorted(log_move, (REACH - here) / rate)
        whole[end] += weight
        pull = weight * rate * INVERSE_SQRT_TWO_PI
        moves = log_move[first:end]  # slices: indices that might be negative would keep LLVM from vectorising
        steps = out[0, first:end]
        slopes = slope[0, first:end]
        for n in range(moves.shape[0]):
            d = here + moves[n] * rate
            gaussian = exp(-0.5 * d * d)
            tail = 0.5 * gaussian * erfcx(abs(d) * SQRT_HALF)
            steps[n] += weight * (tail if d < 0.0 else 1.0 - tail)
            slopes[n] += pull * gaussian
    over = 0.0
    for n in range(count):
        over += whole[n]
        out[0, n] += over


@kernel
def curve_sums(log_move, start, lines, step, centre, inverse, amount, out, slope):
    """As `point_sums` at many ascending moves, into row 0 of out and slope (1, moves).

    The lines lines[start[c]:start[c + 1]] of class c are computed every step[c], at every move where it is 0.
    """
    count = log_move.shape[0]
    out[:, :] = 0.0
    slope[:, :] = 0.0
    for c in range(step.shape[0]):
        own = lines[start[c] : start[c + 1]]
        if own.shape[0] == 0 or count == 0:
            continue
        first = 0
        node_count = count
        if step[c] > 0.0:
            first = math.floor(log_move[0] / step[c]) - SIDE
            node_count = math.floor(log_move[count - 1] / step[c]) + 1 + SIDE - first + 1
        if step[c] == 0.0 or node_count >= count:
            _add_steps(own, log_move, centre, inverse, amount, out, slope)
            continue
        node = np.empty(node_count)
        for k in range(node_count):
            node[k] = (first + k) * step[c]
        values = np.zeros((1, node_count))
        slopes = np.zeros((1, node_count))
        _add_steps(own, node, centre, inverse, amount, values, slopes)
        add_interpolated(log_move, step[c], first, values, slopes, out, slope)


@kernel
def state_sums(log_move, vol_shift, least_vol, root_time, start, log_moneyness, vol, half, amount, base, out):
    """out[n] of state n: Σ over expiries that live of base + Σ amount·N(d) over their lines.

    State n has the move log_move[n] of ln F, the parallel shift vol_shift[n] (volatilities stay above least_vol) and the
    square roots root_time[n, e] of the times left, 0 where expiry e has settled; the lines of e are start[e] to
    start[e + 1]. d = m/v + half·v: half is +½ for d1 and −½ for d2.
    """
    line_count = log_moneyness.shape[0]
    total = np.empty(TILE)
    root = np.empty(line_count)
    for n in range(log_move.shape[0]):
        y = log_move[n]
        shift = vol_shift[n]
        total[:] = 0.0
        alive = 0.0
        settled = 0  # of the expiries, in the order of the lines
        for e in range(start.shape[0] - 1):
            if root_time[n, e] > 0.0:
                alive += base[e]
                root[start[e] : start[e + 1]] = root_time[n, e]
            else:
                root[start[e] : start[e + 1]] = 0.0
                settled = start[e + 1] if settled == start[e] else settled
        live = line_count - settled
        for block in range((live + TILE - 1) // TILE):
            first = settled + block * TILE
            size = min(TILE, line_count - first)
            moneyness = log_moneyness[first : first + size]
            sigma = vol[first : first + size]
            weight = amount[first : first + size]
            time = root[first : first + size]
            for j in range(size):
                v = max(sigma[j] + shift, least_vol) * time[j]
                d = (moneyness[j] + y) / v + half * v
                tail = 0.5 * exp(-0.5 * d * d) * erfcx(abs(d) * SQRT_HALF)
                total[j] += weight[j] * (tail if d < 0.0 else 1.0 - tail) if v > 0.0 else 0.0
        out[n] = alive + total.sum()


@kernel
def moving_sums(log_move, root_time, log_moneyness, vol, vol_slope, half, amount, out):
    """out[n] = Σ amount·(N(d) + φ(d)·√T·slope) where volatilities move with spot; lines with √T = 0 add nothing.

    vol[n, i] is that of line i after the move log_move[n] of ln F, vol_slope[n, i] its derivative to the move.
    """
    count = log_moneyness.shape[0]
    total = np.empty(TILE)
    for n in range(log_move.shape[0]):
        y = log_move[n]
        total[:] = 0.0
        for block in range((count + TILE - 1) // TILE):
            start = block * TILE
            size = min(TILE, count - start)
            for j in range(size):
                i = start + j
                v = vol[n, i] * root_time[i]
                d = (log_moneyness[i] + y) / v + half * v if v > 0.0 else 0.0
                gaussian = exp(-0.5 * d * d)
                tail = 0.5 * gaussian * erfcx(abs(d) * SQRT_HALF)
                bend = INVERSE_SQRT_TWO_PI * gaussian * root_time[i] * vol_slope[n, i]
                total[j] += amount[i] * ((tail if d < 0.0 else 1.0 - tail) + bend) if v > 0.0 else 0.0
        out[n] = total.sum()


warms(point_sums, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS_OUT, FLOATS_OUT)
warms(curve_sums, FLOATS, INDICES, INDICES, FLOATS, FLOATS, FLOATS, FLOATS, TABLE_OUT, TABLE_OUT)
warms(state_sums, FLOATS, FLOATS, float64, TABLE, INDICES, FLOATS, FLOATS, float64, FLOATS, FLOATS, FLOATS_OUT)
warms(moving_sums, FLOATS, FLOATS, FLOATS, TABLE, TABLE, float64, FLOATS, FLOATS_OUT)
