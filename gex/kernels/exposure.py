"""Gamma exposure of option lines repriced over spot, with its slope and its variance.

One line of weight w (signed contracts × multiplier) has at spot x, its forward moving as F·x/S and g = e^{−qT} φ(d1)/(x v):

    exposure = w·g·x²·0.01,        d(x²g)/dx = x·g·(1 − d1/v),        ∂g/∂σ = g·(d1·d2 − 1)/σ

With u = ln(x/S) a line is d1(u) = d1(0) + u/v and a height: `line_coefficients` makes them once. Beyond |d1| = REACH a line
is 1e-19 of its own peak and counts as nothing. `gamma_curves` is for many spots, `gamma_at` for few: the latter adds the
lines in their order, so that its bits do not depend on what else is asked for. Lines without time or volatility contribute
nothing.
"""

import math

import numpy as np
from numba import float64

from gex.kernels.bits import fma
from gex.kernels.compiling import FLOATS, FLOATS_OUT, INDICES, TABLE, TABLE_OUT, kernel, warms
from gex.kernels.hermite import SIDE, add_interpolated
from gex.kernels.normal import INVERSE_SQRT_TWO_PI, exp

BLOCK = 128  # spots (or lines) at a time: two tiles of this length stay in the first-level cache
REACH = 9.3  # φ(9.3)/φ(0) = 1.7e-19
D1, INVERSE, HEIGHT, LOW, HIGH = range(5)  # rows of a table of coefficients


@kernel
def line_coefficients(spot, forward, strike, time_to_expiry, discount_factor, vol, out):
    """out (5, lines): d1 at spot, 1/v, height 0.01·e^{−qT}/(v√2π), and the ends of the window of ln(x/S)."""
    for i in range(strike.shape[0]):
        stdev = vol[i] * math.sqrt(time_to_expiry[i]) if time_to_expiry[i] > 0.0 else 0.0
        if not (stdev > 0.0 and forward[i] > 0.0):
            out[D1, i] = 0.0
            out[INVERSE, i] = 0.0
            out[HEIGHT, i] = 0.0
            out[LOW, i] = math.inf
            out[HIGH, i] = -math.inf
            continue
        inverse = 1.0 / stdev
        d1 = math.log(forward[i] / strike[i]) * inverse + 0.5 * stdev
        out[D1, i] = d1
        out[INVERSE, i] = inverse
        out[HEIGHT, i] = 0.01 * discount_factor[i] * forward[i] / spot * INVERSE_SQRT_TWO_PI * inverse
        out[LOW, i] = (-REACH - d1) * stdev
        out[HIGH, i] = (REACH - d1) * stdev


