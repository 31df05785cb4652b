"""One pass of American parity over a chain: the smile of its pairs, early exercise read off, the pairs made European.

Pairs are rows by expiry (expiry j has start[j] to start[j + 1]), ascending in strike; `share` is [call or put, row].
"""

import math

import numpy as np
from numba import boolean, float64, int64, types

from gex.kernels.compiling import FLOATS, FLOATS_OUT, INDICES, TABLE_OUT, kernel, warms
from gex.kernels.early_exercise_table import lay_nodes, money_stdevs, share_one
from gex.kernels.implied import implied_vols


@kernel
def what_pays(time, rate, borrow, when, no_gain, by_boundary, by_grid):
    """[expiry, right (call, put)]: where early exercise is worth something, and whether one boundary or the grid says what.

    A put earns the rate on its strike and gives up the borrow of the underlying: nothing at r ≤ 0, r ≤ b. A call is the
    mirror of it, and is exercised for a dividend too. The grid is for a dividend before expiry and for the two boundaries
    of a put at b < r < 0 or its mirror. Less than `no_gain` of the strike until expiry is nothing.
    """
    for j in range(time.shape[0]):
        paid = False
        for d in range(when.shape[0]):
            paid |= 0.0 < when[d] < time[j]
        for side in range(2):
            gain, loss = (borrow[j], rate[j]) if side == 0 else (rate[j], borrow[j])
            pays = time[j] > 0.0 and (gain > loss if loss < 0.0 else gain * time[j] > no_gain)
            on_grid = paid or gain < 0.0
            by_boundary[j, side] = pays and not on_grid
            by_grid[j, side] = on_grid and (pays or (paid and side == 0))


@kernel
def lay_pass(
    start, strike, call_mid, put_mid, share, forward, time, discount_factor, depth, vol, stdev, node_strike, node_vol
):
    """Volatilities of pairs by their legs out of the money, made European by `share`, and the nodes of a table around them.

    NaN in vol[row] and stdev[j] where `forward` is, or where the pairs show none; nodes as `lay_nodes` lays them.
    """
    rows, expiry_count = strike.shape[0], forward.shape[0]
    price, forwards, times, factors = np.empty(rows), np.empty(rows), np.empty(rows), np.empty(rows)
    sign, status = np.empty(rows, np.int8), np.empty(rows, np.int8)
    for j in range(expiry_count):
        for i in range(start[j], start[j + 1]):
            is_call = strike[i] >= forward[j]  # the leg out of the money says the volatility of both
            price[i] = call_mid[i] / (1.0 + share[0, i]) if is_call else put_mid[i] / (1.0 + share[1, i])
            sign[i] = 1 if is_call else -1
            forwards[i], times[i], factors[i] = forward[j], time[j], discount_factor[j]
    implied_vols(price, forwards, strike, times, sign, factors, vol, status)
    log_strike, smile, begin = np.empty(rows), np.empty(rows), np.empty(expiry_count + 1, np.int64)
    count = 0
    begin[0] = 0
    for j in range(expiry_count):
        for i in range(start[j], start[j + 1]):
            if 0.0 < vol[i] < math.inf:
                log_strike[count], smile[count] = math.log(strike[i]), vol[i]
                count += 1
            else:
                vol[i] = math.nan
        begin[j + 1] = count
    money_stdevs(begin, log_strike, smile, forward, time, stdev)
    lay_nodes(begin, log_strike, smile, forward, stdev, depth, node_strike, node_vol)


@kernel
def read_pass(
    start, strike, call_mid, put_mid, vol, forward, stdev, low, spacing, node_vol, table, discount_factor, spot, tick,
    share, is_kept,
):  # fmt: skip
    """Renew share[right, row] and is_kept[row] of the expiries that `forward` is known of.

    A pair is kept where the model gives its leg in the money more than a tick above the exercise value, or where strike lies
    between forward and spot, so that neither leg is in the money by both.
    """
    for j in range(forward.shape[0]):
        if not abs(forward[j]) < math.inf:
            continue
        for i in range(start[j], start[j + 1]):
            for side in range(2):
                is_known = vol[i] > 0.0 and node_vol[j, side, 0] > 0.0
                share[side, i] = 0.0
                if is_known:
                    share[side, i] = share_one(
                        j, side, strike[i], 1 - 2 * side, math.log(vol[i]), forward[j], stdev[j], low, spacing, node_vol,
                        table,
                    )  # fmt: skip
            parity = discount_factor[j] * (forward[j] - strike[i])
            if strike[i] >= forward[j]:
                inside = (call_mid[i] / (1.0 + share[0, i]) - parity) * (1.0 + share[1, i]) - (strike[i] - spot)
            else:
                inside = (put_mid[i] / (1.0 + share[1, i]) + parity) * (1.0 + share[0, i]) - (spot - strike[i])
            is_between = (strike[i] >= forward[j]) == (strike[i] <= spot)
            is_kept[i] = vol[i] > 0.0 and (inside > tick[j] or is_between)


