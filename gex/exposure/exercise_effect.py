"""What early exercise would change: exposures are summed with European Greeks, and this says how far that is off."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gex.american import american_values
from gex.columns import Floats
from gex.dividends import present_value
from gex.exposure.map import PER_PERCENT
from gex.exposure.spot_check import implied_spot
from gex.greeks import spot_greeks
from gex.quotes import Quotes
from gex.roots import is_on_future
from gex.surface.protocol import VolSurface

LEAST_STDEV = 1e-3  # of options so near their end no grid is drawn


@dataclass(frozen=True, kw_only=True)
class ExerciseEffect:
    """American less European totals of one book at spot, at one volatility and carry of each row.

    The surface of an American chain holds the volatilities of its options, early exercise taken out; map and profile sum
    the Greeks of European options at them, so that the profile at spot is the total. Add this to have the American ones.
    """

    gamma_exposure: float  # currency of delta per 1 % move
    delta_exposure: float  # currency
    row_count: int  # American rows with a position that were priced both ways
    unanswered_count: int  # those without an American value: they add nothing

    def flip_shift(self, slope: float) -> float:
        """How far the root of `slope` (currency per 1 % per point) moves, to first order: −effect/slope, in points."""
        return -self.gamma_exposure / slope


def exercise_effects(
    quotes: Quotes, surface: VolSurface, contracts: Sequence[Floats]
) -> tuple[ExerciseEffect, ...] | None:
    """Of every book of signed contracts (one per row of the chain); None where spot and forwards are not of one instant.

    Closing quotes beside another instant's spot would make of the gap a dividend worth exercising for. Where one dividend
    is paid before expiry it is cash on its ex-date (two milliseconds an option); several are the yield that forward and spot
    imply. Options on a future are exercised into the future that is their forward. A put far in the money at r > 0 is worth
    exercising at once: its delta is −1 and its gamma 0.
    """
    forwards, spot = surface.forwards, surface.forwards.spot
    own = implied_spot(forwards)
    if own is not None and own.doubts(spot):
        return None
    is_american = quotes.expiry_terms.is_american
    is_future = np.array([is_on_future(e.contract) for e in quotes.expiries], np.bool_)
    every = np.array(contracts).reshape(len(contracts), len(quotes))
    forward, time = forwards.forward[quotes.expiry], forwards.time_to_expiry[quotes.expiry]
    vol = surface.vol(quotes.expiry, np.log(quotes.strike / forward))
    row = np.flatnonzero(is_american[quotes.expiry] & (every != 0.0).any(axis=0) & (time > 0.0) & (vol > 0.0))
    forward, time, vol = forward[row], time[row], vol[row]
    strike, right, discount = quotes.strike[row], quotes.right[row], forwards.discount_factor[quotes.expiry[row]]
    rate, future = -np.log(discount) / time, is_future[quotes.expiry[row]]
    base = np.where(future, forward, spot)
    dividend = np.where(future, rate, rate - np.log(forward / spot) / time)
    american = american_values(base, strike, time, vol, right, rate, dividend)
    gamma_there, delta_there = american.gamma.copy(), american.delta.copy()
    paid = None if forwards.carry is None else forwards.carry.dividends
    if paid is not None:
        before = np.searchsorted(paid.time, time)  # how many are paid before expiry
        at = np.flatnonzero((before == 1) & ~future & (vol * np.sqrt(time) > LEAST_STDEV))
        borrow = rate - np.log(forward / (spot - present_value(paid, rate, time))) / time
        terms = (spot, strike[at], time[at], vol[at], right[at], rate[at], borrow[at])
        on_cash = american_values(*terms, dividends=paid)
        gamma_there[at], delta_there[at] = on_cash.gamma, on_cash.delta
    european = spot_greeks(np.full(len(row), spot), forward, strike, time, vol, right, discount)
    to_spot = np.where(future, forward / spot, 1.0)
    gamma = gamma_there * to_spot**2 - european.gamma
    delta = delta_there * to_spot - european.delta
    answered = np.isfinite(gamma) & np.isfinite(delta)
    units = np.where(answered, every[:, row], 0.0) * quotes.multiplier[row]
    gamma, delta = np.where(answered, gamma, 0.0), np.where(answered, delta, 0.0)
    held = every[:, row] != 0.0
    return tuple(
        ExerciseEffect(
            gamma_exposure=float(own_units @ gamma) * spot * spot * PER_PERCENT,
            delta_exposure=float(own_units @ delta) * spot,
            row_count=int(np.count_nonzero(mine & answered)),
            unanswered_count=int(np.count_nonzero(mine & ~answered)),
        )
        for own_units, mine in zip(units, held, strict=True)
    )
