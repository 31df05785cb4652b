"""American puts by their exercise boundary (Andersen, Lake, Offengenden: "High Performance American Option Pricing").

Everything here is a put in units of its strike; a call is the put with spot and strike, rate and yield exchanged (McDonald
and Schroder). ln²(B/X) is interpolated at Chebyshev extrema in √u, B the boundary at time u to expiry, X its limit at
expiry; v = τy², y = sin θ with Gauss–Legendre nodes in θ makes the integrals smooth at both ends, as √u = √τ·cos θ:

    B = K·e^(−(r−q)τ)·Num/Den,
    Num = φ(d−)/(σ√τ) + r·∫ e^(ru)·φ(d−(v, B/B(u)))/(σ√v) dv
    Den = φ(d+)/(σ√τ) + N(d+) + q·∫ e^(qu)·[N + φ/(σ√v)](d+(v, B/B(u))) dv,     u = τ − v

Options lie in lanes: each inner loop runs over options and fills the vector unit; node counts are the outer loops.
"""

import math

import numpy as np

from gex.kernels.bits import fma, polynomial_by_squares
from gex.kernels.black import black_lane, to_spot
from gex.kernels.coefficients import ERFCX_RIGHT_ROUGH
from gex.kernels.compiling import inlined, kernel
from gex.kernels.normal import INVERSE_SQRT_TWO_PI, SQRT_HALF, exp, log, log_ratio

LANES = 32
_SWEEP_CAP = 40
_SETTLED = 2e-4  # a sweep that moves ln B less leaves a tenth of that, which the value feels only squared


def interpolation_matrix(at, count):
    """Rows that take values at the Chebyshev extrema cos(jπ/count), j = 0 … count, to the points `at` in [−1, 1]."""
    node = np.cos(np.pi * np.arange(count + 1) / count)
    weight = np.where(np.arange(count + 1) % 2 == 0, 1.0, -1.0)
    weight[[0, -1]] *= 0.5
    distance = at[..., None] - node
    hit = distance == 0.0
    term = weight / np.where(hit, 1.0, distance)
    rows = term / term.sum(axis=-1, keepdims=True)
    return np.where(hit.any(axis=-1, keepdims=True), hit.astype(np.float64), rows)


def make_scheme(node_count, inner_count, price_count):
    """(√ of the relative node times, inner y and weights, inner matrix, price y and weights, price matrix)."""
    root = 0.5 * (1.0 + np.cos(np.pi * np.arange(node_count) / node_count))  # √(τ_i/T), from 1 down; 0 itself is known

    def legendre(count):
        node, weight = np.polynomial.legendre.leggauss(count)
        angle = 0.25 * np.pi * (1.0 + node)
        return np.sin(angle), 0.25 * np.pi * weight * np.cos(angle)

    inner, inner_weight = legendre(inner_count)
    inner_matrix = interpolation_matrix(2.0 * root[:, None] * np.sqrt(1.0 - inner * inner) - 1.0, node_count)
    outer, outer_weight = legendre(price_count)
    outer_matrix = interpolation_matrix(2.0 * np.sqrt(1.0 - outer * outer) - 1.0, node_count)
    arrays = (root, inner, inner_weight, inner_matrix, outer, outer_weight, outer_matrix)
    frozen = []
    for array in arrays:
        contiguous = np.ascontiguousarray(array)
        contiguous.flags.writeable = False
        frozen.append(contiguous)
    return tuple(frozen)


@inlined
def tail_factor(d):
    """½·erfcx(|d|/√2) to 1e-10: N(−|d|) = e^(−d²/2)·this."""
    w = 1.0 / fma(abs(d), SQRT_HALF, 3.5)
    return 0.5 * w * polynomial_by_squares(fma(-7.0, w, 1.0), ERFCX_RIGHT_ROUGH)


@inlined
def log_limit(rate, carry_yield):
    """ln(X/K): where the boundary ends at expiry, K·min(1, r/q), for r > 0."""
    return log_ratio(rate, carry_yield) if carry_yield > rate else 0.0


