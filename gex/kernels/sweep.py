"""All expiries of a chain, shortest first, each fitted above the one before, cut, lifted and certified.

Published slices stand in blocks of ROWS rows: rows_knot[j], rows_coefficient[j], of which row_count[j] count; the last
of them is the right wing (kernels.spline). A slice that cannot be certified stops the sweep, and the caller decides.
"""

import math

import numpy as np

from gex.kernels.certificate import (
    DEGREE,
    DEPTH,
    PROVEN,
    butterfly_of_slice,
    butterfly_of_span,
    butterfly_of_wing,
    calendar_gaps,
    calendar_of_pair,
    wing_vertex,
)
from gex.kernels.compiling import kernel
from gex.kernels.slice_fit import (
    SMOOTHING,
    STEEPEST_FIT,
    add_smoothing,
    add_target,
    basis_row,
    greville,
    grid_row,
    locate,
    minimise,
)
from gex.kernels.spline import publish, slice_value

ROWS = 96  # of a published slice; a fitted one has at most KNOTS
KNOTS = 64
GRID = 4 * KNOTS + ROWS + 64
CUTS = 48
GAPS = 2 * ROWS + 8

COLD_PENALTY = 10.0
WARM_PENALTY = 100.0
CUT_PENALTY = 1e3
CUT_ROUNDS = 4
LIFTS = 6
PASS_LIMIT = 300
PRIOR = 1e-4  # κ: weight of the prior at a grid point of a span without quotes
LEAST_WING = 1e-4  # slope of the first slice's wings
CLEAR = 1e-9  # relative calendar gap from which nothing is lifted
KEPT = 512  # multipliers of a slice that a warm fit starts from; more are not kept

# What was needed to certify a slice: bits of `flags`.
CUT = 1
LIFTED = 2
COLD_REFIT = 4
LIMITED = 8  # the fit ended at its limit of passes


@kernel
def _prepare_targets(theta, knot, table, k, low, middle, high, weight, prior, prior_weight, quote, span, base, right):
    """Rows of the quotes in y, and the quadratic part: their middles, the smoothness, a prior wherever it is asked."""
    count = knot.shape[0] + 2
    root = math.sqrt(theta)
    for a in range(count):
        right[a] = 0.0
        for d in range(4):
            base[a, d] = 0.0
    base[0, 0] = 1.0
    base[count - 1, 0] = 1.0
    for i in range(k.shape[0]):
        span[i] = basis_row(knot, table, k[i] / root, quote[i])
        u = weight[i] * theta * theta
        quote[i, 4] = low[i] / theta
        quote[i, 5] = high[i] / theta
        quote[i, 6] = u
        if middle[i] > 0.0:
            add_target(base, right, span[i], quote[i], 0, u, middle[i] / theta)
    row = np.empty(8)
    for a in range(prior.shape[0]):
        if prior_weight[a] > 0.0:
            s = basis_row(knot, table, knot[a], row)
            add_target(base, right, s, row, 0, prior_weight[a], prior[a])
    add_smoothing(knot, SMOOTHING, base)


@kernel
def _fill_grid(theta, knot, table, earlier, has_earlier, cut, cut_count, grid, span):
    """Rows of the constraint grid: four points a span, the earlier slice's knots, the cuts; returns how many."""
    root = math.sqrt(theta)
    spans = knot.shape[0] - 1
    used = 0
    for s in range(spans):
        for quarter in range(4):
            grid_row(knot, table, s, 0.25 * quarter, grid[used])
            span[used] = s
            used += 1
    if has_earlier:
        other_knot, other, other_low, other_high, other_left = earlier
        for r in range(other_low, other_high + 1):
            z = other_knot[r] / root
            if knot[0] < z < knot[spans]:
                s, t = locate(knot, z)
                grid_row(knot, table, s, t, grid[used])
                span[used] = s
                used += 1
    for i in range(cut_count):
        s, t = locate(knot, cut[i])
        grid_row(knot, table, s, t, grid[used])
        span[used] = s
        used += 1
    grid_row(knot, table, spans - 1, 1.0, grid[used])
    span[used] = spans - 1
    used += 1
    for p in range(used):
        grid[p, 13] = -1.0
        if has_earlier:
            other_knot, other, other_low, other_high, other_left = earlier
            grid[p, 13] = slice_value(other_knot, other, other_low, other_high, other_left, root * grid[p, 0]) / theta
    return used


