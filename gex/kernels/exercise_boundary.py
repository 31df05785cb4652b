"""What early exercise is worth without dividends before expiry, as a share of the European price: by the boundary.

The boundary of a put in units of its strike depends on volatility, rate, borrow and time only, so that one expiry and right
needs it at a few volatilities: Chebyshev nodes in ln vol over what its options need. ln²(B/X) is interpolated
between them; every option then has the premium integral of its own strike and volatility, which an error of the boundary
moves only by its square (the boundary is the best one to exercise at).
"""

import math

import numpy as np
from numba import boolean, float64, int64, typeof, types

from gex.kernels.american import (
    DRIFT,
    LANES,
    LIMIT,
    RATE,
    SPOT,
    STRIKE,
    TILE_ROWS,
    TIME,
    VOL,
    YIELD,
    make_scheme,
    set_limits,
    solve_boundary,
    tail_factor,
)
from gex.kernels.bits import fma
from gex.kernels.black import black_lane
from gex.kernels.compiling import FLOATS, kernel, warms
from gex.kernels.normal import exp, log_ratio

SCHEME = make_scheme(6, 8, 12)  # the premium to 1e-4 at a spot of 100, out of the money to 0.1 % (RMS)
SWEEPS = 2  # at least
LEAST_NODES, MOST_NODES = 2, 7
NODE_REACH = 0.35  # of ln vol, to each node past the first two
ROOM = 1e-6  # of ln vol beyond the volatilities that are needed


@kernel
def premiums(count, tile, scheme, squares, premium):
    """premium[lane]: what the option in the tile is worth above the European one; squares as solve_boundary leaves them."""
    _, _, _, _, outer, outer_weight, matrix = scheme
    node_count = matrix.shape[1] - 1
    bare, level = np.empty(LANES), np.empty(LANES)
    for lane in range(count):
        bare[lane] = log_ratio(tile[SPOT, lane], tile[STRIKE, lane]) - tile[LIMIT, lane]  # ln(S/X)
        premium[lane] = 0.0
    for k in range(outer.shape[0]):
        y, weight = outer[k], outer_weight[k]
        for lane in range(count):
            level[lane] = matrix[k, 0] * squares[0, lane]
        for j in range(1, node_count):
            for lane in range(count):
                level[lane] = fma(matrix[k, j], squares[j, lane], level[lane])
        for lane in range(count):
            time, rate, carry_yield = tile[TIME, lane], tile[RATE, lane], tile[YIELD, lane]
            elapsed = time * (y * y)
            spread = tile[VOL, lane] * math.sqrt(time) * y
            ratio = bare[lane] + math.sqrt(max(level[lane], 0.0))  # ln(S/B(T − v))
            plus = (ratio + tile[DRIFT, lane] * elapsed) / spread + 0.5 * spread
            minus = plus - spread
            tail_plus = exp(-0.5 * plus * plus) * tail_factor(plus)
            tail_minus = exp(-0.5 * minus * minus) * tail_factor(minus)
            above_plus = tail_plus if plus > 0.0 else 1.0 - tail_plus  # N(−d)
            above_minus = tail_minus if minus > 0.0 else 1.0 - tail_minus
            interest = rate * tile[STRIKE, lane] * exp(-rate * elapsed) * above_minus
            dividend = carry_yield * tile[SPOT, lane] * exp(-carry_yield * elapsed) * above_plus
            premium[lane] += 2.0 * weight * y * time * (interest - dividend)


@kernel
def shares_of(count, tile, scheme, squares, share):
    """share[lane] = American over European price, less 1, of the put in the tile; never negative."""
    premiums(count, tile, scheme, squares, share)
    for lane in range(count):
        spot, strike, time = tile[SPOT, lane], tile[STRIKE, lane], tile[TIME, lane]
        forward = spot * exp(tile[DRIFT, lane] * time)
        european = black_lane(forward, strike, time, tile[VOL, lane], -1, exp(-tile[RATE, lane] * time))[0]
        american = european + share[lane]
        exercised = strike - spot
        is_exercised = log_ratio(spot, strike) - tile[LIMIT, lane] + math.sqrt(squares[0, lane]) <= 0.0
        american = exercised if is_exercised else max(american, exercised)
        worth = american / european - 1.0
        share[lane] = worth if worth > 0.0 and european > 1e-12 * spot else 0.0


@kernel
def _set_terms(lane, tile, spot, strike, time, vol, rate, borrow, sign):
    """A call is the put with spot and strike, rate and borrow exchanged."""
    tile[TIME, lane], tile[VOL, lane] = time, vol
    if sign < 0:
        tile[SPOT, lane], tile[STRIKE, lane], tile[RATE, lane], tile[YIELD, lane] = spot, strike, rate, borrow
    else:
        tile[SPOT, lane], tile[STRIKE, lane], tile[RATE, lane], tile[YIELD, lane] = strike, spot, borrow, rate


@kernel
def node_weights(at, node, weight):
    """Barycentric weights at a point of [−1, 1] of the Chebyshev points node[0], node[1]: their cosines −cos θ and sines."""
    count = node.shape[1]
    total = 0.0
    for n in range(count):
        distance = at - node[0, n]
        if distance == 0.0:
            for k in range(count):
                weight[k] = 1.0 if k == n else 0.0
            return
        weight[n] = (1.0 if n % 2 == 0 else -1.0) * node[1, n] / distance
        total += weight[n]
    scale = 1.0 / total
    for n in range(count):
        weight[n] *= scale


