"""Smiles as broken lines: volatility linear between quoted log-moneynesses, flat beyond the outermost."""

import math

from gex.kernels.compiling import kernel


@kernel
def broken_line(start, knot, value, piece, x, out):
    """out[i] = value of the line number piece[i] at x[i]; line j has the knots start[j] ≤ i < start[j+1], ascending.

    Flat outside its knots; NaN for a line without knots or a NaN x.
    """
    for i in range(x.shape[0]):
        low = start[piece[i]]
        high = start[piece[i] + 1] - 1
        at = x[i]
        if high < low or at != at:
            out[i] = math.nan
        elif at <= knot[low]:
            out[i] = value[low]
        elif at >= knot[high]:
            out[i] = value[high]
        else:
            while high - low > 1:
                middle = (low + high) // 2
                if knot[middle] <= at:
                    low = middle
                else:
                    high = middle
            weight = (at - knot[low]) / (knot[high] - knot[low])
            out[i] = value[low] + weight * (value[high] - value[low])
