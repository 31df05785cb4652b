"""What a few lines add to totals and to a profile, so that it can be taken out and put back."""

import math

from numba import float64

from gex.kernels.compiling import FLOATS, INDICES, TABLE, TABLE_OUT, kernel, warms
from gex.kernels.exposure import D1, HEIGHT, HIGH, INVERSE, LOW
from gex.kernels.normal import exp

# rows of `greeks`, in the order of `gex.greeks.Greeks`
DELTA, GAMMA, VEGA, THETA, VANNA, CHARM, SPEED, ZOMMA, COLOR = 1, 2, 3, 4, 6, 7, 9, 10, 11
SUM_COUNT = (
    13  # gamma of calls, puts, gross; delta, vanna, charm, vega, theta, speed, zomma, color; unpriced lines, units
)


@kernel
def add_sums(greeks, forward, strike, time_to_expiry, discount_factor, spot, call, put, sign, out):
    """out (books, SUM_COUNT) += sign × the sums of all lines given, per unit of underlying.

    `greeks` (13, lines) are spot Greeks of calls; a put is the call less a forward contract on its strike. `call` and `put`
    (books, lines) are signed contracts × multiplier. A line that cannot be priced is counted with its units instead.
    """
    for b in range(call.shape[0]):
        calls = 0.0
        puts = 0.0
        gross = 0.0
        delta = 0.0
        vanna = 0.0
        charm = 0.0
        vega = 0.0
        theta = 0.0
        speed = 0.0
        zomma = 0.0
        color = 0.0
        unpriced = 0.0
        unpriced_units = 0.0
        for i in range(strike.shape[0]):
            own_call = call[b, i]
            own_put = put[b, i]
            if own_call == 0.0 and own_put == 0.0:
                continue
            gamma = greeks[GAMMA, i]
            size = abs(own_call) + abs(own_put)
            if not abs(gamma) < math.inf:
                unpriced += 1.0
                unpriced_units += size
                continue
            both = own_call + own_put
            calls += own_call * gamma
            puts += own_put * gamma
            gross += size * gamma
            delta += both * greeks[DELTA, i]
            vanna += both * greeks[VANNA, i]
            charm += both * greeks[CHARM, i]
            vega += both * greeks[VEGA, i]
            theta += both * greeks[THETA, i]
            speed += both * greeks[SPEED, i]
            zomma += both * greeks[ZOMMA, i]
            color += both * greeks[COLOR, i]
            if own_put != 0.0 and time_to_expiry[i] > 0.0:
                carried = discount_factor[i] * forward[i] / spot
                dividend = -carried * math.log(carried) / time_to_expiry[i]  # q·e^{−qT}
                rate = -discount_factor[i] * math.log(discount_factor[i]) / time_to_expiry[i]
                delta -= own_put * carried
                charm -= own_put * dividend
                theta -= own_put * (spot * dividend - strike[i] * rate)
        out[b, 0] += sign * calls
        out[b, 1] += sign * puts
        out[b, 2] += sign * gross
        out[b, 3] += sign * delta
        out[b, 4] += sign * vanna
        out[b, 5] += sign * charm
        out[b, 6] += sign * vega
        out[b, 7] += sign * theta
        out[b, 8] += sign * speed
        out[b, 9] += sign * zomma
        out[b, 10] += sign * color
        out[b, 11] += sign * unpriced
        out[b, 12] += sign * unpriced_units


@kernel
def add_curves(level, log_move, chosen, coefficients, change, exposure, slope):
    """exposure[b, n], slope[b, n] += those of `change` (books, chosen) units of each chosen line at level[n], ascending."""
    count = level.shape[0]
    for k in range(chosen.shape[0]):
        i = chosen[k]
        low = coefficients[LOW, i]
        high = coefficients[HIGH, i]
        d1_here = coefficients[D1, i]
        inverse = coefficients[INVERSE, i]
        for b in range(change.shape[0]):
            amount = change[b, k] * coefficients[HEIGHT, i]
            if amount == 0.0:
                continue
            for n in range(count):
                d1 = d1_here + log_move[n] * inverse
                is_near = (low <= log_move[n]) & (log_move[n] <= high)
                density = amount * exp(-0.5 * d1 * d1) if is_near else 0.0
                exposure[b, n] += density * level[n]
                slope[b, n] += density * (1.0 - d1 * inverse)


warms(add_sums, TABLE, *(FLOATS,) * 4, float64, TABLE, TABLE, float64, TABLE_OUT)
warms(add_curves, FLOATS, FLOATS, INDICES, TABLE, TABLE, TABLE_OUT, TABLE_OUT)
