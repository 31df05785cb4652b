"""One expiry's spline fitted to bids and asks under butterfly, calendar and wing constraints.

In z = k/√θ and y = w/θ, with padded spline coefficients c (kernels.spline): minimise
½Σu(Bc − mid)² + ½·5·Σu{(Bc − ask)₊² + (bid − Bc)₊²} + ½λ‖D₃c‖² + ½Σκ(Bc − prior)² under g ≥ ε, y ≥ y_earlier(1 + ε_c)
and bounds on the wings' slopes. Augmented Lagrangian outside, semismooth Gauss–Newton with a banded Cholesky inside.
"""

import math

from gex.kernels.compiling import inlined, kernel
from gex.kernels.spline import basis_bend, basis_slope, basis_value

BUTTERFLY_MARGIN = 2e-3  # ε: g at grid points, so that it stays positive between them
CALENDAR_MARGIN = 2e-4  # ε_c, relative to the earlier slice
STEEPEST_FIT = 1.95  # of a wing, below Lee's 2
VIOLATION = 1e-4  # an outer iteration ends the fit below this; smaller than either margin
HINGE = 5.0  # the price of leaving a quote, against that of leaving its middle
SMOOTHING = 1e-4
LEAST_Y = 1e-9

_INNER = 25
_OUTER = 40
_STEP_CAP = 0.5
_STEP_END = 1e-4
_GAIN_END = 1e-5  # of the merit, which is about a hundredth at a good fit
_DAMPING = 1e-7
_DAMPING_AGAIN = 0.1
_DAMPING_FIRST = 0.1  # a bold first step leaves the constraints, which the quadratic model does not see, and is refused
_DAMPING_UP = 10.0
_DAMPING_DOWN = 0.2
_REFUSALS = 14
_PENALTY_GROWTH = 3.0
_PENALTY_CAP = 3e5


@inlined
def locate(knot, z):
    """(span, t) of z; t is outside 0…1 where z is outside the knots."""
    low, high = 0, knot.shape[0] - 2
    while high > low:
        middle = (low + high + 1) // 2
        if knot[middle] <= z:
            low = middle
        else:
            high = middle - 1
    return low, (z - knot[low]) / (knot[low + 1] - knot[low])


@kernel
def basis_row(knot, table, z, row):
    """row[:4] = the four splines alive at z, continued along the wings; returns the span."""
    s, t = locate(knot, z)
    inside = min(max(t, 0.0), 1.0)
    for i in range(4):
        row[i] = basis_value(table, s, i, inside)
        if t != inside:
            row[i] += (t - inside) * basis_slope(table, s, i, inside)
    return s


@kernel
def grid_row(knot, table, s, t, row):
    """row = (z, four values, four slopes to z, four second derivatives to z) at t of span s; t outside 0…1 is on a wing."""
    width = knot[s + 1] - knot[s]
    inside = min(max(t, 0.0), 1.0)
    row[0] = knot[s] + t * width
    for i in range(4):
        row[1 + i] = basis_value(table, s, i, inside)
        row[5 + i] = basis_slope(table, s, i, inside) / width
        row[9 + i] = basis_bend(table, s, i, inside) / (width * width)
        if t != inside:
            row[1 + i] += (t - inside) * width * row[5 + i]
            row[9 + i] = 0.0


@kernel
def add_smoothing(knot, weight, band):
    """Add weight·D₃ᵀD₃ to the band: third divided differences of c on the Greville abscissae, each × √(its width)."""
    count = knot.shape[0]
    for a in range(1, count - 2):
        # Greville abscissae of the padded coefficients a to a + 3 (1 … count are the free ones).
        x0 = _greville(knot, a)
        x1 = _greville(knot, a + 1)
        x2 = _greville(knot, a + 2)
        x3 = _greville(knot, a + 3)
        scale = weight * (x3 - x0)
        d0 = 1.0 / ((x0 - x1) * (x0 - x2) * (x0 - x3))
        d1 = 1.0 / ((x1 - x0) * (x1 - x2) * (x1 - x3))
        d2 = 1.0 / ((x2 - x0) * (x2 - x1) * (x2 - x3))
        d3 = 1.0 / ((x3 - x0) * (x3 - x1) * (x3 - x2))
        band[a, 0] += scale * d0 * d0
        band[a, 1] += scale * d0 * d1
        band[a, 2] += scale * d0 * d2
        band[a, 3] += scale * d0 * d3
        band[a + 1, 0] += scale * d1 * d1
        band[a + 1, 1] += scale * d1 * d2
        band[a + 1, 2] += scale * d1 * d3
        band[a + 2, 0] += scale * d2 * d2
        band[a + 2, 1] += scale * d2 * d3
        band[a + 3, 0] += scale * d3 * d3


