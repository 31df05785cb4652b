"""What early exercise is worth, as a share of the European price, with escrowed cash dividends: options in lanes.

The spot less the present value of the dividends to come, S*, is lognormal with drift r − b (b: borrow, or a yield), so
the European price is Black's on F = S*·e^((r − b)T); exercise at t pays ±(S*_t + PV_t − K), PV_t the dividends still to come
before expiry. American and European values are rolled back on one grid in ln S*, and only their ratio leaves it: most of
the error of a coarse grid goes into both. Puts are laid out from low to high spots and calls from high to low, so that the
exercise region is at the low index and the linear complementarity problem of a step is solved by one elimination
(Brennan and Schwartz, 1977). Steps are graded quadratically after expiry and after each ex-date. The operator of a step is
the same at every node, so its elimination is that of a grid without an end: one pivot a lane, the root of a quadratic,
in place of one a node.
"""

import math

import numpy as np
from numba import int64

from gex.kernels.bits import fma
from gex.kernels.compiling import FLOATS, FLOATS_OUT, INDICES, SIGNS, inlined, kernel, warms

LANES = 48
WIDTH = 5.5  # deviations of the grid to each side of the spot
FINE = (101, 36)  # nodes (odd), and steps of an option without dividends: the premium to 3.5 %, 1e-5 of the spot (RMS)
COARSE = (51, 14)  # a third of the time: to 12 %, 6e-5 of the spot
LEAST_STEPS = 6  # of a stretch between two ex-dates
AMERICAN, EUROPEAN, RIGHT_AMERICAN, RIGHT_EUROPEAN, EXERCISE = 0, 1, 2, 3, 4  # rows of the grid tile
TILE_ROWS = 5
LOWER, MIDDLE, UPPER, PAID, AT_EDGE, OFFSET = 0, 1, 2, 3, 4, 5  # rows of the lane terms
# Of a step: weights of the old values, of the right side above, of the new value below.
BELOW, HERE, ABOVE, FROM_ABOVE, CARRY_ON = 6, 7, 8, 9, 10
TERM_ROWS = 11


@kernel
def _set_step(count, explicit, implicit, terms):
    """Weights of a step: (I − implicit·L) new = (I + explicit·L) old, eliminated from the high index down."""
    for lane in range(count):
        lower, middle, upper = terms[LOWER, lane], terms[MIDDLE, lane], terms[UPPER, lane]
        b = 1.0 - implicit * middle
        pivot = 2.0 / (b + math.sqrt(max(b * b - 4.0 * implicit * implicit * upper * lower, 0.0)))
        terms[BELOW, lane] = explicit * lower * pivot
        terms[HERE, lane] = (1.0 + explicit * middle) * pivot
        terms[ABOVE, lane] = explicit * upper * pivot
        terms[FROM_ABOVE, lane] = implicit * upper * pivot
        terms[CARRY_ON, lane] = implicit * lower * pivot


@inlined
def _reduced(terms, tile, value, right, j, lane):
    """The right side at a node, what is above it eliminated."""
    reduced = fma(terms[FROM_ABOVE, lane], tile[right, j + 1, lane], terms[HERE, lane] * tile[value, j, lane])
    reduced = fma(terms[ABOVE, lane], tile[value, j + 1, lane], reduced)
    return fma(terms[BELOW, lane], tile[value, j - 1, lane], reduced)


@kernel
def _step(count, nodes, terms, tile):
    """Both values one step back in time; the node beyond the money is worth nothing."""
    for lane in range(count):
        tile[RIGHT_AMERICAN, nodes - 1, lane] = 0.0
        tile[RIGHT_EUROPEAN, nodes - 1, lane] = 0.0
    for back in range(1, nodes - 1):
        j = nodes - 1 - back
        for lane in range(count):
            tile[RIGHT_AMERICAN, j, lane] = _reduced(terms, tile, AMERICAN, RIGHT_AMERICAN, j, lane)
        for lane in range(count):
            tile[RIGHT_EUROPEAN, j, lane] = _reduced(terms, tile, EUROPEAN, RIGHT_EUROPEAN, j, lane)
    for lane in range(count):
        tile[AMERICAN, 0, lane] = tile[EXERCISE, 0, lane] + terms[PAID, lane]
        tile[EUROPEAN, 0, lane] = terms[AT_EDGE, lane]
    for j in range(1, nodes - 1):
        for lane in range(count):
            held = fma(terms[CARRY_ON, lane], tile[AMERICAN, j - 1, lane], tile[RIGHT_AMERICAN, j, lane])
            now = tile[EXERCISE, j, lane] + terms[PAID, lane]
            tile[AMERICAN, j, lane] = held if held > now else now
        for lane in range(count):
            tile[EUROPEAN, j, lane] = fma(
                terms[CARRY_ON, lane], tile[EUROPEAN, j - 1, lane], tile[RIGHT_EUROPEAN, j, lane]
            )


@kernel
def _lay_out(count, nodes, start, strike, vol, sign, spot, rate, borrow, time, terms, tile):
    """Grid, operator and payoff of a block: the strike on a node, the spot within half a node of the middle."""
    middle = (nodes - 1) // 2
    for lane in range(count):
        k = start + min(lane, count - 1)  # lanes without an option repeat the last
        side = -float(sign[k])
        spacing = 2.0 * WIDTH * vol[k] * math.sqrt(time) / (nodes - 1)
        diffusion = 0.5 * vol[k] * vol[k]
        second = diffusion / (spacing * spacing)
        first = 0.5 * side * (rate - borrow - diffusion) / spacing
        terms[LOWER, lane], terms[MIDDLE, lane] = second - first, -2.0 * second - rate
        terms[UPPER, lane] = second + first
        strike_at = side * math.log(strike[k] / spot) / spacing
        terms[OFFSET, lane] = strike_at - round(strike_at)
        ratio = math.exp(side * spacing)
        level = spot * math.exp(side * (terms[OFFSET, lane] - middle) * spacing)
        for j in range(nodes):
            pays = -side * (level - strike[k])
            tile[EXERCISE, j, lane] = pays
            tile[AMERICAN, j, lane] = max(pays, 0.0)
            tile[EUROPEAN, j, lane] = max(pays, 0.0)
            level *= ratio