@inlined
def _first_boundary(time, vol, rate, carry_yield):
    """ln(B/K) roughly: from its limit at expiry towards the perpetual one (Bjerksund and Stensland, 1993)."""
    variance = vol * vol
    carry = (carry_yield - rate) / variance
    half = 0.5 - carry
    beta = half + math.sqrt(half * half + 2.0 * carry_yield / variance)
    perpetual = beta / max(beta - 1.0, 1e-6)
    start = carry_yield / rate if carry_yield > rate else 1.0
    gap = max(perpetual - start, 1e-12)
    decay = exp(max(-((carry_yield - rate) * time + 2.0 * vol * math.sqrt(time)) * start / gap, -700.0))
    return -log(max(start + gap * (1.0 - min(decay, 1.0)), start))


# Rows of the tile that a block of options lives in; one array of constant shape, so that LLVM can tell rows apart.
SPOT, STRIKE, TIME, VOL, RATE, YIELD, LIMIT, DRIFT = 0, 1, 2, 3, 4, 5, 6, 7
TOP, BOTTOM, TOP_SLOPE, BOTTOM_SLOPE, LEVEL, BARE, SPREAD, MOVE = 8, 9, 10, 11, 12, 13, 14, 15
TILE_ROWS = 16
VALUE_ROWS = 6


@kernel
def set_limits(count, tile):
    """Fill what follows from rate and yield: ln(X/K), and the drift."""
    for lane in range(count):
        tile[LIMIT, lane] = log_limit(tile[RATE, lane], tile[YIELD, lane])
    for lane in range(count):
        tile[DRIFT, lane] = tile[RATE, lane] - tile[YIELD, lane]


@kernel
def solve_boundary(count, tile, scheme, sweep_count, has_start, squares, growth):
    """Fill squares[j, lane] = ln²(B/X) at the nodes, for r > 0; from what is there where `has_start`.

    A sweep moves ln B towards the fixed point by half a Newton step: ln f(B) − ln B over 1 − ½·∂ln f/∂ln B, the other
    nodes held. The whole step overshoots what the nodes have in common, none at all diverges at low vol and high rates;
    half of it converges tenfold a sweep nearly everywhere. `growth` is room for e^(ru), e^(qu) of every inner point.
    """
    root, inner, inner_weight, matrix, _, _, _ = scheme
    node_count, inner_count = root.shape[0], inner.shape[0]
    set_limits(count, tile)
    for lane in range(count):
        squares[node_count, lane] = 0.0  # at expiry; `squares` has 4·node_count + 1 rows, see _mix
    for i in range(node_count):
        for k in range(inner_count):
            row = i * inner_count + k
            share = root[i] * root[i] * (1.0 - inner[k] * inner[k])
            for lane in range(count):
                growth[0, row, lane] = exp(tile[RATE, lane] * tile[TIME, lane] * share)
            for lane in range(count):
                growth[1, row, lane] = exp(tile[YIELD, lane] * tile[TIME, lane] * share)
        if not has_start:
            share = root[i] * root[i]
            for lane in range(count):
                gap = tile[LIMIT, lane] - _first_boundary(
                    tile[TIME, lane] * share, tile[VOL, lane], tile[RATE, lane], tile[YIELD, lane]
                )
                squares[i, lane] = gap * gap
    for sweep in range(_SWEEP_CAP):
        for lane in range(count):
            tile[MOVE, lane] = 0.0
        for i in range(node_count):
            _sweep_node(i, count, tile, root, inner, inner_weight, matrix, squares, growth)
        _mix(count, node_count, sweep, tile, squares)
        if sweep + 1 >= sweep_count:
            largest = 0.0
            for lane in range(count):
                largest = max(largest, tile[MOVE, lane])
            if not largest > _SETTLED:
                break