@kernel
def _new_cuts(theta, rows_knot, rows, high, left, earlier, has_earlier, cut, cut_count, scratch):
    """Append the places, in z, where the certificate fails: the least w²g of a span, the least calendar gap of a piece.

    Returns (the new number of cuts, True where slice and pair are proven as they are, the smallest relative calendar gap).
    """
    power, bernstein, stack, gap, where = scratch
    root = math.sqrt(theta)
    proven, smallest = True, math.inf
    for r in range(high):
        width = rows_knot[r + 1] - rows_knot[r]
        c = rows[r]
        if butterfly_of_span(rows_knot[r], width, c[0], c[1], c[2], c[3], power, bernstein, stack) == PROVEN:
            continue
        proven = False
        worst, at = math.inf, 0.0
        for i in range(65):
            u = width * i / 64.0
            k = rows_knot[r] + u
            w = c[0] + u * (c[1] + u * (c[2] + u * c[3]))
            first = c[1] + u * (2.0 * c[2] + 3.0 * u * c[3])
            tilt = w - 0.5 * k * first
            value = tilt * tilt - 0.25 * first * first * (w + 0.25 * w * w) + w * w * (c[2] + 3.0 * c[3] * u)
            if value < worst:
                worst, at = value, k
        if cut_count < CUTS:
            cut[cut_count] = at / root
            cut_count += 1
    for side in range(2):
        end = -rows_knot[0] if side == 0 else rows_knot[high]
        value = rows[0, 0] if side == 0 else rows[high, 0]
        slope = left if side == 0 else rows[high, 1]
        if butterfly_of_wing(end, value, slope) != PROVEN:
            proven = False
            if cut_count < CUTS:
                vertex = wing_vertex(end, value, slope)
                cut[cut_count] = (-vertex if side == 0 else vertex) / root
                cut_count += 1
    if has_earlier:
        used = calendar_gaps(rows_knot, rows, 0, high, left, earlier, gap, where)
        for i in range(used - 2):
            smallest = min(smallest, gap[i])
            if gap[i] < 0.0 and rows_knot[0] < where[i] < rows_knot[high] and cut_count < CUTS:
                cut[cut_count] = where[i] / root
                cut_count += 1
        proven = proven and smallest >= CLEAR and gap[used - 2] >= 0.0 and gap[used - 1] >= 0.0
    return cut_count, proven, smallest


@kernel
def lift(theta, knot, padded, rows_knot, rows, high, left, earlier, scratch):
    """Raise the four coefficients over every piece with a calendar gap by the gap; True where there was one."""
    _, _, _, gap, where = scratch
    used = calendar_gaps(rows_knot, rows, 0, high, left, earlier, gap, where)
    root = math.sqrt(theta)
    found = False
    for i in range(used - 2):
        if gap[i] < CLEAR:
            s, _ = locate(knot, where[i] / root)
            w = slice_value(rows_knot, rows, 0, high, left, where[i])
            before = slice_value(earlier[0], earlier[1], earlier[2], earlier[3], earlier[4], where[i])
            amount = max(before - w, 0.0) * 1.02 + 1e-8 * before
            for a in range(4):
                padded[s + a] += amount / theta
            found = True
    padded[0] = 0.0
    padded[padded.shape[0] - 1] = 0.0
    return found


@kernel
def certify(rows_knot, rows, high, left, earlier, has_earlier, scratch):
    """(True where the slice and its pair with the earlier one are proven, the smallest relative calendar gap)."""
    power, bernstein, stack, gap, where = scratch
    verdict, _ = butterfly_of_slice(rows_knot, rows, 0, high, left, power, bernstein, stack)
    smallest = math.inf
    if has_earlier:
        pair, smallest = calendar_of_pair(rows_knot, rows, 0, high, left, earlier, gap, where)
        if pair != PROVEN:
            return False, smallest
    return verdict == PROVEN, smallest


