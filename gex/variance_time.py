"""Variance time: a clock that runs with the variance a market makes, not with the wall.

τ(s, e) = ∫ₛᵉ a(u) du + Σ v_j/σ_ref² over the named events in (s, e]; a is constant in a session, in a night and on a day
without a session, and makes one year of τ out of a year of wall time, averaged over the exchange's whole calendar. The
clock moves only the interpolation between expiries and the decay between refits; total variance at an expiry does not
depend on it.

Weights are a matter of the market and should be fitted (`fit_session_share`): SpiderRock's rule puts about 70 % of a
weekday's variance into the session, the SPX minutes of the first quarter of 2024 put 56 % there.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import overload
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from gex.calendar import FIRST_DATE, LAST_DATE, instant, sessions
from gex.columns import Floats, Instants
from gex.errors import InputError, MissingDataError

_DAY_NS = 86_400 * 10**9
_YEAR_NS = 365 * _DAY_NS
_EXCHANGE_ZONE = {"XNYS": ZoneInfo("America/New_York")}


@dataclass(frozen=True, kw_only=True)
class VarianceEvent:
    """A scheduled piece of news and the variance of the move it is expected to make (a move of 1 % sd: 0.0001)."""

    name: str
    at: np.datetime64
    variance: float


@dataclass(frozen=True, kw_only=True)
class VarianceClock:
    """How fast variance time runs.

    `session_share`: part of an ordinary weekday's variance (close to close) that falls between open and close.
    `idle_day_weight`: variance of a Saturday, Sunday or holiday, in weekdays. `calendar` None: a market that never
    closes, where both are meaningless and τ is wall time. An event's variance is measured in variance of `reference_vol`.
    """

    calendar: str | None = "XNYS"
    session_share: float = 0.7
    idle_day_weight: float = 0.2
    reference_vol: float = 0.2
    events: tuple[VarianceEvent, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 < self.session_share < 1.0:
            raise InputError(f"session_share: expected a part between 0 and 1, got {self.session_share}")
        if not 0.0 <= self.idle_day_weight <= 1.0:
            raise InputError(f"idle_day_weight: expected 0 to 1 weekdays, got {self.idle_day_weight}")
        if not self.reference_vol > 0.0:
            raise InputError(f"reference_vol: expected a positive volatility, got {self.reference_vol}")
        if any(not event.variance >= 0.0 for event in self.events):
            raise InputError("events: expected variances of at least 0")
        if self.calendar is not None and self.calendar not in _EXCHANGE_ZONE:
            raise InputError(f"calendar: expected one of {', '.join(_EXCHANGE_ZONE)} or None, got {self.calendar!r}")

    @overload
    def years(self, start: np.datetime64, end: np.datetime64) -> float: ...
    @overload
    def years(self, start: np.datetime64, end: Instants) -> Floats: ...
    def years(self, start: np.datetime64, end: np.datetime64 | Instants) -> float | Floats:
        """Variance time from `start` to each `end`, in years; 0 where that is past. Additive over consecutive spans.

        With session_share 0.7, idle_day_weight 0.2 and no events an ordinary session is 0.7 of a weekday; 365 days of
        New York hold on average 251.295 sessions and 113.705 idle days, so a weekday is 1/274.036 years.
        """
        ends = np.asarray(end, "datetime64[ns]")
        first = instant(start)
        elapsed = np.asarray(self.quiet_years(start, ends))
        for event in self.events:
            within = (instant(event.at) > first) & (instant(event.at) <= ends)
            elapsed = elapsed + np.where(within, event.variance / self.reference_vol**2, 0.0)
        years = np.where(np.isnat(ends), np.nan, elapsed)
        return years if years.ndim else float(years)

    @overload
    def quiet_years(self, start: np.datetime64, end: np.datetime64) -> float: ...
    @overload
    def quiet_years(self, start: np.datetime64, end: Instants) -> Floats: ...
    def quiet_years(self, start: np.datetime64, end: np.datetime64 | Instants) -> float | Floats:
        """As `years`, without the events."""
        ends = np.asarray(end, "datetime64[ns]")
        elapsed = np.maximum(self._at(ends) - self._at(np.asarray(instant(start))), 0.0)
        return elapsed if elapsed.ndim else float(elapsed)

    @cached_property
    def weekdays_per_year(self) -> float:
        """Ordinary weekdays of variance in 365 days of wall time, the constant that makes τ one a year."""
        if self.calendar is None:
            return 365.0
        _, _, session_count, idle_count, days = _parts(self.calendar)
        return (session_count + self.idle_day_weight * idle_count) * 365.0 / days

    def _at(self, moment: Instants) -> Floats:
        """Variance time since the calendar's beginning, years."""
        nanoseconds = moment.astype(np.int64)
        if self.calendar is None:
            return np.asarray(nanoseconds / _YEAR_NS)
        knots, kinds, _, _, _ = _parts(self.calendar)
        known = nanoseconds[~np.isnat(moment)] if moment.ndim else nanoseconds.reshape(-1)
        if known.size and not (known.min() >= knots[0] and known.max() <= knots[-1]):
            raise InputError(f"instant: expected one from {FIRST_DATE} to {LAST_DATE}")
        # Differences of wall time before any product with it: nanoseconds since 1970 are more than a float can hold.
        cumulative = self._cumulative
        piece = np.clip(np.searchsorted(knots, nanoseconds, side="right") - 1, 0, len(kinds) - 1)
        length = knots[piece + 1] - knots[piece]
        part = (nanoseconds - knots[piece]) / length
        return np.asarray(cumulative[piece] + part * (cumulative[piece + 1] - cumulative[piece]))

    @cached_property
    def _cumulative(self) -> Floats:
        """Variance time at every knot."""
        assert self.calendar is not None
        knots, kinds, _, _, _ = _parts(self.calendar)
        weight = np.select(
            [kinds == _SESSION, kinds == _IDLE],
            [self.session_share, self.idle_day_weight * np.diff(knots) / _DAY_NS],
            default=0.0,
        )
        # A night is what lies between a close and the next open without idle days; its pieces share by their length.
        night = np.cumsum(kinds == _SESSION)
        length = np.where(kinds == _NIGHT, np.diff(knots), 0)
        total = np.bincount(night, weights=length)
        weight = weight + (1.0 - self.session_share) * np.where(
            kinds == _NIGHT, length / np.maximum(total[night], 1), 0.0
        )
        return np.concatenate([[0.0], np.cumsum(weight)]) / self.weekdays_per_year


