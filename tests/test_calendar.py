import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.calendar import averaged_time, instant, quote_instant, sessions, settlement_instant, time_to_expiry
from gex.errors import InputError
from gex.roots import contract_spec


@pytest.mark.parametrize(
    ("root", "date", "settles_at"),
    [
        ("SPX", (2022, 2, 18), "2022-02-18T14:30"),  # third Friday, open, winter
        ("SPXW", (2022, 2, 18), "2022-02-18T21:00"),  # same day, close: 6.5 h later
        ("SPX", (2023, 9, 15), "2023-09-15T13:30"),  # summer time
        ("SPXW", (2023, 9, 15), "2023-09-15T20:00"),
        ("SPXW", (2022, 11, 25), "2022-11-25T18:00"),  # the day after Thanksgiving closes at 13:00
        ("SPX", (2022, 11, 25), "2022-11-25T14:30"),  # … but opens as always
        ("SPX", (2022, 4, 14), "2022-04-14T13:30"),  # Good Friday moved the monthly expiry to Thursday
        ("SPX", (2022, 4, 15), "2022-04-14T13:30"),  # a symbol dated on the holiday means the session before
        ("GOOG", (2014, 12, 20), "2014-12-19T21:00"),  # until 2015 symbols carried the Saturday
        ("VIX", (2022, 2, 16), "2022-02-16T14:30"),
        ("AMD", (2024, 7, 3), "2024-07-03T17:00"),  # half day in summer
        ("SPXW", (2025, 1, 9), "2025-01-08T21:00"),  # national day of mourning: closed
        ("BTC", (2023, 3, 12), "2023-03-12T08:00"),  # a Sunday and a DST change: 08:00 UTC all the same
    ],
)
def test_options_settle_at_the_second_their_class_says(root, date, settles_at):
    assert settlement_instant(contract_spec(root), dt.date(*date)) == instant(settles_at)


@pytest.mark.parametrize(
    ("root", "downloaded_at", "as_of"),
    [
        ("SPX", "2022-02-05T20:09-05:00", "2022-02-04T16:15-05:00"),  # Saturday: Friday's last quotes
        ("SPX", "2022-02-07T09:44-05:00", "2022-02-04T16:15-05:00"),  # open, but the delay not yet over
        ("SPX", "2022-02-07T09:45-05:00", "2022-02-07T09:30-05:00"),
        ("SPX", "2023-09-14T12:00-04:00", "2023-09-14T11:45-04:00"),  # in session
        ("SPX", "2023-09-14T16:20-04:00", "2023-09-14T16:05-04:00"),  # after the close, still quoting
        ("SPX", "2023-09-14T16:31-04:00", "2023-09-14T16:15-04:00"),
        ("AMD", "2023-08-20T22:35-04:00", "2023-08-18T16:00-04:00"),  # equities stop at the close
        ("SPY", "2025-05-01T08:28-04:00", "2025-04-30T16:15-04:00"),  # before the open
        ("SPX", "2022-11-25T20:00-05:00", "2022-11-25T13:15-05:00"),  # half day
        ("AMD", "2022-11-25T20:00-05:00", "2022-11-25T13:00-05:00"),
        ("SPX", "2022-11-24T12:00-05:00", "2022-11-23T16:15-05:00"),  # Thanksgiving
        ("BTC", "2023-03-12T03:00+00:00", "2023-03-12T03:00+00:00"),  # never closed, never delayed
    ],
)
def test_a_delayed_file_holds_for_the_quotes_in_it_not_for_its_download(root, downloaded_at, as_of):
    assert quote_instant(contract_spec(root), instant(downloaded_at)) == instant(as_of)


def test_a_weekend_counts_its_hours():
    friday, monday = instant("2022-02-04T16:15-05:00"), settlement_instant(contract_spec("SPXW"), dt.date(2022, 2, 7))
    assert time_to_expiry(friday, monday) * 8760 == pytest.approx(71.75, rel=1e-14)


