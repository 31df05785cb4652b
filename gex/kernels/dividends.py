"""Options on a spot that drops by cash dividends: finite differences in ln S, options of one expiry in lanes.

Crank–Nicolson on a uniform grid with the strike on a node, four implicit half steps after expiry and after each ex-date
(Rannacher), early exercise by operator splitting (Ikonen and Toivanen, 2004), which needs no shape of the exercise region:
calls that are exercised just before an ex-date, puts just after, and the two boundaries of q < r < 0 are all the same to it.
At an ex-date V(S, t−) = max(V(S − D, t+), payoff(S)).
"""

import math

import numpy as np
from numba import types

from gex.kernels.compiling import FLOATS, SIGNS, TABLE_OUT, kernel, warms

LANES = 16
COARSE = (151, 90)  # nodes, steps; the second grid halves both spacings, and the error in their squares is taken out
FINE = (301, 180)
_WIDTH = 5.5  # deviations to each side of the spot
_SMOOTH_STEPS = 4
_LEAST_STEPS = 10  # of a stretch between two ex-dates
DOWN, MIDDLE, UP, SPACING = 0, 1, 2, 3  # the operator L of a lane, and its grid
ROW_COUNT = 7  # price, delta, gamma, speed, theta, charm, color


@kernel
def _factor(count, step, share, terms, ratio, inverse):
    """Elimination of I − share·step·L, once for all steps of that size."""
    for lane in range(count):
        ratio[0, lane] = 0.0
        inverse[0, lane] = 1.0
    weight = share * step
    for j in range(1, ratio.shape[0] - 1):
        for lane in range(count):
            pivot = 1.0 / (1.0 - weight * (terms[MIDDLE, lane] - terms[DOWN, lane] * ratio[j - 1, lane]))
            inverse[j, lane] = pivot
            ratio[j, lane] = -weight * terms[UP, lane] * pivot


@kernel
def _advance(count, step, share, terms, ratio, inverse, payoff, is_american, value, push, work):
    """One step back in time, in place; the two end nodes go on in a straight line in S."""
    last = value.shape[0] - 1
    explicit = (1.0 - share) * step
    implicit = share * step
    for lane in range(count):
        work[0, lane] = value[0, lane]
    for j in range(1, last):
        for lane in range(count):
            change = terms[DOWN, lane] * value[j - 1, lane] + terms[UP, lane] * value[j + 1, lane]
            change += terms[MIDDLE, lane] * value[j, lane]
            right = value[j, lane] + explicit * change + step * push[j, lane]
            work[j, lane] = (right + implicit * terms[DOWN, lane] * work[j - 1, lane]) * inverse[j, lane]
    for lane in range(count):
        work[last, lane] = value[last, lane]
    for back in range(1, last):
        j = last - back
        for lane in range(count):
            work[j, lane] -= ratio[j, lane] * work[j + 1, lane]
    if is_american:
        per_step = 1.0 / step
        for j in range(1, last):
            for lane in range(count):
                held = max(work[j, lane] - step * push[j, lane], payoff[j, lane])
                push[j, lane] += (held - work[j, lane]) * per_step
                value[j, lane] = held
    else:
        for j in range(1, last):
            for lane in range(count):
                value[j, lane] = work[j, lane]
    for lane in range(count):
        shrink = math.exp(-terms[SPACING, lane])
        bottom = value[1, lane] - (value[2, lane] - value[1, lane]) * shrink
        top = value[last - 1, lane] + (value[last - 1, lane] - value[last - 2, lane]) / shrink
        value[0, lane] = max(bottom, payoff[0, lane]) if is_american else bottom
        value[last, lane] = max(top, payoff[last, lane]) if is_american else top


@kernel
def _pay(count, amount, lowest, spacing, payoff, is_american, value, work):
    """Value just before a dividend from the value just after it, by cubic interpolation in ln S."""
    last = value.shape[0] - 1
    for lane in range(count):
        for j in range(last + 1):
            spot = math.exp(lowest[lane] + j * spacing[lane])
            after = spot - amount
            at = (math.log(after) - lowest[lane]) / spacing[lane] if after > 0.0 else 0.0
            base = int(min(max(at - 1.0, 0.0), last - 3.0))
            u = max(at, 0.0) - base
            a = -u_term(u, 1.0, 2.0, 3.0) / 6.0
            b = u_term(u, 0.0, 2.0, 3.0) / 2.0
            c = -u_term(u, 0.0, 1.0, 3.0) / 2.0
            d = u_term(u, 0.0, 1.0, 2.0) / 6.0
            found = (
                a * value[base, lane]
                + b * value[base + 1, lane]
                + c * value[base + 2, lane]
                + d * value[base + 3, lane]
            )
            work[j, lane] = max(found, payoff[j, lane]) if is_american else found
        for j in range(last + 1):
            value[j, lane] = work[j, lane]


