"""Total variance as a cubic spline with natural ends and linear wings: basis tables to fit with, rows to publish.

A published slice is a block of rows, one a knot: on row r, w(k) = Σ_p coefficient[r, p]·(k − knot[r])^p up to the next
knot. The last row of a slice is its right wing (value and slope at the last knot); its left wing is
w = coefficient[first, 0] + left_slope·(knot[first] − k). Slopes of both wings are positive outward.
"""

import math

from numba import types

from gex.kernels.compiling import FLOATS, FLOATS_OUT, INDICES, TABLE, TABLE_OUT, inlined, kernel, warms

ORDER = 4  # coefficients of a cubic
BUCKETS = 256  # of equal width a slice, each naming the first span that reaches into it


@kernel
def basis_table(knot, table):
    """table[s, i, p]: coefficient of t^p of the i-th of the four B-splines that live on span s, t = 0…1 along it.

    Clamped cubic B-splines on `knot` (m + 1 ascending, m ≥ 2), the first and last folded into their neighbours so that
    every combination has w″ = 0 at both ends: B_1 += r_1 B_0, B_2 += r_2 B_0 with r_i = −B″_i/B″_0 at the first knot, and
    the mirror image. r_1 + r_2 = 1, so the splines still sum to 1. On span s the four multiply the padded coefficients
    s to s + 3, of which the outermost two (0 and m + 2) are folded away: their splines are 0.
    """
    span_count = knot.shape[0] - 1
    for s in range(span_count):
        width = knot[s + 1] - knot[s]
        for i in range(4):
            for p in range(4):
                table[s, i, p] = 0.0
        table[s, 0, 0] = 1.0
        for degree in range(1, 4):
            saved0, saved1, saved2, saved3 = 0.0, 0.0, 0.0, 0.0
            for r in range(degree):
                upper = knot[min(s + r + 1, span_count)]
                lower = knot[max(s + 1 - degree + r, 0)]
                scale = 1.0 / (upper - lower)
                t0, t1, t2 = table[s, r, 0] * scale, table[s, r, 1] * scale, table[s, r, 2] * scale
                right = upper - knot[s]
                table[s, r, 0] = saved0 + right * t0
                table[s, r, 1] = saved1 + right * t1 - width * t0
                table[s, r, 2] = saved2 + right * t2 - width * t1
                table[s, r, 3] = saved3 - width * t2
                left = knot[s] - lower
                saved0, saved1, saved2, saved3 = left * t0, left * t1 + width * t0, left * t2 + width * t1, width * t2
            table[s, degree, 0] = saved0
            table[s, degree, 1] = saved1
            table[s, degree, 2] = saved2
            table[s, degree, 3] = saved3
    last = span_count - 1
    first_bend = table[0, 0, 2]
    last_bend = 2.0 * table[last, 3, 2] + 6.0 * table[last, 3, 3]
    for i in range(1, 3):
        ratio = -table[0, i, 2] / first_bend
        for p in range(4):
            table[0, i, p] += ratio * table[0, 0, p]
    for i in range(1, 3):
        ratio = -(2.0 * table[last, i, 2] + 6.0 * table[last, i, 3]) / last_bend
        for p in range(4):
            table[last, i, p] += ratio * table[last, 3, p]
    for p in range(4):
        table[0, 0, p] = 0.0
        table[last, 3, p] = 0.0


@inlined
def basis_value(table, s, i, t):
    """The i-th spline of span s at t = 0…1."""
    return table[s, i, 0] + t * (table[s, i, 1] + t * (table[s, i, 2] + t * table[s, i, 3]))


@inlined
def basis_slope(table, s, i, t):
    """Its derivative to t."""
    return table[s, i, 1] + t * (2.0 * table[s, i, 2] + 3.0 * t * table[s, i, 3])


@inlined
def basis_bend(table, s, i, t):
    """Its second derivative to t."""
    return 2.0 * table[s, i, 2] + 6.0 * t * table[s, i, 3]


@kernel
def publish(theta, knot, table, padded, least_left, least_right, out_knot, out_coefficient):
    """Write the rows of w(k) = theta·y(k/√theta), y = Σ padded·B, and return the slopes (left, right) of its wings.

    A wing steeper than the spline's end slope is an upward kink, a non-negative atom: allowed, and what keeps slopes
    monotone over expiries.
    """
    span_count = knot.shape[0] - 1
    root = math.sqrt(theta)
    for s in range(span_count):
        width = root * (knot[s + 1] - knot[s])
        scale = theta
        for p in range(4):
            total = 0.0
            for i in range(4):
                total += padded[s + i] * table[s, i, p]
            out_coefficient[s, p] = total * scale
            scale /= width
        out_knot[s] = root * knot[s]
    out_knot[span_count] = root * knot[span_count]
    u = out_knot[span_count] - out_knot[span_count - 1]
    c0, c1 = out_coefficient[span_count - 1, 0], out_coefficient[span_count - 1, 1]
    c2, c3 = out_coefficient[span_count - 1, 2], out_coefficient[span_count - 1, 3]
    left = max(-out_coefficient[0, 1], least_left)
    right = max(c1 + u * (2.0 * c2 + 3.0 * u * c3), least_right)
    out_coefficient[span_count, 0] = c0 + u * (c1 + u * (c2 + u * c3))
    out_coefficient[span_count, 1] = right
    out_coefficient[span_count, 2] = 0.0
    out_coefficient[span_count, 3] = 0.0
    return left, right


