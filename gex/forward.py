"""Forwards and discount factors by put–call parity, one per (root, settlement instant)."""

import dataclasses
import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.american import CashDividends
from gex.american_parity import american_forwards
from gex.calendar import YEAR, sessions, time_to_expiry
from gex.columns import Bools, Columns, Floats, Ints, column
from gex.contracts import Expiry, Payoff
from gex.discount import DiscountCurve, implied_curve, zero_rates
from gex.dividends import CarryFit, escrowed_spot, implied_borrow
from gex.errors import InputError, NoForwardError
from gex.pairs import Pairs
from gex.parity import allowed_forwards, parity_pairs, shown_discount_factors
from gex.quotes import Quotes

EXERCISE_AFTER_CLOSE = np.timedelta64(90, "m")
SESSIONS_IN_A_QUARTER = 63


class ForwardSource(enum.IntEnum):
    """Where the forward of an expiry comes from."""

    NONE = 0  # there is none: nothing of this expiry can be priced
    PARITY = 1  # put–call parity of its own quotes
    CARRY = 2  # spot and the carry of the neighbouring expiries: no usable pairs here
    GIVEN = 3  # the caller gave it
    AMERICAN_PARITY = 4  # parity of the European equivalents of its American quotes


class DiscountSource(enum.IntEnum):
    """Where the discount factors of a chain come from."""

    NONE = 0  # nothing says: D = 1
    GIVEN = 1  # the caller gave a rate or a curve
    EUROPEAN_PARITY = 2  # one curve through the slopes of European expiries
    AMERICAN_PARITY = (
        3  # one rate at which American pairs, made European, show that rate: good to some tenths of a percent
    )


@dataclass(frozen=True, kw_only=True)
class CarryAssumptions:
    """What the caller knows of rates and dividends; what is None is implied by the chain."""

    discount: DiscountCurve | None = None
    dividends: CashDividends | None = None  # an empty one says that there are none


@dataclass(frozen=True, eq=False, kw_only=True)
class ForwardCurve(Columns):
    """One row per expiry, in the order of `expiries`.

    `lower` and `upper` bound the forward by the quotes themselves, of American options by their European equivalents.
    `box_is_empty` says that no forward satisfies all of them and the worst were left out: on a quiet chain that suspects
    the discount factor first. `standard_error` takes a price as uniform in its quoted interval.
    """

    as_of: np.datetime64
    spot: float  # currency per unit; implied by the shortest forward where the source names none
    spot_is_implied: bool = False
    expiries: tuple[Expiry, ...]
    discount: DiscountCurve | None = None
    discount_source: DiscountSource = DiscountSource.NONE
    carry: CarryFit | None = None  # dividends and borrow behind the forwards of American expiries; None without any
    future: float | None = None  # price of the future that `moved` follows, at `as_of`

    time_to_expiry: Floats = column(np.float64)  # years of 365 × 86,400 s, 0 where settled
    forward: Floats = column(np.float64)  # currency per unit; NaN where source is NONE
    discount_factor: Floats = column(np.float64)
    lower: Floats = column(np.float64, fill=np.nan)
    upper: Floats = column(np.float64, fill=np.nan)
    standard_error: Floats = column(np.float64, fill=np.nan)  # currency; NaN where the forward is not one of parity
    implied_borrow: Floats = column(
        np.float64, fill=np.nan
    )  # per year, beside the dividends of `carry`; a yield without
    pair_count: Ints = column(np.int64, fill=0)
    source: npt.NDArray[np.int8] = column(np.int8)  # ForwardSource
    box_is_empty: Bools = column(np.bool_, fill=False)

    @property
    def rate(self) -> Floats:
        """−ln D/T of every expiry, per year; 0 where it has settled."""
        return zero_rates(self.discount_factor, self.time_to_expiry)

    @property
    def spot_discount_factor(self) -> Floats:
        """What turns the undiscounted price of an option on the forward into its value in currency at the spot.

        D; of coin-settled options S/F, for their price/F coins are worth S each and nothing is discounted: at S 90,000 and
        F 94,500 it is 0.952381, and the delta of a call in currency is N(d1), not N(d1)·F/S.
        """
        inverse = [e.contract.payoff is Payoff.INVERSE for e in self.expiries]
        return (
            np.where(inverse, self.spot / self.forward, self.discount_factor) if any(inverse) else self.discount_factor
        )

    def moved(self, *, spot: float | None = None, future: float | None = None) -> "ForwardCurve":
        """The curve after a tick: every forward, its box and its error in proportion to the spot, or to the future.

        A future moves the spot too: the basis of each expiry, ln(forward/future), stays what it was at `as_of`, which needs
        the `future` that `forward_curve` was given. A spot tick of 1 % moves a forward of 4,500 to 4,545.
        """
        if (spot is None) == (future is None):
            raise InputError("ForwardCurve.moved: expected either a spot or a future")
        if future is not None and self.future is None:
            raise InputError("ForwardCurve.moved: expected a curve made with a future, got one without")
        now, before = (spot, self.spot) if future is None else (future, self.future)
        if now is None or before is None or not (np.isfinite(now) and now > 0.0):
            raise InputError(f"ForwardCurve.moved: expected a positive price, got {now}")
        ratio = now / before
        return dataclasses.replace(
            self,
            spot=self.spot * ratio,
            future=None if self.future is None else self.future * ratio,
            forward=self.forward * ratio,
            lower=self.lower * ratio,
            upper=self.upper * ratio,
            standard_error=self.standard_error * ratio,
        )