_SESSION, _NIGHT, _IDLE = 0, 1, 2


@lru_cache(maxsize=4)
def _parts(calendar: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8], int, int, int]:
    """Knots (ns since 1970) and the kind of each piece between them; sessions, idle days and days in all.

    The first piece starts at the first open, the last ends at the last open, so that every night is whole.
    """
    schedule = sessions(calendar)
    zone = _EXCHANGE_ZONE[calendar]
    knots: list[int] = []
    kinds: list[int] = []
    opens, closes = schedule.open.astype(np.int64).tolist(), schedule.close.astype(np.int64).tolist()
    dates = schedule.date.tolist()
    for index in range(len(dates) - 1):
        knots += [opens[index], closes[index]]
        kinds += [_SESSION, _NIGHT]
        if dates[index + 1] - dates[index] > 1:
            idle_from, idle_to = (_midnight(day, zone) for day in (dates[index] + 1, dates[index + 1]))
            knots += [idle_from, idle_to]
            kinds += [_IDLE, _NIGHT]
    knots.append(opens[-1])
    days = dates[-1] - dates[0]
    return np.array(knots), np.array(kinds, np.int8), len(dates) - 1, days - (len(dates) - 1), days


def _midnight(day: int, zone: ZoneInfo) -> int:
    """The instant (ns since 1970) at which the exchange's calendar day `day` (days since 1970) begins."""
    naive = np.datetime64(day, "D").astype("datetime64[us]").item()
    return int(naive.replace(tzinfo=zone).timestamp()) * 10**9


@dataclass(frozen=True, kw_only=True)
class SessionShareFit:
    """What a path of prices says about the weights of a clock."""

    session_share: float  # of the variance from close to close over one ordinary night
    standard_error: float
    weekend_per_night: float  # variance of a gap with idle days over that of an ordinary night
    night_count: int
    weekend_count: int


def fit_session_share(time: Instants, price: Floats, *, calendar: str = "XNYS") -> SessionShareFit:
    """The weights that a path shows: squared log returns in sessions against those from a close to the next open.

    The first and last price of each session stand for its open and close; prices that are not positive and those outside
    sessions are left out. SPX minutes of Jan–Mar 2024: 56 % in session. Raises MissingDataError below two nights.
    """
    schedule = sessions(calendar)
    place = np.searchsorted(schedule.open, time, side="right") - 1
    inside = (price > 0.0) & (place >= 0) & (time <= schedule.close[np.maximum(place, 0)])
    time, price, place = time[inside], price[inside], place[inside]
    order = np.argsort(time, kind="stable")
    price, place = price[order], place[order]
    days, first = np.unique(place, return_index=True)
    last = np.append(first[1:], len(price)) - 1
    in_session = np.array([np.sum(np.diff(np.log(price[a : b + 1])) ** 2) for a, b in zip(first, last, strict=True)])
    gap = np.log(price[first[1:]] / price[last[:-1]]) ** 2
    consecutive = np.diff(days) == 1
    idle = np.diff(schedule.date[days]) > 1
    nights, weekends = gap[consecutive & ~idle], gap[consecutive & idle]
    if len(nights) < 2:
        raise MissingDataError(f"fit_session_share: expected at least two ordinary nights, found {len(nights)}")
    day, night = float(in_session.mean()), float(nights.mean())
    share = day / (day + night)
    day_error = float(in_session.std(ddof=1)) / np.sqrt(len(in_session))
    night_error = float(nights.std(ddof=1)) / np.sqrt(len(nights))
    error = float(np.hypot(night * day_error, day * night_error)) / (day + night) ** 2
    return SessionShareFit(
        session_share=share,
        standard_error=error,
        weekend_per_night=float(weekends.mean()) / night if len(weekends) else float("nan"),
        night_count=len(nights),
        weekend_count=len(weekends),
    )
