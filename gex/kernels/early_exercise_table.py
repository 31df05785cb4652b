"""Reading tables of early-exercise shares: at single options, and inside the implied volatility of American prices.

Tables are [expiry, right (0 call, 1 put), node]; nodes are uniform in asinh of the depth, depth = −sign·ln(K/F)/stdev the
deviations in the money. The last axis of `share` are the coefficients of 1, x, x² in x = ln(vol/node vol).
"""

import math

import numpy as np
from numba import float64, int64, types

from gex.kernels.black import black_lane
from gex.kernels.compiling import FLOATS, FLOATS_OUT, INDICES, SIGNS, TABLE, TABLE_OUT, inlined, kernel, warms
from gex.kernels.implied import (
    ABOVE_MAXIMUM,
    AT_INTRINSIC,
    BAD_INPUT,
    BELOW_INTRINSIC,
    NO_CONVERGENCE,
    NO_TIME,
    OK,
    cold_vol,
    implied_vol_one,
)
from gex.kernels.normal import log

_REACH = 0.7  # ln of the volatility over that of the node beyond which the share is held
_STEP_CAP = 60
_SETTLED = 1e-9
TILE = 64  # rows that take their steps side by side
_NEWTON_STEPS = 3
_LAST_STEP = 1e-5  # of σ; what is left is of the order of its square
FORWARD, STRIKE, TIME, DISCOUNT, INTRINSIC, MAXIMUM = 0, 1, 2, 3, 4, 5  # rows of the terms of a tile
CENTRE, CONSTANT, SLOPE, CURVE, LEAST, MOST = 6, 7, 8, 9, 10, 11  # of the parabola of its shares
TERM_ROWS = 12


@kernel
def _at_strike(log_strike, vol, first, last, wanted):
    """Straight lines between the quotes first ≤ i < last, ascending in strike; flat outside."""
    if wanted <= log_strike[first]:
        return vol[first]
    if wanted >= log_strike[last - 1]:
        return vol[last - 1]
    low, high = first, last - 1
    while high - low > 1:
        middle = (low + high) // 2
        if log_strike[middle] <= wanted:
            low = middle
        else:
            high = middle
    share = (wanted - log_strike[low]) / (log_strike[high] - log_strike[low])
    return vol[low] + share * (vol[high] - vol[low])


@kernel
def money_stdevs(start, log_strike, vol, forward, time, stdev):
    """stdev[j]: σ√T of the smile of expiry j at its forward; NaN without a quote, a forward or time."""
    for j in range(forward.shape[0]):
        stdev[j] = math.nan
        if start[j] < start[j + 1] and 0.0 < forward[j] < math.inf and time[j] > 0.0:
            stdev[j] = _at_strike(log_strike, vol, start[j], start[j + 1], math.log(forward[j])) * math.sqrt(time[j])


@kernel
def lay_nodes(start, log_strike, vol, forward, stdev, depth, strike, node_vol):
    """Strikes at `depth` deviations in the money of both rights, and the smile there; NaN where `stdev` is none."""
    for j in range(forward.shape[0]):
        for side in range(2):
            for n in range(depth.shape[0]):
                strike[j, side, n] = node_vol[j, side, n] = math.nan
                if stdev[j] > 0.0:
                    log_k = math.log(forward[j]) + (2 * side - 1) * depth[n] * stdev[j]
                    strike[j, side, n] = math.exp(log_k)
                    node_vol[j, side, n] = _at_strike(log_strike, vol, start[j], start[j + 1], log_k)


@kernel
def mark_nodes(expiry, strike, sign, forward, stdev, low, spacing, is_wanted):
    """True in is_wanted[j, side, node] for the four nodes that a row's share is read from."""
    node_count = is_wanted.shape[2]
    for i in range(strike.shape[0]):
        j = expiry[i]
        if stdev[j] > 0.0 and 0.0 < strike[i] < math.inf:
            depth = -sign[i] * math.log(strike[i] / forward[j]) / stdev[j]
            at = min(max((math.asinh(depth) - low) / spacing, 0.0), node_count - 1.0)
            first = min(max(int(at) - 1, 0), node_count - 4)
            for k in range(4):
                is_wanted[j, 0 if sign[i] > 0 else 1, first + k] = True


