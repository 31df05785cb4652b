"""A book with its hedge: the mishedge at any spot, time and volatility."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Floats
from gex.hedging.policy import AccountUnit
from gex.portfolio.linear import LinearPositions
from gex.portfolio.repricing import BookRepricer, inverse_profit


@dataclass(frozen=True, eq=False, kw_only=True)
class HedgedBook:
    """Options and linear contracts of a book, hedge legs, and what the desk wants: X = r·Δ + h − target, in units.

    In AccountUnit.USD the coins of the account count too: X = r·Δ + h + equity − target, and the equity moves with what
    is paid in coin. `hedge` holds the legs at their prices now.
    """

    repricer: BookRepricer
    hedge: LinearPositions
    coverage: float = 1.0
    target_delta: float = 0.0
    skew_stickiness: float = 1.0
    account_unit: AccountUnit = AccountUnit.COIN
    equity_coin: float = 0.0

    def mishedge(self, spots: npt.ArrayLike, *, elapsed: float = 0.0, vol_shift: float = 0.0) -> Floats:
        """X at each spot, `elapsed` years on and `vol_shift` higher, units of underlying; all legs repriced."""
        level = np.atleast_1d(np.asarray(spots, np.float64))
        delta, coins = self.repricer.options(
            level, elapsed=elapsed, vol_shift=vol_shift, skew_stickiness=self.skew_stickiness
        )
        delta = delta + self.repricer.linear.delta(level, elapsed).sum(axis=-1)
        total = self.coverage * delta + self.hedge.delta(level, elapsed).sum(axis=-1) - self.target_delta
        if self.account_unit is AccountUnit.USD:
            _, now = self.repricer.options([self.repricer.spot], skew_stickiness=self.skew_stickiness)
            profit = coins - now[0] + inverse_profit(self.repricer.linear, level, elapsed)
            total = total + self.equity_coin + profit + inverse_profit(self.hedge, level, elapsed)
        return np.asarray(total, np.float64)
