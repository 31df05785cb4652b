"""What early exercise is worth, as a share of the European price, with escrowed cash dividends: options in lanes.

The spot less the present value of the dividends to come, S*, is lognormal with drift r − b (b: borrow, or a yield), so
the European price is Black's on F = S*·e^((r − b)T); exercise at t pays ±(S*_t + PV_t − K), PV_t the dividends still to come
before expiry. American and European values are rolled back on one grid in ln S*, and only their ratio leaves it: most of
the error of a coarse grid goes into both. Puts are laid out from low to high spots and calls from high to low, so that the
exercise region is at the low index and the linear complementarity problem of a step is solved by one elimination
(Brennan and Schwartz, 1977). Steps are graded quadratically after expiry and after each ex-date.
"""

import math

import numpy as np
from numba import int64

from gex.kernels.compiling import FLOATS, FLOATS_OUT, INDICES, SIGNS, kernel, warms

LANES = 48
NODES = 101
WIDTH = 5.5  # deviations of the grid to each side of the spot
STEPS = 36  # of an option without dividends
LEAST_STEPS = 6  # of a stretch between two ex-dates
AMERICAN, EUROPEAN, RIGHT_SIDE, PIVOT, CARRY_ON, EXERCISE = 0, 1, 2, 3, 4, 5  # rows of the grid tile
TILE_ROWS = 6
LOWER, MIDDLE, UPPER, PAID, AT_EDGE, OFFSET = 0, 1, 2, 3, 4, 5  # rows of the lane terms
TERM_ROWS = 6


@kernel
def _factor(count, weight, terms, tile):
    """Elimination of I − weight·L from the high index down."""
    for lane in range(count):
        tile[CARRY_ON, NODES - 1, lane] = 0.0
    for back in range(1, NODES - 1):
        j = NODES - 1 - back
        for lane in range(count):
            pivot = 1.0 / (1.0 - weight * (terms[MIDDLE, lane] + terms[UPPER, lane] * tile[CARRY_ON, j + 1, lane]))
            tile[PIVOT, j, lane] = pivot
            tile[CARRY_ON, j, lane] = weight * terms[LOWER, lane] * pivot


@kernel
def _eliminate(count, explicit, implicit, terms, value, tile):
    """The right side of a step of `value` (a row of the tile), reduced from the high index down."""
    for lane in range(count):
        tile[RIGHT_SIDE, NODES - 1, lane] = 0.0
    for back in range(1, NODES - 1):
        j = NODES - 1 - back
        for lane in range(count):
            change = terms[LOWER, lane] * tile[value, j - 1, lane] + terms[UPPER, lane] * tile[value, j + 1, lane]
            change += terms[MIDDLE, lane] * tile[value, j, lane]
            reduced = implicit * terms[UPPER, lane] * tile[RIGHT_SIDE, j + 1, lane]
            reduced += tile[value, j, lane] + explicit * change
            tile[RIGHT_SIDE, j, lane] = reduced * tile[PIVOT, j, lane]


@kernel
def _step(count, explicit, implicit, terms, tile):
    """Both values one step back in time; the node beyond the money is worth nothing."""
    _eliminate(count, explicit, implicit, terms, AMERICAN, tile)
    for lane in range(count):
        tile[AMERICAN, 0, lane] = tile[EXERCISE, 0, lane] + terms[PAID, lane]
    for j in range(1, NODES - 1):
        for lane in range(count):
            held = tile[RIGHT_SIDE, j, lane] + tile[CARRY_ON, j, lane] * tile[AMERICAN, j - 1, lane]
            tile[AMERICAN, j, lane] = max(held, tile[EXERCISE, j, lane] + terms[PAID, lane])
    _eliminate(count, explicit, implicit, terms, EUROPEAN, tile)
    for lane in range(count):
        tile[EUROPEAN, 0, lane] = terms[AT_EDGE, lane]
    for j in range(1, NODES - 1):
        for lane in range(count):
            held = tile[RIGHT_SIDE, j, lane] + tile[CARRY_ON, j, lane] * tile[EUROPEAN, j - 1, lane]
            tile[EUROPEAN, j, lane] = held


