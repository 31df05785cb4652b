"""Proofs that a smile has no butterfly and a pair of smiles no calendar arbitrage: signs of polynomials, not grids.

Gatheral and Jacquier (arXiv 1204.0646), lemma 2.2: a slice is free of butterfly arbitrage where g ≥ 0 for every k, and
w²g = (w − k w′/2)² − (w′²/4)(w + w²/4) + w²w″/2 is a polynomial of degree 10 wherever w is a cubic. A polynomial whose
Bernstein coefficients on an interval are all ≥ 0 is ≥ 0 on it; where they are not, the interval is halved.
"""

import math

import numpy as np

from gex.kernels.compiling import inlined, kernel
from gex.kernels.spline import row_of

DEGREE = 10
DEPTH = 14  # halvings: pieces of 1/16,384 of a span
SLACK = 1e-12  # of the terms' own size: what rounding could hide
STEEPEST = 2.0  # Lee (2004): |∂w/∂k| of a wing must stay below

PROVEN = 1
UNDECIDED = 0  # neither proven nor refuted at the last halving: not published
VIOLATED = -1


def _bernstein_matrix():
    """Row i: b_i = Σ_{j ≤ i} C(i, j)/C(10, j)·a_j."""
    matrix = np.zeros((DEGREE + 1, DEGREE + 1))
    for i in range(DEGREE + 1):
        for j in range(i + 1):
            matrix[i, j] = math.comb(i, j) / math.comb(DEGREE, j)
    matrix.flags.writeable = False
    return matrix


_TO_BERNSTEIN = _bernstein_matrix()


@kernel
def is_nonnegative(bernstein, floor, stack):
    """PROVEN where the polynomial with these Bernstein coefficients is ≥ floor on [0, 1], VIOLATED where an end of some
    part of it is below, else UNDECIDED. `stack` is room for (DEPTH + 2, coefficients + 1) numbers.
    """
    count = bernstein.shape[0]
    smallest = bernstein[0]
    for i in range(1, count):
        smallest = min(smallest, bernstein[i])
    if smallest >= floor:
        return PROVEN
    for i in range(count):
        stack[0, i] = bernstein[i]
    stack[0, count] = 0.0  # how often this part was halved
    used = 1
    while used > 0:
        top = used - 1
        halvings = stack[top, count]
        smallest = stack[top, 0]
        for i in range(1, count):
            smallest = min(smallest, stack[top, i])
        if smallest >= floor:
            used -= 1
            continue
        if not (stack[top, 0] >= floor and stack[top, count - 1] >= floor):
            return VIOLATED
        if halvings >= DEPTH:
            return UNDECIDED
        # de Casteljau at 1/2: the left half stays where the whole was, the right half goes above it.
        stack[top + 1, count - 1] = stack[top, count - 1]
        for step in range(1, count):
            for i in range(count - 1, step - 1, -1):
                stack[top, i] = 0.5 * (stack[top, i] + stack[top, i - 1])
            stack[top + 1, count - 1 - step] = stack[top, count - 1]
        stack[top, count] = halvings + 1.0
        stack[top + 1, count] = halvings + 1.0
        used += 1
    return PROVEN


@kernel
def butterfly_polynomial(k, width, c0, c1, c2, c3, power):
    """power[p]: coefficient of t^p of w²g on a span from k to k + width, t = 0…1; returns the size of its terms.

    w = c0 + c1 u + c2 u² + c3 u³ with u = width·t. For w = 0.04 (c0) alone, w²g = 0.0016.
    """
    a0, a1, a2, a3 = c0, c1 * width, c2 * width * width, c3 * width * width * width
    b0, b1, b2 = c1, 2.0 * c2 * width, 3.0 * c3 * width * width
    e0, e1 = 2.0 * c2, 6.0 * c3 * width
    q0 = a0 - 0.5 * k * b0
    q1 = a1 - 0.5 * (k * b1 + width * b0)
    q2 = a2 - 0.5 * (k * b2 + width * b1)
    q3 = a3 - 0.5 * width * b2
    # w² (degree 6), w′² (degree 4)
    s0, s1, s2 = a0 * a0, 2.0 * a0 * a1, 2.0 * a0 * a2 + a1 * a1
    s3, s4, s5, s6 = 2.0 * (a0 * a3 + a1 * a2), 2.0 * a1 * a3 + a2 * a2, 2.0 * a2 * a3, a3 * a3
    d0, d1, d2, d3, d4 = b0 * b0, 2.0 * b0 * b1, 2.0 * b0 * b2 + b1 * b1, 2.0 * b1 * b2, b2 * b2
    # w + w²/4
    v0, v1, v2, v3 = a0 + 0.25 * s0, a1 + 0.25 * s1, a2 + 0.25 * s2, a3 + 0.25 * s3
    v4, v5, v6 = 0.25 * s4, 0.25 * s5, 0.25 * s6
    power[0] = q0 * q0 - 0.25 * (d0 * v0) + 0.5 * s0 * e0
    power[1] = 2.0 * q0 * q1 - 0.25 * (d0 * v1 + d1 * v0) + 0.5 * (s1 * e0 + s0 * e1)
    power[2] = 2.0 * q0 * q2 + q1 * q1 - 0.25 * (d0 * v2 + d1 * v1 + d2 * v0) + 0.5 * (s2 * e0 + s1 * e1)
    power[3] = 2.0 * (q0 * q3 + q1 * q2) - 0.25 * (d0 * v3 + d1 * v2 + d2 * v1 + d3 * v0) + 0.5 * (s3 * e0 + s2 * e1)
    power[4] = (
        2.0 * q1 * q3 + q2 * q2 - 0.25 * (d0 * v4 + d1 * v3 + d2 * v2 + d3 * v1 + d4 * v0) + 0.5 * (s4 * e0 + s3 * e1)
    )
    power[5] = 2.0 * q2 * q3 - 0.25 * (d0 * v5 + d1 * v4 + d2 * v3 + d3 * v2 + d4 * v1) + 0.5 * (s5 * e0 + s4 * e1)
    power[6] = q3 * q3 - 0.25 * (d0 * v6 + d1 * v5 + d2 * v4 + d3 * v3 + d4 * v2) + 0.5 * (s6 * e0 + s5 * e1)
    power[7] = -0.25 * (d1 * v6 + d2 * v5 + d3 * v4 + d4 * v3) + 0.5 * s6 * e1
    power[8] = -0.25 * (d2 * v6 + d3 * v5 + d4 * v4)
    power[9] = -0.25 * (d3 * v6 + d4 * v5)
    power[10] = -0.25 * (d4 * v6)
    a = abs(a0) + abs(a1) + abs(a2) + abs(a3)
    slope = abs(b0) + abs(b1) + abs(b2)
    lever = a + 0.5 * (abs(k) + width) * slope
    return lever * lever + 0.25 * slope * slope * (a + 0.25 * a * a) + 0.5 * a * a * (abs(e0) + abs(e1))


