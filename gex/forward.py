"""Forwards and discount factors by put–call parity, one per (root, settlement instant)."""

import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.calendar import time_to_expiry
from gex.columns import Bools, Columns, Floats, Ints, column
from gex.contracts import Exercise, Expiry, Payoff
from gex.discount import DiscountCurve, implied_curve, parity_slope
from gex.errors import NoForwardError
from gex.kernels.forward import parity_forward
from gex.pairs import Pairs
from gex.parity import ParityPairs, parity_pairs
from gex.quotes import Quotes

NEAR_DEVIATIONS = 1.5  # pairs this near the money make the forward
WIDE_DEVIATIONS = 3.0  # pairs this near the money show the discount factor, which needs a lever
MINIMUM_PAIRS = 4  # wanted near the money; a sparse expiry makes do with what it has


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
    inverse = np.array([e.contract.payoff is Payoff.INVERSE for e in expiries], np.bool_)
    quoted = [parity_pairs(quotes, pairs, j, is_inverse=bool(inverse[j])) for j in range(len(expiries))]
    curve = DiscountCurve.flat(rate) if rate is not None else _implied_discount(expiries, quoted, time)
    discount_factor = np.where(inverse, 1.0, curve.discount_factor(time))

    count = len(expiries)
    forward, lower, upper = np.full(count, np.nan), np.full(count, np.nan), np.full(count, np.nan)
    pair_count, source = np.zeros(count, np.int64), np.zeros(count, np.int8)
    box_is_empty = np.zeros(count, np.bool_)
    for j, expiry in enumerate(expiries):
        near = quoted[j].near_the_money(NEAR_DEVIATIONS, MINIMUM_PAIRS)
        if time[j] <= 0.0 or len(near) == 0:
            continue
        low, high = near.allowed_forwards(float(discount_factor[j]))
        alive = np.isfinite(low) & np.isfinite(high)
        forward[j], lower[j], upper[j], dropped = parity_forward(low, high, alive)
        pair_count[j] = len(near)
        box_is_empty[j] = dropped > 0
        if np.isfinite(forward[j]):
            american = expiry.contract.exercise is Exercise.AMERICAN
            source[j] = ForwardSource.AMERICAN_PARITY if american else ForwardSource.PARITY
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
        lower=lower,
        upper=upper,
        pair_count=pair_count,
        source=source,
        box_is_empty=box_is_empty,
    )


def _implied_discount(expiries: tuple[Expiry, ...], quoted: list[ParityPairs], time: Floats) -> DiscountCurve:
    """The joint curve of the European, currency-settled expiries."""
    factor, error = np.full(len(expiries), np.nan), np.full(len(expiries), np.nan)
    for j, expiry in enumerate(expiries):
        contract = expiry.contract
        if contract.exercise is Exercise.EUROPEAN and contract.payoff is Payoff.LINEAR and time[j] > 0.0:
            wide = quoted[j].near_the_money(WIDE_DEVIATIONS, MINIMUM_PAIRS)
            factor[j], error[j] = parity_slope(wide.strike, wide.call_less_put, wide.half_width)
    return implied_curve(time, factor, error)


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
