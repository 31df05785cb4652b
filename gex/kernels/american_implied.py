"""Implied volatility of American options: secant steps between brackets, many options side by side."""

import math

import numpy as np
from numba import typeof

from gex.kernels.american import (
    LANES,
    RATE,
    SPOT,
    STRIKE,
    TILE_ROWS,
    TIME,
    VALUE_ROWS,
    VOL,
    YIELD,
    put_values,
    solve_boundary,
)
from gex.kernels.american_greeks import BOUNDARY, EDGE, EUROPEAN, SCHEME, SWEEPS, classify
from gex.kernels.compiling import CODES_OUT, FLOATS, FLOATS_OUT, SIGNS, kernel, warms
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

UNSUPPORTED = -1  # two boundaries: the door answers by finite differences
_STEP_CAP = 40
_SETTLED = 1e-10  # relative step; secant steps are superlinear, so the error is far below
_HIGHEST = 20.0


@kernel
def _screen(price, spot, strike, time_to_expiry, rate, carry_yield, sign):
    """(status, European implied vol or a guess): status OK where the row must be searched."""
    if not (
        abs(price) < math.inf
        and 0.0 < spot < math.inf
        and 0.0 < strike < math.inf
        and abs(time_to_expiry) < math.inf
        and abs(rate) < math.inf
        and abs(carry_yield) < math.inf
        and sign * sign == 1
    ):
        return BAD_INPUT, math.nan
    if time_to_expiry <= 0.0:
        return NO_TIME, math.nan
    intrinsic = max(sign * (spot - strike), 0.0)
    growth = math.exp((rate - carry_yield) * time_to_expiry)
    discount_factor = math.exp(-rate * time_to_expiry)
    if price < intrinsic:
        return BELOW_INTRINSIC, math.nan
    vol, status = implied_vol_one(price, spot * growth, strike, time_to_expiry, sign, discount_factor)
    code = classify(spot, strike, time_to_expiry, 0.2, rate, carry_yield, sign)
    if code == EDGE:
        return BAD_INPUT, math.nan
    if code != BOUNDARY:
        return status if code == EUROPEAN else UNSUPPORTED, vol
    if price >= (spot if sign > 0 else strike):
        return ABOVE_MAXIMUM, math.nan
    if price == intrinsic:
        return AT_INTRINSIC, 0.0
    if status in (BELOW_INTRINSIC, AT_INTRINSIC):  # worth less than the European option without variance
        return BELOW_INTRINSIC, math.nan
    return OK, vol


@kernel
def american_implied_vols(price, spot, strike, time_to_expiry, rate, carry_yield, sign, scheme, vol, status):
    """Fill vol[n] and status[n]; status UNSUPPORTED in rows with two boundaries.

    An American option is worth at least the European one, so the European volatility bounds the search from above where
    it exists. Below the volatility at which it pays to exercise at once the value is the intrinsic one, whatever the
    volatility: a price equal to it is AT_INTRINSIC.
    """
    n = price.shape[0]
    node_count, inner_count = scheme[0].shape[0], scheme[1].shape[0]
    tile = np.empty((TILE_ROWS, LANES))
    squares = np.empty((4 * node_count + 1, LANES))
    growth = np.empty((2, node_count * inner_count, LANES))
    values = np.empty((VALUE_ROWS, LANES))
    lanes = np.empty(LANES, np.int64)
    filled = 0
    for i in range(n):
        status[i], vol[i] = _screen(price[i], spot[i], strike[i], time_to_expiry[i], rate[i], carry_yield[i], sign[i])
        if (
            status[i] == OK
            and classify(spot[i], strike[i], time_to_expiry[i], 0.2, rate[i], carry_yield[i], sign[i]) == BOUNDARY
        ):
            lanes[filled] = i
            filled += 1
        if filled == LANES or (i == n - 1 and filled > 0):
            _search(
                lanes, filled, price, spot, strike, time_to_expiry, rate, carry_yield, sign,
                scheme, tile, squares, growth, values, vol, status,
            )  # fmt: skip
            filled = 0


@kernel
def _search(
    lanes, count, price, spot, strike, time_to_expiry, rate, carry_yield, sign,
    scheme, tile, squares, growth, values, vol, status,
):  # fmt: skip
    """Volatilities of one block of lanes."""
    low, high = np.zeros(LANES), np.empty(LANES)
    last_vol, last_miss = np.empty(LANES), np.empty(LANES)
    is_done = np.zeros(LANES, np.bool_)
    has_last = np.zeros(LANES, np.bool_)
    for lane in range(count):
        k = lanes[lane]
        european = vol[k]
        high[lane] = european * (1.0 + 1e-3) if european == european else _HIGHEST
        tile[VOL, lane] = min(max(european, 1e-4), _HIGHEST) if european == european else 1.0
        tile[TIME, lane] = time_to_expiry[k]
        if sign[k] < 0:
            tile[SPOT, lane], tile[STRIKE, lane] = spot[k], strike[k]
            tile[RATE, lane], tile[YIELD, lane] = rate[k], carry_yield[k]
        else:
            tile[SPOT, lane], tile[STRIKE, lane] = strike[k], spot[k]
            tile[RATE, lane], tile[YIELD, lane] = carry_yield[k], rate[k]
        vol[k], status[k] = math.nan, NO_CONVERGENCE
    for _ in range(_STEP_CAP):
        solve_boundary(count, tile, scheme, SWEEPS, False, squares, growth)
        put_values(count, tile, scheme, squares, values)
        open_count = 0
        for lane in range(count):
            if is_done[lane]:
                continue
            k = lanes[lane]
            now = tile[VOL, lane]
            is_exercised = values[4, lane] <= 0.0
            miss = (max(sign[k] * (spot[k] - strike[k]), 0.0) if is_exercised else values[0, lane]) - price[k]
            if miss > 0.0:
                high[lane] = min(high[lane], now)
            else:
                low[lane] = max(low[lane], now)
            slope = values[5, lane]
            if has_last[lane] and now != last_vol[lane]:
                slope = (miss - last_miss[lane]) / (now - last_vol[lane])
            following = now - miss / slope if slope > 0.0 and not is_exercised else math.nan
            if not low[lane] < following < high[lane]:
                following = 0.5 * (low[lane] + high[lane])
            last_vol[lane], last_miss[lane], has_last[lane] = now, miss, not is_exercised
            if abs(following - now) <= _SETTLED * now or miss == 0.0 or high[lane] - low[lane] <= _SETTLED * now:
                is_done[lane] = True
                vol[k], status[k] = (now if miss == 0.0 else following), OK
                continue
            tile[VOL, lane] = following
            open_count += 1
        if open_count == 0:
            break


warms(
    american_implied_vols, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, SIGNS, typeof(SCHEME), FLOATS_OUT, CODES_OUT
)
