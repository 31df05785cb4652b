"""Smiles as broken lines: volatility linear between quoted log-moneynesses, flat beyond the outermost."""

import math

from gex.kernels.compiling import kernel


@kernel
def broken_line(start, knot, value, piece, x, out):
    """out[i] = value of the line number piece[i] at x[i]; line j has the knots start[j] ≤ i < start[j+1], ascending.

    Flat outside its knots; NaN for a line without knots or a NaN x. Quickest where neighbours in x are neighbours in i:
    the cell of the last one, and the cells beside it, are tried first.
    """
    cell = 0
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
            near = min(max(cell, low + 1), high - 2)  # with a cell on either side, where the line has three
            if near > low and knot[near - 1] <= at and at < knot[near + 2]:
                low = near - 1 + (1 if knot[near] <= at else 0) + (1 if knot[near + 1] <= at else 0)
                high = low + 1
            while high - low > 1:
                middle = (low + high) // 2
                if knot[middle] <= at:
                    low = middle
                else:
                    high = middle
            weight = (at - knot[low]) / (knot[high] - knot[low])
            out[i] = value[low] + weight * (value[high] - value[low])
            cell = low