@inlined
def _cubic(k, u):
    """Weight of node k of 0, 1, 2, 3 in the cubic through them, at u."""
    if k == 0:
        return -(u - 1.0) * (u - 2.0) * (u - 3.0) / 6.0
    if k == 1:
        return u * (u - 2.0) * (u - 3.0) / 2.0
    if k == 2:
        return -u * (u - 1.0) * (u - 3.0) / 2.0
    return u * (u - 1.0) * (u - 2.0) / 6.0


@kernel
def _place(strike, sign, forward, stdev, low, spacing, node_count):
    """(first of the four nodes that a strike is read from, place from it in nodes); beyond the ends that of the end."""
    depth = -sign * math.log(strike / forward) / stdev
    at = min(max((math.asinh(depth) - low) / spacing, 0.0), node_count - 1.0)
    first = min(max(int(at) - 1, 0), node_count - 4)
    return first, at - first


@kernel
def share_one(j, side, strike, sign, log_vol, forward, stdev, low, spacing, node_vol, share):
    """The share by the cubic through four nodes; beyond the ends that of the end node."""
    first, u = _place(strike, sign, forward, stdev, low, spacing, node_vol.shape[2])
    total = 0.0
    for k in range(4):
        node = first + k
        x = min(max(log_vol - math.log(node_vol[j, side, node]), -_REACH), _REACH)
        total += _cubic(k, u) * (share[j, side, node, 0] + x * (share[j, side, node, 1] + x * share[j, side, node, 2]))
    return max(total, 0.0)


@kernel
def shares_at(expiry, strike, sign, vol, forward, stdev, low, spacing, node_vol, share, out):
    """out[n]: share of each row; NaN where the inputs are."""
    for i in range(strike.shape[0]):
        j = expiry[i]
        side = 0 if sign[i] > 0 else 1
        is_known = vol[i] > 0.0 and strike[i] > 0.0 and node_vol[j, side, 0] > 0.0
        out[i] = math.nan
        if is_known:
            out[i] = share_one(
                j, side, strike[i], sign[i], math.log(vol[i]), forward[j], stdev[j], low, spacing, node_vol, share
            )


@kernel
def american_vols(
    price,
    expiry,
    strike,
    sign,
    forward,
    stdev,
    low,
    spacing,
    node_vol,
    share,
    rate,
    time,
    spot,
    start,
    stop,
    vol,
    status,
):
    """vol[q, n], status[q, n] of price[q, n] for start ≤ n < stop: σ with price = Black(σ)·(1 + share(σ)).

    The exercise value ±(S − K) itself is AT_INTRINSIC with vol 0, less is BELOW_INTRINSIC: there it pays to exercise at once
    whatever the volatility. Rows of expiries without a forward are BAD_INPUT, as in the European inversion. A tile of rows
    takes Newton steps side by side; what they leave open is searched one by one.
    """
    terms = np.empty((TERM_ROWS, TILE))
    now, step = np.empty(TILE), np.empty(TILE)
    signs = np.empty(TILE, np.int8)
    for begin in range(start, stop, TILE):
        count = min(TILE, stop - begin)
        for lane in range(count):
            i = begin + lane
            j = expiry[i]
            terms[FORWARD, lane], terms[STRIKE, lane], terms[TIME, lane] = forward[j], strike[i], time[j]
            terms[DISCOUNT, lane] = math.exp(-rate[j] * time[j])
            signs[lane] = sign[i]
            terms[INTRINSIC, lane] = max(sign[i] * (spot - strike[i]), 0.0)
            terms[MAXIMUM, lane] = spot if sign[i] > 0 else strike[i]
            _lay_share(i, lane, expiry, strike, sign, forward, stdev, low, spacing, node_vol, share, terms)
        for quote in range(price.shape[0]):
            _newton(count, begin, price[quote], signs, terms, now, step)
            for lane in range(count):
                i = begin + lane
                j = expiry[i]
                x = math.log(now[lane]) - terms[CENTRE, lane] if now[lane] > 0.0 else math.nan
                is_found = (
                    terms[INTRINSIC, lane] < price[quote, i] < terms[MAXIMUM, lane]
                    and 0.0 < time[j] < math.inf
                    and abs(step[lane]) <= _LAST_STEP * now[lane]
                    and terms[LEAST, lane] <= x <= terms[MOST, lane]
                    and terms[CONSTANT, lane] + x * (terms[SLOPE, lane] + x * terms[CURVE, lane]) >= 0.0
                )
                if is_found:
                    vol[quote, i], status[quote, i] = now[lane], OK
                else:
                    vol[quote, i], status[quote, i] = _american_vol(
                        price[quote, i], j, strike[i], sign[i], forward, stdev, low, spacing, node_vol, share, rate, time,
                        spot,
                    )  # fmt: skip


