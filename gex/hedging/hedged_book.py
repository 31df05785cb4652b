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
        return self._mishedge(level, elapsed, delta, coins)

    @property
    def has_curve(self) -> bool:
        """True where volatilities stay with their strikes: then `mishedge_along` and its slope are known."""
        return self.skew_stickiness == 1.0

    def mishedge_along(self, log_move: Floats) -> tuple[Floats, Floats]:
        """(X, dX/d ln S) at many ascending log moves of spot, to 1e-14 of the book's gross delta; needs `has_curve`."""
        return self._curve(log_move, *self.repricer.options_along(log_move))

    def mishedge_at(self, log_move: Floats) -> tuple[Floats, Floats]:
        """(X, dX/d ln S) at few log moves of spot in any order, every line repriced; needs `has_curve`."""
        return self._curve(log_move, *self.repricer.options_at(log_move))

    def mishedge_near(self, log_move: Floats) -> Floats:
        """X at many ascending log moves where the smile moves, by a table of it: where to look, not the answer."""
        delta, coins = self.repricer.options_near(log_move, self.skew_stickiness)
        return self._mishedge(self.repricer.spot * np.exp(log_move), 0.0, delta, coins)

    def mishedge_in_time(self, elapsed: Floats) -> Floats:
        """X at the spot of now, `elapsed` years on; where spot does not move, no smile does."""
        level = np.full(len(elapsed), self.repricer.spot)
        delta, coins = self.repricer.options_in_time(elapsed, self.skew_stickiness)
        return self._mishedge(level, elapsed, delta, coins)

    def swings(self, start: Floats, settles: Floats) -> Floats:
        """How far X can rise and fall at most, (2, i), from start[i] years on to settles[i], by what expires then.

        On that stretch each option's delta runs to one of its ends; contracts without optionality hardly move.
        """
        delta, coins = self.repricer.swings(start, settles, self.skew_stickiness)
        return self.coverage * delta + coins if self.account_unit is AccountUnit.USD else self.coverage * delta

    def mishedge_in_vol(self, vol_shift: Floats) -> Floats:
        """X at the spot of now after each parallel shift of volatility."""
        delta, coins = self.repricer.options_in_vol(vol_shift, self.skew_stickiness)
        return self._mishedge(np.full(len(vol_shift), self.repricer.spot), 0.0, delta, coins)

    def _mishedge(self, level: Floats, elapsed: Floats | float, delta: Floats, coins: Floats) -> Floats:
        delta = delta + self.repricer.linear.total_delta(level, elapsed)
        total = self.coverage * delta + self.hedge.total_delta(level, elapsed) - self.target_delta
        if self.account_unit is AccountUnit.USD:
            profit = coins - self.repricer.coins_now + inverse_profit(self.repricer.linear, level, elapsed)
            total = total + self.equity_coin + profit + inverse_profit(self.hedge, level, elapsed)
        return np.asarray(total, np.float64)

    def _curve(
        self, log_move: Floats, delta: Floats, coins: Floats, slope: Floats, coin_slope: Floats
    ) -> tuple[Floats, Floats]:
        """Legs added: an inverse contract has the delta N/F, its slope is −N/F and that of its coins N/F."""
        level = self.repricer.spot * np.exp(log_move)
        book, legs = (_inverse_delta(linear, level) for linear in (self.repricer.linear, self.hedge))
        change = self.coverage * (slope - book) - legs
        if self.account_unit is AccountUnit.USD:
            change = change + coin_slope + book + legs
        return self._mishedge(level, 0.0, delta, coins), change


def _inverse_delta(linear: LinearPositions, level: Floats) -> Floats:
    if not linear.is_inverse.any():
        return np.zeros(len(level))
    total: Floats = linear.where(linear.is_inverse).delta(level).sum(axis=-1)
    return total