@inlined
def _greville(knot, a):
    """Of padded coefficient a: the mean of the three knots inside its support; knots repeat at the ends."""
    last = knot.shape[0] - 1
    return (knot[max(a - 2, 0)] + knot[max(min(a - 1, last), 0)] + knot[min(a, last)]) / 3.0


@kernel
def greville(knot, out):
    """out[a] for all padded coefficients: where a coefficient sits, so that c = f(out) follows f."""
    for a in range(knot.shape[0] + 2):
        out[a] = _greville(knot, a)


@inlined
def _add_outer(band, s, scale, b0, b1, b2, b3):
    band[s, 0] += scale * b0 * b0
    band[s, 1] += scale * b0 * b1
    band[s, 2] += scale * b0 * b2
    band[s, 3] += scale * b0 * b3
    band[s + 1, 0] += scale * b1 * b1
    band[s + 1, 1] += scale * b1 * b2
    band[s + 1, 2] += scale * b1 * b3
    band[s + 2, 0] += scale * b2 * b2
    band[s + 2, 1] += scale * b2 * b3
    band[s + 3, 0] += scale * b3 * b3


@kernel
def add_target(band, right, s, row, first, weight, value):
    """Add ½·weight·(row·c − value)² to the quadratic form (band, right) and return its constant."""
    b0, b1, b2, b3 = row[first], row[first + 1], row[first + 2], row[first + 3]
    _add_outer(band, s, weight, b0, b1, b2, b3)
    right[s] += weight * value * b0
    right[s + 1] += weight * value * b1
    right[s + 2] += weight * value * b2
    right[s + 3] += weight * value * b3
    return 0.5 * weight * value * value


@inlined
def _penalty(band, slope, s, mu, t, d0, d1, d2, d3):
    """The term t₊²/(2μ) of one active row with gradient d."""
    _add_outer(band, s, mu, d0, d1, d2, d3)
    slope[s] -= t * d0
    slope[s + 1] -= t * d1
    slope[s + 2] -= t * d2
    slope[s + 3] -= t * d3


@kernel
def assemble(theta, c, base, base_right, quote, quote_span, grid, grid_span, ends, multiplier, mu, band, slope):
    """Merit at c, with its Gauss–Newton matrix in `band` and gradient in `slope`; +inf where some y is not positive.

    quote[i] = (four splines, bid, ask, weight), in y; grid[g] = (z, values, slopes, second derivatives, y_earlier).
    ends = (least, most) slopes outward of the left, then the right wing, to z. multiplier: butterfly rows, calendar
    rows, then the four bounds.

    In g the square of f = 1 − zy′/(2y) is taken with its sign: without arbitrage f > 0 everywhere (Fukasawa 2012, the
    maps k → d₊, d₋ fall), and on the branch f < 0 a wing can satisfy g ≥ 0 at its end and must violate it further out.
    """
    count = c.shape[0]
    merit = 0.0
    for a in range(count):
        band[a, 0], band[a, 1], band[a, 2], band[a, 3] = base[a, 0], base[a, 1], base[a, 2], base[a, 3]
        slope[a] = base[a, 0] * c[a] - base_right[a]
    for a in range(count):
        for d in range(1, 4):
            if a + d < count:
                slope[a] += base[a, d] * c[a + d]
                slope[a + d] += base[a, d] * c[a]
    for a in range(count):
        merit += 0.5 * c[a] * (slope[a] - base_right[a])
    for i in range(quote.shape[0]):
        s = quote_span[i]
        b0, b1, b2, b3 = quote[i, 0], quote[i, 1], quote[i, 2], quote[i, 3]
        y = b0 * c[s] + b1 * c[s + 1] + b2 * c[s + 2] + b3 * c[s + 3]
        miss = 0.0
        if y > quote[i, 5]:
            miss = y - quote[i, 5]
        elif y < quote[i, 4]:
            miss = y - quote[i, 4]
        if miss != 0.0:
            u = HINGE * quote[i, 6]
            merit += 0.5 * u * miss * miss
            _add_outer(band, s, u, b0, b1, b2, b3)
            slope[s] += u * miss * b0
            slope[s + 1] += u * miss * b1
            slope[s + 2] += u * miss * b2
            slope[s + 3] += u * miss * b3
    points = grid.shape[0]
    half = 0.5 / mu
    for p in range(points):
        s = grid_span[p]
        z = grid[p, 0]
        c0, c1, c2, c3 = c[s], c[s + 1], c[s + 2], c[s + 3]
        y = grid[p, 1] * c0 + grid[p, 2] * c1 + grid[p, 3] * c2 + grid[p, 4] * c3
        if not y > LEAST_Y:
            return math.inf
        first = grid[p, 5] * c0 + grid[p, 6] * c1 + grid[p, 7] * c2 + grid[p, 8] * c3
        second = grid[p, 9] * c0 + grid[p, 10] * c1 + grid[p, 11] * c2 + grid[p, 12] * c3
        over = 1.0 / y
        f = 1.0 - 0.5 * z * first * over
        size = abs(f)
        g = f * size - 0.25 * first * first * (over + 0.25 * theta) + 0.5 * second
        t = multiplier[p] - mu * (g - BUTTERFLY_MARGIN)
        if t > 0.0:
            merit += half * t * t
            by_y = (size * z * first + 0.25 * first * first) * over * over
            by_first = -size * z * over - 0.5 * first * (over + 0.25 * theta)
            d0 = by_y * grid[p, 1] + by_first * grid[p, 5] + 0.5 * grid[p, 9]
            d1 = by_y * grid[p, 2] + by_first * grid[p, 6] + 0.5 * grid[p, 10]
            d2 = by_y * grid[p, 3] + by_first * grid[p, 7] + 0.5 * grid[p, 11]
            d3 = by_y * grid[p, 4] + by_first * grid[p, 8] + 0.5 * grid[p, 12]
            _penalty(band, slope, s, mu, t, d0, d1, d2, d3)
        earlier = grid[p, 13]
        if earlier > 0.0:
            scale = 1.0 / earlier
            t = multiplier[points + p] - mu * (y * scale - 1.0 - CALENDAR_MARGIN)
            if t > 0.0:
                merit += half * t * t
                _penalty(
                    band, slope, s, mu, t,
                    scale * grid[p, 1], scale * grid[p, 2], scale * grid[p, 3], scale * grid[p, 4],
                )  # fmt: skip
    last = grid_span.shape[0]
    for end in range(2):
        p = 0 if end == 0 else last - 1
        s = grid_span[p]
        sign = -1.0 if end == 0 else 1.0
        d0, d1, d2, d3 = sign * grid[p, 5], sign * grid[p, 6], sign * grid[p, 7], sign * grid[p, 8]
        outward = d0 * c[s] + d1 * c[s + 1] + d2 * c[s + 2] + d3 * c[s + 3]
        t = multiplier[2 * points + 2 * end] - mu * (outward - ends[2 * end])
        if t > 0.0:
            merit += half * t * t
            _penalty(band, slope, s, mu, t, d0, d1, d2, d3)
        t = multiplier[2 * points + 2 * end + 1] - mu * (ends[2 * end + 1] - outward)
        if t > 0.0:
            merit += half * t * t
            _penalty(band, slope, s, mu, t, -d0, -d1, -d2, -d3)
    return merit