@kernel
def _lay_share(i, lane, expiry, strike, sign, forward, stdev, low, spacing, node_vol, share, terms):
    """The share of a row as one parabola in ln σ less CENTRE, between LEAST and MOST; an empty range where it is none."""
    j, side = expiry[i], 0 if sign[i] > 0 else 1
    terms[LEAST, lane], terms[MOST, lane] = 1.0, -1.0
    terms[CENTRE, lane] = terms[CONSTANT, lane] = terms[SLOPE, lane] = terms[CURVE, lane] = 0.0
    if not (0.0 < strike[i] < math.inf and sign[i] * sign[i] == 1 and 0.0 < forward[j] < math.inf and stdev[j] > 0.0):
        return
    if not node_vol[j, side, 0] > 0.0:
        return
    first, u = _place(strike[i], sign[i], forward[j], stdev[j], low, spacing, node_vol.shape[2])
    centre = math.log(node_vol[j, side, first + 1])
    least, most = -math.inf, math.inf
    constant, slope, curve = 0.0, 0.0, 0.0
    for k in range(4):
        node = first + k
        back = math.log(node_vol[j, side, node]) - centre
        weight = _cubic(k, u)
        bent = weight * share[j, side, node, 2]
        leaning = weight * share[j, side, node, 1]
        constant += weight * share[j, side, node, 0] + back * (back * bent - leaning)
        slope += leaning - 2.0 * back * bent
        curve += bent
        least, most = max(least, back - _REACH), min(most, back + _REACH)
    terms[CENTRE, lane], terms[CONSTANT, lane], terms[SLOPE, lane] = centre, constant, slope
    terms[CURVE, lane], terms[LEAST, lane], terms[MOST, lane] = curve, least, most


@kernel
def _newton(count, begin, price, signs, terms, now, step):
    """Newton steps for ln(Black(σ)·(1 + share(σ))/price) = 0 from the European volatility, which lies above the root."""
    for lane in range(count):
        now[lane] = cold_vol(
            price[begin + lane], terms[FORWARD, lane], terms[STRIKE, lane], terms[TIME, lane], signs[lane],
            terms[DISCOUNT, lane],
        )  # fmt: skip
    for _ in range(_NEWTON_STEPS):
        for lane in range(count):
            vol = now[lane]
            row = black_lane(
                terms[FORWARD, lane], terms[STRIKE, lane], terms[TIME, lane], vol, signs[lane], terms[DISCOUNT, lane]
            )
            x = log(vol) - terms[CENTRE, lane]
            factor = 1.0 + terms[CONSTANT, lane] + x * (terms[SLOPE, lane] + x * terms[CURVE, lane])
            per_log_vol = terms[SLOPE, lane] + 2.0 * x * terms[CURVE, lane]
            miss = row[0] * factor - price[begin + lane]
            move = -miss / (row[3] * factor + row[0] * per_log_vol / vol)
            move = min(max(move, -0.5 * vol), 0.5 * vol)
            step[lane] = move
            now[lane] = vol + move


