"""What a few lines add to totals and to a profile, so that it can be taken out and put back."""

import math

import numpy as np
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
    """exposure[b, n], slope[b, n] += those of `change` (books, chosen) units of each chosen line at level[n], ascending.

    A lobe is computed once for all books, at the levels that it reaches.
    """
    book_count = change.shape[0]
    room = np.empty((2, level.shape[0]))
    for k in range(chosen.shape[0]):
        i = chosen[k]
        first = np.searchsorted(log_move, coefficients[LOW, i])
        size = np.searchsorted(log_move, coefficients[HIGH, i], side="right") - first
        height = coefficients[HEIGHT, i]
        if size <= 0 or height == 0.0:
            continue
        d1_here = coefficients[D1, i]
        inverse = coefficients[INVERSE, i]
        # slices: indices that might be negative would keep LLVM from vectorising
        here = log_move[first : first + size]
        price = level[first : first + size]
        lobe = room[0, :size]
        tilted = room[1, :size]
        for n in range(size):
            d1 = d1_here + here[n] * inverse
            density = height * exp(-0.5 * d1 * d1)
            lobe[n] = density * price[n]
            tilted[n] = density * (1.0 - d1 * inverse)
        for b in range(book_count):
            amount = change[b, k]
            if amount == 0.0:
                continue
            own = exposure[b, first : first + size]
            own_slope = slope[b, first : first + size]
            for n in range(size):
                own[n] += amount * lobe[n]
                own_slope[n] += amount * tilted[n]


@kernel
def move_roots(spot, chosen, coefficients, change, root):
    """root[r] = (price, slope) before `change` (chosen,) units of the chosen lines; its price after, to first order.

    −value/(slope + derivative): Newton's step for the sum, from a root of one part of it. Not finite where both are flat.
    """
    for r in range(root.shape[0]):
        price = root[r, 0]
        log_move = math.log(price / spot)
        value = 0.0
        derivative = 0.0
        for k in range(chosen.shape[0]):
            i = chosen[k]
            if coefficients[LOW, i] <= log_move <= coefficients[HIGH, i]:
                d1 = coefficients[D1, i] + log_move * coefficients[INVERSE, i]
                density = change[k] * coefficients[HEIGHT, i] * exp(-0.5 * d1 * d1)
                value += density * price
                derivative += density * (1.0 - d1 * coefficients[INVERSE, i])
        root[r, 0] = price - value / (root[r, 1] + derivative)


warms(add_sums, TABLE, *(FLOATS,) * 4, float64, TABLE, TABLE, float64, TABLE_OUT)
warms(add_curves, FLOATS, FLOATS, INDICES, TABLE, TABLE, TABLE_OUT, TABLE_OUT)
warms(move_roots, float64, INDICES, TABLE, FLOATS, TABLE_OUT)