@kernel
def _lay_out(count, start, strike, vol, sign, spot, rate, borrow, time, terms, tile):
    """Grid, operator and payoff of a block: the strike on a node, the spot within half a node of the middle."""
    middle = (NODES - 1) // 2
    for lane in range(count):
        k = start + lane
        side = -float(sign[k])
        spacing = 2.0 * WIDTH * vol[k] * math.sqrt(time) / (NODES - 1)
        diffusion = 0.5 * vol[k] * vol[k]
        second = diffusion / (spacing * spacing)
        first = 0.5 * side * (rate - borrow - diffusion) / spacing
        terms[LOWER, lane], terms[MIDDLE, lane] = second - first, -2.0 * second - rate
        terms[UPPER, lane] = second + first
        strike_at = side * math.log(strike[k] / spot) / spacing
        terms[OFFSET, lane] = strike_at - round(strike_at)
        ratio = math.exp(side * spacing)
        level = spot * math.exp(side * (terms[OFFSET, lane] - middle) * spacing)
        for j in range(NODES):
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
    for lane in range(count):
        k = start + lane
        side = float(sign[k])
        terms[PAID, lane] = side * to_come
        edge = side * tile[EXERCISE, 0, lane] + strike[k]  # S* there
        terms[AT_EDGE, lane] = side * (edge * math.exp(-borrow * elapsed) - strike[k] * math.exp(-rate * elapsed))


@kernel
def _roll_back(count, start, strike, vol, sign, spot, rate, borrow, time, when, amount, terms, tile):
    """From expiry to now, stretch by stretch between the ex-dates."""
    _lay_out(count, start, strike, vol, sign, spot, rate, borrow, time, terms, tile)
    begin = 0.0  # time before expiry
    dividend = when.shape[0] - 1
    while begin < time:
        while dividend >= 0 and not 0.0 < when[dividend] < time - begin - 1e-9 * time:
            dividend -= 1
        end = time - when[dividend] if dividend >= 0 else time
        length = end - begin
        step_count = max(LEAST_STEPS, math.ceil(STEPS * math.sqrt(length / time)))
        elapsed = begin
        for i in range(step_count):
            share = (i + 1.0) / step_count
            until = end if i + 1 == step_count else begin + length * share * share
            halves = 2 if i < 2 else 1  # implicit half steps smooth the kink of the payoff (Rannacher)
            length_of_step = (until - elapsed) / halves
            theta = 1.0 if halves == 2 else 0.5
            _factor(count, theta * length_of_step, terms, tile)
            for half in range(halves):
                elapsed = until if half + 1 == halves else elapsed + length_of_step
                # before the ex-date itself the dividend is not yet to come: at the end of a stretch it is left out
                seen = elapsed - 1e-9 * length if elapsed == end and dividend >= 0 else elapsed
                _set_edges(count, start, strike, sign, rate, borrow, time, seen, when, amount, terms, tile)
                _step(count, (1.0 - theta) * length_of_step, theta * length_of_step, terms, tile)
        begin = end
        if dividend >= 0:  # an instant before the ex-date exercise pays the dividend too
            _set_edges(count, start, strike, sign, rate, borrow, time, end + 1e-12, when, amount, terms, tile)
            for j in range(NODES):
                for lane in range(count):
                    tile[AMERICAN, j, lane] = max(tile[AMERICAN, j, lane], tile[EXERCISE, j, lane] + terms[PAID, lane])


@kernel
def _at_spot(lane, value, terms, tile):
    """`value` at the spot, by the cubic through the four nearest nodes."""
    middle = (NODES - 1) // 2
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
    start, strike, vol, sign, spot, rate, borrow, time, when, amount, first_expiry, last_expiry, share
):
    """share[n] = American price over European price, less 1, of options start[j] … start[j + 1] of expiry j.

    `spot` is S*, `rate`, `borrow` and `time` are those of each expiry; `when` (years, ascending) and `amount` are the
    dividends of the underlying. Only expiries first_expiry ≤ j < last_expiry are done. Where the European price is
    nothing to rounding the share is 0; it is never negative.
    """
    tile = np.empty((TILE_ROWS, NODES, LANES))
    terms = np.empty((TERM_ROWS, LANES))
    for j in range(first_expiry, last_expiry):
        for begin in range(start[j], start[j + 1], LANES):
            count = min(LANES, start[j + 1] - begin)
            _roll_back(
                count, begin, strike, vol, sign, spot[j], rate[j], borrow[j], time[j], when, amount, terms, tile
            )  # fmt: skip
            for lane in range(count):
                european = _at_spot(lane, EUROPEAN, terms, tile)
                american = _at_spot(lane, AMERICAN, terms, tile)
                is_worth = european > 1e-12 * spot[j]
                share[begin + lane] = max(american / european - 1.0, 0.0) if is_worth else 0.0


warms(
    early_exercise_shares,
    INDICES, FLOATS, FLOATS, SIGNS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, int64, int64, FLOATS_OUT,
)  # fmt: skip