@kernel
def solve_band(band, right, out):
    """out = x of band·x = right by Cholesky in place, half-bandwidth 3; False where the matrix is not positive definite."""
    count = right.shape[0]
    for a in range(count):
        d0 = band[a, 0]
        if not d0 > 0.0:
            return False
        inverse = 1.0 / d0
        for i in range(1, 4):
            if a + i < count:
                factor = band[a, i] * inverse
                for j in range(i, 4):
                    if a + j < count:
                        band[a + i, j - i] -= factor * band[a, j]
        out[a] = right[a]
    for a in range(count):
        inverse = out[a] / band[a, 0]
        for i in range(1, 4):
            if a + i < count:
                out[a + i] -= band[a, i] * inverse
    for a in range(count - 1, -1, -1):
        total = out[a]
        for i in range(1, 4):
            if a + i < count:
                total -= band[a, i] * out[a + i]
        out[a] = total / band[a, 0]
    return True


@kernel
def _longest_step(c, step, grid, grid_span):
    """(largest |Δy|/y over the grid, largest |Δy|/max(y, 0.05)): the first caps the step, the second ends the fit."""
    longest = 0.0
    for p in range(grid.shape[0]):
        s = grid_span[p]
        y = grid[p, 1] * c[s] + grid[p, 2] * c[s + 1] + grid[p, 3] * c[s + 2] + grid[p, 4] * c[s + 3]
        change = grid[p, 1] * step[s] + grid[p, 2] * step[s + 1] + grid[p, 3] * step[s + 2] + grid[p, 4] * step[s + 3]
        longest = max(longest, abs(change) / y)
    return longest


