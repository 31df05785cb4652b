"""The variance index: the VIX from an option chain, and the same figure for any chain and term.

Method of Cboe ("Cboe Volatility Index", white papers of 2009, 2014 and 2019; the formulas are the same, the choice of
expiries is that of 2014): per expiry the replication of a variance swap from out-of-the-money mid quotes

    σ² = (2/T) Σ ΔK/K² e^{rT} Q(K) − (1/T) (F/K₀ − 1)²

and between the two expiries around the term, linear interpolation of total variance σ²T in time.
"""

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np

from gex.calendar import sessions, time_to_expiry
from gex.columns import Bools, Floats
from gex.contracts import Expiry, Payoff
from gex.discount import DiscountCurve
from gex.errors import MissingDataError, NoQuotesError
from gex.pairs import Pairs, pair_up
from gex.quotes import Quotes

TERM_DAYS = 30.0
_YEAR_DAYS = 365.0
_ZERO_BIDS_THAT_END = 2


@dataclass(frozen=True, kw_only=True)
class StripVariance:
    """The variance that one expiry's strip of out-of-the-money options replicates."""

    variance: float  # σ², per year, decimal
    forward: float  # from the pair of least |C − P|, currency per unit
    strike: float  # K₀, the first strike at or below the forward
    strike_count: int  # options in the sum, K₀ as one


@dataclass(frozen=True, kw_only=True)
class VarianceTerm:
    """One of the two expiries of the index."""

    expiry: Expiry
    time_to_expiry: float  # years of 365 days
    rate: float  # continuously compounded, per year
    strip: StripVariance


@dataclass(frozen=True, kw_only=True)
class VarianceIndex:
    """100 × the volatility over the term, with the two expiries it lies between."""

    value: float
    as_of: np.datetime64
    term_days: float
    near: VarianceTerm
    next: VarianceTerm


def variance_index(quotes: Quotes, discount: DiscountCurve, *, term_days: float = TERM_DAYS) -> VarianceIndex:
    """The volatility index of a chain over `term_days`, in points (VIX 20 is a volatility of 0.20).

    The expiries are those of Cboe's rule: the ends of the weeks around the term, the AM class on third Fridays; for a
    term that ends of weeks do not enclose, all expiries. Quotes as they were, not cleaned: a NaN bid is a zero bid.
    Coin-settled prices are converted at the forward of their expiry. Early exercise of American options is not taken
    out, as Cboe does not for its indices on ETFs.
    """
    pairs = pair_up(quotes)
    time = time_to_expiry(quotes.as_of, quotes.expiry_terms.settles_at)
    target = term_days / _YEAR_DAYS
    near, after = _terms(quotes, pairs, time, discount, target)
    value = interpolated_index(
        near.time_to_expiry, near.strip.variance, after.time_to_expiry, after.strip.variance, target
    )
    return VarianceIndex(value=value, as_of=quotes.as_of, term_days=term_days, near=near, next=after)


def interpolated_index(
    near_time: float, near_variance: float, next_time: float, next_variance: float, term: float
) -> float:
    """100 √(total variance at `term` / `term`), total variance linear between two times (years).

    White paper of 2009: 12,960 and 53,280 minutes, σ² 0.4727672 and 0.3668182, 43,200 minutes: 61.22.
    """
    share = (next_time - term) / (next_time - near_time)
    total = near_time * near_variance * share + next_time * next_variance * (1.0 - share)
    if not total > 0.0:
        raise NoQuotesError(f"variance index: expected a positive variance over {term:.6g} years, got {total:.6g}")
    return 100.0 * math.sqrt(total / term)


def strip_variance(
    strike: Floats,
    call_bid: Floats,
    call_ask: Floats,
    put_bid: Floats,
    put_ask: Floats,
    *,
    rate: float,
    time: float,
) -> StripVariance:
    """σ² of one expiry from its quotes, strikes ascending; NaN or 0 is no bid.

    Out-of-the-money options with a bid count, outward from K₀ until two strikes in a row have none; at K₀ call and put
    are averaged; ΔK is half the gap between the neighbours that count, the whole gap at the ends. White paper of 2009,
    near term: F 920.50005, K₀ 920, σ² 0.4727672 from 136 options. Raises NoQuotesError where there are too few.
    """
    call_mid, put_mid = _mid(call_bid, call_ask), _mid(put_bid, put_ask)
    gap = np.abs(call_mid - put_mid)
    if not np.isfinite(gap).any():
        raise NoQuotesError("variance index: no strike has both a call and a put with a bid")
    growth = math.exp(rate * time)
    nearest = int(np.nanargmin(gap))
    forward = float(strike[nearest] + growth * (call_mid[nearest] - put_mid[nearest]))
    below = np.flatnonzero(strike <= forward)
    if not len(below):
        raise NoQuotesError(f"variance index: no strike at or below the forward {forward:.6g}")
    at = int(below[-1])
    price = np.full(len(strike), np.nan)
    price[:at] = np.where(_counts_outward(put_bid[:at][::-1])[::-1], put_mid[:at], np.nan)
    price[at + 1 :] = np.where(_counts_outward(call_bid[at + 1 :]), call_mid[at + 1 :], np.nan)
    both = np.array([call_mid[at], put_mid[at]])
    price[at] = both[np.isfinite(both)].mean() if np.isfinite(both).any() else np.nan
    used = np.isfinite(price)
    if used.sum() < 2:
        raise NoQuotesError("variance index: fewer than two out-of-the-money options have a bid")
    k, q = strike[used], price[used]
    width = np.concatenate([[k[1] - k[0]], (k[2:] - k[:-2]) / 2.0, [k[-1] - k[-2]]])
    contributions = width / k**2 * growth * q
    variance = 2.0 / time * float(contributions.sum()) - (forward / float(strike[at]) - 1.0) ** 2 / time
    return StripVariance(variance=variance, forward=forward, strike=float(strike[at]), strike_count=int(used.sum()))


