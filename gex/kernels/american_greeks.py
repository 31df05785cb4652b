"""American options by rows: value, thirteen Greeks and implied volatility, from the boundaries of american.py.

Delta, gamma and speed are exact for the boundary that was found. Vega and what follows from it, charm, color and rho are
differences of *re-solved* boundaries: the premium integral equals the value only at the optimal boundary, so holding it
makes vega wrong by percents. Theta comes from the pricing equation, which holds wherever one does not exercise.
"""

import math

import numpy as np
from numba import typeof, types

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
    make_scheme,
    put_values,
    solve_boundary,
)
from gex.kernels.black import black_edge, black_lane, is_regular, store, to_spot
from gex.kernels.compiling import FLOATS, SIGNS, TABLE_OUT, kernel, warms

SCHEME = make_scheme(8, 16, 24)  # price to 2e-5 of a strike of 100 (RMSE)
SWEEPS = 6
_BASE_SWEEPS = 10  # where differences are taken, the boundary they start from must have settled
_NEXT_SWEEPS = 4  # from an extrapolated start, wrong by the square of the bump
_VOL_BUMP = 1e-2
_TIME_BUMP = 1e-3
_RATE_BUMP = 1e-5

_NO_GAIN = 1e-12  # interest on the strike below which early exercise is worth nothing, to rounding

# what a row needs
BOUNDARY = 0
EUROPEAN = 1  # never exercised early: no interest to gain
EDGE = 2  # settled, without variance, or bad input
TWO_BOUNDARIES = 3  # q < r < 0 in terms of the put: exercised between two levels; finite differences answer it


@kernel
def classify(spot, strike, time_to_expiry, vol, rate, carry_yield, sign):
    """What one row needs; rate and yield of the option itself."""
    discount_factor = math.exp(-rate * time_to_expiry)
    growth = math.exp((rate - carry_yield) * time_to_expiry)
    if not (
        is_regular(spot, strike, time_to_expiry, vol, sign, discount_factor)
        and is_regular(spot * growth, strike, time_to_expiry, vol, sign, discount_factor)
    ):
        return EDGE
    gain = rate if sign < 0 else carry_yield
    loss = carry_yield if sign < 0 else rate
    if gain * time_to_expiry < _NO_GAIN and (loss >= gain or loss * time_to_expiry > -_NO_GAIN):
        return EUROPEAN
    return BOUNDARY if gain > 0.0 else TWO_BOUNDARIES


@kernel
def intrinsic_row(spot, strike, sign):
    """An option that is exercised at once."""
    value = max(sign * (spot - strike), 0.0)
    return value, sign * 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


@kernel
def plain_row(code, spot, strike, time_to_expiry, vol, rate, carry_yield, sign):
    """The thirteen numbers of a row without a boundary; NaN where finite differences must answer."""
    growth = math.exp((rate - carry_yield) * time_to_expiry)
    discount_factor = math.exp(-rate * time_to_expiry)
    if code == EUROPEAN:
        row = black_lane(spot * growth, strike, time_to_expiry, vol, sign, discount_factor)
        return to_spot(row, spot, spot * growth, time_to_expiry)
    if code == TWO_BOUNDARIES:
        return black_edge(math.nan, strike, time_to_expiry, vol, sign, 1.0)
    if not time_to_expiry > 0.0:
        return black_edge(spot, strike, time_to_expiry, vol, sign, 1.0)
    if vol == 0.0 and spot > 0.0 and strike > 0.0 and sign * sign == 1 and math.isfinite(spot * strike * growth):
        # without variance the holder picks the best moment, and the value at a constant drift is monotone between
        # the two ends or has its maximum where the gain stops; only the ends are answered
        later = black_edge(spot * growth, strike, time_to_expiry, vol, sign, discount_factor)
        if sign * (spot - strike) >= later[0] and sign * (spot - strike) > 0.0:
            return intrinsic_row(spot, strike, sign)
        return to_spot(later, spot, spot * growth, time_to_expiry)
    return black_edge(math.nan, strike, time_to_expiry, vol, sign, 1.0)


@kernel
def load(lanes, count, tile, spot, strike, time_to_expiry, vol, rate, carry_yield, sign):
    """Put rows into lanes, calls as puts: spot and strike, rate and yield exchanged."""
    for lane in range(count):
        i = lanes[lane]
        tile[TIME, lane] = time_to_expiry[i]
        tile[VOL, lane] = vol[i]
        if sign[i] < 0:
            tile[SPOT, lane], tile[STRIKE, lane] = spot[i], strike[i]
            tile[RATE, lane], tile[YIELD, lane] = rate[i], carry_yield[i]
        else:
            tile[SPOT, lane], tile[STRIKE, lane] = strike[i], spot[i]
            tile[RATE, lane], tile[YIELD, lane] = carry_yield[i], rate[i]