def test_the_weekend_of_the_spring_dst_change_is_an_hour_shorter():
    # Friday 2023-03-10 16:00 EST to Monday 2023-03-13 16:00 EDT: 72 h on the wall, 71 h passed.
    friday, monday = (settlement_instant(contract_spec("SPXW"), dt.date(2023, 3, day)) for day in (10, 13))
    assert time_to_expiry(friday, monday) * 8760 == pytest.approx(71.0, rel=1e-14)


def test_a_half_day_expires_three_hours_early():
    noon = instant("2022-11-25T12:00-05:00")
    assert time_to_expiry(noon, settlement_instant(contract_spec("SPXW"), dt.date(2022, 11, 25))) * 8760 == (
        pytest.approx(1.0, rel=1e-14)
    )


def test_am_and_pm_of_one_third_friday_are_six_and_a_half_hours_apart():
    am, pm = (settlement_instant(contract_spec(root), dt.date(2022, 2, 18)) for root in ("SPX", "SPXW"))
    assert pm - am == np.timedelta64(390, "m")


def test_time_to_expiry_is_never_negative_and_unknown_stays_unknown():
    settles_at = np.array(["2022-02-04", "2022-02-05T01", "NaT"], "datetime64[ns]")
    left = time_to_expiry(instant("2022-02-05"), settles_at)
    assert left[0] == 0.0
    assert left[1] == pytest.approx(1 / 8760, rel=1e-14)
    assert np.isnan(left[2])
    assert not isinstance(time_to_expiry(instant("2022-02-05"), settles_at[1]), np.ndarray)


@given(st.datetimes(dt.datetime(2000, 1, 3), dt.datetime(2040, 12, 1)), st.sampled_from(["SPX", "AMD", "SPY"]))
def test_the_quote_instant_lies_in_a_session_and_not_after_the_download(downloaded_at, root):
    spec, downloaded = contract_spec(root), instant(downloaded_at)
    as_of = quote_instant(spec, downloaded)
    schedule = sessions("XNYS")
    index = np.searchsorted(schedule.open, as_of, side="right") - 1
    assert as_of <= downloaded - np.timedelta64(15, "m")
    assert as_of <= schedule.close[index] + np.timedelta64(spec.quoted_after_close_minutes, "m")
    assert downloaded - as_of < np.timedelta64(8, "D")  # no longer holiday in this range


@given(st.dates(dt.date(1990, 1, 2), dt.date(2059, 12, 31)))
def test_pm_settles_on_the_date_or_the_session_before_it(date):
    settles_at = settlement_instant(contract_spec("SPXW"), date)
    assert np.timedelta64(-1, "D") < instant(date) + np.timedelta64(1, "D") - settles_at < np.timedelta64(8, "D")


@pytest.mark.parametrize("date", [dt.date(1989, 12, 29), dt.date(2060, 1, 2)])
def test_a_date_outside_the_calendar_is_refused_not_guessed(date):
    with pytest.raises(InputError, match="1990-01-02"):
        settlement_instant(contract_spec("SPX"), date)


def test_a_download_outside_the_calendar_is_refused():
    with pytest.raises(InputError, match="downloaded_at"):
        quote_instant(contract_spec("SPX"), instant("1980-01-01"))


def test_zones_are_converted_and_text_without_one_is_utc():
    assert instant("2022-02-05T20:09-05:00") == np.datetime64("2022-02-06T01:09", "ns")
    assert instant("2022-02-05T20:09") == np.datetime64("2022-02-05T20:09", "ns")
    assert instant(dt.datetime(2022, 2, 5, tzinfo=dt.UTC)) == instant(dt.date(2022, 2, 5))
    with pytest.raises(InputError, match="ISO 8601"):
        instant("yesterday")


def test_average_settlement_takes_two_thirds_of_its_window_off_the_clock():
    minute = 1.0 / 525_600.0
    left = averaged_time(np.array([60.0, 30.0, 29.999999, 3.0, 0.0]) * minute) / minute
    assert left == pytest.approx([40.0, 10.0, 10.0, 1.0, 0.0], abs=1e-6)