@kernel
def _set_edges(count, start, strike, sign, rate, borrow, time, elapsed, when, amount, terms, tile):
    """What is paid before expiry beside S* at exercise, and the European value at the edge, `elapsed` before expiry."""
    now = time - elapsed
    to_come = 0.0
    for d in range(when.shape[0]):
        if when[d] > 0.0 and when[d] < time and when[d] >= now:
            to_come += amount[d] * math.exp(-(rate - borrow) * (when[d] - now))
    growth, discount_factor = math.exp(-borrow * elapsed), math.exp(-rate * elapsed)
    for lane in range(count):
        k = start + min(lane, count - 1)
        side = float(sign[k])
        terms[PAID, lane] = side * to_come
        edge = side * tile[EXERCISE, 0, lane] + strike[k]  # S* there
        terms[AT_EDGE, lane] = side * (edge * growth - strike[k] * discount_factor)


@kernel
def _roll_back(count, nodes, steps, start, strike, vol, sign, spot, rate, borrow, time, when, amount, terms, tile):
    """From expiry to now, stretch by stretch between the ex-dates."""
    _lay_out(count, nodes, start, strike, vol, sign, spot, rate, borrow, time, terms, tile)
    begin = 0.0  # time before expiry
    dividend = when.shape[0] - 1
    while begin < time:
        while dividend >= 0 and not 0.0 < when[dividend] < time - begin - 1e-9 * time:
            dividend -= 1
        end = time - when[dividend] if dividend >= 0 else time
        length = end - begin
        step_count = max(LEAST_STEPS, math.ceil(steps * math.sqrt(length / time)))
        elapsed = begin
        for i in range(step_count):
            share = (i + 1.0) / step_count
            until = end if i + 1 == step_count else begin + length * share * share
            halves = 2 if i < 2 else 1  # implicit half steps smooth the kink of the payoff (Rannacher)
            length_of_step = (until - elapsed) / halves
            theta = 1.0 if halves == 2 else 0.5
            _set_step(count, (1.0 - theta) * length_of_step, theta * length_of_step, terms)
            for half in range(halves):
                elapsed = until if half + 1 == halves else elapsed + length_of_step
                # before the ex-date itself the dividend is not yet to come: at the end of a stretch it is left out
                seen = elapsed - 1e-9 * length if elapsed == end and dividend >= 0 else elapsed
                _set_edges(count, start, strike, sign, rate, borrow, time, seen, when, amount, terms, tile)
                _step(count, nodes, terms, tile)
        begin = end
        if dividend >= 0:  # an instant before the ex-date exercise pays the dividend too
            _set_edges(count, start, strike, sign, rate, borrow, time, end + 1e-12, when, amount, terms, tile)
            for j in range(nodes):
                for lane in range(count):
                    tile[AMERICAN, j, lane] = max(tile[AMERICAN, j, lane], tile[EXERCISE, j, lane] + terms[PAID, lane])


@kernel
def _at_spot(lane, nodes, value, terms, tile):
    """`value` at the spot, by the cubic through the four nearest nodes."""
    middle = (nodes - 1) // 2
    at = -terms[OFFSET, lane]
    first = middle - 1 if at >= 0.0 else middle - 2
    u = middle + at - first
    return (
        -(u - 1.0) * (u - 2.0) * (u - 3.0) / 6.0 * tile[value, first, lane]
        + u * (u - 2.0) * (u - 3.0) / 2.0 * tile[value, first + 1, lane]
        - u * (u - 1.0) * (u - 3.0) / 2.0 * tile[value, first + 2, lane]
        + u * (u - 1.0) * (u - 2.0) / 6.0 * tile[value, first + 3, lane]
    )


@kernel
def early_exercise_shares(
    start, strike, vol, sign, spot, rate, borrow, time, when, amount, first_expiry, last_expiry, nodes, steps, share
):
    """share[n] = American price over European price, less 1, of options start[j] … start[j + 1] of expiry j.

        `spot` is S*, `rate`, `borrow` and `time` are those of each expiry; `when` (years, ascending) and `amount` are the
        dividends of the underlying. Only expiries first_expiry ≤ j < last_expiry are done, on a grid of `nodes` × `steps`
    (`FINE`, `COARSE`). Where the European price is
        nothing to rounding the share is 0; it is never negative.
    """
    tile = np.empty((TILE_ROWS, nodes, LANES))
    terms = np.empty((TERM_ROWS, LANES))
    for j in range(first_expiry, last_expiry):
        for begin in range(start[j], start[j + 1], LANES):
            count = min(LANES, start[j + 1] - begin)
            _roll_back(
                count, nodes, steps, begin, strike, vol, sign, spot[j], rate[j], borrow[j], time[j], when, amount, terms,
                tile,
            )  # fmt: skip
            for lane in range(count):
                european = _at_spot(lane, nodes, EUROPEAN, terms, tile)
                american = _at_spot(lane, nodes, AMERICAN, terms, tile)
                is_worth = european > 1e-12 * spot[j]
                share[begin + lane] = max(american / european - 1.0, 0.0) if is_worth else 0.0


warms(
    early_exercise_shares,
    INDICES, FLOATS, FLOATS, SIGNS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, int64, int64, int64, int64, FLOATS_OUT,
)  # fmt: skip
