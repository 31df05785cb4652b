"""Minutes of an index level as a market for options of one known volatility: AM, PM and averaged settlement."""

import enum
import math
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from scipy.special import ndtr

from gex.backtest.held_options import HeldOptions
from gex.backtest.recording import HedgeTerms, Recording
from gex.calendar import YEAR
from gex.columns import Columns, Floats, Instants, Ints, column
from gex.errors import InputError, SourceError
from gex.io.csv_text import csv_records
from gex.io.detect import read_bytes
from gex.io.numbers import parse_number

_NEW_YORK = ZoneInfo("America/New_York")


class Settlement(enum.Enum):
    """The price of the last day that an option settles on."""

    AM = "am"  # its first
    PM = "pm"  # its last
    AVERAGE = "average"  # the mean of its last half hour


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexMinutes(Columns):
    """One level a minute, in order of time; minutes that printed no level are left out."""

    time: Instants = column(np.datetime64)  # UTC
    day: Ints = column(np.int64)  # yyyymmdd
    level: Floats = column(np.float64)


def read_index_minutes(path: str | Path) -> IndexMinutes:
    """A CSV with ms_of_day (New York), price and date (yyyymmdd). Zero prices are dropped: 09:30 has no level yet."""
    table = csv_records(read_bytes(Path(path)))
    wanted = ("ms_of_day", "price", "date")
    if any(name not in table.names for name in wanted):
        raise SourceError(f"line 1: expected {', '.join(wanted)}, got {', '.join(table.names)[:200]}")
    found: list[tuple[int, int, float]] = []
    for number, record in enumerate(table.records, 2):
        day, moment, price = (parse_number(record[name]) for name in ("date", "ms_of_day", "price"))
        if day is None or moment is None or price is None or not 19_000_101 <= day < 99_991_231:
            raise SourceError(f"line {number}: expected a date, a time and a price")
        if price > 0.0:
            found.append((int(day), int(moment), price))
    found.sort()
    midnights = {day: _midnight(day) for day in {row[0] for row in found}}
    return IndexMinutes(
        time=np.array([midnights[day] + np.timedelta64(moment, "ms") for day, moment, _ in found], "datetime64[ns]"),
        day=np.array([row[0] for row in found]),
        level=np.array([row[2] for row in found]),
    )


def _midnight(day: int) -> np.datetime64:
    import datetime as dt

    try:
        date = dt.datetime(day // 10_000, day // 100 % 100, day % 100, tzinfo=_NEW_YORK)
    except ValueError as error:
        raise SourceError(f"date: expected yyyymmdd, got {day}") from error
    return np.datetime64(date.astimezone(dt.UTC).replace(tzinfo=None), "ns")


def call_on_minutes(
    minutes: IndexMinutes,
    *,
    start_day: int,
    day_count: int,
    vol: float,
    units: float,
    terms: HedgeTerms,
    half_spread_bps: float,
    every: int = 15,
    settlement: Settlement = Settlement.PM,
    minute: int = 0,
) -> Recording:
    """Calls struck at the level of the `minute`-th minute of day number `start_day`, settled `day_count` days later.

    Valued and hedged at one volatility, which the caller must have known then; rates and dividends are 0. Every `every`-th
    minute is an instant, and the last one of each day. Days are trading days of the file.
    """
    days = np.unique(minutes.day)
    last_day = start_day + day_count
    if not 0 <= start_day < last_day < len(days):
        raise InputError(f"days: expected {start_day} to {last_day} within the {len(days)} of the file")
    rows = np.flatnonzero((minutes.day >= days[start_day]) & (minutes.day <= days[last_day]))
    final = rows[minutes.day[rows] == days[last_day]]
    if settlement is Settlement.AM:
        rows = rows[rows <= final[0]]
        settled = float(minutes.level[final[0]])
    elif settlement is Settlement.PM:
        settled = float(minutes.level[final[-1]])
    else:
        window = final[minutes.time[final] > minutes.time[final[-1]] - np.timedelta64(30, "m")]
        settled = float(minutes.level[window].mean())
    place = np.arange(len(rows)) - np.searchsorted(minutes.day[rows], minutes.day[rows])
    ends_day = np.append(minutes.day[rows][1:] != minutes.day[rows][:-1], True)
    kept = rows[((place % every == minute) | ends_day) & (np.arange(len(rows)) >= minute)]
    time, level = minutes.time[kept], minutes.level[kept]
    strike = float(level[0])
    left = np.maximum((time[-1] - time) / YEAR, 0.0)
    stdev = vol * np.sqrt(left)
    with np.errstate(divide="ignore", invalid="ignore"):
        d1 = np.log(level / strike) / stdev + 0.5 * stdev
    value = level * ndtr(d1) - strike * ndtr(d1 - stdev)
    delta, gamma = ndtr(d1), np.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi) / (level * np.maximum(stdev, 1e-12))
    value[-1], delta[-1], gamma[-1] = max(settled - strike, 0.0), 0.0, 0.0
    half = half_spread_bps * 1e-4
    alive = np.arange(len(kept)) < len(kept) - 1
    ones = np.ones((len(kept), 1))
    options = HeldOptions(
        units=np.array([units]),
        sign=np.ones(1),
        strike=np.array([strike]),
        forward=level[:, None],
        vol=vol * ones,
        years=left[:, None],
        discount=ones,
        delta_factor=ones,
        is_alive=alive[:, None],
    )
    return Recording(
        name=f"{days[start_day]} {day_count} d {settlement.value}",
        underlying="SPX",
        terms=terms,
        time=time,
        block=minutes.day[kept],
        spot=level,
        bid=level * (1.0 - half),
        ask=level * (1.0 + half),
        book_profit=units * np.diff(value, prepend=value[0]),
        book_value=units * value,
        delta=units * delta,
        gamma=units * gamma,
        vol=np.full(len(kept), vol),
        time_to_expiry=np.where(left > 0.0, left, math.inf),
        options=options,
    )