@kernel
def _american_vol(price, j, strike, sign, forward, stdev, low, spacing, node_vol, share, rate, time, spot):
    """(vol, status) of one price, whatever it is."""
    side = 0 if sign > 0 else 1
    if not (abs(price) < math.inf and 0.0 < strike < math.inf and sign * sign == 1):
        return math.nan, BAD_INPUT
    if not (0.0 < forward[j] < math.inf and time[j] < math.inf):
        return math.nan, BAD_INPUT
    if time[j] <= 0.0:
        return math.nan, NO_TIME
    intrinsic = max(sign * (spot - strike), 0.0)
    if price < intrinsic:
        return math.nan, BELOW_INTRINSIC
    if price == intrinsic:
        return 0.0, AT_INTRINSIC
    if price >= (spot if sign > 0 else strike):
        return math.nan, ABOVE_MAXIMUM
    discount_factor = math.exp(-rate[j] * time[j])
    guess, code = implied_vol_one(price, forward[j], strike, time[j], sign, discount_factor)
    if not node_vol[j, side, 0] > 0.0:  # nothing tabulated: the European volatility
        return guess, code
    if code != OK:
        return math.nan, code if code != AT_INTRINSIC else BELOW_INTRINSIC
    return _solve(
        price, j, side, strike, sign, guess, forward, stdev, low, spacing, node_vol, share, time[j], discount_factor
    )


@kernel
def _solve(price, j, side, strike, sign, guess, forward, stdev, low, spacing, node_vol, share, time, discount_factor):
    """(vol, status): the fixed point, bracketed from above by the European volatility `guess`."""
    now = guess
    last = math.nan
    last_miss = math.nan
    low_vol = 0.0
    high_vol = guess
    for _ in range(_STEP_CAP):
        worth = share_one(j, side, strike, sign, math.log(now), forward[j], stdev[j], low, spacing, node_vol, share)
        mapped, code = implied_vol_one(price / (1.0 + worth), forward[j], strike, time, sign, discount_factor)
        if code != OK:  # the European price left would be below its own intrinsic: the option is exercised at this vol
            mapped = 0.0
        miss = mapped - now
        if abs(miss) <= _SETTLED * now:
            return mapped, OK
        if miss > 0.0:
            low_vol = max(low_vol, now)
        else:
            high_vol = min(high_vol, now)
        following = mapped
        if last == last and miss != last_miss:
            following = now - miss * (now - last) / (miss - last_miss)
        if not (low_vol < following < high_vol):
            following = 0.5 * (low_vol + high_vol)
        last, last_miss = now, miss
        if high_vol - low_vol <= _SETTLED * high_vol:
            return following, OK if following > 1e-6 else BELOW_INTRINSIC
        now = following
        if now < 1e-6:
            return math.nan, BELOW_INTRINSIC
    return math.nan, NO_CONVERGENCE


_NODES = types.Array(float64, 3, "C", readonly=True)
_SHARES = types.Array(float64, 4, "C", readonly=True)
_TABLE = (FLOATS, FLOATS, float64, float64, _NODES, _SHARES)
_NODES_OUT = types.Array(float64, 3, "C")
warms(money_stdevs, INDICES, *(FLOATS,) * 4, FLOATS_OUT)
warms(lay_nodes, INDICES, *(FLOATS,) * 5, _NODES_OUT, _NODES_OUT)
warms(
    mark_nodes, INDICES, FLOATS, SIGNS, FLOATS, FLOATS, float64, float64, types.Array(types.boolean, 3, "C")
)  # fmt: skip
warms(shares_at, INDICES, FLOATS, SIGNS, FLOATS, *_TABLE, FLOATS_OUT)
_CODES_OUT = types.Array(types.int8, 2, "C")
warms(
    american_vols,
    *(TABLE, INDICES, FLOATS, SIGNS, *_TABLE, FLOATS, FLOATS, float64, int64, int64, TABLE_OUT, _CODES_OUT),
)