@kernel
def u_term(u, p, q, r):
    """(u − p)(u − q)(u − r)."""
    return (u - p) * (u - q) * (u - r)


@kernel
def _roll_back(
    count, time, steps_per_year, spot, strike, vol, grid_vol, rate, carry_yield, sign, when, amount, is_american, rooms,
    out, column,
):  # fmt: skip
    """Fill out[column[lane]] of `count` lanes that expire together; rows as in ROW_COUNT."""
    value, push, payoff, ratio, inverse, work = rooms[0], rooms[1], rooms[2], rooms[3], rooms[4], rooms[5]
    node_count = value.shape[0]
    terms = np.empty((4, LANES))
    lowest, spacing = np.empty(LANES), terms[SPACING]
    paid = 0.0
    for d in range(when.shape[0]):
        if 0.0 < when[d] < time:
            paid += amount[d]
    for lane in range(count):
        shift = -math.log(1.0 - min(0.7, paid / spot[lane]))
        reach = _WIDTH * grid_vol[lane] * math.sqrt(time) + shift + abs(rate[lane] - carry_yield[lane]) * time + 1e-3
        spacing[lane] = 2.0 * reach / (node_count - 1)
        # the strike lies on a node, the spot within half a node of the middle
        offset = round(math.log(spot[lane] / strike[lane]) / spacing[lane])
        lowest[lane] = math.log(strike[lane]) + (offset - node_count // 2) * spacing[lane]
        diffusion = 0.5 * vol[lane] * vol[lane]
        second = diffusion / (spacing[lane] * spacing[lane])
        first = 0.5 * (rate[lane] - carry_yield[lane] - diffusion) / spacing[lane]
        terms[DOWN, lane], terms[MIDDLE, lane] = second - first, -2.0 * second - rate[lane]
        terms[UP, lane] = second + first
        for j in range(node_count):
            level = math.exp(lowest[lane] + j * spacing[lane])
            payoff[j, lane] = max(sign[lane] * (level - strike[lane]), 0.0)
            value[j, lane] = payoff[j, lane]
            push[j, lane] = 0.0
    until = time
    while until > 0.0:
        since = 0.0
        drop = 0.0
        for d in range(when.shape[0]):
            if since < when[d] < until:
                since, drop = when[d], 0.0
            if when[d] == since and since > 0.0:
                drop += amount[d]
        length = until - since
        steps = max(math.ceil(length * steps_per_year), _LEAST_STEPS)
        step = length / steps
        _factor(count, 0.5 * step, 1.0, terms, ratio, inverse)
        for _ in range(_SMOOTH_STEPS):
            _advance(count, 0.5 * step, 1.0, terms, ratio, inverse, payoff, is_american, value, push, work)
        _factor(count, step, 0.5, terms, ratio, inverse)
        for _ in range(steps - _SMOOTH_STEPS // 2):
            _advance(count, step, 0.5, terms, ratio, inverse, payoff, is_american, value, push, work)
        if since > 0.0:
            _pay(count, drop, lowest, spacing, payoff, is_american, value, work)
            for j in range(node_count):
                for lane in range(count):
                    push[j, lane] = 0.0
        until = since
    for lane in range(count):
        _read(
            lane, spot, vol, rate, carry_yield, lowest, spacing, value, payoff, strike, sign, is_american, out, column
        )


@kernel
def _read(lane, spot, vol, rate, carry_yield, lowest, spacing, value, payoff, strike, sign, is_american, out, column):
    """Value and derivatives at the spot from the polynomial through the six nearest nodes."""
    at = (math.log(spot[lane]) - lowest[lane]) / spacing[lane]
    base = min(max(int(at) - 2, 0), value.shape[0] - 6)
    u = at - base
    # Newton's divided differences on 0 … 5, then Taylor coefficients at u
    terms = np.empty(6)
    for j in range(6):
        terms[j] = value[base + j, lane]
    for order in range(1, 6):
        for j in range(5, order - 1, -1):
            terms[j] = (terms[j] - terms[j - 1]) / order
    taylor = np.zeros(6)
    for j in range(5, -1, -1):  # Horner in (u − j), keeping derivatives
        for k in range(5, 0, -1):
            taylor[k] = taylor[k] * (u - j) + taylor[k - 1]
        taylor[0] = taylor[0] * (u - j) + terms[j]
    h, s = spacing[lane], spot[lane]
    first = taylor[1] / h
    second = 2.0 * taylor[2] / (h * h)
    third = 6.0 * taylor[3] / (h * h * h)
    fourth = 24.0 * taylor[4] / (h * h * h * h)
    price = taylor[0]
    delta = first / s
    gamma = (second - first) / (s * s)
    speed = (third - 3.0 * second + 2.0 * first) / (s * s * s)
    jounce = (fourth - 6.0 * third + 11.0 * second - 6.0 * first) / (s * s * s * s)
    column_index = column[lane]
    intrinsic = max(sign[lane] * (s - strike[lane]), 0.0)
    # exercised at once: the nodes on both sides of the spot are worth what exercise pays
    left = int(at)
    if (
        is_american
        and intrinsic > 0.0
        and value[left, lane] <= payoff[left, lane]
        and value[left + 1, lane] <= payoff[left + 1, lane]
    ):
        out[0, column_index] = intrinsic
        out[1, column_index] = sign[lane]
        for k in range(2, ROW_COUNT):
            out[k, column_index] = 0.0
        return
    variance = vol[lane] * vol[lane]
    gain = rate[lane] - carry_yield[lane]
    out[0, column_index] = max(price, intrinsic) if is_american else price
    out[1, column_index] = delta
    out[2, column_index] = gamma
    out[3, column_index] = speed
    out[4, column_index] = rate[lane] * price - gain * s * delta - 0.5 * variance * s * s * gamma
    out[5, column_index] = (
        rate[lane] * delta - gain * (delta + s * gamma) - variance * s * gamma - 0.5 * variance * s * s * speed
    )
    out[6, column_index] = (
        rate[lane] * gamma
        - gain * (2.0 * gamma + s * speed)
        - variance * (gamma + 2.0 * s * speed)
        - 0.5 * variance * s * s * jounce
    )


@kernel
def dividend_values(
    spot, strike, time_to_expiry, vol, grid_vol, rate, carry_yield, sign, when, amount, is_american, node_count,
    step_count, out,
):  # fmt: skip
    """Fill out[7, n]: price, delta, gamma, speed, theta, charm, color of valid rows with time left.

    `when` (years from now, ascending) and `amount` (currency) are the dividends of the underlying; those from expiry on do
    not count. Rows that follow each other with one time to expiry share a block, so sort by it. `grid_vol` sets the grid:
    the same for bumped volatilities, so that differences do not see it move.
    """
    n = spot.shape[0]
    rooms = np.empty((6, node_count, LANES))
    scalars = np.empty((6, LANES))
    signs = np.empty(LANES)
    column = np.empty(LANES, np.int64)
    start = 0
    while start < n:
        count = 1
        while start + count < n and count < LANES and time_to_expiry[start + count] == time_to_expiry[start]:
            count += 1
        for lane in range(count):
            k = start + lane
            scalars[0, lane], scalars[1, lane], scalars[2, lane] = spot[k], strike[k], vol[k]
            scalars[3, lane], scalars[4, lane], scalars[5, lane] = grid_vol[k], rate[k], carry_yield[k]
            signs[lane] = sign[k]
            column[lane] = k
        time = time_to_expiry[start]
        _roll_back(
            count, time, step_count / time, scalars[0], scalars[1], scalars[2], scalars[3], scalars[4], scalars[5],
            signs, when, amount, is_american, rooms, out, column,
        )  # fmt: skip
        start += count


warms(
    dividend_values,
    *(FLOATS,) * 7, SIGNS, FLOATS, FLOATS, types.boolean, types.int64, types.int64, TABLE_OUT,
)  # fmt: skip