@kernel
def vol_nodes():
    """[count, 2, n]: Chebyshev points −cos((n + ½)π/count) and the sines that go with them, n < count ≤ MOST_NODES."""
    nodes = np.zeros((MOST_NODES + 1, 2, MOST_NODES))
    for count in range(1, MOST_NODES + 1):
        for n in range(count):
            nodes[count, 0, n] = -math.cos((n + 0.5) * math.pi / count)
            nodes[count, 1, n] = math.sin((n + 0.5) * math.pi / count)
    return nodes


@kernel
def _vol_range(node_vol, is_wanted, factors):
    """(ln of the least volatility, half the range of ln vol, Chebyshev nodes for it); no nodes where nothing is wanted.

    The range is that of all nodes, so that no share depends on which others are wanted.
    """
    least, most, any_wanted = math.inf, 0.0, False
    for n in range(node_vol.shape[0]):
        any_wanted |= is_wanted[n]
        least, most = min(least, node_vol[n]), max(most, node_vol[n])
    if not any_wanted:
        return 0.0, 1.0, 0
    reach = math.log(most * factors[-1] / (least * factors[0]))
    count = min(max(LEAST_NODES + math.ceil(reach / NODE_REACH), LEAST_NODES), MOST_NODES)
    return math.log(least * factors[0]) - ROOM, 0.5 * reach + ROOM, count


@kernel
def _keep_boundaries(count, kept, tile, scheme, sweeps, squares, growth, store):
    """Solve the boundaries in the tile and put them into `store` from row `kept` on."""
    solve_boundary(count, tile, scheme, sweeps, False, squares, growth)
    for lane in range(count):
        for i in range(store.shape[1]):
            store[kept + lane, i] = squares[i, lane]


@kernel
def _keep_shares(count, tile, scheme, squares, found, lanes, values):
    """Shares of the options in the tile, to where they belong in the flat `values`."""
    set_limits(count, tile)
    shares_of(count, tile, scheme, squares, found)
    for lane in range(count):
        values[lanes[lane]] = found[lane]


@kernel
def boundary_shares(strike, node_vol, is_wanted, factors, spot, rate, borrow, time, scheme, sweeps, values):
    """values[j, side, n, v] = share at strike[j, side, n] and volatility node_vol[j, side, n]·factors[v], where wanted.

    Sides are call and put; `spot`, `rate`, `borrow` and `time` are those of each expiry, none of which has a dividend
    before it, and the right that is wanted gains something by early exercise (rate of a put, borrow of a call ≥ 0).
    """
    expiry_count, _, table_nodes = strike.shape
    node_count, inner_count, factor_count = scheme[0].shape[0], scheme[1].shape[0], factors.shape[0]
    tile = np.empty((TILE_ROWS, LANES))
    squares = np.empty((4 * node_count + 1, LANES))
    growth = np.empty((2, node_count * inner_count, LANES))
    found, lanes = np.empty(LANES), np.empty(LANES, np.int64)
    store = np.empty((2 * expiry_count * MOST_NODES, node_count))
    nodes = vol_nodes()
    filled, kept, total = 0, 0, 0
    for j in range(expiry_count):
        for side in range(2):
            low, half, count = _vol_range(node_vol[j, side], is_wanted[j, side], factors)
            for n in range(count):
                vol = math.exp(low + half * (1.0 + nodes[count, 0, n]))
                _set_terms(filled, tile, 1.0, 1.0, time[j], vol, rate[j], borrow[j], 1 - 2 * side)
                filled += 1
                total += 1
                if filled == LANES:
                    _keep_boundaries(filled, kept, tile, scheme, sweeps, squares, growth, store)
                    kept, filled = total, 0
    if filled > 0:
        _keep_boundaries(filled, kept, tile, scheme, sweeps, squares, growth, store)
    flat = values.reshape(values.size)
    weight = np.empty(MOST_NODES)
    filled, first = 0, 0
    for j in range(expiry_count):
        for side in range(2):
            low, half, count = _vol_range(node_vol[j, side], is_wanted[j, side], factors)
            for n in range(table_nodes if count > 0 else 0):
                if not is_wanted[j, side, n]:
                    continue
                for v in range(factor_count):
                    vol = node_vol[j, side, n] * factors[v]
                    _set_terms(
                        filled, tile, spot[j], strike[j, side, n], time[j], vol, rate[j], borrow[j], 1 - 2 * side
                    )
                    node_weights((math.log(vol) - low) / half - 1.0, nodes[count, :, :count], weight)
                    for i in range(node_count):
                        level = 0.0
                        for m in range(count):
                            level += weight[m] * store[first + m, i]
                        squares[i, filled] = max(level, 0.0)
                    lanes[filled] = ((j * 2 + side) * table_nodes + n) * factor_count + v
                    filled += 1
                    if filled == LANES:
                        _keep_shares(filled, tile, scheme, squares, found, lanes, flat)
                        filled = 0
            first += count
    if filled > 0:
        _keep_shares(filled, tile, scheme, squares, found, lanes, flat)


_NODES = types.Array(float64, 3, "C", readonly=True)
_MARKS = types.Array(boolean, 3, "C", readonly=True)
warms(
    boundary_shares,
    *(_NODES, _NODES, _MARKS, *(FLOATS,) * 5, typeof(SCHEME), int64, types.Array(float64, 4, "C")),
)
