"""Whether the spot of a chain is of the instant of its quotes: the nearest forward tells."""

from dataclasses import dataclass

import numpy as np

from gex.dividends import present_value
from gex.forward import ForwardCurve, ForwardSource

LARGEST_CARRY = 0.1  # per year: rate less yield of what options are listed on lies within
DEVIATIONS = 3.0


@dataclass(frozen=True, kw_only=True)
class ImpliedSpot:
    """The spot that the nearest parity forward stands for, and how far from it a spot may be, currency per unit."""

    spot: float
    tolerance: float  # DEVIATIONS standard errors, and LARGEST_CARRY until the expiry

    def doubts(self, spot: float) -> bool:
        """True where no carry explains `spot`: index print or last trade are of another instant than the quotes."""
        return abs(spot - self.spot) > self.tolerance


def implied_spot(forwards: ForwardCurve) -> ImpliedSpot | None:
    """F·D plus the dividends before the nearest expiry with a parity forward; None where there is none.

    SPY closed on 2025-04-30 at 554.54 in a feed whose quotes of 16:15 hold a forward 1.897 above for the next day: a carry
    of 10 % explains 0.15.
    """
    parity = np.isin(forwards.source, (ForwardSource.PARITY, ForwardSource.AMERICAN_PARITY))
    known = np.flatnonzero(parity & (forwards.time_to_expiry > 0.0) & np.isfinite(forwards.standard_error))
    if len(known) == 0 or forwards.spot_is_implied:
        return None
    nearest = known[np.argmin(forwards.time_to_expiry[known])]
    time, rate = forwards.time_to_expiry[[nearest]], forwards.rate[[nearest]]
    paid = present_value(forwards.carry.dividends if forwards.carry else None, rate, time)[0]
    forward, discount = float(forwards.forward[nearest]), float(forwards.discount_factor[nearest])
    carry = forward * float(np.expm1(LARGEST_CARRY * time[0]))
    tolerance = DEVIATIONS * float(forwards.standard_error[nearest]) + carry
    return ImpliedSpot(spot=forward * discount + float(paid), tolerance=tolerance)
