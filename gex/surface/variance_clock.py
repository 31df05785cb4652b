"""The clock in which variance runs: fast in session, slow at night, nearly still at weekends, with jumps at events."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from gex.calendar import YEAR, instant, sessions
from gex.columns import Floats, Instants

IN_SESSION = 0.56  # of a weekday's variance: S&P 500 minutes of the first quarter of 2024, 61 days
FREE_DAY = 0.2  # variance of a weekend day or holiday, as a share of a weekday's; 0.1 to 0.3 in the same data


@dataclass(frozen=True, eq=False, kw_only=True)
class VarianceClock:
    """Variance time, one a year on average: only interpolation between expiries and decay between fits use it.

    `calendar` names the exchange's sessions; None is a market that never closes, where the clock is the calendar's.
    An event adds `event_weight` (its variance over the yearly variance of a quiet market: an expected move of 1.2 % at
    16 % volatility is 0.012²/0.16² = 0.0056 years) at its instant.
    """

    calendar: str | None = "XNYS"
    in_session: float = IN_SESSION
    free_day: float = FREE_DAY
    event_at: tuple[np.datetime64, ...] = ()
    event_weight: tuple[float, ...] = ()

    def elapsed(self, start: np.datetime64, stop: Instants) -> Floats:
        """Variance time from `start` to each of `stop`, years; not less than 0."""
        ends = np.asarray(stop, "datetime64[ns]")
        begin = instant(start)
        if self.calendar is None:
            passed = (ends - begin) / np.timedelta64(1, "ns") / (YEAR / np.timedelta64(1, "ns"))
        else:
            knot, value = _running(self.calendar, self.in_session, self.free_day)
            at = (ends - knot[0]) / np.timedelta64(1, "ns")
            base = (begin - knot[0]) / np.timedelta64(1, "ns")
            grid = (knot - knot[0]) / np.timedelta64(1, "ns")
            passed = np.interp(at, grid, value) - np.interp(base, grid, value)
        for event, weight in zip(self.event_at, self.event_weight, strict=True):
            passed = passed + np.where((ends >= event) & (event > begin), weight, 0.0)
        return np.maximum(np.asarray(passed, np.float64), 0.0)


@lru_cache(maxsize=8)
def _running(calendar: str, in_session: float, free_day: float) -> tuple[np.ndarray[Any, Any], Floats]:
    """Instants at which sessions open and close, and the variance time run up to each, one a year over all of them."""
    schedule = sessions(calendar)
    steps = np.empty(2 * len(schedule.date) - 1)
    steps[0::2] = in_session
    steps[1::2] = (1.0 - in_session) + free_day * (np.diff(schedule.date) - 1)
    knot = np.empty(2 * len(schedule.date), "datetime64[ns]")
    knot[0::2], knot[1::2] = schedule.open, schedule.close
    value = np.concatenate([[0.0], np.cumsum(steps)])
    years = (knot[-1] - knot[0]) / YEAR.astype("timedelta64[ns]")
    value *= years / value[-1]
    for array in (knot, value):
        array.flags.writeable = False
    return knot, value
