"""Gamma exposure of option lines repriced over spot, with its slope.

One line of weight w (signed contracts × multiplier) has at spot x, its forward moving as F·x/S and g = e^{−qT} φ(d1)/(x v):

    exposure = w·g·x²·0.01,        d(x²g)/dx = x·g·(1 − d1/v),        ∂g/∂σ = g·(d1·d2 − 1)/σ

The inner loops run over spots, so that sums need no reordering: every spot adds its lines in their order, and the result
does not depend on how many spots are asked for. Lines without time or volatility contribute nothing.
"""

import math

import numpy as np
from numba import float64

from gex.kernels.compiling import FLOATS, TABLE, TABLE_OUT, kernel, warms
from gex.kernels.normal import INVERSE_SQRT_TWO_PI, exp

BLOCK = 128  # spots at a time: two tiles of this length stay in the first-level cache


@kernel
def gamma_at_fixed_vol(spot, level, forward, strike, time_to_expiry, discount_factor, vol, weight, out, slope):
    """out[b, n] = gamma exposure per 1 % of book b at spot level[n], slope[b, n] its derivative; volatilities stay put.

    `weight` (books, lines), the other inputs one entry a line.
    """
    book_count, line_count = weight.shape
    level_count = level.shape[0]
    log_move = np.empty(BLOCK)
    scaled = np.empty(BLOCK)  # x·φ(d1) at each spot of the block
    tilted = np.empty(BLOCK)  # φ(d1)·(1 − d1/v)
    out[:, :] = 0.0
    slope[:, :] = 0.0
    for block in range((level_count + BLOCK - 1) // BLOCK):
        first = block * BLOCK
        size = min(BLOCK, level_count - first)
        for n in range(size):
            log_move[n] = math.log(level[first + n] / spot)
        for i in range(line_count):
            stdev = vol[i] * math.sqrt(time_to_expiry[i])
            if not stdev > 0.0:
                continue
            inverse = 1.0 / stdev
            d1_here = math.log(forward[i] / strike[i]) * inverse + 0.5 * stdev
            height = 0.01 * discount_factor[i] * forward[i] / spot * INVERSE_SQRT_TWO_PI * inverse
            for n in range(size):
                d1 = d1_here + log_move[n] * inverse
                density = exp(-0.5 * d1 * d1)
                scaled[n] = density * level[first + n]
                tilted[n] = density * (1.0 - d1 * inverse)
            for b in range(book_count):
                amount = weight[b, i] * height
                if amount != 0.0:
                    for n in range(size):
                        out[b, first + n] += amount * scaled[n]
                    for n in range(size):
                        slope[b, first + n] += amount * tilted[n]


@kernel
def gamma_at_moving_vol(
    spot, level, forward, strike, time_to_expiry, discount_factor, vol, vol_slope, weight, out, slope
):
    """As `gamma_at_fixed_vol` with vol[i, n] of line i at level n and vol_slope[i, n] = dσ/d ln x along the move."""
    book_count, line_count = weight.shape
    level_count = level.shape[0]
    out[:, :] = 0.0
    slope[:, :] = 0.0
    for i in range(line_count):
        if not time_to_expiry[i] > 0.0:
            continue
        root_time = math.sqrt(time_to_expiry[i])
        moneyness = math.log(forward[i] / strike[i])
        height = 0.01 * discount_factor[i] * forward[i] / spot * INVERSE_SQRT_TWO_PI
        for n in range(level_count):
            sigma = vol[i, n]
            stdev = sigma * root_time
            if not stdev > 0.0:
                continue
            d1 = (moneyness + math.log(level[n] / spot)) / stdev + 0.5 * stdev
            density = height * exp(-0.5 * d1 * d1) / stdev
            tilt = 1.0 - d1 / stdev + vol_slope[i, n] * (d1 * (d1 - stdev) - 1.0) / sigma
            for b in range(book_count):
                out[b, n] += weight[b, i] * density * level[n]
                slope[b, n] += weight[b, i] * density * tilt


_LINES = (FLOATS,) * 4
warms(gamma_at_fixed_vol, float64, FLOATS, *_LINES, FLOATS, TABLE, TABLE_OUT, TABLE_OUT)
warms(gamma_at_moving_vol, float64, FLOATS, *_LINES, TABLE, TABLE, TABLE, TABLE_OUT, TABLE_OUT)
