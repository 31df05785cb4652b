import csv
import datetime as dt
import gzip
import io
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.calendar import instant, sessions, time_to_expiry
from gex.errors import InputError, MissingDataError
from gex.variance_time import VarianceClock, VarianceEvent, fit_session_share

CLOCK = VarianceClock(session_share=0.7, idle_day_weight=0.2)


def weekdays(start, end, clock=CLOCK):
    return clock.years(instant(start), instant(end)) * clock.weekdays_per_year


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-01-10T21:00", "2024-01-11T21:00", 1.0),  # close to close
        ("2024-01-11T14:30", "2024-01-11T21:00", 0.7),  # a session
        ("2024-01-11T14:30", "2024-01-11T17:45", 0.35),  # half of it
        ("2024-01-10T21:00", "2024-01-11T14:30", 0.3),  # a night
        ("2024-01-12T21:00", "2024-01-16T14:30", 0.3 + 3 * 0.2),  # a weekend and Martin Luther King Day
        ("2024-01-13T05:00", "2024-01-14T05:00", 0.2),  # Saturday, New York
        ("2024-11-29T14:30", "2024-11-29T18:00", 0.7),  # a half day is a session
        ("2024-03-08T21:00", "2024-03-11T20:00", 1.0 + 2 * 0.2 * 23.5 / 24),  # Sunday the 10th has 23 hours
    ],
)
def test_sessions_nights_and_idle_days_have_their_weights(start, end, expected):
    assert weekdays(start, end) == pytest.approx(expected, rel=1e-9)


def test_a_year_of_variance_time_passes_in_a_year():
    span = instant("2050-01-03T14:30") - instant("2000-01-03T14:30")
    years = CLOCK.years(instant("2000-01-03T14:30"), instant("2050-01-03T14:30"))
    assert years == pytest.approx(span / np.timedelta64(365, "D"), rel=1e-3)  # sessions per year vary with the years
    assert pytest.approx(251.295 + 0.2 * 113.705, abs=2e-3) == CLOCK.weekdays_per_year


def test_a_market_that_never_closes_runs_on_wall_time():
    ends = np.array(["2024-01-13", "2024-03-31T08:00", "NaT"], "datetime64[ns]")
    years = VarianceClock(calendar=None).years(instant("2024-01-10"), ends)
    np.testing.assert_allclose(years, time_to_expiry(instant("2024-01-10"), ends), rtol=1e-9)


def test_an_event_adds_its_variance_once_to_every_span_that_holds_it():
    fomc = VarianceEvent(name="FOMC", at=instant("2024-01-31T19:00"), variance=0.0001)
    with_event = VarianceClock(events=(fomc,), reference_vol=0.2)
    before, at, after = (instant(f"2024-01-31T{clock}") for clock in ("18:59", "19:00", "20:00"))
    plain = VarianceClock(reference_vol=0.2)
    jump = 0.0001 / 0.04  # years
    for start, end, expected in ((before, at, jump), (before, after, jump), (at, after, 0.0), (after, before, 0.0)):
        assert with_event.years(start, end) - plain.years(start, end) == pytest.approx(expected, abs=1e-15)


instants = st.datetimes(dt.datetime(2000, 1, 3), dt.datetime(2040, 1, 1)).map(instant)
clocks = st.builds(VarianceClock, session_share=st.floats(0.05, 0.95), idle_day_weight=st.floats(0.0, 1.0))


@given(clocks, instants, instants, instants)
def test_variance_time_is_additive_never_negative_and_never_runs_backwards(clock, first, second, third):
    a, b, c = sorted((first, second, third))
    assert clock.years(a, b) >= 0.0
    assert clock.years(a, b) + clock.years(b, c) == pytest.approx(clock.years(a, c), abs=1e-11)
    assert clock.years(b, a) == 0.0


@pytest.mark.real_data
def test_the_minutes_of_a_quarter_put_56_percent_of_the_variance_into_the_session(real_data):
    path = real_data / "spx_minute_2024q1" / "spx_minute_level_data_jan_mar_2024.csv.gz"
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
    zone = ZoneInfo("America/New_York")
    midnight = {
        day: instant(dt.datetime.strptime(day, "%Y%m%d").replace(tzinfo=zone)) for day in {row["date"] for row in rows}
    }
    time = np.array([midnight[row["date"]] + np.timedelta64(int(row["ms_of_day"]), "ms") for row in rows])
    fit = fit_session_share(time, np.array([float(row["price"]) for row in rows]))
    assert fit.session_share == pytest.approx(0.56, abs=0.005)
    assert fit.standard_error == pytest.approx(0.07, abs=0.005)  # 61 days say no more than that
    assert fit.weekend_per_night == pytest.approx(0.5, abs=0.05)  # about half a weeknight, 12 weekends
    assert (fit.night_count, fit.weekend_count) == (48, 12)


def test_the_fit_finds_the_weights_a_path_was_made_with():
    random = np.random.default_rng(7)
    schedule = sessions("XNYS")
    chosen = np.flatnonzero((schedule.open >= instant("2018-01-01")) & (schedule.open < instant("2024-01-01")))
    time, step = [], []
    for index in chosen.tolist():
        time.append(np.linspace(schedule.open[index].astype(np.int64), schedule.close[index].astype(np.int64), 40))
        step.append(np.concatenate([random.normal(0.0, np.sqrt(0.3), 1), random.normal(0.0, np.sqrt(0.7 / 39), 39)]))
    path = np.exp(0.01 * np.cumsum(np.concatenate(step)))
    fit = fit_session_share(np.concatenate(time).astype(np.int64).astype("datetime64[ns]"), path)
    assert fit.standard_error < 0.015
    assert abs(fit.session_share - 0.7) < 3 * fit.standard_error
    # 330 weekends: the ratio of two mean squares has a relative error of √(2/330 + 2/1180) = 0.09.
    assert fit.weekend_per_night == pytest.approx(1.0, abs=0.27)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"session_share": 1.0}, "session_share"),
        ({"idle_day_weight": -0.1}, "idle_day_weight"),
        ({"reference_vol": 0.0}, "reference_vol"),
        ({"calendar": "XTKS"}, "calendar"),
        ({"events": (VarianceEvent(name="x", at=instant("2024-01-01"), variance=-1.0),)}, "events"),
    ],
)
def test_a_clock_that_cannot_run_is_refused(settings, message):
    with pytest.raises(InputError, match=message):
        VarianceClock(**settings)


def test_an_instant_outside_the_calendar_is_refused():
    with pytest.raises(InputError, match="1990-01-02"):
        CLOCK.years(instant("2024-01-01"), instant("2070-01-01"))


def test_too_short_a_path_is_missing_data():
    with pytest.raises(MissingDataError, match="two ordinary nights"):
        fit_session_share(np.array(["2024-01-10T15:00"], "datetime64[ns]"), np.array([1.0]))