@kernel
def butterfly_of_span(k, width, c0, c1, c2, c3, power, bernstein, stack):
    """Whether w > 0 and w²g ≥ 0 on one span: PROVEN, UNDECIDED or VIOLATED."""
    a0, a1, a2, a3 = c0, c1 * width, c2 * width * width, c3 * width * width * width
    cubic = bernstein[:4]
    cubic[0] = a0
    cubic[1] = a0 + a1 / 3.0
    cubic[2] = a0 + (2.0 * a1 + a2) / 3.0
    cubic[3] = a0 + a1 + a2 + a3
    size = abs(a0) + abs(a1) + abs(a2) + abs(a3)
    positive = is_nonnegative(cubic, SLACK * size, stack)
    if positive != PROVEN or not (size > 0.0):
        return VIOLATED if positive == PROVEN else positive
    size = butterfly_polynomial(k, width, c0, c1, c2, c3, power)
    if not math.isfinite(size):
        return VIOLATED
    for i in range(DEGREE + 1):
        total = 0.0
        for j in range(i + 1):
            total += _TO_BERNSTEIN[i, j] * power[j]
        bernstein[i] = total
    return is_nonnegative(bernstein, SLACK * size, stack)


@kernel
def butterfly_of_wing(end, value, slope):
    """Whether a wing w = value + slope·(x − end), x ≥ end, has g ≥ 0 and the right limits; for the left wing x = −k.

    w²g = A x² + B x + C with w = α + βx: A = β²/4 − β⁴/16, B = αβ − β³/4 − αβ³/8, C = α² − αβ²/4 − α²β²/16. Proven at the
    end and, where it lies beyond, at the vertex. |β| < 2 strictly (Lee): no mass at 0, and d₊ → −∞ on the right.
    """
    if not (0.0 <= slope < STEEPEST and value > 0.0):
        return VIOLATED
    a, b, c, size = _wing_polynomial(end, value, slope)
    lowest = c + end * (b + end * a)
    if a > 0.0:
        vertex = -0.5 * b / a
        if vertex > end:
            lowest = min(lowest, c - 0.25 * b * b / a)
    elif b < 0.0:
        return VIOLATED
    return PROVEN if lowest >= SLACK * size else VIOLATED


@inlined
def _wing_polynomial(end, value, slope):
    """(A, B, C, size of the terms)."""
    alpha = value - slope * end
    square = slope * slope
    a = 0.25 * square - 0.0625 * square * square
    b = alpha * slope - 0.25 * slope * square - 0.125 * alpha * slope * square
    c = alpha * alpha - 0.25 * alpha * square - 0.0625 * alpha * alpha * square
    return a, b, c, a * end * end + abs(b * end) + abs(c) + abs(alpha * slope * end) + alpha * alpha


@kernel
def wing_vertex(end, value, slope):
    """Where on the wing x ≥ end its w²g is least."""
    a, b, _, _ = _wing_polynomial(end, value, slope)
    return max(end, -0.5 * b / a) if a > 0.0 else end