@kernel
def own_terms(value, slope, curve, third, spot, strike, sign):
    """(price, delta, gamma, speed) of the option from those of the put it was solved as.

    A call is worth P(K, S), of degree one in both: its delta is the put's derivative to the *strike*.
    """
    if sign < 0:
        return value, slope, curve, third
    ratio = strike / spot  # of the put: its spot over its strike
    delta = (value - strike * slope) / spot
    gamma = ratio * ratio * curve
    speed = -ratio * ratio * (3.0 * curve + strike * third) / spot
    return value, delta, gamma, speed


@kernel
def american_prices(spot, strike, time_to_expiry, vol, rate, carry_yield, sign, scheme, out):
    """Fill out[4, n]: price, delta, gamma, theta; NaN in rows with two boundaries."""
    n = spot.shape[0]
    tile, squares, growth, values, lanes = _rooms(scheme)
    filled = 0
    for i in range(n):
        code = classify(spot[i], strike[i], time_to_expiry[i], vol[i], rate[i], carry_yield[i], sign[i])
        if code == BOUNDARY:
            lanes[filled] = i
            filled += 1
        else:
            row = plain_row(code, spot[i], strike[i], time_to_expiry[i], vol[i], rate[i], carry_yield[i], sign[i])
            out[0, i], out[1, i], out[2, i], out[3, i] = row[0], row[1], row[2], row[4]
        if filled == LANES or (i == n - 1 and filled > 0):
            load(lanes, filled, tile, spot, strike, time_to_expiry, vol, rate, carry_yield, sign)
            solve_boundary(filled, tile, scheme, SWEEPS, False, squares, growth)
            put_values(filled, tile, scheme, squares, values)
            for lane in range(filled):
                k = lanes[lane]
                intrinsic = max(sign[k] * (spot[k] - strike[k]), 0.0)
                if values[4, lane] <= 0.0:
                    out[0, k], out[1, k], out[2, k], out[3, k] = intrinsic, sign[k], 0.0, 0.0
                else:
                    price, delta, gamma, _ = own_terms(
                        values[0, lane], values[1, lane], values[2, lane], values[3, lane], spot[k], strike[k], sign[k]
                    )
                    out[0, k], out[1, k], out[2, k] = max(price, intrinsic), delta, gamma
                    out[3, k] = _theta(price, delta, gamma, spot[k], vol[k], rate[k], carry_yield[k])
            filled = 0


@kernel
def american_greeks(spot, strike, time_to_expiry, vol, rate, carry_yield, sign, is_future, scheme, out):
    """Fill out[13, n] in the order of `gex.greeks.Greeks`; NaN in rows with two boundaries.

    `is_future` (0 or 1, for all rows): rho moves the yield with the rate, as for options on futures.
    """
    n = spot.shape[0]
    tile, squares, growth, values, lanes = _rooms(scheme)
    node_count = scheme[0].shape[0]
    first = np.empty((node_count + 1, LANES))
    last = np.empty((node_count + 1, LANES))
    points = np.empty((9, 4, LANES))  # base, vol +1 −1 +2 −2, time + −, rate + −; price, delta, gamma, speed
    held = np.empty((LANES,))
    filled = 0
    for i in range(n):
        code = classify(spot[i], strike[i], time_to_expiry[i], vol[i], rate[i], carry_yield[i], sign[i])
        if code == BOUNDARY:
            lanes[filled] = i
            filled += 1
        else:
            row = plain_row(code, spot[i], strike[i], time_to_expiry[i], vol[i], rate[i], carry_yield[i], sign[i])
            store(out, i, row)
            if is_future and time_to_expiry[i] > 0.0:
                out[5, i] = -time_to_expiry[i] * row[0] if code == EUROPEAN else row[5]
        if filled < LANES and (i < n - 1 or filled == 0):
            continue
        load(lanes, filled, tile, spot, strike, time_to_expiry, vol, rate, carry_yield, sign)
        solve_boundary(filled, tile, scheme, _BASE_SWEEPS, False, squares, growth)
        put_values(filled, tile, scheme, squares, values)
        _keep(filled, lanes, values, spot, strike, sign, points[0])
        for lane in range(filled):
            held[lane] = values[4, lane]
        for node in range(node_count + 1):
            for lane in range(filled):
                first[node, lane] = squares[node, lane]
                last[node, lane] = squares[node, lane]
        for point in range(1, 9):
            # each pair: the first from the base, the second from the first one mirrored at the base
            size = 2.0 if point == 3 or point == 4 else 1.0
            side = 1.0 if point % 2 == 1 else -1.0
            for lane in range(filled):
                k = lanes[lane]
                tile[VOL, lane] = vol[k]
                tile[TIME, lane] = time_to_expiry[k]
                put_rate = rate[k] if sign[k] < 0 else carry_yield[k]
                put_yield = carry_yield[k] if sign[k] < 0 else rate[k]
                if point <= 4:
                    tile[VOL, lane] = vol[k] * (1.0 + side * size * _VOL_BUMP)
                elif point <= 6:
                    tile[TIME, lane] = time_to_expiry[k] * (1.0 + side * _TIME_BUMP)
                else:
                    if sign[k] < 0 or is_future:
                        put_rate += side * _RATE_BUMP
                    if sign[k] > 0 or is_future:
                        put_yield += side * _RATE_BUMP
                tile[RATE, lane] = put_rate
                tile[YIELD, lane] = put_yield
            scale = 2.0 if point == 3 else 1.0 if point % 2 == 0 else 0.0
            sweeps = SWEEPS if scale == 0.0 else _NEXT_SWEEPS
            for node in range(node_count):
                for lane in range(filled):
                    # point 2 mirrors 1, 3 doubles 1, 4 mirrors 3; √ is what is nearly linear
                    base = math.sqrt(first[node, lane])
                    if scale == 0.0:
                        start = base
                    elif point == 3:
                        start = base - 2.0 * (math.sqrt(last[node, lane]) - base)  # last is point 2
                    else:
                        start = 2.0 * base - math.sqrt(last[node, lane])
                    squares[node, lane] = start * start
            solve_boundary(filled, tile, scheme, sweeps, True, squares, growth)
            put_values(filled, tile, scheme, squares, values)
            _keep(filled, lanes, values, spot, strike, sign, points[point])
            for node in range(node_count):
                for lane in range(filled):
                    last[node, lane] = squares[node, lane]
        for lane in range(filled):
            k = lanes[lane]
            if held[lane] <= 0.0:
                store(out, k, intrinsic_row(spot[k], strike[k], sign[k]))
            else:
                _assemble(lane, k, points, spot, strike, time_to_expiry, vol, rate, carry_yield, sign, out)
        filled = 0


