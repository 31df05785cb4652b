"""Gamma exposure of option lines repriced over spot, with its slope."""

import math

from gex.kernels.compiling import kernel

INV_SQRT_2PI = 0.3989422804014327


@kernel
def gamma_over_spot(
    spot, level, forward, strike, time_to_expiry, discount_factor, vol, vol_slope, weight, start, out, slope
):
    """Gamma exposure per 1 % of several books over levels of the spot.

    Line i: forward and discount factor of its expiry at `spot`; `weight[b, i]` = signed contracts × multiplier in book b.
    The forward moves as F·x/S. `vol[n, i]` is the volatility at level n (or vol[0, i] at every level), `vol_slope[n, i]`
    its derivative to ln x. out[b, n] = Σ w·M·Γ(x)·x²·0.01 and slope[b, n] = d out / dx. Lines without time or volatility
    contribute nothing. `start` bounds the lines that are summed one after the other before the rest: [start[j], start[j+1])
    is one expiry, so that the sum does not depend on how many expiries precede it.

    With g = e^{−qT} φ(d1)/(x v): d(x²g)/dx = x·g·(1 − d1/v), and ∂g/∂σ = g(d1·d2 − 1)/σ.
    """
    book_count = weight.shape[0]
    moving = vol.shape[0] > 1
    for n in range(level.shape[0]):
        x = level[n]
        row = n if moving else 0
        log_move = math.log(x / spot)
        for b in range(book_count):
            out[b, n] = 0.0
            slope[b, n] = 0.0
        for j in range(start.shape[0] - 1):
            for b in range(book_count):
                total = 0.0
                total_slope = 0.0
                for i in range(start[j], start[j + 1]):
                    t = time_to_expiry[i]
                    sigma = vol[row, i]
                    stdev = sigma * math.sqrt(t)
                    if weight[b, i] != 0.0 and stdev > 0.0:
                        d1 = (math.log(forward[i] / strike[i]) + log_move) / stdev + 0.5 * stdev
                        carry = discount_factor[i] * forward[i] / spot
                        # x²·Γ·0.01 for one unit of underlying
                        g = 0.01 * weight[b, i] * carry * x * INV_SQRT_2PI * math.exp(-0.5 * d1 * d1) / stdev
                        total += g
                        d2 = d1 - stdev
                        total_slope += g * (1.0 - d1 / stdev + vol_slope[row, i] * (d1 * d2 - 1.0) / sigma) / x
                out[b, n] += total
                slope[b, n] += total_slope
