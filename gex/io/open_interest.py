"""End-of-day open interest by expiry and strike over several days (the OCC's figures), and its changes."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gex.columns import Columns, Floats, column
from gex.errors import SourceError
from gex.io.json_text import json_object, object_at


@dataclass(frozen=True, eq=False, kw_only=True)
class OpenInterestHistory(Columns):
    """One row per day, expiry date, strike and right; rows are ordered by these."""

    underlying: str
    close: tuple[tuple[dt.date, float], ...]  # of the underlying, by day

    day: npt.NDArray[np.datetime64] = column(np.datetime64)  # midnight UTC of the day the figures are of
    expiry: npt.NDArray[np.datetime64] = column(np.datetime64)  # midnight UTC of the expiry date
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)  # +1 call, −1 put
    open_interest: Floats = column(np.float64)  # contracts; NaN where the source has none

    @property
    def days(self) -> npt.NDArray[np.datetime64]:
        """The days of the history, in order."""
        return np.unique(self.day)


@dataclass(frozen=True, eq=False, kw_only=True)
class OpenInterestChanges(Columns):
    """What opened (+) and closed (−) from one day to the next, one row per contract of either."""

    before: np.datetime64
    after: np.datetime64

    expiry: npt.NDArray[np.datetime64] = column(np.datetime64)
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)
    change: Floats = column(np.float64)  # contracts; a contract of one day only counts as 0 on the other


def parse_history(payload: bytes | str) -> OpenInterestHistory:
    """The history in a JSON answer {ticker, closes, days: {"10-8": {expiry: {strike: {call_oi, put_oi}}}}}.

    Days are written day-month without a year: it is the one that brings the day nearest to its first expiry.
    """
    answer = json_object(payload)
    ticker = answer.get("ticker")
    if not isinstance(ticker, str):
        raise SourceError("ticker: expected the name of the underlying, found none")
    rows: list[tuple[np.datetime64, np.datetime64, float, int, float]] = []
    names: dict[str, dt.date] = {}
    for name in object_at(answer, "days"):
        expiries = object_at(object_at(answer, "days"), name)
        by_date = {_expiry(text, name): object_at(expiries, text) for text in expiries}
        if not by_date:
            continue
        names[name] = _day(name, min(by_date))
        for expiry, strikes in sorted(by_date.items()):
            for text in strikes:
                strike, sides = _strike(text, name), object_at(strikes, text)
                for right, key in ((1, "call_oi"), (-1, "put_oi")):
                    count = _count(sides.get(key), f"{name}, {expiry}, {text}, {key}")
                    rows.append((np.datetime64(names[name]), np.datetime64(expiry), strike, right, count))
    if not rows:
        raise SourceError("days: expected open interest of at least one day, found none")
    rows.sort(key=lambda row: (row[0], row[1], row[2], -row[3]))
    day, expiry_column, strike_column, right_column, interest = zip(*rows, strict=True)
    closes = answer.get("closes")
    return OpenInterestHistory(
        underlying=ticker,
        close=tuple(
            sorted(
                (names[name], float(value))
                for name, value in (closes if isinstance(closes, dict) else {}).items()
                if name in names and isinstance(value, (int, float)) and value > 0
            )
        ),
        day=np.array(day, "datetime64[ns]"),
        expiry=np.array(expiry_column, "datetime64[ns]"),
        strike=np.array(strike_column),
        right=np.array(right_column, np.int8),
        open_interest=np.array(interest),
    )


def open_interest_changes(
    history: OpenInterestHistory, before: np.datetime64, after: np.datetime64
) -> OpenInterestChanges:
    """The change of every contract from the close of `before` to that of `after`; expired contracts are left out."""
    change: dict[tuple[Any, float, int], float] = {}
    for day, sign in ((before, -1.0), (after, 1.0)):
        part = history.where(history.day == np.datetime64(day))
        if not len(part):
            raise SourceError(
                f"day: expected one of {', '.join(str(d)[:10] for d in history.days)}, got {str(day)[:10]}"
            )
        contracts = zip(
            part.expiry, part.strike.tolist(), part.right.tolist(), part.open_interest.tolist(), strict=True
        )
        for expiry, strike, right, count in contracts:
            if expiry >= np.datetime64(after):
                key = (expiry, strike, right)
                change[key] = change.get(key, 0.0) + sign * count
    keys = sorted(change, key=lambda key: (key[0], key[1], -key[2]))
    return OpenInterestChanges(
        before=np.datetime64(before),
        after=np.datetime64(after),
        expiry=np.array([key[0] for key in keys], "datetime64[ns]"),
        strike=np.array([key[1] for key in keys], np.float64),
        right=np.array([key[2] for key in keys], np.int8),
        change=np.array([change[key] for key in keys], np.float64),
    )


def _expiry(text: str, place: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise SourceError(f"{place}: expected an expiry date, got {text!r}") from error


def _strike(text: str, place: str) -> float:
    try:
        strike = float(text)
    except ValueError:
        strike = np.nan
    if not 0.0 < strike < np.inf:
        raise SourceError(f"{place}: expected a strike, got {text!r}")
    return strike


def _count(value: object, place: str) -> float:
    if value is None:
        return np.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
        raise SourceError(f"{place}: expected a number of contracts, got {value!r}")
    return float(value)


def _day(name: str, first_expiry: dt.date) -> dt.date:
    """The date of "10-8" (day-month) nearest to `first_expiry`."""
    day, _, month = name.partition("-")
    candidates = []
    for year in (first_expiry.year - 1, first_expiry.year, first_expiry.year + 1):
        try:
            candidates.append(dt.date(year, int(month), int(day)))
        except ValueError:
            continue
    if not candidates:
        raise SourceError(f"days: expected day-month, got {name!r}")
    return min(candidates, key=lambda date: abs(date - first_expiry))
