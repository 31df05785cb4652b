"""Forwards and discount factors by put–call parity, one per (root, settlement instant)."""

import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.calendar import time_to_expiry
from gex.columns import Bools, Columns, Floats, Ints, column
from gex.contracts import Exercise, Expiry
from gex.discount import DiscountCurve, implied_curve
from gex.errors import NoForwardError
from gex.pairs import Pairs
from gex.parity import allowed_forwards, parity_pairs, shown_discount_factors
from gex.quotes import Quotes


class ForwardSource(enum.IntEnum):
    """Where the forward of an expiry comes from."""

    NONE = 0  # there is none: nothing of this expiry can be priced
    PARITY = 1  # put–call parity of its own quotes
    CARRY = 2  # spot and the carry of the neighbouring expiries: no usable pairs here
    GIVEN = 3  # the caller gave it
    AMERICAN_PARITY = 4  # parity of American quotes near the money, biased by early exercise


@dataclass(frozen=True, eq=False, kw_only=True)
class ForwardCurve(Columns):
    """One row per expiry, in the order of `expiries`.

    `lower` and `upper` bound the forward by the quotes themselves. `box_is_empty` says that no forward satisfies all of
    them and the worst were left out: on a quiet chain that suspects the discount factor first.
    """

    as_of: np.datetime64
    spot: float  # currency per unit; implied by the shortest forward where the source names none
    spot_is_implied: bool = False
    expiries: tuple[Expiry, ...]
    discount: DiscountCurve | None = None

    time_to_expiry: Floats = column(np.float64)  # years of 365 × 86,400 s, 0 where settled
    forward: Floats = column(np.float64)  # currency per unit; NaN where source is NONE
    discount_factor: Floats = column(np.float64)
    lower: Floats = column(np.float64, fill=np.nan)
    upper: Floats = column(np.float64, fill=np.nan)
    pair_count: Ints = column(np.int64, fill=0)
    source: npt.NDArray[np.int8] = column(np.int8)  # ForwardSource
    box_is_empty: Bools = column(np.bool_, fill=False)


def forward_curve(quotes: Quotes, pairs: Pairs, *, rate: float | None = None) -> ForwardCurve:
    """Forward and discount factor of every expiry of a cleaned chain.

    European options obey C − P = D(F − K), coin-settled ones C − P = 1 − K/F with D = 1. `rate` (continuous, per year)
    gives D = e^(−rT); without it one curve of D is implied jointly by all European expiries (`gex.discount`), and D is 1
    where nothing implies it. American pairs give a parity forward too, which early exercise biases (−0.26 % at one year
    with r 5 %, q 2 %): its source says so. An expiry without a usable pair takes the carry of its neighbours.
    Raises NoForwardError where there is neither a spot nor a pair.
    """
    expiries = quotes.expiries
    time = time_to_expiry(quotes.as_of, np.array([e.settles_at for e in expiries], dtype="datetime64[ns]"))
    quoted = parity_pairs(quotes, pairs)
    american = np.array([e.contract.exercise is Exercise.AMERICAN for e in expiries], np.bool_)
    if rate is not None:
        curve = DiscountCurve.flat(rate)
    else:
        shown = shown_discount_factors(quoted)
        says_rate = ~american & ~quoted.is_inverse & (time > 0.0)
        curve = implied_curve(time, np.where(says_rate, shown.discount_factor, np.nan), shown.standard_error)
    discount_factor = np.where(quoted.is_inverse, 1.0, curve.discount_factor(time))

    allowed = allowed_forwards(quoted, discount_factor)
    found = np.isfinite(allowed.forward) & (time > 0.0)
    forward = np.where(found, allowed.forward, np.nan)
    own_source = np.where(american, ForwardSource.AMERICAN_PARITY, ForwardSource.PARITY)
    source = np.where(found, own_source, ForwardSource.NONE).astype(np.int8)
    spot = quotes.spot if quotes.spot is not None else _spot_of(forward, time)
    _carry_over(forward, source, time, spot, curve.rate(time))
    return ForwardCurve(
        as_of=quotes.as_of,
        spot=spot,
        spot_is_implied=quotes.spot is None,
        expiries=expiries,
        discount=curve,
        time_to_expiry=time,
        forward=forward,
        discount_factor=discount_factor,
        lower=np.where(found, allowed.lower, np.nan),
        upper=np.where(found, allowed.upper, np.nan),
        pair_count=np.where(found, allowed.pair_count, 0),
        source=source,
        box_is_empty=found & (allowed.dropped_count > 0),
    )


def _spot_of(forward: Floats, time: Floats) -> float:
    """The shortest forward, for a source that names no spot."""
    known = np.flatnonzero(np.isfinite(forward))
    if len(known) == 0:
        raise NoForwardError("forward_curve: the chain names no spot and no expiry has a quoted call–put pair")
    return float(forward[known[np.argmin(time[known])]])


def _carry_over(forward: Floats, source: npt.NDArray[np.int8], time: Floats, spot: float, rate: Floats) -> None:
    """Fill the forwards that parity left out: ln(F/S) linear in time between known expiries and through 0 at T = 0,
    growing at the last known rate beyond; at the discount curve's rate where no forward is known (no dividends).
    """
    missing = np.flatnonzero((source == ForwardSource.NONE) & (time > 0.0))
    if len(missing) == 0:
        return
    known = np.flatnonzero(source != ForwardSource.NONE)
    known = known[np.argsort(time[known], kind="stable")]
    if len(known) == 0:
        growth = rate[missing] * time[missing]
    else:
        knot = np.append(0.0, time[known])
        value = np.append(0.0, np.log(forward[known] / spot))
        growth = np.interp(time[missing], knot, value)
        beyond = time[missing] > knot[-1]
        growth = np.where(beyond, value[-1] * time[missing] / knot[-1], growth)
    forward[missing] = spot * np.exp(growth)
    source[missing] = ForwardSource.CARRY