@inlined
def row_of(knot, low, high, k):
    """The row whose span holds k, of the rows low to high (the right wing's); `low` also where k is left of all."""
    while high > low:
        middle = (low + high + 1) // 2
        if knot[middle] <= k:
            low = middle
        else:
            high = middle - 1
    return low


@inlined
def slice_value(knot, coefficient, low, high, left_slope, k):
    """Total variance of the slice on rows low to high at log-moneyness k."""
    if k < knot[low]:
        return coefficient[low, 0] + left_slope * (knot[low] - k)
    r = row_of(knot, low, high, k)
    u = k - knot[r]
    return coefficient[r, 0] + u * (coefficient[r, 1] + u * (coefficient[r, 2] + u * coefficient[r, 3]))


@kernel
def fill_buckets(start, knot, bucket, scale):
    """bucket[j, b]: the row of slice j in which bucket b starts, counted from its first; scale[j]: buckets per unit of k.

    A slice without rows is left alone.
    """
    for j in range(start.shape[0] - 1):
        low, high = start[j], start[j + 1] - 1
        if high <= low:
            continue
        row = low
        width = (knot[high] - knot[low]) / BUCKETS
        scale[j] = 1.0 / width
        for b in range(BUCKETS):
            while row < high - 1 and knot[row + 1] <= knot[low] + b * width:
                row += 1
            bucket[j, b] = row - low


@inlined
def _locate(knot, bucket, scale, j, low, high, k):
    """(row, k clamped to the knots) of slice j; a NaN is clamped too. Compares instead of branches: k comes unsorted."""
    inside = knot[low]
    inside = k if k > inside else inside
    inside = knot[high] if inside > knot[high] else inside
    row = low + bucket[j, min(int((inside - knot[low]) * scale[j]), BUCKETS - 1)]
    row += 1 if knot[row + 1] <= inside else 0
    while row < high and knot[row + 1] <= inside:  # two knots in one bucket: rare, so well predicted
        row += 1
    return row, inside


@kernel
def spline_variances(start, knot, coefficient, left_slope, bucket, scale, piece, x, out):
    """out[i] = w of slice piece[i] at log-moneyness x[i]; NaN for a slice without rows or a NaN x."""
    for i in range(x.shape[0]):
        j = piece[i]
        low, high = start[j], start[j + 1] - 1
        if high < low:
            out[i] = math.nan
            continue
        r, inside = _locate(knot, bucket, scale, j, low, high, x[i])
        u = inside - knot[r]
        beyond = x[i] - inside
        wing = -left_slope[j] if beyond < 0.0 else coefficient[high, 1]
        w = coefficient[r, 0] + u * (coefficient[r, 1] + u * (coefficient[r, 2] + u * coefficient[r, 3]))
        out[i] = w + wing * beyond


@kernel
def spline_derivatives(start, knot, coefficient, left_slope, bucket, scale, piece, x, out):
    """out[:, i] = (w, ∂w/∂k, ∂²w/∂k²) of slice piece[i] at x[i]; at a kink the derivative to the right."""
    for i in range(x.shape[0]):
        j = piece[i]
        low, high = start[j], start[j + 1] - 1
        if high < low:
            out[0, i] = out[1, i] = out[2, i] = math.nan
            continue
        r, inside = _locate(knot, bucket, scale, j, low, high, x[i])
        u = inside - knot[r]
        beyond = x[i] - inside
        wing = -left_slope[j] if beyond < 0.0 else coefficient[high, 1]
        c1, c2, c3 = coefficient[r, 1], coefficient[r, 2], coefficient[r, 3]
        out[0, i] = coefficient[r, 0] + u * (c1 + u * (c2 + u * c3)) + wing * beyond
        out[1, i] = c1 + u * (2.0 * c2 + 3.0 * u * c3) if beyond == 0.0 else wing + 0.0 * beyond
        out[2, i] = 2.0 * c2 + 6.0 * u * c3 if beyond == 0.0 else 0.0 * beyond


@kernel
def spline_vols(start, knot, coefficient, left_slope, bucket, scale, time, piece, x, out):
    """out[i] = √(w/time) of slice piece[i] at x[i], decimal per √year."""
    spline_variances(start, knot, coefficient, left_slope, bucket, scale, piece, x, out)
    for i in range(x.shape[0]):
        out[i] = math.sqrt(out[i] / time[piece[i]])


@kernel
def gather_slices(slice_of, start, rows_knot, rows, knot, coefficient):
    """Lay slices end to end: rows start[e] to start[e + 1] − 1 are those of slice slice_of[e]."""
    for e in range(slice_of.shape[0]):
        j = slice_of[e]
        first = start[e]
        for r in range(start[e + 1] - first):
            knot[first + r] = rows_knot[j, r]
            for p in range(ORDER):
                coefficient[first + r, p] = rows[j, r, p]


_BUCKETS_OF_ALL = types.Array(types.int16, 2, "C", readonly=True)
_PUBLISHED = (INDICES, FLOATS, TABLE, FLOATS, _BUCKETS_OF_ALL, FLOATS)
warms(spline_variances, *_PUBLISHED, INDICES, FLOATS, FLOATS_OUT)
warms(spline_derivatives, *_PUBLISHED, INDICES, FLOATS, TABLE_OUT)
warms(spline_vols, *_PUBLISHED, FLOATS, INDICES, FLOATS, FLOATS_OUT)
warms(gather_slices, INDICES, INDICES, TABLE_OUT, types.Array(types.float64, 3, "C"), FLOATS_OUT, TABLE_OUT)
