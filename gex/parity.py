"""Put–call parity of one expiry: the two-sided pairs that carry it, and the forwards their quotes allow."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from gex.columns import Columns, Floats, column
from gex.pairs import Pairs
from gex.quotes import Quotes


@dataclass(frozen=True, eq=False, kw_only=True)
class ParityPairs(Columns):
    """Strikes of one expiry whose call and put both have a bid and an ask.

    Linear options: C − P = D(F − K). Coin-settled (`is_inverse`), quoted in coin: C − P = 1 − K/F.
    """

    is_inverse: bool

    strike: Floats = column(np.float64)
    call_bid: Floats = column(np.float64)
    call_ask: Floats = column(np.float64)
    put_bid: Floats = column(np.float64)
    put_ask: Floats = column(np.float64)

    @property
    def call_less_put(self) -> Floats:
        """Mid of call minus mid of put."""
        return 0.5 * (self.call_bid + self.call_ask - self.put_bid - self.put_ask)

    @property
    def half_width(self) -> Floats:
        """Half the width of the quoted interval of C − P."""
        return 0.5 * (self.call_ask - self.call_bid + self.put_ask - self.put_bid)

    def allowed_forwards(self, discount_factor: float) -> tuple[Floats, Floats]:
        """Per pair the lowest and the highest forward that its bids and asks allow."""
        low, high = self.call_bid - self.put_ask, self.call_ask - self.put_bid
        if not self.is_inverse:
            return self.strike + low / discount_factor, self.strike + high / discount_factor
        with np.errstate(divide="ignore"):
            lowest = np.where(low < 1.0, self.strike / (1.0 - low), np.inf)
            highest = np.where(high < 1.0, self.strike / (1.0 - high), np.inf)
        return lowest, highest

    def near_the_money(self, deviations: float, at_least: int) -> Self:
        """The pairs within so many standard deviations of the strike where call and put cost the same.

        The standard deviation of ln S is read off the straddle there, F·σ√T ≈ straddle / 0.8. Fewer than `at_least`
        such pairs: the `at_least` nearest ones.
        """
        if len(self) <= at_least:
            return self
        middle = int(np.argmin(np.abs(self.call_less_put)))
        straddle = 0.5 * (self.call_bid + self.call_ask + self.put_bid + self.put_ask)[middle]
        stdev = straddle / 0.8 if self.is_inverse else straddle / (0.8 * self.strike[middle])
        distance = np.abs(np.log(self.strike / self.strike[middle]))
        near = distance <= deviations * stdev
        if np.count_nonzero(near) < at_least:
            near = distance <= np.partition(distance, at_least - 1)[at_least - 1]
        return self.where(near)


def parity_pairs(quotes: Quotes, pairs: Pairs, expiry: int, *, is_inverse: bool) -> ParityPairs:
    """The strikes of expiry number `expiry` that are quoted on both sides of both legs."""
    rows = slice(int(pairs.start[expiry]), int(pairs.start[expiry + 1]))
    call, put = pairs.call[rows], pairs.put[rows]
    both = (call >= 0) & (put >= 0)
    call, put, strike = call[both], put[both], pairs.strike[rows][both]
    call_bid, call_ask, put_bid, put_ask = quotes.bid[call], quotes.ask[call], quotes.bid[put], quotes.ask[put]
    quoted = (call_bid > 0.0) & (call_ask >= call_bid) & (put_bid > 0.0) & (put_ask >= put_bid)
    return ParityPairs(
        is_inverse=is_inverse,
        strike=strike[quoted],
        call_bid=call_bid[quoted],
        call_ask=call_ask[quoted],
        put_bid=put_bid[quoted],
        put_ask=put_ask[quoted],
    )