@kernel
def _sweep_node(i, count, tile, root, inner, inner_weight, matrix, squares, growth):
    """One step of node i of every lane."""
    node_count, inner_count = root.shape[0], inner.shape[0]
    share = root[i] * root[i]
    for lane in range(count):
        tau = tile[TIME, lane] * share
        spread = tile[VOL, lane] * math.sqrt(tau)
        inverse = 1.0 / spread
        bare = -math.sqrt(squares[i, lane])  # ln(B/X) at this node
        plus = (bare + tile[LIMIT, lane] + tile[DRIFT, lane] * tau) * inverse + 0.5 * spread
        minus = plus - spread
        gaussian = exp(-0.5 * plus * plus)
        tail = gaussian * tail_factor(plus)
        top = INVERSE_SQRT_TWO_PI * exp(-0.5 * minus * minus) * inverse
        bottom = INVERSE_SQRT_TWO_PI * gaussian * inverse
        tile[BARE, lane] = bare
        tile[SPREAD, lane] = spread
        tile[TOP, lane] = top
        tile[BOTTOM, lane] = bottom + (tail if plus < 0.0 else 1.0 - tail)
        tile[TOP_SLOPE, lane] = -minus * inverse * top
        tile[BOTTOM_SLOPE, lane] = bottom - plus * inverse * bottom
    for k in range(inner_count):
        row = i * inner_count + k
        y = inner[k]
        for lane in range(count):
            tile[LEVEL, lane] = matrix[i, k, 0] * squares[0, lane]
        for j in range(1, node_count):
            for lane in range(count):
                tile[LEVEL, lane] = fma(matrix[i, k, j], squares[j, lane], tile[LEVEL, lane])
        elapsed_share = share * y * y
        measure_share = 2.0 * inner_weight[k] * y * share
        for lane in range(count):
            spread = tile[SPREAD, lane] * y
            ratio = tile[BARE, lane] + math.sqrt(max(tile[LEVEL, lane], 0.0))  # ln(B/B(u))
            inverse = 1.0 / spread
            plus = (ratio + tile[DRIFT, lane] * (tile[TIME, lane] * elapsed_share)) * inverse + 0.5 * spread
            minus = plus - spread
            gaussian = exp(-0.5 * plus * plus)
            tail = gaussian * tail_factor(plus)
            below = tail if plus < 0.0 else 1.0 - tail
            measure = measure_share * tile[TIME, lane]
            top_weight = tile[RATE, lane] * growth[0, row, lane] * measure
            bottom_weight = tile[YIELD, lane] * growth[1, row, lane] * measure
            top = top_weight * (INVERSE_SQRT_TWO_PI * exp(-0.5 * minus * minus) * inverse)
            bottom = bottom_weight * (INVERSE_SQRT_TWO_PI * gaussian * inverse)
            tile[TOP, lane] += top
            tile[BOTTOM, lane] += bottom + bottom_weight * below
            tile[TOP_SLOPE, lane] -= minus * inverse * top
            tile[BOTTOM_SLOPE, lane] += bottom - plus * inverse * bottom
    for lane in range(count):
        top = max(tile[TOP, lane], 1e-290)
        bottom = max(tile[BOTTOM, lane], 1e-290)
        bare = tile[BARE, lane]
        target = log_ratio(top, bottom) - tile[DRIFT, lane] * (tile[TIME, lane] * share) - tile[LIMIT, lane]
        slope = min(0.5 * (tile[TOP_SLOPE, lane] / top - tile[BOTTOM_SLOPE, lane] / bottom), 0.5)
        step = min(max((target - bare) / (1.0 - slope), -1.0), 1.0)
        moved = min(bare + step, 0.0)
        tile[MOVE, lane] = max(tile[MOVE, lane], abs(moved - bare))
        squares[i, lane] = moved * moved
        squares[node_count + 1 + i, lane] = moved - bare


@kernel
def _mix(count, node_count, sweep, tile, squares):
    """Take out of the last sweep what all nodes have in common with the one before (Anderson's mixing, one term).

    squares holds, below the nodes: the last moves of ln(B/X), the moves of the sweep before, the values they led to.
    """
    moves, earlier, reached = node_count + 1, 2 * node_count + 1, 3 * node_count + 1
    if sweep > 0:
        for lane in range(count):
            tile[TOP, lane] = 0.0
            tile[BOTTOM, lane] = 1e-60
        for i in range(node_count):
            for lane in range(count):
                change = squares[moves + i, lane] - squares[earlier + i, lane]
                tile[TOP, lane] += change * squares[moves + i, lane]
                tile[BOTTOM, lane] += change * change
        for lane in range(count):
            tile[TOP, lane] = min(max(tile[TOP, lane] / tile[BOTTOM, lane], -2.0), 0.5)
    for i in range(node_count):
        for lane in range(count):
            value = -math.sqrt(squares[i, lane])
            mixed = value - tile[TOP, lane] * (value - squares[reached + i, lane]) if sweep > 0 else value
            squares[earlier + i, lane] = squares[moves + i, lane]
            squares[reached + i, lane] = value
            mixed = min(mixed, 0.0)
            squares[i, lane] = mixed * mixed


