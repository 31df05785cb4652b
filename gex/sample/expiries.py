"""Which expiries a sample lists: the exchange's calendar of series, the most important first."""

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gex.calendar import sessions, settlement_instant, time_to_expiry
from gex.contracts import ContractSpec, Expiry
from gex.errors import InputError
from gex.roots import contract_spec
from gex.sample.market import Market

_DAY = dt.timedelta(days=1)
_QUARTER_MONTHS = (3, 6, 9, 12)
_LAST_LISTING_DAYS = 1_980  # the farthest December: five years and some months


class Series(enum.Enum):
    """Why an expiry is listed; sets how many strikes it has and how much interest it draws."""

    EXPIRED = "expired"  # settled before as_of, its rows still in the feed
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"  # SPX: third Friday in the morning. Deribit: last Friday of the month
    MONTHLY_CLOSE = "monthly_close"  # SPXW on the third Friday
    MONTH_END = "month_end"
    LONG = "long"  # LEAPS


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One listed expiry."""

    expiry: Expiry
    series: Series
    is_quarterly: bool  # expires in March, June, September or December
    time_to_expiry: float  # years; 0 where settled


# How early a series is chosen when only few expiries fit: rank of its first expiry, and the step to its next one.
_CHOICE = {
    Series.EXPIRED: (0.0, 1.0),
    Series.DAILY: (1.0, 1.5),
    Series.MONTHLY: (2.0, 2.0),
    Series.MONTHLY_CLOSE: (2.4, 4.0),
    Series.WEEKLY: (4.0, 2.0),
    Series.MONTH_END: (5.0, 3.0),
    Series.LONG: (7.0, 5.0),
}


def listings(market: Market, as_of: np.datetime64, *, option_count: int) -> tuple[Listing, ...]:
    """The expiries of a chain of about `option_count` options, by settlement, the expired one first.

    At 100 options there are four (one expired, today's, and the next third Friday twice); from about 25,000 on, all 65.
    """
    every = _coin_series(market, as_of) if market.is_coin else _index_series(market, as_of)
    every.sort(key=lambda one: one.expiry.settles_at)
    ranked: list[tuple[float, int]] = []
    seen = dict.fromkeys(Series, 0)
    for position, listing in enumerate(every):
        first, step = _CHOICE[listing.series]
        ranked.append((first + step * seen[listing.series], position))
        seen[listing.series] += 1
    wanted = max(4, round(0.42 * option_count**0.5))
    return tuple(every[position] for position in sorted(position for _, position in sorted(ranked)[:wanted]))


def open_interest_date(market: Market, as_of: np.datetime64) -> np.datetime64 | None:
    """The session whose close the open interest of a feed belongs to: the last one before the day of `as_of`. None for
    coin options, whose open interest is counted as they trade.
    """
    if market.is_coin:
        return None
    today = as_of.astype("datetime64[D]").astype(dt.date)
    return np.datetime64(_SessionDates(contract_spec(market.roots[0])).on_or_before(today - _DAY), "D")


def _index_series(market: Market, as_of: np.datetime64) -> list[Listing]:
    """Cboe's series of an index: closes of every session for five weeks, of every week for nine, of every month for a
    year and of third Fridays for nine months; mornings of third Fridays for a year, and Junes and Decembers beyond.
    """
    morning, close = (contract_spec(root) for root in market.roots)
    calendar = _SessionDates(close)
    today = calendar.first_closing_after(as_of)
    at_close: dict[dt.date, Series] = {}
    for days, series, dates in (
        (35, Series.DAILY, _every_day(today)),
        (63, Series.WEEKLY, _fridays(today)),
        (365, Series.MONTH_END, _month_ends(today)),
        (275, Series.MONTHLY_CLOSE, _third_fridays(today)),
    ):
        for date in dates:
            session = calendar.on_or_before(date)
            if session > today + days * _DAY:
                break
            if session >= today:
                at_close[session] = series
    listed = [_listing(close, date, series, as_of) for date, series in at_close.items()]
    listed.append(_listing(close, calendar.on_or_before(today - _DAY), Series.EXPIRED, as_of))
    for date in _third_fridays(today):
        days = (date - today).days
        if days > _LAST_LISTING_DAYS:
            break
        if days <= 365 or date.month == 12 or (date.month == 6 and days <= 800):
            series = Series.MONTHLY if days <= 365 else Series.LONG
            listing = _listing(morning, calendar.on_or_before(date), series, as_of)
            if listing.time_to_expiry > 0.0:  # this morning's opening may be past
                listed.append(listing)
    return listed


def _coin_series(market: Market, as_of: np.datetime64) -> list[Listing]:
    """Deribit's series: four days, Fridays of a month, last Fridays of three months and of quarters up to a year."""
    contract = contract_spec(market.roots[0])
    today = as_of.astype("datetime64[D]").astype(dt.date)
    if settlement_instant(contract, today) <= as_of:
        today += _DAY
    listed = {today + days * _DAY: Series.DAILY for days in range(4)}
    fridays = _fridays(today)
    listed.update({next(fridays): Series.WEEKLY for _ in range(4)})
    for date in _last_fridays(today):
        days = (date - today).days
        if days > 370:
            break
        if days <= 95 or date.month in _QUARTER_MONTHS:
            listed[date] = Series.MONTHLY
    listed[today - _DAY] = Series.EXPIRED
    return [_listing(contract, date, series, as_of) for date, series in listed.items()]


def _listing(contract: ContractSpec, date: dt.date, series: Series, as_of: np.datetime64) -> Listing:
    settles_at = settlement_instant(contract, date)
    return Listing(
        expiry=Expiry(contract=contract, date=date, settles_at=settles_at),
        series=series,
        is_quarterly=date.month in _QUARTER_MONTHS,
        time_to_expiry=time_to_expiry(as_of, settles_at),
    )


class _SessionDates:
    """The dates on which an exchange is open."""

    def __init__(self, contract: ContractSpec) -> None:
        assert contract.calendar is not None  # index classes trade in sessions
        self._sessions = sessions(contract.calendar)

    def first_closing_after(self, as_of: np.datetime64) -> dt.date:
        index = int(np.searchsorted(self._sessions.close, as_of, side="right"))
        if not 0 < index < len(self._sessions.date) - 1_500:
            raise InputError(f"as_of: expected an instant with six years of sessions after it, got {as_of}")
        return _date(int(self._sessions.date[index]))

    def on_or_before(self, date: dt.date) -> dt.date:
        day = np.datetime64(date, "D").astype(np.int64)
        return _date(int(self._sessions.date[np.searchsorted(self._sessions.date, day, side="right") - 1]))


def _date(days_since_1970: int) -> dt.date:
    return dt.date(1970, 1, 1) + days_since_1970 * _DAY


def _every_day(start: dt.date) -> Iterator[dt.date]:
    while True:
        yield start
        start += _DAY


def _fridays(start: dt.date) -> Iterator[dt.date]:
    first = start + (4 - start.weekday()) % 7 * _DAY
    while True:
        yield first
        first += 7 * _DAY


def _third_fridays(start: dt.date) -> Iterator[dt.date]:
    """From the month of `start` on."""
    return (friday for friday in _fridays(start.replace(day=1)) if 15 <= friday.day <= 21)


def _last_fridays(start: dt.date) -> Iterator[dt.date]:
    """From `start` on."""
    return (friday for friday in _fridays(start) if (friday + 7 * _DAY).month != friday.month)


def _month_ends(start: dt.date) -> Iterator[dt.date]:
    return (day for day in _every_day(start) if (day + _DAY).day == 1)
