"""Calls and puts of one strike, side by side."""

from dataclasses import dataclass

import numpy as np

from gex.columns import Columns, Floats, Ints, column
from gex.quotes import Quotes


@dataclass(frozen=True, eq=False, kw_only=True)
class Pairs(Columns):
    """One row per (expiry, strike), ascending, with the rows of its call and its put (−1 where one is not listed).

    `start` holds, per expiry, the first row; expiry j owns rows start[j] to start[j + 1].
    """

    start: Ints  # (expiry_count + 1,), not a column

    expiry: Ints = column(np.int64)
    strike: Floats = column(np.float64)
    call: Ints = column(np.int64)
    put: Ints = column(np.int64)

    def of_call(self, values: Floats, missing: float = np.nan) -> Floats:
        """`values` (one per quote row) at the call of each pair."""
        return np.where(self.call >= 0, values[self.call], missing)

    def of_put(self, values: Floats, missing: float = np.nan) -> Floats:
        """`values` (one per quote row) at the put of each pair."""
        return np.where(self.put >= 0, values[self.put], missing)


def pair_up(quotes: Quotes) -> Pairs:
    """The pairs of a chain without duplicates; a strike with one leg only is a row too."""
    if len(quotes) == 0:
        empty = np.empty(0, np.int64)
        start = np.zeros(len(quotes.expiries) + 1, np.int64)
        start.flags.writeable = False
        return Pairs(start=start, expiry=empty, strike=np.empty(0), call=empty, put=empty)
    order = np.lexsort((quotes.strike, quotes.expiry))
    expiry, strike = quotes.expiry[order].astype(np.int64), quotes.strike[order]
    is_first = np.empty(len(order), np.bool_)
    is_first[0] = True
    is_first[1:] = (expiry[1:] != expiry[:-1]) | (strike[1:] != strike[:-1])
    pair = np.cumsum(is_first) - 1
    legs = np.full((2, int(pair[-1]) + 1), -1, np.int64)
    legs[np.where(quotes.right[order] > 0, 0, 1), pair] = order
    expiry, strike = expiry[is_first], strike[is_first]
    start = np.searchsorted(expiry, np.arange(len(quotes.expiries) + 1)).astype(np.int64, copy=False)
    start.flags.writeable = False
    return Pairs(start=start, expiry=expiry, strike=strike, call=legs[0], put=legs[1])