@kernel
def butterfly_of_slice(knot, coefficient, low, high, left_slope, power, bernstein, stack):
    """(verdict, row) of the slice on rows low to high: the first row that is not PROVEN, or −1.

    Row `high` stands for the right wing and low − 1 for the left one.
    """
    for r in range(low, high):
        width = knot[r + 1] - knot[r]
        verdict = VIOLATED
        if width > 0.0:
            c = coefficient[r]
            verdict = butterfly_of_span(knot[r], width, c[0], c[1], c[2], c[3], power, bernstein, stack)
        if verdict != PROVEN:
            return verdict, r
    if butterfly_of_wing(-knot[low], coefficient[low, 0], left_slope) != PROVEN:
        return VIOLATED, low - 1
    if butterfly_of_wing(knot[high], coefficient[high, 0], coefficient[high, 1]) != PROVEN:
        return VIOLATED, high
    return PROVEN, -1


@inlined
def cubic_minimum(d0, d1, d2, d3, width):
    """(smallest value, its u) of d0 + d1 u + d2 u² + d3 u³ on 0 ≤ u ≤ width, in closed form."""
    best, at = d0, 0.0
    end = d0 + width * (d1 + width * (d2 + width * d3))
    if end < best:
        best, at = end, width
    inside = d2 * d2 - 3.0 * d1 * d3
    if inside >= 0.0:
        q = -(d2 + math.copysign(math.sqrt(inside), d2))
        for trial in range(2):
            u = (q / (3.0 * d3) if d3 != 0.0 else -1.0) if trial == 0 else (d1 / q if q != 0.0 else -1.0)
            if 0.0 < u < width:
                value = d0 + u * (d1 + u * (d2 + u * d3))
                if value < best:
                    best, at = value, u
    return best, at


@kernel
def calendar_gaps(knot, coefficient, low, high, left, earlier, gap, where):
    """The smallest of (w − w_earlier)/w and where it is, on every piece between merged knots; returns the pieces used.

    `earlier` = (knot, coefficient, low, high, left slope) of the slice before. gap[i] is the least difference on piece i
    over the later slice's w at its start, where[i] its log-moneyness; two pieces that are equal to the last bit count as
    exactly 0. The last two entries are the differences of the wings' slopes.
    """
    other_knot, other, other_low, other_high, other_left = earlier
    used = 0
    start = min(knot[low], other_knot[other_low])
    stop = max(knot[high], other_knot[other_high])
    k = start
    r = row_of(knot, low, high, k)
    s = row_of(other_knot, other_low, other_high, k)
    while k < stop:
        following = stop
        here_left = k < knot[low]
        other_here_left = k < other_knot[other_low]
        if here_left:
            following = min(following, knot[low])
        elif r < high:
            following = min(following, knot[r + 1])
        if other_here_left:
            following = min(following, other_knot[other_low])
        elif s < other_high:
            following = min(following, other_knot[other_high] if s + 1 == other_high else other_knot[s + 1])
        a0, a1, a2, a3 = _taylor(knot, coefficient, low, r, left, here_left, k)
        b0, b1, b2, b3 = _taylor(other_knot, other, other_low, s, other_left, other_here_left, k)
        lowest, u = cubic_minimum(a0 - b0, a1 - b1, a2 - b2, a3 - b3, following - k)
        if a0 == b0 and a1 == b1 and a2 == b2 and a3 == b3:
            gap[used] = 0.0
        else:
            gap[used] = (lowest if lowest != 0.0 else -SLACK * a0) / a0 if a0 > 0.0 else -1.0
        where[used] = k + u
        used += 1
        k = following
        if not here_left or k >= knot[low]:
            while r < high and knot[r + 1] <= k:
                r += 1
        if not other_here_left or k >= other_knot[other_low]:
            while s < other_high and other_knot[s + 1] <= k:
                s += 1
    gap[used] = left - other_left
    where[used] = start
    gap[used + 1] = coefficient[high, 1] - other[other_high, 1]
    where[used + 1] = stop
    return used + 2


@inlined
def _taylor(knot, coefficient, low, r, left_slope, is_left, k):
    """w and its derivatives over factorials at k: the cubic that continues from k to the next knot."""
    if is_left:
        return coefficient[low, 0] + left_slope * (knot[low] - k), -left_slope, 0.0, 0.0
    u = k - knot[r]
    c0, c1, c2, c3 = coefficient[r, 0], coefficient[r, 1], coefficient[r, 2], coefficient[r, 3]
    return c0 + u * (c1 + u * (c2 + u * c3)), c1 + u * (2.0 * c2 + 3.0 * u * c3), c2 + 3.0 * u * c3, c3


@kernel
def calendar_of_pair(knot, coefficient, low, high, left, earlier, gap, where):
    """(verdict, smallest relative gap) of a slice against the one before it: PROVEN where w ≥ w_earlier for every k."""
    used = calendar_gaps(knot, coefficient, low, high, left, earlier, gap, where)
    smallest = math.inf
    proven = True
    for i in range(used - 2):
        smallest = min(smallest, gap[i])
        if not (gap[i] >= SLACK or gap[i] == 0.0):
            proven = False
    for i in range(used - 2, used):
        if not gap[i] >= 0.0:
            proven = False
            smallest = min(smallest, gap[i])
    return (PROVEN if proven else VIOLATED), smallest