@kernel
def new_scratch():
    """(power, bernstein, stack, gap, where): room for the certificate."""
    return (
        np.empty(DEGREE + 1),
        np.empty(DEGREE + 1),
        np.empty((DEPTH + 2, DEGREE + 2)),
        np.empty(GAPS),
        np.empty(GAPS),
    )


@kernel
def fit_sweep(
    first,
    stop,
    start,
    theta,
    knot_start,
    knot,
    table,
    quote_start,
    k,
    low,
    middle,
    high,
    weight,
    prior,
    prior_weight,
    is_warm,
    kept,
    padded,
    rows_knot,
    rows,
    row_count,
    left_slope,
    flags,
    passes,
    violation,
    gap,
):
    """Fit, publish and certify slices first to stop − 1; returns the first that could not be certified, or `stop`.

    Knots of slice j: knot[knot_start[j]:knot_start[j + 1]] in z; its padded coefficients start at
    knot_start[j] + 2j, with which a warm slice begins. Slice `start` − 1 and those before do not exist: `start` has no
    earlier slice. Quotes in w: low ≤ w ≤ high wanted, middle NaN where there is no bid, weight in 1/w².
    kept = (multipliers (slices, KEPT), how many, penalty, cuts (slices, CUTS), how many): where the last fit ended, from
    which a warm one goes on as long as the grid is the same, and where this one does.
    """
    kept_multiplier, kept_count, kept_penalty, kept_cut, kept_cut_count = kept
    scratch = new_scratch()
    quote_most = 1
    for j in range(first, stop):
        quote_most = max(quote_most, quote_start[j + 1] - quote_start[j])
    quote_rows = np.empty((quote_most, 8))
    quote_span = np.empty(quote_most, np.int64)
    grid_rows = np.empty((GRID, 14))
    grid_span = np.empty(GRID, np.int64)
    multiplier = np.empty(2 * GRID + 4)
    base_all = np.empty((KNOTS + 2, 4))
    bands_all = np.empty((KNOTS + 2) * 12)
    vectors = np.empty((7, KNOTS + 2))
    ends = np.empty(4)
    for j in range(first, stop):
        knots = knot[knot_start[j] : knot_start[j + 1]]
        count = knots.shape[0] + 2
        tables = table[knot_start[j] : knot_start[j + 1]]
        c = padded[knot_start[j] + 2 * j : knot_start[j] + 2 * j + count]
        prior_here = prior[knot_start[j] : knot_start[j + 1]]
        prior_weight_here = prior_weight[knot_start[j] : knot_start[j + 1]]
        base = base_all[:count]
        bands = bands_all[: 12 * count].reshape((3, count, 4))
        right, room = vectors[5, :count], vectors[:5]
        a, b = quote_start[j], quote_start[j + 1]
        quotes, spans = quote_rows[: b - a], quote_span[: b - a]
        root = math.sqrt(theta[j])
        has_earlier = j > start
        before = j - 1 if has_earlier else j
        earlier = (rows_knot[before], rows[before], 0, row_count[before] - 1, left_slope[before])
        least_left, least_right = LEAST_WING, LEAST_WING
        if has_earlier:
            least_left, least_right = left_slope[before], rows[before, row_count[before] - 1, 1]
        if has_earlier:
            _prior_from_earlier(theta[j], theta[before], knots, k[a:b], earlier, prior_here, prior_weight_here)
        _prepare_targets(
            theta[j], knots, tables, k[a:b], low[a:b], middle[a:b], high[a:b], weight[a:b],
            prior_here, prior_weight_here, quotes, spans, base, right,
        )  # fmt: skip
        row_count[j] = knots.shape[0]
        last = row_count[j] - 1
        flags[j], passes[j] = 0, 0
        done = False
        for attempt in range(2):
            warm = is_warm[j] and attempt == 0
            # A wing may be steeper than the spline's end: an upward kink, which spares the outermost quotes. Where that
            # cannot be certified, the spline itself has to be as steep as the slice before.
            ends[0], ends[1] = (LEAST_WING if attempt == 0 else least_left) / root, STEEPEST_FIT / root
            ends[2], ends[3] = (LEAST_WING if attempt == 0 else least_right) / root, STEEPEST_FIT / root
            if attempt == 1:
                flags[j] |= COLD_REFIT
            if not warm:
                _cold_start(theta[j], knots, earlier, has_earlier, theta[before], c, vectors[6, :count])
            mu = WARM_PENALTY if warm else COLD_PENALTY
            cut = kept_cut[j]
            cut_count = kept_cut_count[j] if warm else 0
            proven = False
            for round_ in range(CUT_ROUNDS + 1):
                points = _fill_grid(theta[j], knots, tables, earlier, has_earlier, cut, cut_count, grid_rows, grid_span)
                used = 2 * points + 4
                multiplier[:used] = 0.0
                if warm and round_ == 0 and kept_count[j] == used:
                    multiplier[:used] = kept_multiplier[j, :used]
                    mu = kept_penalty[j]
                made, violation[j], mu = minimise(
                    theta[j], c, base, right, quotes, spans, grid_rows[:points], grid_span[:points], ends,
                    multiplier[:used], mu, PASS_LIMIT, bands, room,
                )  # fmt: skip
                passes[j] += made
                if made >= PASS_LIMIT:
                    flags[j] |= LIMITED
                left_slope[j], _ = publish(theta[j], knots, tables, c, least_left, least_right, rows_knot[j], rows[j])
                kept_cut_count[j], kept_penalty[j] = cut_count, mu
                kept_count[j] = used if used <= KEPT and attempt == 0 else 0
                if kept_count[j] > 0:
                    kept_multiplier[j, :used] = multiplier[:used]
                if round_ == CUT_ROUNDS:
                    break
                cuts, proven, gap[j] = _new_cuts(
                    theta[j], rows_knot[j], rows[j], last, left_slope[j], earlier, has_earlier, cut, cut_count, scratch
                )
                if cuts == cut_count:
                    break
                cut_count = cuts
                flags[j] |= CUT
                mu = CUT_PENALTY
            if proven:
                done = True
                break
            if has_earlier:
                for _ in range(LIFTS):
                    if not lift(theta[j], knots, c, rows_knot[j], rows[j], last, left_slope[j], earlier, scratch):
                        break
                    flags[j] |= LIFTED
                    left_slope[j], _ = publish(
                        theta[j], knots, tables, c, least_left, least_right, rows_knot[j], rows[j]
                    )
            done, gap[j] = certify(rows_knot[j], rows[j], last, left_slope[j], earlier, has_earlier, scratch)
            if done:
                break
        if not done:
            return j
    return stop


