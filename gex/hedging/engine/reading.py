"""A priced book as the engine reads it, at the spot of its chain or at any later tick."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gex.calendar import YEAR
from gex.hedging.engine.inputs import BookReading, InputInstants
from gex.hedging.instruments import HedgeInstrument
from gex.portfolio.risk import PortfolioRisk


@dataclass(frozen=True, eq=False, kw_only=True)
class FollowedBook:
    """A book priced once, read again with each tick: delta and gamma from its repricer, volatility that of its chain.

    `skew_stickiness` R as in `HedgePolicy`. A chain that is new makes a new one.
    """

    risk: PortfolioRisk
    underlying: str
    skew_stickiness: float = 1.0
    vol: float | None = None  # the desk's own; None: implied by the book
    instants: InputInstants | None = None  # of the chain; None: not known

    def at(
        self,
        instruments: Sequence[HedgeInstrument],
        *,
        spot: float | None = None,
        as_of: np.datetime64 | None = None,
        value: float | None = None,
        realised_vol_short: float | None = None,
        realised_vol_long: float | None = None,
        volume: float | None = None,
        imbalance: float | None = None,
        instants: InputInstants | None = None,
    ) -> BookReading:
        """The reading at a spot and instant; those of the chain where they are None. Time since the chain is repriced.

        `instants`: of when that is what it rests on; None: those of the chain.
        """
        risk = self.risk
        level = risk.spot if spot is None else spot
        when = risk.as_of if as_of is None else as_of
        elapsed = max(float((when - risk.as_of) / YEAR), 0.0)
        delta, gamma = self._greeks(level, elapsed)
        return BookReading(
            underlying=self.underlying,
            spot=level,
            delta=delta,
            gamma=gamma,
            vol=self._vol,
            as_of=when,
            time_to_expiry=max(self._gamma_time - elapsed, 0.0) or math.inf,
            delta_range=self._range(level, gamma),
            value=value,
            is_coin_settled=risk.is_coin_settled,
            is_priced=not (risk.unpriced and not risk.is_priced.any() and len(risk.linear) == 0),
            instruments=tuple(instruments),
            growth=self._growth(instruments, when),
            realised_vol_short=realised_vol_short,
            realised_vol_long=realised_vol_long,
            volume=volume,
            imbalance=imbalance,
            instants=self.instants if instants is None else instants,
            repricer=risk.repricer,
        )

    def _greeks(self, level: float, elapsed: float) -> tuple[float, float]:
        """Delta and ∂Δ/∂S by a central difference of a ten-thousandth, or exactly where the curve of the book is known."""
        repricer = self.risk.repricer
        if self.skew_stickiness == 1.0 and elapsed == 0.0 and level > 0.0 and math.isfinite(level):
            move = np.array([math.log(level / repricer.spot)])
            delta, _, slope, _ = repricer.options_at(move)
            at = np.array([level])
            linear = repricer.linear
            total = float(delta[0]) + float(linear.total_delta(at)[0])
            return total, float(slope[0]) / level
        if not (level > 0.0 and math.isfinite(level)):
            return math.nan, math.nan
        step = 1e-4 * level
        spots = np.array([level - step, level, level + step])
        options, _ = repricer.options(spots, elapsed=elapsed, skew_stickiness=self.skew_stickiness)
        delta = options + repricer.linear.total_delta(spots, elapsed)
        # Γ of a neutral coin book is that of the options; an inverse contract's own curvature is no exposure to hedge.
        return float(delta[1]), float((options[2] - options[0]) / (2.0 * step))

    @cached_property
    def _vol(self) -> float:
        if self.vol is not None:
            return self.vol
        found = self.risk.implied_vol()
        return found if math.isfinite(found) else math.nan

    @cached_property
    def _gamma_time(self) -> float:
        time = self.risk.gamma_time()
        return time if math.isfinite(time) else math.inf

    @cached_property
    def _gross(self) -> float:
        return float(np.abs(self.risk.repricer.units).sum())

    def _range(self, level: float, gamma: float) -> float:
        """Units over which gamma may be taken as constant: a deviation of spot to the gamma's expiry, half the options."""
        if gamma == 0.0 or not math.isfinite(self._gamma_time) or not math.isfinite(self._vol):
            return math.inf
        return min(abs(gamma) * level * self._vol * math.sqrt(self._gamma_time), 0.5 * self._gross)

    def _growth(self, instruments: Sequence[HedgeInstrument], when: np.datetime64) -> tuple[tuple[str, float], ...]:
        found = []
        for instrument in instruments:
            if instrument.expires_at is not None and instrument.expires_at > when:
                time = float((instrument.expires_at - when) / YEAR)
                found.append((instrument.symbol, float(self.risk.repricer.carry.growth(np.array(time)))))
        return tuple(found)