def forward_curve(
    quotes: Quotes,
    pairs: Pairs,
    *,
    rate: float | None = None,
    carry: CarryAssumptions | None = None,
    future: float | None = None,
) -> ForwardCurve:
    """Forward and discount factor of every expiry of a cleaned chain.

    European options obey C − P = D(F − K), coin-settled ones C − P = 1 − K/F with D = 1. `rate` (continuous, per year, for
    every term) or `carry` give D; without them one curve of D is implied jointly by all European expiries
    (`gex.discount`), one rate by the American ones where there are no European (`gex.american_parity`), and D is 1 where
    nothing implies it: `discount_source` says which. American prices are turned into European ones first, with cash
    dividends given or implied by the ladder of forwards. An expiry without a usable pair takes the carry of its neighbours.
    Raises NoForwardError where there is neither a spot nor a pair.
    """
    if rate is not None and carry is not None and carry.discount is not None:
        raise InputError("forward_curve: expected a rate or a discount curve, got both")
    known = carry or CarryAssumptions()
    given = DiscountCurve.flat(rate) if rate is not None else known.discount
    expiries, terms = quotes.expiries, quotes.expiry_terms
    time = time_to_expiry(quotes.as_of, terms.settles_at)
    quoted = parity_pairs(quotes, pairs)
    american = terms.is_american & ~quoted.is_inverse
    curve, discount_source = given, DiscountSource.GIVEN
    if curve is None:
        shown = shown_discount_factors(quoted)
        says_rate = ~american & ~quoted.is_inverse & (time > 0.0)
        curve = implied_curve(time, np.where(says_rate, shown.discount_factor, np.nan), shown.standard_error)
        discount_source = DiscountSource.EUROPEAN_PARITY if len(curve) else DiscountSource.NONE
    discount_factor = np.where(quoted.is_inverse, 1.0, curve.discount_factor(time))

    allowed = allowed_forwards(quoted, discount_factor)
    raw = np.where(np.isfinite(allowed.forward) & (time > 0.0), allowed.forward, np.nan)
    spot = quotes.spot if quotes.spot is not None else _spot_of(raw, time)
    fit: CarryFit | None = None
    if (american & np.isfinite(raw)).any():
        found = american_forwards(
            quoted,
            american,
            spot,
            time,
            terms.tick,
            discount_factor=None if discount_source is DiscountSource.NONE else discount_factor,
            dividends=known.dividends,
            ex_times=_ex_times(quotes.as_of, expiries[int(np.argmax(american))]),
        )
        allowed, fit = found.allowed, found.fit
        if found.implied_rate is not None and np.isfinite(found.implied_rate.standard_error):
            curve = found.implied_rate.curve
            discount_source = DiscountSource.AMERICAN_PARITY
            discount_factor = np.where(quoted.is_inverse, 1.0, curve.discount_factor(time))
    is_known = np.isfinite(allowed.forward) & (time > 0.0)
    forward = np.where(is_known, allowed.forward, np.nan)
    own_source = np.where(american, ForwardSource.AMERICAN_PARITY, ForwardSource.PARITY)
    source = np.where(is_known, own_source, ForwardSource.NONE).astype(np.int8)
    dividends = fit.dividends if fit is not None else known.dividends
    _carry_over(forward, source, time, spot, curve.rate(time), dividends)
    return ForwardCurve(
        as_of=quotes.as_of,
        spot=spot,
        spot_is_implied=quotes.spot is None,
        expiries=expiries,
        discount=curve,
        discount_source=discount_source,
        carry=fit,
        future=future,
        time_to_expiry=time,
        forward=forward,
        discount_factor=discount_factor,
        lower=np.where(is_known, allowed.lower, np.nan),
        upper=np.where(is_known, allowed.upper, np.nan),
        standard_error=np.where(is_known, allowed.standard_error, np.nan),
        implied_borrow=implied_borrow(
            spot, forward, dividends, -np.log(discount_factor) / np.where(time > 0, time, 1.0), time
        ),
        pair_count=np.where(is_known, allowed.pair_count, 0),
        source=source,
        box_is_empty=is_known & (allowed.dropped_count > 0),
    )


