"""Carry between spot and forwards: least squares with Huber's weights, the search for a first ex-date, and the borrow.

Rows of a fit are observations divided by their errors; the last ones, held as they are, say what is known beforehand.
"""

import math

import numpy as np
from numba import float64, types

from gex.kernels.compiling import FLOATS, FLOATS_OUT, TABLE, kernel, warms

HUBER = 2.0  # deviations beyond which a row's pull stops growing
ROUNDS = 8
LEAST_PIVOT = 1e-13  # of a normal matrix of unit diagonal: what is below is not determined and stays nought
NEWTON_ROUNDS = 30
SETTLED = 1e-13


@kernel
def _solved(normal, right, count):
    """Cholesky in place of the scaled normal equations; `right` becomes the solution."""
    for i in range(count):
        for j in range(i + 1):
            total = normal[i, j]
            for k in range(j):
                total -= normal[i, k] * normal[j, k]
            if i == j:
                normal[i, i] = math.sqrt(total) if total > LEAST_PIVOT else math.inf
            else:
                normal[i, j] = total / normal[j, j]
        total = right[i]
        for k in range(i):
            total -= normal[i, k] * right[k]
        right[i] = total / normal[i, i]
    for back in range(count):
        i = count - 1 - back
        total = right[i]
        for k in range(i + 1, count):
            total -= normal[k, i] * right[k]
        right[i] = total / normal[i, i]


@kernel
def huber_fit(matrix, target, observed, found):
    """Fill `found` (one a column) and return the Huber loss over all rows; the first `observed` rows are reweighted.

    Iteratively reweighted least squares: weight min(1, 2/|miss|). Of five values 0, 0, 0, 0 and 100 the mean is 0.5, not 20.
    """
    rows, columns = matrix.shape
    weight, scale = np.ones(rows), np.empty(columns)
    normal, right = np.empty((columns, columns)), np.empty(columns)
    loss = 0.0
    for _ in range(ROUNDS):
        for a in range(columns):
            right[a] = 0.0
            for b in range(a + 1):
                normal[a, b] = 0.0
        for i in range(rows):
            for a in range(columns):
                weighted = weight[i] * matrix[i, a]
                right[a] += weighted * target[i]
                for b in range(a + 1):
                    normal[a, b] += weighted * matrix[i, b]
        for a in range(columns):
            scale[a] = 1.0 / math.sqrt(normal[a, a]) if normal[a, a] > 0.0 else 0.0
        for a in range(columns):
            right[a] *= scale[a]
            for b in range(a + 1):
                normal[a, b] *= scale[a] * scale[b]
        _solved(normal, right, columns)
        loss = 0.0
        for a in range(columns):
            found[a] = scale[a] * right[a]
        for i in range(rows):
            miss = target[i]
            for a in range(columns):
                miss -= matrix[i, a] * found[a]
            miss = abs(miss)
            loss += miss * miss if miss <= HUBER else 2.0 * HUBER * miss - HUBER * HUBER
            if i < observed:
                weight[i] = min(1.0, HUBER / max(miss, 1e-300))
    return loss


@kernel
def _inverse_diagonal(matrix, out):
    """out[a] = (MᵀM)⁻¹[a, a]; nought for what the rows do not determine."""
    rows, columns = matrix.shape
    normal, right, scale = np.empty((columns, columns)), np.empty(columns), np.empty(columns)
    for a in range(columns):
        for b in range(a + 1):
            total = 0.0
            for i in range(rows):
                total += matrix[i, a] * matrix[i, b]
            normal[a, b] = total
        scale[a] = 1.0 / math.sqrt(normal[a, a]) if normal[a, a] > 0.0 else 0.0
    for a in range(columns):
        for b in range(a + 1):
            normal[a, b] *= scale[a] * scale[b]
    for a in range(columns):
        scratch = normal.copy()
        right[:] = 0.0
        right[a] = 1.0
        _solved(scratch, right, columns)
        out[a] = max(scale[a] * scale[a] * right[a], 0.0)


@kernel
def carry_fit(spot, spot_doubt, amount_drift, time, rate, step, doubt, when, found, spread):
    """Fill `found` and its standard errors `spread`: spot offset, borrow, the amount of each dividend at `when`.

    `step` is S − F·e^(−rT), known to `doubt`. The offset is held to nought by `spot_doubt`, every amount to the one before
    by `amount_drift` of what all would be if they were equal.
    """
    rows, dividends = time.shape[0], when.shape[0]
    columns = 2 + dividends
    chain = max(dividends - 1, 0)
    matrix, target = np.zeros((rows + 1 + chain, columns)), np.zeros(rows + 1 + chain)
    for i in range(rows):
        target[i] = step[i] / doubt[i]
        matrix[i, 0], matrix[i, 1] = -1.0 / doubt[i], spot * time[i] / doubt[i]
        for d in range(dividends):
            matrix[i, 2 + d] = math.exp(-rate[i] * when[d]) / doubt[i] if when[d] < time[i] else 0.0
    matrix[rows, 0] = 1.0 / spot_doubt
    if dividends > 0:
        together = np.zeros((rows + 1, 3))
        for i in range(rows + 1):
            together[i, 0], together[i, 1] = matrix[i, 0], matrix[i, 1]
            for d in range(dividends):
                together[i, 2] += matrix[i, 2 + d]
        huber_fit(together, target[: rows + 1], rows, found[:3])
        drift = amount_drift * max(found[2], 1e-6 * spot)
        for d in range(chain):
            matrix[rows + 1 + d, 2 + d], matrix[rows + 1 + d, 3 + d] = -1.0 / drift, 1.0 / drift
    huber_fit(matrix, target, rows, found)
    scatter = 0.0
    for i in range(rows):
        miss = target[i]
        for a in range(columns):
            miss -= matrix[i, a] * found[a]
        scatter += miss * miss / rows
    _inverse_diagonal(matrix, spread)
    for a in range(columns):
        spread[a] = math.sqrt(spread[a] * max(1.0, scatter))


