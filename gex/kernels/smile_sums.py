"""Weighted sums of normal distribution functions whose volatilities have a slope: the delta of a book on a moving smile.

A line adds amount·(N(d) + φ(d)·√T·s), s the derivative of its volatility to the log move of spot. Where spot stands still
(`bent_state_sums`) s is a number of the line; where it moves (`smile_curve_sums`) volatility and slope are read from a
table of the smile, good enough to find where to look, not to close on.
"""

import math

import numpy as np
from numba import float64, types

from gex.kernels.compiling import FLOATS, FLOATS_OUT, INDICES, TABLE, kernel, warms
from gex.kernels.normal import INVERSE_SQRT_TWO_PI, SQRT_HALF, erfcx, exp
from gex.kernels.step_sums import TILE

REACH = 5.0  # N(−5) = 3e-7: for a scan a step ends there


@kernel
def bent_state_sums(
    log_move, vol_shift, least_vol, root_time, start, log_moneyness, vol, slope, half, amount, base, out
):
    """As `step_sums.state_sums` with the slope of every line's volatility to the log move of spot."""
    line_count = log_moneyness.shape[0]
    total = np.empty(TILE)
    root = np.empty(line_count)
    for n in range(log_move.shape[0]):
        y = log_move[n]
        shift = vol_shift[n]
        total[:] = 0.0
        alive = 0.0
        settled = 0
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
            bend = slope[first : first + size]
            weight = amount[first : first + size]
            time = root[first : first + size]
            for j in range(size):
                v = max(sigma[j] + shift, least_vol) * time[j]
                d = (moneyness[j] + y) / v + half * v
                gaussian = exp(-0.5 * d * d)
                tail = 0.5 * gaussian * erfcx(abs(d) * SQRT_HALF)
                own = (tail if d < 0.0 else 1.0 - tail) + INVERSE_SQRT_TWO_PI * gaussian * time[j] * bend[j]
                total[j] += weight[j] * own if v > 0.0 else 0.0
        out[n] = alive + total.sum()


@kernel
def _add_smile_steps(
    lines, log_move, log_moneyness, root_time, row, low, spacing, vol, slope, most_vol, stick, half, amount, out
):
    """out += the steps of `lines` at ascending moves, volatilities from row[i] of the tables vol and slope."""
    count = log_move.shape[0]
    last = vol.shape[1] - 2
    whole = np.zeros(count + 1)
    widths = np.empty(count)
    rises = np.empty(count)
    for k in range(lines.shape[0]):
        i = lines[k]
        here = log_moneyness[i]
        root = root_time[i]
        most = most_vol[row[i]] * root
        far = most * (REACH + 0.5 * most)
        first = np.searchsorted(log_move, -far - here)
        end = np.searchsorted(log_move, far - here)
        whole[end] += amount[i]
        sigma = vol[row[i]]
        bend = slope[row[i]]
        origin = low[row[i]]
        inverse = 1.0 / spacing[row[i]]
        weight = amount[i]
        pull = INVERSE_SQRT_TWO_PI * root * stick
        moves = log_move[first:end]
        steps = out[first:end]
        width = widths[: end - first]
        rise = rises[: end - first]
        for n in range(moves.shape[0]):  # apart from what follows: looking up does not vectorise
            place = (stick * moves[n] - here - origin) * inverse
            cell = min(max(int(place), 0), last)
            share = min(max(place - cell, 0.0), 1.0)
            width[n] = (sigma[cell] + share * (sigma[cell + 1] - sigma[cell])) * root
            rise[n] = (bend[cell] + share * (bend[cell + 1] - bend[cell])) * pull
        for n in range(moves.shape[0]):
            d = (here + moves[n]) / width[n] + half * width[n]
            gaussian = exp(-0.5 * d * d)
            tail = 0.5 * gaussian * erfcx(abs(d) * SQRT_HALF)
            steps[n] += weight * ((tail if d < 0.0 else 1.0 - tail) + gaussian * rise[n])
    over = 0.0
    for n in range(count):
        over += whole[n]
        out[n] += over


@kernel
def smile_curve_sums(
    log_move,
    start,
    lines,
    step,
    log_moneyness,
    root_time,
    row,
    low,
    spacing,
    vol,
    slope,
    most_vol,
    stick,
    half,
    amount,
    out,
):
    """out[n] = Σ amount·(N(d) + φ(d)·√T·∂σ/∂y) at ascending moves y, σ = smile(stick·y + ln K/F).

    Row e of the tables has the volatility and its slope to log-moneyness at low[e] + j·spacing[e], read off by straight
    lines. The lines lines[start[c]:start[c + 1]] of class c are computed every step[c] and joined by cubics through four
    nodes, at every move where step[c] is 0.
    """
    count = log_move.shape[0]
    out[:] = 0.0
    for c in range(step.shape[0]):
        own = lines[start[c] : start[c + 1]]
        if own.shape[0] == 0 or count == 0:
            continue
        first = 0
        node_count = count
        if step[c] > 0.0:
            first = math.floor(log_move[0] / step[c]) - 1
            node_count = math.floor(log_move[count - 1] / step[c]) + 3 - first
        if step[c] == 0.0 or node_count >= count:
            _add_smile_steps(
                own,
                log_move,
                log_moneyness,
                root_time,
                row,
                low,
                spacing,
                vol,
                slope,
                most_vol,
                stick,
                half,
                amount,
                out,
            )
            continue
        node = np.empty(node_count)
        for k in range(node_count):
            node[k] = (first + k) * step[c]
        value = np.zeros(node_count)
        _add_smile_steps(
            own, node, log_moneyness, root_time, row, low, spacing, vol, slope, most_vol, stick, half, amount, value
        )
        for n in range(count):
            place = log_move[n] / step[c] - first
            cell = min(max(int(place), 1), node_count - 3)
            t = place - cell
            out[n] += (
                -t * (t - 1.0) * (t - 2.0) / 6.0 * value[cell - 1]
                + (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0 * value[cell]
                - (t + 1.0) * t * (t - 2.0) / 2.0 * value[cell + 1]
                + (t + 1.0) * t * (t - 1.0) / 6.0 * value[cell + 2]
            )


_STATE = (FLOATS, FLOATS, float64, TABLE, INDICES, FLOATS, FLOATS, FLOATS, float64, FLOATS, FLOATS, FLOATS_OUT)
warms(bent_state_sums, *_STATE)
_CURVE = (
    FLOATS,
    FLOATS,
    INDICES,
    FLOATS,
    FLOATS,
    TABLE,
    TABLE,
    FLOATS,
    types.float64,
    types.float64,
    FLOATS,
    FLOATS_OUT,
)
warms(smile_curve_sums, FLOATS, INDICES, INDICES, FLOATS, *_CURVE)
