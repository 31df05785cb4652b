"""Put–call parity of a chain: the pairs quoted on both sides, the discount factors they show, the forwards they allow.

European options obey C − P = D(F − K); coin-settled ones, quoted in coin, C − P = 1 − K/F.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from gex.columns import Bools, Columns, Floats, Ints, column, frozen
from gex.kernels.forward import parity_forwards, parity_slopes, quoted_pairs
from gex.pairs import Pairs
from gex.quotes import Quotes

NEAR_DEVIATIONS = 1.5  # pairs this near the money make the forward
WIDE_DEVIATIONS = 3.0  # pairs this near the money show the discount factor, which needs a lever
MINIMUM_PAIRS = 4  # wanted near the money; a sparse expiry makes do with what it has


@dataclass(frozen=True, eq=False, kw_only=True)
class ParityPairs(Columns):
    """One row per strike whose call and put both have a bid and an ask, by expiry, ascending in strike."""

    start: Ints  # (expiry_count + 1,): expiry j has the rows start[j] to start[j + 1]
    is_inverse: Bools  # (expiry_count,): quoted and paid in coin

    strike: Floats = column(np.float64)
    call_less_put: Floats = column(np.float64)  # of the mids
    half_width: Floats = column(np.float64)  # half the quoted interval of C − P
    straddle: Floats = column(np.float64)  # call plus put at the mids

    @property
    def expiry(self) -> Ints:
        """Index of the expiry of every row."""
        return np.repeat(np.arange(len(self.is_inverse)), np.diff(self.start))

    @property
    def call_mid(self) -> Floats:
        """Mid of the call of every row."""
        return 0.5 * (self.straddle + self.call_less_put)

    @property
    def put_mid(self) -> Floats:
        """Mid of the put of every row."""
        return 0.5 * (self.straddle - self.call_less_put)

    def kept(self, mask: Bools) -> "ParityPairs":
        """The rows where `mask` is true, by expiry as before."""
        count = np.append(0, np.cumsum(mask))
        start = count[self.start].astype(np.int64)
        start.flags.writeable = False
        return dataclasses.replace(self.where(mask), start=start)


@dataclass(frozen=True, eq=False, kw_only=True)
class ParitySlopes(Columns):
    """The discount factor that each expiry alone shows, one row per expiry; NaN where its pairs show none."""

    discount_factor: Floats = column(np.float64)
    standard_error: Floats = column(np.float64)


@dataclass(frozen=True, eq=False, kw_only=True)
class ParityForwards(Columns):
    """The forward that each expiry's pairs near the money allow, one row per expiry; NaN without a pair."""

    forward: Floats = column(np.float64)
    lower: Floats = column(np.float64)
    upper: Floats = column(np.float64)
    pair_count: Ints = column(np.int64)
    dropped_count: Ints = column(np.int64)  # pairs left out because no forward satisfies them all
    standard_error: Floats = column(np.float64)  # of the forward, for prices uniform in their quoted intervals


def parity_pairs(quotes: Quotes, pairs: Pairs) -> ParityPairs:
    """The strikes of a chain that are quoted on both sides of both legs."""
    start = np.empty(len(pairs.start), np.int64)
    table = np.empty((4, len(pairs)))
    count = quoted_pairs(
        pairs.start, pairs.strike, pairs.call, pairs.put, quotes.bid, quotes.ask, start, table
    )  # fmt: skip
    for array in (start, table):
        array.flags.writeable = False
    strike, call_less_put, half_width, straddle = table[:, :count]
    return ParityPairs(
        start=start,
        is_inverse=quotes.expiry_terms.is_inverse,
        strike=strike,
        call_less_put=call_less_put,
        half_width=half_width,
        straddle=straddle,
    )


def shown_discount_factors(pairs: ParityPairs) -> ParitySlopes:
    """−∂(C − P)/∂K of every expiry by weighted least squares, outliers reweighted.

    A value is taken as uniform in its quoted interval. Fewer than four pairs, or one strike, show nothing.
    """
    found = np.empty((2, len(pairs.is_inverse)))
    parity_slopes(
        pairs.start,
        pairs.strike,
        pairs.call_less_put,
        pairs.half_width,
        pairs.straddle,
        pairs.is_inverse,
        WIDE_DEVIATIONS,
        MINIMUM_PAIRS,
        *found,
    )
    found.flags.writeable = False  # ours alone, so that it is not copied
    return ParitySlopes(discount_factor=found[0], standard_error=found[1])


def allowed_forwards(pairs: ParityPairs, discount_factor: Floats) -> ParityForwards:
    """Per expiry the intersection of what its pairs near the money allow, and the robust centre of it."""
    found = np.empty((4, len(pairs.is_inverse)))
    counts = np.empty((2, len(pairs.is_inverse)), np.int64)
    parity_forwards(
        pairs.start,
        pairs.strike,
        pairs.call_less_put,
        pairs.half_width,
        pairs.straddle,
        pairs.is_inverse,
        frozen(discount_factor),
        NEAR_DEVIATIONS,
        MINIMUM_PAIRS,
        *found[:3],
        *counts,
        found[3],
    )
    found.flags.writeable = counts.flags.writeable = False
    (forward, lower, upper, error), (count, dropped) = found, counts
    return ParityForwards(
        forward=forward, lower=lower, upper=upper, pair_count=count, dropped_count=dropped, standard_error=error
    )