@kernel
def update_multipliers(theta, c, grid, grid_span, ends, multiplier, mu):
    """λ ← (λ − μh)₊ for every row; returns the largest violation of h ≥ 0."""
    points = grid.shape[0]
    worst = 0.0
    for p in range(points):
        s = grid_span[p]
        c0, c1, c2, c3 = c[s], c[s + 1], c[s + 2], c[s + 3]
        y = grid[p, 1] * c0 + grid[p, 2] * c1 + grid[p, 3] * c2 + grid[p, 4] * c3
        first = grid[p, 5] * c0 + grid[p, 6] * c1 + grid[p, 7] * c2 + grid[p, 8] * c3
        second = grid[p, 9] * c0 + grid[p, 10] * c1 + grid[p, 11] * c2 + grid[p, 12] * c3
        f = 1.0 - 0.5 * grid[p, 0] * first / y
        h = f * abs(f) - 0.25 * first * first * (1.0 / y + 0.25 * theta) + 0.5 * second - BUTTERFLY_MARGIN
        worst = max(worst, -h)
        multiplier[p] = max(multiplier[p] - mu * h, 0.0)
        if grid[p, 13] > 0.0:
            h = y / grid[p, 13] - 1.0 - CALENDAR_MARGIN
            worst = max(worst, -h)
            multiplier[points + p] = max(multiplier[points + p] - mu * h, 0.0)
    for end in range(2):
        p = 0 if end == 0 else points - 1
        s = grid_span[p]
        sign = -1.0 if end == 0 else 1.0
        outward = sign * (grid[p, 5] * c[s] + grid[p, 6] * c[s + 1] + grid[p, 7] * c[s + 2] + grid[p, 8] * c[s + 3])
        for side in range(2):
            m = 2 * points + 2 * end + side
            h = outward - ends[2 * end] if side == 0 else ends[2 * end + 1] - outward
            worst = max(worst, -h)
            multiplier[m] = max(multiplier[m] - mu * h, 0.0)
    return worst


@kernel
def minimise(theta, c, base, base_right, quote, quote_span, grid, grid_span, ends, multiplier, mu, limit, bands, room):
    """Fit c in place; returns (passes, largest violation, penalty). The first and the last row of `grid` are the ends.

    `multiplier` is 0 throughout, or that of an earlier fit together with the penalty where it ended: kept multipliers with
    a reset penalty diverge. Steps are damped after Levenberg: in a wing without quotes the merit is all but flat, and an
    undamped step there hides every gain elsewhere. `bands` (3, len(c), 4) and `room` (5, ≥ len(c)) are scratch. A start
    that is not positive everywhere is replaced by the flat smile.
    """
    count = c.shape[0]
    band, trial_band, factor = bands[0], bands[1], bands[2]
    slope, trial_slope = room[0, :count], room[1, :count]
    step, before = room[2, :count], room[3, :count]
    passes = 0
    violation = math.inf
    damping = _DAMPING_FIRST
    for outer in range(_OUTER):
        merit = assemble(
            theta, c, base, base_right, quote, quote_span, grid, grid_span, ends, multiplier, mu, band, slope
        )
        passes += 1
        if outer == 0 and not math.isfinite(merit):
            for a in range(1, count - 1):
                c[a] = 1.0
            merit = assemble(
                theta, c, base, base_right, quote, quote_span, grid, grid_span, ends, multiplier, mu, band, slope
            )
        refused = 0
        for _ in range(_INNER):
            for a in range(count):
                before[a] = c[a]
                factor[a, 0] = band[a, 0] + damping / max(1.0, c[a])
                factor[a, 1], factor[a, 2], factor[a, 3] = band[a, 1], band[a, 2], band[a, 3]
            if not solve_band(factor, slope, step):
                damping = max(10.0 * damping, _DAMPING)
                refused += 1
                if refused > _REFUSALS:
                    break
                continue
            longest = _longest_step(c, step, grid, grid_span)
            scale = min(1.0, _STEP_CAP / longest) if longest > 0.0 else 1.0
            gain = 0.0
            for a in range(count):
                gain += slope[a] * step[a]
                c[a] = before[a] - scale * step[a]
            trial = assemble(
                theta, c, base, base_right, quote, quote_span, grid, grid_span, ends, multiplier, mu, trial_band,
                trial_slope,
            )  # fmt: skip
            passes += 1
            if trial <= merit + 1e-13 * abs(merit):
                merit = trial
                for a in range(count):
                    slope[a] = trial_slope[a]
                    band[a, 0], band[a, 1] = trial_band[a, 0], trial_band[a, 1]
                    band[a, 2], band[a, 3] = trial_band[a, 2], trial_band[a, 3]
                damping = max(_DAMPING_DOWN * damping, _DAMPING)
                if scale * longest < _STEP_END or scale * gain < _GAIN_END or passes >= limit:
                    break
            else:
                for a in range(count):
                    c[a] = before[a]
                damping = max(_DAMPING_UP * damping, _DAMPING_AGAIN)
                refused += 1
                if refused > _REFUSALS or gain < _GAIN_END or passes >= limit:
                    break
        violation = update_multipliers(theta, c, grid, grid_span, ends, multiplier, mu)
        if violation <= VIOLATION or passes >= limit:
            break
        mu = min(_PENALTY_GROWTH * mu, _PENALTY_CAP)
    return passes, violation, mu