@kernel
def kept_pairs(start, strike, half_width, straddle, call_mid, put_mid, share, is_kept, new_start, kept):
    """The pairs in use: kept[0] strike, [1] European C − P, [2] half width, [3] straddle, expiry j from new_start[j] on."""
    count = 0
    new_start[0] = 0
    for j in range(start.shape[0] - 1):
        for i in range(start[j], start[j + 1]):
            if is_kept[i]:
                kept[0, count] = strike[i]
                kept[1, count] = call_mid[i] / (1.0 + share[0, i]) - put_mid[i] / (1.0 + share[1, i])
                kept[2, count], kept[3, count] = half_width[i], straddle[i]
                count += 1
        new_start[j + 1] = count


@kernel
def shown_rate_gap(slope, slope_error, rate, time, is_american, shortest, worst_error, plausible, least_error):
    """(mean of what expiries show above `rate`, its standard error): NaN and inf where none shows a rate.

    Expiries beyond `shortest` whose slope knows the rate to `worst_error` count, those far from the median by less.
    """
    gap, error, count = np.empty(time.shape[0]), np.empty(time.shape[0]), 0
    for j in range(time.shape[0]):
        if is_american[j] and time[j] > shortest and slope[j] > 0.0:
            shown = -math.log(slope[j]) / time[j]
            doubt = math.hypot(slope_error[j] / (slope[j] * time[j]), least_error)
            if doubt < worst_error and abs(shown) < plausible:
                gap[count], error[count] = shown - rate, doubt
                count += 1
    if count == 0:
        return math.nan, math.inf
    order = np.sort(gap[:count])
    middle = 0.5 * (order[(count - 1) // 2] + order[count // 2])
    total, weighted = 0.0, 0.0
    for k in range(count):
        error[k] = min(1.0, 2.0 * error[k] / max(abs(gap[k] - middle), 1e-12)) / (error[k] * error[k])
        total += error[k]
        weighted += error[k] * gap[k]
    mean = weighted / total
    scatter = 0.0
    for k in range(count):
        scatter += error[k] * (gap[k] - mean) ** 2
    return mean, math.sqrt(max(scatter / max(count - 1, 1), 1.0) / total)


_FLAGS = types.Array(boolean, 1, "C", readonly=True)
_FLAGS_OUT = types.Array(boolean, 1, "C")
_MARKS_OUT = types.Array(boolean, 2, "C")
_NODES = types.Array(float64, 3, "C", readonly=True)
_NODES_OUT = types.Array(float64, 3, "C")
_SHARES = types.Array(float64, 4, "C", readonly=True)
_INDICES_OUT = types.Array(int64, 1, "C")
_ROWS = (INDICES, FLOATS, FLOATS, FLOATS)
warms(what_pays, *(FLOATS,) * 4, float64, _MARKS_OUT, _MARKS_OUT)
warms(lay_pass, *_ROWS, TABLE_OUT, *(FLOATS,) * 4, FLOATS_OUT, FLOATS_OUT, _NODES_OUT, _NODES_OUT)
warms(
    read_pass,
    *(
        *_ROWS,
        FLOATS,
        FLOATS,
        FLOATS,
        float64,
        float64,
        _NODES,
        _SHARES,
        FLOATS,
        float64,
        FLOATS,
        TABLE_OUT,
        _FLAGS_OUT,
    ),
)
warms(kept_pairs, INDICES, *(FLOATS,) * 5, TABLE_OUT, _FLAGS_OUT, _INDICES_OUT, TABLE_OUT)
warms(shown_rate_gap, FLOATS, FLOATS, float64, FLOATS, _FLAGS, *(float64,) * 4)
