"""Value, delta, gamma and vega of a book on a grid of spots × shifts of volatility at one instant.

Lines hold calls and puts of one expiry and strike: with C the undiscounted call on the forward F, D′ the discount factor,

    value = D′·[(c + p)·C − p·(F − K)],      delta = D′·(F/x)·[(c + p)·N(d1) − p]

What has settled is worth its payoff at the spot x, and has no Greeks.
"""

import math

import numpy as np
from numba import float64

from gex.kernels.compiling import FLOATS, TABLE, inlined, kernel, warms
from gex.kernels.normal import INVERSE_SQRT_TWO_PI, SQRT_HALF, erfcx, exp

VALUE, DELTA, GAMMA, VEGA = range(4)
LANES = 8  # the number of spots is a multiple of it: padded, so that no spot is left over from the vectors


@inlined
def _upper(d, gaussian):
    """N(d), gaussian = e^(−d²/2)."""
    tail = 0.5 * gaussian * erfcx(abs(d) * SQRT_HALF)
    return tail if d < 0.0 else 1.0 - tail


@kernel
def scenario_sums(
    spot,
    vol_shift,
    least_vol,
    log_ratio,
    vol,
    root_time,
    growth,
    discount,
    strike,
    shift_scale,
    call_units,
    put_units,
    out,
):
    """out[k, v, i] += value, delta, gamma, vega at spot[i] and vol_shift[v], summed over lines.

    log_ratio[i] is ln of spot[i] over the spot now, vol (lines, spots) the volatility of each line there before the shift,
    growth F/x and discount those of the instant, root_time √T (0: settled); a shift counts shift_scale times.
    """
    spot_count = spot.shape[0]
    here = np.empty(spot_count)
    for j in range(strike.shape[0]):
        units = call_units[j] + put_units[j]
        puts = put_units[j]
        k = strike[j]
        if not root_time[j] > 0.0:
            for v in range(vol_shift.shape[0]):
                for i in range(spot_count):
                    out[VALUE, v, i] += call_units[j] * max(spot[i] - k, 0.0) + puts * max(k - spot[i], 0.0)
            continue
        root = root_time[j]
        rate = growth[j]
        paid = discount[j]
        # ln(x·G/K) = ln(x/S) + ln(S·G/K), S the spot that the moves are from
        base = math.log(spot[0] * rate / k) - log_ratio[0]
        sigma = vol[j]
        for i in range(spot_count):
            here[i] = base + log_ratio[i]
        for v in range(vol_shift.shape[0]):
            shift = vol_shift[v] * shift_scale[j]
            values = out[VALUE, v]
            deltas = out[DELTA, v]
            gammas = out[GAMMA, v]
            vegas = out[VEGA, v]
            for i in range(spot_count):
                forward = spot[i] * rate
                stdev = max(sigma[i] + shift, least_vol) * root
                d1 = here[i] / stdev + 0.5 * stdev
                d2 = d1 - stdev
                gaussian = exp(-0.5 * d1 * d1)
                upper1 = _upper(d1, gaussian)
                upper2 = _upper(d2, exp(-0.5 * d2 * d2))
                density = INVERSE_SQRT_TWO_PI * gaussian * units * paid
                call = forward * upper1 - k * upper2
                values[i] += paid * (units * call - puts * (forward - k))
                deltas[i] += paid * rate * (units * upper1 - puts)
                gammas[i] += density * rate / (spot[i] * stdev)
                vegas[i] += density * forward * root


_CUBE_OUT = float64[:, :, ::1]
warms(scenario_sums, FLOATS, FLOATS, float64, FLOATS, TABLE, *(FLOATS,) * 7, _CUBE_OUT)
