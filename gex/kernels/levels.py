"""Levels of a book in one pass: gamma roots from what is known at nodes, walls from sums by strike.

The root search is that of `gex.exposure.flips`, for volatilities that stay with their strikes.
"""

import math

import numpy as np
from numba import float64, int64, types

from gex.kernels.compiling import FLOATS, INDICES, TABLE, inlined, kernel, warms
from gex.kernels.exposure import BLOCK, gamma_here

NEGLIGIBLE = 1e-9
CUBIC_ERROR = 1e-3
CONVERGED = 1e-7  # of the bracket: a Newton step that small leaves an error of its square
PRICE, SLOPE, LOWER, UPPER = range(4)  # rows of a table of roots
CALL, PUT, CALL_GROSS, PUT_GROSS, CALL_OPEN, PUT_OPEN = range(6)  # rows of a table of sums by strike
WALL_COUNT = 13  # (gross, net, open interest) × (restricted, not) × (call, put), then the absolute gamma strike


@inlined
def cubic(t, left, right, left_slope, right_slope):
    """The cubic on [0, 1] with values and slopes (per unit of t) at its ends."""
    s = 1.0 - t
    return (
        (1.0 + 2.0 * t) * s * s * left
        + t * t * (3.0 - 2.0 * t) * right
        + t * s * s * left_slope
        - t * t * s * right_slope
    )


@kernel
def root_in(spot, low, high, left, right, left_slope, right_slope, guess, book, coefficients, weight, scaled, tilted):
    """(root, slope) between `low` and `high`, where the exposure is `left` and `right` with opposite signs.

    Newton from the first of `guess` that lies between, else from the root of the cubic; bisecting where it fails.
    """
    width = high - low
    rises = right > 0.0
    a = 0.0
    b = 1.0
    t = left / (left - right)
    for _ in range(12):
        value = cubic(t, left, right, left_slope * width, right_slope * width)
        if (value > 0.0) == (left > 0.0):
            a = t
        else:
            b = t
        ahead = cubic(t + 1e-4, left, right, left_slope * width, right_slope * width)
        target = t - value * 1e-4 / (ahead - value)
        step = target - t
        t = target if a < target < b else 0.5 * (a + b)
        if abs(step) < 1e-7:
            break
    x = low + width * t
    for k in range(guess.shape[0]):
        if low < guess[k] < high:
            x = guess[k]
            break
    slope = math.nan
    for _ in range(200):
        value, slope = gamma_here(spot, x, book, coefficients, weight, scaled, tilted)
        if value == 0.0:
            break
        if (value > 0.0) == rises:
            high = x
        else:
            low = x
        step = -value / slope
        target = x + step
        if low <= target <= high:
            x = target
            if abs(step) <= CONVERGED * width:
                break
        else:
            x = 0.5 * (low + high)
        if high - low <= 4e-16 * high:
            break
    return x, slope


@kernel
def turn_in(spot, low, high, book, coefficients, weight, scaled, tilted):
    """Where the slope of the exposure is zero between `low` and `high`, by the Illinois rule; NaN without a change."""
    _, left = gamma_here(spot, low, book, coefficients, weight, scaled, tilted)
    _, right = gamma_here(spot, high, book, coefficients, weight, scaled, tilted)
    if left * right >= 0.0:
        return math.nan
    side = 0
    x = low
    for _ in range(100):
        x = (low * right - high * left) / (right - left)
        _, here = gamma_here(spot, x, book, coefficients, weight, scaled, tilted)
        if here * right > 0.0:
            high = x
            right = here
            if side == 1:
                left *= 0.5
            side = 1
        elif here * left > 0.0:
            low = x
            left = here
            if side == -1:
                right *= 0.5
            side = -1
        else:
            break
        if high - low <= 1e-13 * high:
            break
    return x


