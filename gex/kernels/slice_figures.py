"""Figures of whole slices: spreads with a floor, the level at the money, the share of quotes inside bid and ask."""

import math

import numpy as np

from gex.kernels.compiling import kernel
from gex.kernels.spline import slice_value


@kernel
def slice_spreads_and_money(start, k, middle, spread, share, money):
    """Raise spreads to `share` of the median spread of their slice's two-sided quotes, and fill money[j] with the
    middle at k = 0: between the nearest on either side, or the nearest; NaN without any.
    """
    room = np.empty(max(k.shape[0], 1))
    for j in range(start.shape[0] - 1):
        used = 0
        money[j] = math.nan
        left_k, left_w = -math.inf, math.nan
        right_k, right_w = math.inf, math.nan
        for i in range(start[j], start[j + 1]):
            if math.isnan(middle[i]):
                continue
            room[used] = spread[i]
            used += 1
            if k[i] <= 0.0:
                left_k, left_w = k[i], middle[i]
            elif right_k == math.inf:
                right_k, right_w = k[i], middle[i]
        floor = 1e-12
        if used > 0:
            floor = max(floor, share * np.median(room[:used]))
            if left_k == -math.inf:
                money[j] = right_w
            elif right_k == math.inf:
                money[j] = left_w
            else:
                money[j] = left_w + (right_w - left_w) * (-left_k) / (right_k - left_k)
        for i in range(start[j], start[j + 1]):
            spread[i] = max(spread[i], floor)


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
