"""When options settle, for which instant a delayed file holds, and the time between.

Sessions, half days, holidays and daylight saving come from `exchange_calendars`, between two fixed dates, so that an
answer never depends on the day it is asked. All instants are datetime64[ns] UTC.
"""

import datetime as dt
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, overload

import numpy as np

from gex.columns import Floats, Instants
from gex.contracts import ContractSpec, Settlement
from gex.errors import InputError

FIRST_DATE = dt.date(1990, 1, 2)
LAST_DATE = dt.date(2059, 12, 31)
YEAR = np.timedelta64(365 * 86_400, "s")
CBOE_DELAY = np.timedelta64(15, "m")  # Cboe's free quotes are a quarter of an hour old
AVERAGING_WINDOW = np.timedelta64(30, "m")  # Deribit settles on the index averaged over the last half hour
_EPOCH = dt.date(1970, 1, 1).toordinal()
_YEAR_NS = 365 * 86_400 * 10**9


def instant(value: str | dt.date | np.datetime64) -> np.datetime64:
    """`value` as datetime64[ns] UTC; text and naive datetimes are taken as UTC, zone-aware datetimes are converted."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise InputError(f"instant: expected ISO 8601, got {value!r}") from error
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return np.datetime64(0, "ns") + (np.datetime64(value) - np.datetime64(0, "ns"))


@dataclass(frozen=True)
class Sessions:
    """The sessions of an exchange, in order: their dates (days since 1970), opens and closes."""

    date: np.ndarray[Any, np.dtype[np.int64]]
    open: Instants
    close: Instants


@lru_cache(maxsize=16)
def sessions(calendar: str) -> Sessions:
    """All sessions of `calendar` ("XNYS") from FIRST_DATE to LAST_DATE."""
    # With it comes pandas: a second of a new process, which volatilities and Greeks of given times do not need.
    import exchange_calendars

    with warnings.catch_warnings():
        # exchange_calendars 4.13 asks pandas 3.1 for its deprecated `.values` of zoned columns; ours to read, not to mend.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"pandas|exchange_calendars")
        schedule = exchange_calendars.get_calendar(calendar, start=FIRST_DATE.isoformat(), end=LAST_DATE.isoformat())
    dates = schedule.sessions.to_numpy().astype("datetime64[D]").astype(np.int64)
    opens = schedule.opens.dt.tz_convert(None).to_numpy().astype("datetime64[ns]")
    closes = schedule.closes.dt.tz_convert(None).to_numpy().astype("datetime64[ns]")
    for array in (dates, opens, closes):
        array.flags.writeable = False
    return Sessions(dates, opens, closes)


@lru_cache(maxsize=65_536)
def settlement_instant(contract: ContractSpec, date: dt.date) -> np.datetime64:
    """The instant at which options of `contract` that expire on `date` settle.

    AM at the open of the session (09:30 New York), PM at its close (16:00, or 13:00 on a half day); where `date` is no
    session, that of the session before. Deribit at 08:00 UTC. SPX of 2022-02-18: 14:30 UTC; SPXW: 21:00 UTC.
    """
    if contract.settlement is Settlement.UTC_0800 or contract.calendar is None:
        return instant(date) + np.timedelta64(8, "h")
    if not FIRST_DATE <= date <= LAST_DATE:
        raise InputError(f"date: expected one from {FIRST_DATE} to {LAST_DATE}, got {date}")
    schedule = sessions(contract.calendar)
    index = int(np.searchsorted(schedule.date, date.toordinal() - _EPOCH, side="right")) - 1
    instants = schedule.open if contract.settlement is Settlement.AM else schedule.close
    settles_at: np.datetime64 = instants[index]
    return settles_at


def quote_instant(
    contract: ContractSpec, downloaded_at: np.datetime64, *, delay: np.timedelta64 = CBOE_DELAY
) -> np.datetime64:
    """The instant for which a file of delayed quotes holds, given when it was downloaded; never the download itself.

    In a session: the download less the delay. After its end, at night, on a weekend or holiday and until the delay has
    passed after the open: the end of quoting of the last session, which is `quoted_after_close_minutes` past its close.
    A venue that never closes sends quotes as they are: the download time.

    SPX downloaded on Saturday 2022-02-05 at 20:09 New York holds for Friday 16:15 New York, 2022-02-04T21:15Z.
    """
    if contract.calendar is None:
        return instant(downloaded_at)
    schedule = sessions(contract.calendar)
    seen = instant(downloaded_at) - delay
    index = int(np.searchsorted(schedule.open, seen, side="right")) - 1
    if index < 0 or seen > schedule.close[-1]:
        raise InputError(f"downloaded_at: expected one from {FIRST_DATE} to {LAST_DATE}, got {downloaded_at}")
    end_of_quoting: np.datetime64 = schedule.close[index] + np.timedelta64(contract.quoted_after_close_minutes, "m")
    return min(seen, end_of_quoting)


@overload
def time_to_expiry(as_of: np.datetime64, settles_at: np.datetime64) -> float: ...
@overload
def time_to_expiry(as_of: np.datetime64, settles_at: Instants) -> Floats: ...
def time_to_expiry(as_of: np.datetime64, settles_at: np.datetime64 | Instants) -> float | Floats:
    """Years of 365 × 86,400 s from `as_of` to `settles_at`, 0 where that is past; a scalar gives a scalar.

    From Friday 16:15 to Monday 16:00 New York: 71.75 h / 8760 h = 0.0081906…; NaT gives NaN.
    """
    left = np.asarray(settles_at, dtype="datetime64[ns]") - instant(as_of)
    years = np.where(np.isnat(left), np.nan, np.maximum(left.astype(np.int64), 0) / _YEAR_NS)
    return years if years.ndim else float(years)


def averaged_time(time: Floats, *, window: np.timedelta64 = AVERAGING_WINDOW) -> Floats:
    """Years of variance left to an option that settles on the average of the last `window` before its settlement.

    T − 2Δ/3 before the averaging begins, T/3 within it (where the strike must be adjusted for the average so far). One
    hour before a half-hour average: 60 − 20 = 40 minutes.
    """
    width = window / YEAR
    averaged: Floats = np.where(time >= width, time - 2.0 * width / 3.0, time / 3.0)
    return averaged
