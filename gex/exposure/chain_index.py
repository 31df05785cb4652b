"""What about a chain does not change while it is live: which row, line and strike belong together."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Floats, Ints, frozen
from gex.exposure.levels import StrikeIndex
from gex.exposure.lines import read_only
from gex.pairs import Pairs
from gex.quotes import Quotes


@dataclass(frozen=True, eq=False, kw_only=True)
class ChainIndex:
    """Rows are contracts in the order of the chain, lines (expiry, strike) pairs, strikes those of all expiries."""

    pairs: Pairs
    right: npt.NDArray[np.int8]  # per row
    multiplier: Floats  # per row
    line_of_row: Ints
    strikes: StrikeIndex
    every_strike: Ints
    line: Ints  # lines in the order of their strikes
    line_start: Ints  # (strike_count + 1,)

    @classmethod
    def of(cls, quotes: Quotes, pairs: Pairs) -> "ChainIndex":
        """The index of a chain."""
        strikes = StrikeIndex.of(pairs.strike)
        line = np.argsort(strikes.at, kind="stable")
        count = len(strikes.strike)
        line_of_row = np.empty(len(quotes), np.int64)
        for leg in (pairs.call, pairs.put):
            listed = leg >= 0
            line_of_row[leg[listed]] = np.flatnonzero(listed)
        return cls(
            pairs=pairs,
            right=quotes.right,
            multiplier=frozen(quotes.multiplier),
            line_of_row=read_only(line_of_row),
            strikes=strikes,
            every_strike=read_only(np.arange(count)),
            line=read_only(line),
            line_start=read_only(np.searchsorted(strikes.at[line], np.arange(count + 1))),
        )

    @property
    def common_multiplier(self) -> float:
        """Units of underlying a contract; of the first row where roots differ."""
        return float(self.multiplier[0]) if len(self.multiplier) else 1.0

    def strikes_of(self, line: Ints) -> Ints:
        """The strikes on which these lines stand."""
        return np.unique(self.strikes.at[line])

    def open_interest_by_strike(self, quotes: Quotes) -> Floats:
        """Open contracts of calls and of puts (2, strike), whoever owns them."""
        legs = (self.pairs.of_call(quotes.open_interest, 0.0), self.pairs.of_put(quotes.open_interest, 0.0))
        count = len(self.strikes.strike)
        return np.array([np.bincount(self.strikes.at, weights=np.nan_to_num(leg), minlength=count) for leg in legs])