@kernel
def first_date_losses(starts, interval, spot, spot_doubt, largest_yield, time, rate, step, doubt, losses):
    """losses[i]: of the ladder `step` (± `doubt`) where one amount is paid at starts[i] and every `interval` from there.

    inf where no expiry stands between, so that a dividend cannot be told from a spot of another instant, or where the
    amount is negative or past `largest_yield` of the spot a year. Dates between the same expiries are told apart by the
    discounting only: all of a run have the loss of its first. Returns the loss without dividends.
    """
    rows = time.shape[0]
    matrix, target = np.zeros((rows + 1, 3)), np.zeros(rows + 1)
    found = np.empty(3)
    last = 0.0
    for i in range(rows):
        matrix[i, 0], matrix[i, 1] = -1.0 / doubt[i], spot * time[i] / doubt[i]
        target[i] = step[i] / doubt[i]
        last = max(last, time[i])
    matrix[rows, 0] = 1.0 / spot_doubt
    without = huber_fit(matrix[:, :2].copy(), target, rows, found[:2])
    between, earlier = np.zeros(rows), np.full(rows, -1.0)
    for s in range(starts.shape[0]):
        count = math.ceil((last - starts[s]) / interval)
        same = s > 0
        least, most = math.inf, -math.inf
        for i in range(rows):
            between[i] = 0.0
            paid = 0.0
            for k in range(count):
                when = starts[s] + interval * k
                if when >= time[i]:
                    break
                between[i] += 1.0
                paid += math.exp(-rate[i] * when)
            matrix[i, 2] = paid / doubt[i]
            same = same and between[i] == earlier[i]
            least, most = min(least, between[i]), max(most, between[i])
        if same:
            losses[s] = losses[s - 1]
            continue
        earlier[:] = between
        losses[s] = math.inf
        if least < most:
            loss = huber_fit(matrix, target, rows, found)
            if 0.0 < found[2] / interval < largest_yield * spot:
                losses[s] = loss
    return without


@kernel
def implied_borrows(spot, forward, rate, time, when, amount, out):
    """out[j]: the borrow b with F = S·e^(gT) − Σ D·e^(g(T − t)), g = r − b, over dividends 0 < t < T; NaN without F or T.

    Newton's method for g, of which the right side is convex and monotone. S 100, F 101.007463, r 5 %, 0.25 at 0.12 and at
    0.37, T ½: 2 %.
    """
    for j in range(time.shape[0]):
        out[j] = math.nan
        if not (abs(forward[j]) < math.inf and time[j] > 0.0):
            continue
        growth = math.log(forward[j] / spot) / time[j]
        for _ in range(NEWTON_ROUNDS):
            owed, turning = 0.0, 0.0
            for d in range(when.shape[0]):
                if 0.0 < when[d] < time[j]:
                    term = amount[d] * math.exp(-growth * when[d])
                    owed += term
                    turning += term * when[d]
            if owed == 0.0:
                break
            level = math.exp(growth * time[j])
            move = (level * (spot - owed) - forward[j]) / (level * (time[j] * (spot - owed) + turning))
            growth -= move
            if abs(move) < SETTLED:
                break
        out[j] = rate[j] - growth


@kernel
def held_borrows(common, spot, spot_doubt, spread, borrow, error, time, out):
    """out[j]: the borrow of a term drawn to `common` by what its own forward leaves open; `common` where it has none."""
    for j in range(time.shape[0]):
        own = ((error[j] / spot) ** 2 + spot_doubt**2) / (time[j] * time[j])
        share = spread**2 / (spread**2 + own) if own < math.inf else 0.0
        out[j] = common + share * (borrow[j] - common) if abs(borrow[j]) < math.inf else common


warms(held_borrows, *(float64,) * 4, *(FLOATS,) * 3, FLOATS_OUT)
warms(huber_fit, TABLE, FLOATS, types.int64, FLOATS_OUT)
warms(carry_fit, *(float64,) * 3, *(FLOATS,) * 5, FLOATS_OUT, FLOATS_OUT)
warms(first_date_losses, FLOATS, *(float64,) * 4, *(FLOATS,) * 4, FLOATS_OUT)
warms(implied_borrows, float64, *(FLOATS,) * 5, FLOATS_OUT)
