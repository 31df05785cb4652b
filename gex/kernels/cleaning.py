"""Which rows and which prices of a chain cannot be used, a code each, in one pass over the chain."""

import math

import numpy as np
from numba import int16, int32, int64, types

from gex.kernels.compiling import FLOATS, INDICES, SIGNS, kernel, warms

NOT_A_TIME = np.iinfo(np.int64).min  # NaT, as an integer
ROW_CODES, PRICE_CODES = 4, 5


@kernel
def row_reasons(strike, right, open_interest, expiry, settles_at, as_of, codes, reason):
    """(rows that are out, whether the others of each right ascend by expiry and strike); reason[i] is 0 where row i stays.

    `codes` are those of a bad strike, an unknown right, a settled expiry and a bad open interest; the first that holds is
    given. Instants are nanoseconds; what ascends names no contract twice.
    """
    bad_strike, unknown_right, expired, bad_open_interest = codes
    out = 0
    is_ascending = True
    last_expiry = np.full(2, -1, np.int64)
    last_strike = np.zeros(2)
    for i in range(strike.shape[0]):
        why = 0
        if not (0.0 < strike[i] < math.inf):
            why = bad_strike
        elif right[i] != 1 and right[i] != -1:
            why = unknown_right
        elif NOT_A_TIME < settles_at[expiry[i]] <= as_of:
            why = expired
        elif abs(open_interest[i]) == math.inf or open_interest[i] < 0.0:
            why = bad_open_interest
        reason[i] = why
        if why != 0:
            out += 1
            continue
        side = 1 if right[i] > 0 else 0
        at = expiry[i]
        if at < last_expiry[side] or (at == last_expiry[side] and strike[i] <= last_strike[side]):
            is_ascending = False
        last_expiry[side] = at
        last_strike[side] = strike[i]
    return out, is_ascending


@kernel
def price_reasons(bid, ask, quoted_at, oldest, codes, reason):
    """How many rows of those with reason[i] 0 have a bid and ask that cannot be used; these get their reason.

    `codes` are those of a bad price, no quote, no ask, a crossed and a stale one, tested in this order. Instants are
    nanoseconds; a row that names none is never stale.
    """
    bad_price, no_quote, no_ask, crossed, stale = codes
    out = 0
    for i in range(bid.shape[0]):
        if reason[i] != 0:
            continue
        why = 0
        if abs(bid[i]) == math.inf or abs(ask[i]) == math.inf or bid[i] < 0.0 or ask[i] < 0.0:
            why = bad_price
        elif not ask[i] > 0.0:
            why = no_ask if bid[i] > 0.0 else no_quote
        elif bid[i] > ask[i]:
            why = crossed
        elif quoted_at[i] < oldest and quoted_at[i] != NOT_A_TIME:
            why = stale
        if why != 0:
            reason[i] = why
            out += 1
    return out


_EXPIRIES = types.Array(int32, 1, "C", readonly=True)
_REASONS_OUT = types.Array(int16, 1, "C")
warms(
    row_reasons,
    *(FLOATS, SIGNS, FLOATS, _EXPIRIES, INDICES, int64),
    *(types.UniTuple(int64, ROW_CODES), _REASONS_OUT),
)
warms(price_reasons, FLOATS, FLOATS, INDICES, int64, types.UniTuple(int64, PRICE_CODES), _REASONS_OUT)