@kernel
def gamma_roots(spot, level, exposure, slope, gross, guess, book, coefficients, weight, out):
    """out (4, room): price, slope and bracket of every root of one book within the levels, ascending; returns how many.

    `exposure` and `slope` are known at `level`, `gross` is what the contracts would have at most, `guess` where roots may be
    (it changes the number of steps, not the roots). −1 where there is no room.
    """
    count = 0
    scaled = np.empty(BLOCK)
    tilted = np.empty(BLOCK)
    largest = 0.0
    for n in range(level.shape[0]):
        largest = max(largest, abs(exposure[n]))
    i = -1
    for j in range(level.shape[0]):
        if not abs(exposure[j]) > NEGLIGIBLE * largest:
            continue
        if i < 0:
            i = j
            continue
        low, high, left, right = level[i], level[j], exposure[i], exposure[j]
        left_slope, right_slope = slope[i], slope[j]
        lower_gross = max(gross[i], gross[j])
        i = j
        turn = math.nan
        if (left > 0.0) == (right > 0.0):
            sign = 1.0 if left > 0.0 else -1.0
            if not (sign * left_slope < 0.0 and sign * right_slope > 0.0):
                continue
            least = math.inf
            width = high - low
            for k in range(33):
                t = k / 32.0
                least = min(least, sign * cubic(t, left, right, left_slope * width, right_slope * width))
            if least > CUBIC_ERROR * lower_gross:
                continue
            turn = turn_in(spot, low, high, book, coefficients, weight, scaled, tilted)
            if turn != turn:
                continue
            middle, middle_slope = gamma_here(spot, turn, book, coefficients, weight, scaled, tilted)
            if not sign * middle < 0.0:
                continue
            if count + 2 > out.shape[1]:
                return -1
            x, s = root_in(
                spot,
                low,
                turn,
                left,
                middle,
                left_slope,
                middle_slope,
                guess,
                book,
                coefficients,
                weight,
                scaled,
                tilted,
            )
            out[PRICE, count], out[SLOPE, count], out[LOWER, count], out[UPPER, count] = x, s, low, turn
            count += 1
            low, left, left_slope = turn, middle, middle_slope
        if count + 1 > out.shape[1]:
            return -1
        x, s = root_in(
            spot, low, high, left, right, left_slope, right_slope, guess, book, coefficients, weight, scaled, tilted
        )
        out[PRICE, count], out[SLOPE, count], out[LOWER, count], out[UPPER, count] = x, s, low, high
        count += 1
    return count


@kernel
def roots_of_books(spot, level, exposure, slope, guess, coefficients, weight, out, count):
    """`gamma_roots` of every book: out (books, 4, room), how many into `count`.

    The last row of `exposure` is gross; `guess` (books, n), NaN where there is none.
    """
    gross = exposure[exposure.shape[0] - 1]
    for b in range(out.shape[0]):
        count[b] = gamma_roots(spot, level, exposure[b], slope[b], gross, guess[b], b, coefficients, weight, out[b])


@kernel
def strike_table(lines, start, chosen, gamma, call, put, scale, out):
    """out[b, 0:4, s] for the strikes s in `chosen`: Σ over lines[start[s]:start[s + 1]] of call, put, |call|, |put| × gamma.

    A line with gamma NaN cannot be priced and adds nothing.
    """
    for k in range(chosen.shape[0]):
        s = chosen[k]
        for b in range(call.shape[0]):
            calls = 0.0
            puts = 0.0
            gross_calls = 0.0
            gross_puts = 0.0
            for n in range(start[s], start[s + 1]):
                i = lines[n]
                unit = gamma[i] * scale
                if unit == unit:
                    calls += call[b, i] * unit
                    puts += put[b, i] * unit
                    gross_calls += abs(call[b, i]) * unit
                    gross_puts += abs(put[b, i]) * unit
            out[b, CALL, s] = calls
            out[b, PUT, s] = puts
            out[b, CALL_GROSS, s] = gross_calls
            out[b, PUT_GROSS, s] = gross_puts


@inlined
def better(value, strike, best_value, best_strike, spot):
    """True where a strike beats the best so far: larger, then nearer to spot, then lower (strikes come ascending)."""
    return value > best_value or (value == best_value and abs(strike - spot) < abs(best_strike - spot))


