"""What positions are priced with: forward, discount factor, time and volatility, looked up once an expiry."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, Ints, column
from gex.forward import ForwardCurve
from gex.portfolio.positions import Positions
from gex.roots import is_on_future
from gex.surface.protocol import VolSurface

_DIVIDEND, _FASTEST_CARRY = 0.004, 0.25  # of spot, and per year


@dataclass(frozen=True, eq=False, kw_only=True)
class PricingTerms(Columns):
    """What a position is priced with, row by row; NaN in all numbers where it cannot be."""

    expiry: npt.NDArray[np.int32] = column(np.int32)  # index into the surface's expiries
    forward: Floats = column(np.float64)
    discount_factor: Floats = column(np.float64)
    time_to_expiry: Floats = column(np.float64)
    vol: Floats = column(np.float64)
    is_known: Bools = column(np.bool_)  # the surface has the expiry
    is_inverse: Bools = column(np.bool_)
    is_american: Bools = column(np.bool_)
    is_future: Bools = column(np.bool_)  # on the future that is the forward of the expiry
    is_priced: Bools = column(np.bool_)


def pricing_terms(positions: Positions, surface: VolSurface) -> PricingTerms:
    """Forward, discount factor, time and volatility of every row: looked up once an expiry, then spread."""
    forwards = surface.forwards
    index = _expiry_index(positions, forwards)
    inverse, american = positions.expiry_terms.is_inverse, positions.expiry_terms.is_american
    future = np.array([is_on_future(e.contract) for e in positions.expiries], np.bool_)
    known = index >= 0
    at = np.where(known, index, 0)
    table = np.full((3, len(index)), np.nan)
    if len(forwards):
        table[:] = forwards.forward[at], forwards.time_to_expiry[at], forwards.discount_factor[at]
        # In coin nothing is discounted: a coin-settled option is worth spot × P/F, that is D = S/F.
        table[2] = np.where(inverse, forwards.spot / table[0], table[2])
    alive = known & (table[1] > 0.0) & (table[0] > 0.0) & np.isfinite(table).all(axis=0)
    table[:, ~known] = np.nan
    row = positions.expiry
    forward, time, discount = (sealed(values[row]) for values in table)
    with np.errstate(invalid="ignore"):
        log_moneyness = np.log(positions.strike / forward)
    surface_expiry = sealed(at.astype(np.int32)[row])
    lives = sealed(alive[row])
    vol = np.full(len(positions), np.nan)
    if lives.all():
        vol = np.array(surface.vol(surface_expiry, log_moneyness))
    elif lives.any():
        vol[lives] = surface.vol(surface_expiry[lives], log_moneyness[lives])
    is_priced = lives & (vol > 0.0) & (vol < np.inf)
    return PricingTerms(
        expiry=surface_expiry,
        forward=forward,
        discount_factor=discount,
        time_to_expiry=time,
        vol=sealed(vol if is_priced.all() else np.where(is_priced, vol, np.nan)),
        is_known=sealed(known[row]),
        is_inverse=sealed(inverse[row]),
        is_american=sealed(american[row]),
        is_future=sealed(future[row]),
        is_priced=sealed(is_priced),
    )


def is_of_one_instant(forwards: ForwardCurve) -> bool:
    """False where the first forward is further from spot than a dividend and rates explain: 0.4 % and 25 % a year.

    Closing quotes beside the next morning's spot would make of the gap a dividend worth exercising for.
    """
    alive = (forwards.time_to_expiry > 0.0) & (forwards.forward > 0.0)
    if not alive.any():
        return True
    time, forward = forwards.time_to_expiry[alive], forwards.forward[alive]
    first = int(np.argmin(time))
    return bool(abs(np.log(forward[first] / forwards.spot)) <= _DIVIDEND + _FASTEST_CARRY * time[first])


def _expiry_index(positions: Positions, forwards: ForwardCurve) -> Ints:
    """For each expiry of the book its index on the surface, −1 where there is none."""
    index = {(expiry.root, expiry.settles_at): i for i, expiry in enumerate(forwards.expiries)}
    return np.array([index.get((e.root, e.settles_at), -1) for e in positions.expiries], np.int64)


def sealed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """An array that is ours alone, read-only so that a column takes it without a copy."""
    array.flags.writeable = False
    return array