@kernel
def put_values(count, tile, scheme, squares, values):
    """Fill values[0:4, lane]: price, delta, gamma and speed of puts whose boundary is known (exact for a fixed boundary).

    values[4] is ln(S/B): where it is ≤ 0 the put is exercised at once. values[5] is the European vega.
    """
    _, _, _, _, outer, outer_weight, matrix = scheme
    node_count = matrix.shape[1] - 1
    for lane in range(count):
        spot, strike, time = tile[SPOT, lane], tile[STRIKE, lane], tile[TIME, lane]
        tile[BARE, lane] = log_ratio(spot, strike) - tile[LIMIT, lane]  # ln(S/X)
        values[4, lane] = tile[BARE, lane] + math.sqrt(squares[0, lane])
        forward = spot * exp(tile[DRIFT, lane] * time)
        row = black_lane(forward, strike, time, tile[VOL, lane], -1, exp(-tile[RATE, lane] * time))
        european = to_spot(row, spot, forward, time)
        values[0, lane] = european[0]
        values[1, lane] = european[1]
        values[2, lane] = european[2]
        values[3, lane] = european[9]
        values[5, lane] = european[3]
    for k in range(outer.shape[0]):
        y, weight = outer[k], outer_weight[k]
        for lane in range(count):
            tile[LEVEL, lane] = matrix[k, 0] * squares[0, lane]
        for j in range(1, node_count):
            for lane in range(count):
                tile[LEVEL, lane] = fma(matrix[k, j], squares[j, lane], tile[LEVEL, lane])
        for lane in range(count):
            spot, time, rate, carry_yield = tile[SPOT, lane], tile[TIME, lane], tile[RATE, lane], tile[YIELD, lane]
            elapsed = time * (y * y)
            spread = tile[VOL, lane] * math.sqrt(time) * y
            inverse = 1.0 / spread
            ratio = tile[BARE, lane] + math.sqrt(max(tile[LEVEL, lane], 0.0))  # ln(S/B(T − v))
            plus = (ratio + tile[DRIFT, lane] * elapsed) * inverse + 0.5 * spread
            minus = plus - spread
            gaussian_plus = exp(-0.5 * plus * plus)
            gaussian_minus = exp(-0.5 * minus * minus)
            tail_plus = gaussian_plus * tail_factor(plus)
            tail_minus = gaussian_minus * tail_factor(minus)
            above_plus = tail_plus if plus > 0.0 else 1.0 - tail_plus  # N(−d)
            above_minus = tail_minus if minus > 0.0 else 1.0 - tail_minus
            measure = 2.0 * weight * y * time
            interest = rate * tile[STRIKE, lane] * exp(-rate * elapsed) * measure
            dividend = carry_yield * exp(-carry_yield * elapsed) * measure
            inverse_spot = 1.0 / spot
            interest_rate = interest * INVERSE_SQRT_TWO_PI * gaussian_minus * inverse * inverse_spot
            dividend_rate = dividend * INVERSE_SQRT_TWO_PI * gaussian_plus * inverse
            slope_minus = minus * inverse
            slope_plus = plus * inverse
            square = inverse * inverse
            values[0, lane] += interest * above_minus - dividend * spot * above_plus
            values[1, lane] += dividend_rate - dividend * above_plus - interest_rate
            values[2, lane] += inverse_spot * (interest_rate * (1.0 + slope_minus) + dividend_rate * (1.0 - slope_plus))
            values[3, lane] += (inverse_spot * inverse_spot) * (
                interest_rate * (square - (2.0 + slope_minus) * (1.0 + slope_minus))
                - dividend_rate * ((1.0 + slope_plus) * (1.0 - slope_plus) + square)
            )
