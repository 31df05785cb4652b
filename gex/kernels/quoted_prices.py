"""Bids, middles and asks of a chain as prices in currency, beside the terms that each is inverted with."""

import numpy as np
from numba import boolean, float64, int8, int32, types

from gex.kernels.compiling import FLOATS, SIGNS, TABLE, TABLE_OUT, kernel, warms

FORWARD, TIME, DISCOUNT = range(3)  # rows of a table of expiries
PRICE, OF_FORWARD, STRIKE, OF_TIME, OF_DISCOUNT = range(5)  # rows of a table of prices
BID, MIDDLE, ASK = range(3)


@kernel
def quoted_prices(bid, ask, strike, right, expiry, of_expiry, is_inverse, exercised_early, spot, out, sign, is_outside):
    """The n bids, then the n middles, then the n asks: out (5, 3n) and sign (3n,), in the columns of `implied_vols`.

    `of_expiry` (3, expiries) is forward, time and discount factor; prices in coin are multiplied by the forward. An option
    is outside (of the money) by its forward, by the spot where it is exercised early.
    """
    n = strike.shape[0]
    for i in range(n):
        j = expiry[i]
        forward = of_expiry[FORWARD, j]
        unit = forward if is_inverse[j] else 1.0
        centre = spot if exercised_early[j] else forward
        is_outside[i] = strike[i] >= centre if right[i] > 0 else strike[i] < centre
        out[PRICE, i] = bid[i] * unit
        out[PRICE, n + i] = 0.5 * (bid[i] + ask[i]) * unit
        out[PRICE, 2 * n + i] = ask[i] * unit
        for part in range(3):
            at = part * n + i
            out[OF_FORWARD, at] = forward
            out[STRIKE, at] = strike[i]
            out[OF_TIME, at] = of_expiry[TIME, j]
            out[OF_DISCOUNT, at] = of_expiry[DISCOUNT, j]
            sign[at] = right[i]


@kernel
def chosen_status(bid, ask, status, missing, out):
    """out[i]: the status of the middle, of the ask where there is no bid, `missing` where there is no ask; status (3, n)."""
    for i in range(bid.shape[0]):
        if not np.isfinite(ask[i]):
            out[i] = missing
        elif np.isfinite(bid[i]):
            out[i] = status[MIDDLE, i]
        else:
            out[i] = status[ASK, i]


_EXPIRIES = types.Array(int32, 1, "C", readonly=True)
_FLAGS = types.Array(boolean, 1, "C", readonly=True)
_FLAGS_OUT = types.Array(boolean, 1, "C")
_CODES_OUT = types.Array(int8, 1, "C")
_STATUS = types.Array(int8, 2, "C", readonly=True)
warms(
    quoted_prices,
    *(FLOATS, FLOATS, FLOATS, SIGNS, _EXPIRIES, TABLE, _FLAGS, _FLAGS, float64),
    *(TABLE_OUT, _CODES_OUT, _FLAGS_OUT),
)
warms(chosen_status, FLOATS, FLOATS, _STATUS, int8, _CODES_OUT)