@kernel
def wall_indices(strike, spot, table, out):
    """out[13]: index of each wall in `strike`, −1 where nothing qualifies; `table` (6, strikes)."""
    best_value = np.zeros(WALL_COUNT)
    out[:] = -1
    for s in range(strike.shape[0]):
        here = strike[s]
        net = table[CALL, s] + table[PUT, s]
        for mode in range(3):
            if mode == 0:
                call, put = table[CALL_GROSS, s], table[PUT_GROSS, s]
            elif mode == 1:
                call, put = net, -net
            else:
                call, put = table[CALL_OPEN, s], table[PUT_OPEN, s]
            k = 4 * mode
            # restricted to its side of spot, then anywhere
            if call > 0.0:
                if here >= spot and (out[k] < 0 or better(call, here, best_value[k], strike[out[k]], spot)):
                    out[k] = s
                    best_value[k] = call
                if out[k + 2] < 0 or better(call, here, best_value[k + 2], strike[out[k + 2]], spot):
                    out[k + 2] = s
                    best_value[k + 2] = call
            if put > 0.0:
                if here <= spot and (out[k + 1] < 0 or better(put, here, best_value[k + 1], strike[out[k + 1]], spot)):
                    out[k + 1] = s
                    best_value[k + 1] = put
                if out[k + 3] < 0 or better(put, here, best_value[k + 3], strike[out[k + 3]], spot):
                    out[k + 3] = s
                    best_value[k + 3] = put
        both = table[CALL_GROSS, s] + table[PUT_GROSS, s]
        last = WALL_COUNT - 1
        if both > 0.0 and (out[last] < 0 or better(both, here, best_value[last], strike[out[last]], spot)):
            out[last] = s
            best_value[last] = both


@kernel
def walls_of_books(strike, spot, table, out):
    """`wall_indices` of every book: `table` (books, 6, strikes), `out` (books, 13)."""
    for b in range(table.shape[0]):
        wall_indices(strike, spot, table[b], out[b])


@kernel
def max_pains(start, strike, call, put, payout, out):
    """Where holders are paid least at settlement, per expiry: (lowest strike, highest strike, payout) into `out` (n, 3).

    Lines `start[j]` to `start[j + 1]` − 1 are of expiry j, strikes ascending; `call` and `put` are open contracts, `payout`
    is room for one number a line: Σ call·(P − K)⁺ + Σ put·(K − P)⁺ at each P. NaN where nothing is open.
    """
    for j in range(out.shape[0]):
        out[j, 0] = out[j, 1] = out[j, 2] = math.nan
        held = value = 0.0
        for i in range(start[j], start[j + 1]):
            held += call[i]
            value += call[i] * strike[i]
            payout[i] = strike[i] * held - value
        open_calls = held
        held = value = 0.0
        lowest = math.inf
        for i in range(start[j + 1] - 1, start[j] - 1, -1):
            held += put[i]
            value += put[i] * strike[i]
            payout[i] += value - strike[i] * held
            lowest = min(lowest, payout[i])
        if not open_calls + held > 0.0:
            continue
        out[j, 2] = lowest
        tied = lowest + 1e-9 * max(lowest, 1.0)
        for i in range(start[j], start[j + 1]):
            if payout[i] <= tied:
                out[j, 1] = strike[i]
                if out[j, 0] != out[j, 0]:
                    out[j, 0] = strike[i]


_INDICES_OUT = types.Array(int64, 1, "C")
_STRIKES_OUT = types.Array(float64, 3, "C")
warms(strike_table, INDICES, INDICES, INDICES, FLOATS, TABLE, TABLE, float64, _STRIKES_OUT)
warms(walls_of_books, FLOATS, float64, types.Array(float64, 3, "C", readonly=True), types.Array(int64, 2, "C"))
warms(max_pains, INDICES, FLOATS, FLOATS, FLOATS, types.Array(float64, 1, "C"), types.Array(float64, 2, "C"))
warms(roots_of_books, float64, FLOATS, TABLE, TABLE, TABLE, TABLE, TABLE, _STRIKES_OUT, _INDICES_OUT)