def _ex_times(as_of: np.datetime64, expiry: Expiry) -> Floats:
    """Years to the last moments of the next quarter at which options can still be exercised for a dividend.

    A dividend is for who holds the underlying at the close before the ex-date; options are exercised until half past five
    in New York, an hour and a half after the close of a full session.
    """
    if expiry.contract.calendar is None:
        return np.empty(0)
    closes = sessions(expiry.contract.calendar).close + EXERCISE_AFTER_CLOSE
    first = int(np.searchsorted(closes, as_of, side="right"))
    return (closes[first : first + SESSIONS_IN_A_QUARTER] - as_of) / YEAR


def _spot_of(forward: Floats, time: Floats) -> float:
    """The shortest forward, for a source that names no spot."""
    known = np.flatnonzero(np.isfinite(forward))
    if len(known) == 0:
        raise NoForwardError("forward_curve: the chain names no spot and no expiry has a quoted call–put pair")
    return float(forward[known[np.argmin(time[known])]])


def _carry_over(
    forward: Floats,
    source: npt.NDArray[np.int8],
    time: Floats,
    spot: float,
    rate: Floats,
    dividends: CashDividends | None,
) -> None:
    """Fill the forwards that parity left out: ln(F/S*) linear in time between known expiries and through 0 at T = 0, S* the
    spot less the dividends before expiry, growing at the last known rate beyond; at the discount curve's rate where no
    forward is known (no borrow).
    """
    missing = np.flatnonzero((source == ForwardSource.NONE) & (time > 0.0))
    if len(missing) == 0:
        return
    known = np.flatnonzero(source != ForwardSource.NONE)
    known = known[np.argsort(time[known], kind="stable")]
    bare = escrowed_spot(spot, dividends, rate, np.zeros_like(rate), time)
    if len(known) == 0:
        growth = rate[missing] * time[missing]
    else:
        knot = np.append(0.0, time[known])
        value = np.append(0.0, np.log(forward[known] / bare[known]))
        growth = np.interp(time[missing], knot, value)
        beyond = time[missing] > knot[-1]
        growth = np.where(beyond, value[-1] * time[missing] / knot[-1], growth)
    forward[missing] = bare[missing] * np.exp(growth)
    source[missing] = ForwardSource.CARRY