@kernel
def _prior_from_earlier(theta, theta_earlier, knot, k, earlier, prior, weight):
    """At the knots that no quote is near, the earlier slice at equal z; knots with a prior of their own keep it."""
    other_knot, other, other_low, other_high, other_left = earlier
    root, root_earlier = math.sqrt(theta), math.sqrt(theta_earlier)
    i = 0
    for a in range(knot.shape[0]):
        if weight[a] > PRIOR:
            continue
        lower = root * knot[max(a - 1, 0)]
        upper = root * knot[min(a + 1, knot.shape[0] - 1)]
        while i < k.shape[0] and k[i] < lower:
            i += 1
        if i < k.shape[0] and k[i] <= upper:
            weight[a] = 0.0
            continue
        z = knot[a]
        value = slice_value(other_knot, other, other_low, other_high, other_left, root_earlier * z)
        prior[a] = value / theta_earlier
        weight[a] = PRIOR


@kernel
def _cold_start(theta, knot, earlier, has_earlier, theta_earlier, c, at):
    """Coefficients of the earlier slice at equal z, or of a plain put skew."""
    greville(knot, at)
    other_knot, other, other_low, other_high, other_left = earlier
    for a in range(1, c.shape[0] - 1):
        if has_earlier:
            z = at[a]
            value = slice_value(other_knot, other, other_low, other_high, other_left, math.sqrt(theta_earlier) * z)
            same_k = slice_value(other_knot, other, other_low, other_high, other_left, math.sqrt(theta) * z)
            c[a] = max(value / theta_earlier, same_k / theta)
        else:
            x = 0.5 * at[a]
            c[a] = 0.5 * (1.0 - 0.4 * x + math.sqrt((x - 0.4) ** 2 + 1.0 - 0.16))
    c[0] = 0.0
    c[c.shape[0] - 1] = 0.0