def _mid(bid: Floats, ask: Floats) -> Floats:
    mid: Floats = np.where(bid > 0.0, 0.5 * (bid + ask), np.nan)
    return mid


def _counts_outward(bid: Floats) -> Bools:
    """Which options count, in the order away from the money: those with a bid before two in a row without one."""
    has_bid = bid > 0.0
    counts = has_bid.copy()
    missing = 0
    for place, present in enumerate(has_bid.tolist()):
        missing = 0 if present else missing + 1
        if missing == _ZERO_BIDS_THAT_END:
            counts[place:] = False
            break
    return counts


def _terms(
    quotes: Quotes, pairs: Pairs, time: Floats, discount: DiscountCurve, target: float
) -> tuple[VarianceTerm, VarianceTerm]:
    """The expiries on both sides of the term, of those whose strip can be summed."""
    strips: dict[int, VarianceTerm] = {}

    def term(index: int) -> VarianceTerm | None:
        if index not in strips:
            try:
                strips[index] = _term(quotes, pairs, index, float(time[index]), discount)
            except NoQuotesError:
                return None
        return strips[index]

    for candidates in (_ends_of_weeks(quotes.expiries), list(range(len(quotes.expiries)))):
        in_order = sorted((index for index in candidates if time[index] > 0.0), key=lambda index: float(time[index]))
        below = [index for index in in_order if time[index] <= target]
        above = [index for index in in_order if time[index] > target]
        near = next((found for index in reversed(below) if (found := term(index)) is not None), None)
        after = next((found for index in above if (found := term(index)) is not None), None)
        if near is not None and after is not None:
            return near, after
    raise MissingDataError(
        f"variance_index: expected quoted expiries before and after {target * _YEAR_DAYS:g} days, found those at "
        f"{', '.join(f'{days:.2f}' for days in sorted(time * _YEAR_DAYS)[:8]) or 'none'} days"
    )


def _term(quotes: Quotes, pairs: Pairs, index: int, time: float, discount: DiscountCurve) -> VarianceTerm:
    expiry = quotes.expiries[index]
    rows = slice(int(pairs.start[index]), int(pairs.start[index + 1]))
    is_inverse = expiry.contract.payoff is Payoff.INVERSE
    rate = 0.0 if is_inverse else float(discount.rate(np.array([time]))[0])
    columns = [
        side[rows] for side in (
            pairs.of_call(quotes.bid), pairs.of_call(quotes.ask), pairs.of_put(quotes.bid), pairs.of_put(quotes.ask)
        )
    ]  # fmt: skip
    strike = pairs.strike[rows]
    if is_inverse:
        forward = _coin_forward(strike, *columns)
        columns = [side * forward for side in columns]
    return VarianceTerm(
        expiry=expiry,
        time_to_expiry=time,
        rate=rate,
        strip=strip_variance(strike, *columns, rate=rate, time=time),
    )


def _coin_forward(strike: Floats, call_bid: Floats, call_ask: Floats, put_bid: Floats, put_ask: Floats) -> float:
    """F = K/(1 − (C − P)), prices in coin, at the strike of least |C − P|."""
    difference = _mid(call_bid, call_ask) - _mid(put_bid, put_ask)
    if not np.isfinite(difference).any():
        raise NoQuotesError("variance index: no strike has both a call and a put with a bid")
    nearest = int(np.nanargmin(np.abs(difference)))
    return float(strike[nearest] / (1.0 - difference[nearest]))


def _ends_of_weeks(expiries: tuple[Expiry, ...]) -> list[int]:
    """One expiry per end of week: the class named like its underlying where it is listed (AM on third Fridays)."""
    chosen: dict[dt.date, int] = {}
    for index, expiry in enumerate(expiries):
        if not _ends_its_week(expiry):
            continue
        kept = chosen.get(expiry.date)
        if kept is None or expiry.root == expiry.contract.underlying:
            chosen[expiry.date] = index
    return list(chosen.values())


def _ends_its_week(expiry: Expiry) -> bool:
    """True on a Friday, and on the last session before a Friday that is a holiday."""
    if expiry.date.weekday() == 4 or expiry.contract.calendar is None:
        return expiry.date.weekday() == 4
    friday = expiry.date + dt.timedelta(days=4 - expiry.date.weekday())
    schedule = sessions(expiry.contract.calendar)
    last = int(np.searchsorted(schedule.date, (friday - dt.date(1970, 1, 1)).days, side="right")) - 1
    return int(schedule.date[last]) == (expiry.date - dt.date(1970, 1, 1)).days
