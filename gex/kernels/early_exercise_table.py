"""Reading tables of early-exercise shares: at single options, and inside the implied volatility of American prices.

Tables are [expiry, right (0 call, 1 put), node]; nodes are uniform in asinh of the depth, depth = −sign·ln(K/F)/stdev the
deviations in the money. The last axis of `share` are the coefficients of 1, x, x² in x = ln(vol/node vol).
"""

import math

from numba import float64, types

from gex.kernels.compiling import CODES_OUT, FLOATS, FLOATS_OUT, INDICES, SIGNS, kernel, warms
from gex.kernels.implied import (
    ABOVE_MAXIMUM,
    AT_INTRINSIC,
    BAD_INPUT,
    BELOW_INTRINSIC,
    NO_CONVERGENCE,
    NO_TIME,
    OK,
    implied_vol_one,
)

_REACH = 0.7  # ln of the volatility over that of the node beyond which the share is held
_STEP_CAP = 60
_SETTLED = 1e-9


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


@kernel
def share_one(j, side, strike, sign, log_vol, forward, stdev, low, spacing, node_vol, share):
    """The share by the cubic through four nodes; beyond the ends that of the end node."""
    node_count = node_vol.shape[2]
    depth = -sign * math.log(strike / forward) / stdev
    at = min(max((math.asinh(depth) - low) / spacing, 0.0), node_count - 1.0)
    first = min(max(int(at) - 1, 0), node_count - 4)
    u = at - first
    total = 0.0
    for k in range(4):
        node = first + k
        x = min(max(log_vol - math.log(node_vol[j, side, node]), -_REACH), _REACH)
        value = share[j, side, node, 0] + x * (share[j, side, node, 1] + x * share[j, side, node, 2])
        if k == 0:
            total += -(u - 1.0) * (u - 2.0) * (u - 3.0) / 6.0 * value
        elif k == 1:
            total += u * (u - 2.0) * (u - 3.0) / 2.0 * value
        elif k == 2:
            total += -u * (u - 1.0) * (u - 3.0) / 2.0 * value
        else:
            total += u * (u - 1.0) * (u - 2.0) / 6.0 * value
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
    price, expiry, strike, sign, forward, stdev, low, spacing, node_vol, share, rate, time, spot, vol, status
):
    """vol[n], status[n]: σ with price = Black(σ)·(1 + share(σ)), by secant steps on σ ↦ Black⁻¹(price/(1 + share(σ))).

    The exercise value ±(S − K) itself is AT_INTRINSIC with vol 0, less is BELOW_INTRINSIC: there it pays to exercise at once
    whatever the volatility. Rows of expiries without a forward are BAD_INPUT, as in the European inversion.
    """
    for i in range(price.shape[0]):
        j = expiry[i]
        side = 0 if sign[i] > 0 else 1
        vol[i] = math.nan
        if not (abs(price[i]) < math.inf and 0.0 < strike[i] < math.inf and sign[i] * sign[i] == 1):
            status[i] = BAD_INPUT
            continue
        if not (0.0 < forward[j] < math.inf and time[j] < math.inf):
            status[i] = BAD_INPUT
            continue
        if time[j] <= 0.0:
            status[i] = NO_TIME
            continue
        intrinsic = max(sign[i] * (spot - strike[i]), 0.0)
        if price[i] < intrinsic:
            status[i] = BELOW_INTRINSIC
            continue
        if price[i] == intrinsic:
            status[i], vol[i] = AT_INTRINSIC, 0.0
            continue
        if price[i] >= (spot if sign[i] > 0 else strike[i]):
            status[i] = ABOVE_MAXIMUM
            continue
        discount_factor = math.exp(-rate[j] * time[j])
        guess, code = implied_vol_one(price[i], forward[j], strike[i], time[j], sign[i], discount_factor)
        if not node_vol[j, side, 0] > 0.0:  # nothing tabulated: the European volatility
            vol[i], status[i] = guess, code
            continue
        if code != OK:
            status[i] = code if code != AT_INTRINSIC else BELOW_INTRINSIC
            continue
        vol[i], status[i] = _solve(
            price[i], j, side, strike[i], sign[i], guess, forward, stdev, low, spacing, node_vol, share,
            time[j], discount_factor,
        )  # fmt: skip


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
warms(american_vols, FLOATS, INDICES, FLOATS, SIGNS, *_TABLE, FLOATS, FLOATS, float64, FLOATS_OUT, CODES_OUT)