@kernel
def add_gamma(lines, log_move, coefficients, weight, out, slope):
    """out[b, n] += gamma exposure per 1 % of book b at the spot level[n] over x, slope[b, n] += its derivative to ln x.

    For the lines named in `lines`; levels ascending; `weight` (books, lines). Volatilities stay with their strikes.
    """
    book_count = weight.shape[0]
    level_count = log_move.shape[0]
    density = np.empty(BLOCK)  # φ(d1)·√2π at each spot of the block
    tilted = np.empty(BLOCK)  # its derivative to ln x
    for block in range((level_count + BLOCK - 1) // BLOCK):
        start = block * BLOCK
        stop = min(start + BLOCK, level_count)
        for k in range(lines.shape[0]):
            i = lines[k]
            low = coefficients[LOW, i]
            high = coefficients[HIGH, i]
            if low > log_move[stop - 1] or high < log_move[start]:
                continue
            first = start
            while log_move[first] < low:
                first += 1
            end = stop
            while log_move[end - 1] > high:
                end -= 1
            size = end - first
            d1_here = coefficients[D1, i]
            inverse = coefficients[INVERSE, i]
            for n in range(size):
                d1 = fma(log_move[first + n], inverse, d1_here)
                density[n] = exp(-0.5 * d1 * d1)
                tilted[n] = -density[n] * d1 * inverse
            for b in range(book_count):
                amount = weight[b, i] * coefficients[HEIGHT, i]
                if amount != 0.0:
                    for n in range(size):
                        out[b, first + n] = fma(amount, density[n], out[b, first + n])
                    for n in range(size):
                        slope[b, first + n] = fma(amount, tilted[n], slope[b, first + n])


@kernel
def gamma_curves(spot, level, start, lines, step, coefficients, weight, out, slope):
    """out[b, n] = gamma exposure per 1 % of book b at the spot level[n], ascending; slope[b, n] its derivative per point.

    The lines lines[start[c]:start[c + 1]] of class c are computed every step[c] of ln x, which their lobes allow
    (`hermite`), and at every level where step[c] is 0. What depends on all levels asked for is below 1e-14 of the peaks.
    """
    book_count = weight.shape[0]
    level_count = level.shape[0]
    log_move = np.empty(level_count)
    for n in range(level_count):
        log_move[n] = math.log(level[n] / spot)
    out[:, :] = 0.0
    slope[:, :] = 0.0
    for c in range(step.shape[0]):
        own = lines[start[c] : start[c + 1]]
        if own.shape[0] == 0 or level_count == 0:
            continue
        first = 0
        node_count = level_count
        if step[c] > 0.0:
            first = math.floor(log_move[0] / step[c]) - SIDE
            node_count = math.floor(log_move[level_count - 1] / step[c]) + 1 + SIDE - first + 1
        if step[c] == 0.0 or node_count >= level_count:
            add_gamma(own, log_move, coefficients, weight, out, slope)
            continue
        node = np.empty(node_count)
        for k in range(node_count):
            node[k] = (first + k) * step[c]
        values = np.zeros((book_count, node_count))
        slopes = np.zeros((book_count, node_count))
        add_gamma(own, node, coefficients, weight, values, slopes)
        add_interpolated(log_move, step[c], first, values, slopes, out, slope)
    for b in range(book_count):
        for n in range(level_count):
            slope[b, n] += out[b, n]  # d(x·y)/dx = y + dy/d ln x
            out[b, n] *= level[n]


@kernel
def gamma_here(spot, level, book, coefficients, weight, scaled, tilted):
    """(exposure per 1 %, slope per point) of one book at one spot, its lines added in order.

    `scaled` and `tilted` are scratch of BLOCK numbers.
    """
    line_count = weight.shape[1]
    log_move = math.log(level / spot)
    value = 0.0
    derivative = 0.0
    for block in range((line_count + BLOCK - 1) // BLOCK):
        first = block * BLOCK
        size = min(BLOCK, line_count - first)
        seen = 0
        for j in range(size):
            seen += (coefficients[LOW, first + j] <= log_move) & (log_move <= coefficients[HIGH, first + j])
        if seen == 0:
            continue
        for j in range(size):
            i = first + j
            inverse = coefficients[INVERSE, i]
            d1 = fma(log_move, inverse, coefficients[D1, i])
            is_near = (coefficients[LOW, i] <= log_move) & (log_move <= coefficients[HIGH, i])
            density = exp(-0.5 * d1 * d1) if is_near else 0.0
            amount = weight[book, i] * coefficients[HEIGHT, i]
            scaled[j] = amount * density
            tilted[j] = amount * density * (1.0 - d1 * inverse)
        for j in range(size):
            value += scaled[j]
            derivative += tilted[j]
    return value * level, derivative


@kernel
def gamma_at(spot, level, book, coefficients, weight, out, slope):
    """out[n], slope[n] of book[n] at the spot level[n]: what `gamma_curves` gives there, for few spots in any order."""
    scaled = np.empty(BLOCK)
    tilted = np.empty(BLOCK)
    for n in range(level.shape[0]):
        out[n], slope[n] = gamma_here(spot, level[n], book[n], coefficients, weight, scaled, tilted)


@kernel
def gamma_at_moving_vol(
    spot, level, forward, strike, time_to_expiry, discount_factor, vol, vol_slope, weight, out, slope
):
    """As `gamma_curves` with vol[i, n] of line i at level n and vol_slope[i, n] = dσ/d ln x along the move."""
    book_count, line_count = weight.shape
    level_count = level.shape[0]
    log_move = np.empty(level_count)
    for n in range(level_count):
        log_move[n] = math.log(level[n] / spot)
    scaled = np.empty(BLOCK)
    tilted = np.empty(BLOCK)
    out[:, :] = 0.0
    slope[:, :] = 0.0
    for i in range(line_count):
        if not time_to_expiry[i] > 0.0:
            continue
        root_time = math.sqrt(time_to_expiry[i])
        moneyness = math.log(forward[i] / strike[i])
        height = 0.01 * discount_factor[i] * forward[i] / spot * INVERSE_SQRT_TWO_PI
        for block in range((level_count + BLOCK - 1) // BLOCK):
            first = block * BLOCK
            size = min(BLOCK, level_count - first)
            for j in range(size):
                n = first + j
                sigma = vol[i, n]
                stdev = sigma * root_time
                inverse = 1.0 / stdev
                d1 = (moneyness + log_move[n]) * inverse + 0.5 * stdev
                density = height * exp(-0.5 * d1 * d1) * inverse if stdev > 0.0 else 0.0
                tilt = 1.0 - d1 * inverse + vol_slope[i, n] * (d1 * (d1 - stdev) - 1.0) / sigma
                scaled[j] = density * level[n]
                tilted[j] = density * tilt if stdev > 0.0 else 0.0
            for b in range(book_count):
                amount = weight[b, i]
                if amount != 0.0:
                    for j in range(size):
                        out[b, first + j] += amount * scaled[j]
                    for j in range(size):
                        slope[b, first + j] += amount * tilted[j]


@kernel
def gamma_variances(spot, level, start, coefficients, squared, call_weight, put_weight, out, out_clustered):
    """Per level: out = Σ (g x² 0.01)²·squared over lines, out_clustered = Σ over expiry × right of (Σ w g x² 0.01)².

    `squared` per line is Σ over call and put of what one wrong sign costs, in squared units of underlying.
    """
    for n in range(level.shape[0]):
        log_move = math.log(level[n] / spot)
        independent = 0.0
        clustered = 0.0
        for e in range(start.shape[0] - 1):
            calls = 0.0
            puts = 0.0
            for i in range(start[e], start[e + 1]):
                if log_move < coefficients[LOW, i] or log_move > coefficients[HIGH, i]:
                    continue
                d1 = coefficients[D1, i] + log_move * coefficients[INVERSE, i]
                unit = coefficients[HEIGHT, i] * level[n] * math.exp(-0.5 * d1 * d1)
                independent += unit * unit * squared[i]
                calls += unit * call_weight[i]
                puts += unit * put_weight[i]
            clustered += calls * calls + puts * puts
        out[n] = independent
        out_clustered[n] = clustered


_LINES = (FLOATS,) * 4
warms(line_coefficients, float64, *_LINES, FLOATS, TABLE_OUT)
warms(gamma_curves, float64, FLOATS, INDICES, INDICES, FLOATS, TABLE, TABLE, TABLE_OUT, TABLE_OUT)
warms(gamma_at, float64, FLOATS, INDICES, TABLE, TABLE, FLOATS_OUT, FLOATS_OUT)
warms(gamma_at_moving_vol, float64, FLOATS, *_LINES, TABLE, TABLE, TABLE, TABLE_OUT, TABLE_OUT)
warms(gamma_variances, float64, FLOATS, INDICES, TABLE, FLOATS, FLOATS, FLOATS, FLOATS_OUT, FLOATS_OUT)