@kernel
def _assemble(lane, k, points, spot, strike, time_to_expiry, vol, rate, carry_yield, sign, out):
    """Differences of the nine points into the thirteen numbers of row k."""
    price, delta, gamma, speed = points[0, 0, lane], points[0, 1, lane], points[0, 2, lane], points[0, 3, lane]
    step = vol[k] * _VOL_BUMP
    plus, minus = points[1, 0, lane], points[2, 0, lane]
    plus2, minus2 = points[3, 0, lane], points[4, 0, lane]
    moment = 2.0 * time_to_expiry[k] * _TIME_BUMP
    out[0, k] = max(price, max(sign[k] * (spot[k] - strike[k]), 0.0))
    out[1, k] = delta
    out[2, k] = gamma
    out[3, k] = (8.0 * (plus - minus) - (plus2 - minus2)) / (12.0 * step)
    out[4, k] = _theta(price, delta, gamma, spot[k], vol[k], rate[k], carry_yield[k])
    out[5, k] = (points[7, 0, lane] - points[8, 0, lane]) / (2.0 * _RATE_BUMP)
    out[6, k] = (8.0 * (points[1, 1, lane] - points[2, 1, lane]) - (points[3, 1, lane] - points[4, 1, lane])) / (
        12.0 * step
    )
    out[7, k] = -(points[5, 1, lane] - points[6, 1, lane]) / moment
    out[8, k] = (16.0 * (plus + minus) - (plus2 + minus2) - 30.0 * price) / (12.0 * step * step)
    out[9, k] = speed
    out[10, k] = (8.0 * (points[1, 2, lane] - points[2, 2, lane]) - (points[3, 2, lane] - points[4, 2, lane])) / (
        12.0 * step
    )
    out[11, k] = -(points[5, 2, lane] - points[6, 2, lane]) / moment
    out[12, k] = (plus2 - minus2 - 2.0 * (plus - minus)) / (2.0 * step * step * step)


@kernel
def _theta(price, delta, gamma, spot, vol, rate, carry_yield):
    """−∂V/∂T from the pricing equation, which holds where one does not exercise."""
    return rate * price - (rate - carry_yield) * spot * delta - 0.5 * vol * vol * spot * spot * gamma


@kernel
def _rooms(scheme):
    """Work space of one block: tile, squares, growth, values, lanes."""
    node_count, inner_count = scheme[0].shape[0], scheme[1].shape[0]
    return (
        np.empty((TILE_ROWS, LANES)),
        np.empty((4 * node_count + 1, LANES)),
        np.empty((2, node_count * inner_count, LANES)),
        np.empty((VALUE_ROWS, LANES)),
        np.empty(LANES, np.int64),
    )


@kernel
def _keep(count, lanes, values, spot, strike, sign, point):
    for lane in range(count):
        k = lanes[lane]
        price, delta, gamma, speed = own_terms(
            values[0, lane], values[1, lane], values[2, lane], values[3, lane], spot[k], strike[k], sign[k]
        )
        point[0, lane] = price
        point[1, lane] = delta
        point[2, lane] = gamma
        point[3, lane] = speed


_COLUMNS = (FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, SIGNS)
warms(american_prices, *_COLUMNS, typeof(SCHEME), TABLE_OUT)
warms(american_greeks, *_COLUMNS, types.int64, typeof(SCHEME), TABLE_OUT)
