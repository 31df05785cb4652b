"""Figures of whole slices: the share of quotes inside bid and ask, and how well the quotes determine any point."""

import math

import numpy as np

from gex.kernels.compiling import kernel
from gex.kernels.slice_fit import basis_row
from gex.kernels.spline import slice_value


@kernel
def shares_inside(start, k, low, middle, high, rows_knot, rows, row_count, left_slope, share, count):
    """share[j] of the count[j] two-sided quotes of slice j that lie between bid and ask; NaN without any."""
    for j in range(start.shape[0] - 1):
        inside, total = 0, 0
        for i in range(start[j], start[j + 1]):
            if math.isnan(middle[i]):
                continue
            total += 1
            w = slice_value(rows_knot[j], rows[j], 0, row_count[j] - 1, left_slope[j], k[i])
            if low[i] <= w <= high[i]:
                inside += 1
        count[j] = total
        share[j] = inside / total if total > 0 else math.nan


@kernel
def basis_variances(knot, table, covariance, z, out):
    """out[i] = Bᵀ·cov·B at z[i]; `covariance` is that of the free coefficients, the padded ones at both ends are 0."""
    count = covariance.shape[0]
    row = np.empty(4)
    for i in range(z.shape[0]):
        s = basis_row(knot, table, z[i], row)
        total = 0.0
        for a in range(4):
            for b in range(4):
                m, n = s + a - 1, s + b - 1
                if 0 <= m < count and 0 <= n < count:
                    total += row[a] * row[b] * covariance[m, n]
        out[i] = total
