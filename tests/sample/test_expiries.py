"""The series a sample lists."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pytest

from gex.errors import InputError
from gex.sample.expiries import Series, listings, open_interest_date
from gex.sample.market import CRYPTO, INDEX


def listed(as_of="2024-06-12T14:30", option_count=50_000, market=INDEX):
    return listings(market, np.datetime64(as_of, "ns"), option_count=option_count)


def dates(series, **arguments):
    return [one.expiry.date for one in listed(**arguments) if one.series is series]


def test_third_fridays_settle_in_the_morning_and_at_the_close_as_two_expiries():
    on_third_friday = [one.expiry for one in listed() if one.expiry.date == dt.date(2024, 6, 21)]
    assert [(expiry.root, str(expiry.settles_at)[:16]) for expiry in on_third_friday] == [
        ("SPX", "2024-06-21T13:30"),  # 09:30 in New York
        ("SPXW", "2024-06-21T20:00"),  # 16:00
    ]


def test_morning_expiries_of_a_year_are_its_third_fridays_or_the_session_before_a_holiday():
    assert dates(Series.MONTHLY) == [
        dt.date(2024, *day) for day in ((6, 21), (7, 19), (8, 16), (9, 20), (10, 18), (11, 15), (12, 20))
    ] + [dt.date(2025, *day) for day in ((1, 17), (2, 21), (3, 21), (4, 17), (5, 16))]  # 18 April 2025: Good Friday
    assert dates(Series.LONG)[1:3] == [dt.date(2025, 12, 19), dt.date(2026, 6, 18)]  # 19 June 2026: Juneteenth


def test_there_is_a_close_expiry_on_every_session_of_five_weeks_and_on_no_holiday():
    close = {one.expiry.date for one in listed() if one.expiry.root == "SPXW"}
    weekdays = [dt.date(2024, 6, 12) + dt.timedelta(days) for days in range(35)]
    wanted = {day for day in weekdays if day.weekday() < 5} - {dt.date(2024, 6, 19), dt.date(2024, 7, 4)}
    assert wanted <= close
    assert not close & {dt.date(2024, 6, 19), dt.date(2024, 7, 4), dt.date(2024, 11, 28)}


def test_the_half_day_settles_at_its_early_close():
    half_day = next(one.expiry for one in listed() if one.expiry.date == dt.date(2024, 7, 3))
    assert str(half_day.settles_at)[:16] == "2024-07-03T17:00"  # 13:00 in New York


def test_exactly_one_expiry_has_settled_and_stands_first():
    for as_of, last in (
        ("2024-06-12T14:30", "2024-06-11"),
        ("2024-06-12T20:10", "2024-06-12"),
        ("2024-06-17T14:30", "2024-06-14"),
    ):
        series = listed(as_of)
        assert [one.series is Series.EXPIRED for one in series] == [True] + [False] * (len(series) - 1)
        assert series[0].expiry.date == dt.date.fromisoformat(last)
        assert series[0].time_to_expiry == 0.0
        assert all(one.time_to_expiry > 0.0 for one in series[1:])


def test_on_a_third_friday_the_morning_expiry_is_gone_after_the_opening():
    before, after = listed("2024-06-21T13:20"), listed("2024-06-21T14:30")
    today = dt.date(2024, 6, 21)
    assert [one.expiry.root for one in before if one.expiry.date == today] == ["SPX", "SPXW"]
    assert [one.expiry.root for one in after if one.expiry.date == today] == ["SPXW"]


def test_expiries_stand_in_order_of_settlement_and_none_twice():
    settles_at = np.array([one.expiry.settles_at for one in listed()])
    assert np.all(np.diff(settles_at) > np.timedelta64(0))


def test_a_small_chain_has_the_expiries_that_matter_most():
    assert [(one.series, one.expiry.date.day) for one in listed(option_count=60)] == [
        (Series.EXPIRED, 11),
        (Series.DAILY, 12),
        (Series.MONTHLY, 21),
        (Series.MONTHLY_CLOSE, 21),
    ]


def test_a_bigger_chain_has_every_expiry_of_a_smaller_one():
    sizes = [{one.expiry for one in listed(option_count=count)} for count in (60, 400, 2_000, 10_000, 50_000)]
    assert all(small < big for small, big in pairwise(sizes))


def test_coin_options_settle_at_0800_utc_on_days_fridays_and_last_fridays_of_months():
    series = listed(market=CRYPTO)
    assert {str(one.expiry.settles_at)[11:19] for one in series} == {"08:00:00"}
    assert dates(Series.MONTHLY, market=CRYPTO) == [
        dt.date(2024, 6, 28), dt.date(2024, 7, 26), dt.date(2024, 8, 30), dt.date(2024, 9, 27), dt.date(2024, 12, 27),
        dt.date(2025, 3, 28),
    ]  # fmt: skip
    assert series[0].expiry.date == dt.date(2024, 6, 12)


def test_open_interest_is_of_the_close_before_the_day():
    friday = np.datetime64("2024-06-14", "D")
    assert open_interest_date(INDEX, np.datetime64("2024-06-17T14:30", "ns")) == friday
    assert open_interest_date(INDEX, np.datetime64("2024-06-17T21:30", "ns")) == friday
    assert open_interest_date(CRYPTO, np.datetime64("2024-06-17T14:30", "ns")) is None


def test_an_instant_without_sessions_around_it_is_refused():
    for as_of in ("1989-01-01", "2058-01-01"):
        with pytest.raises(InputError, match="as_of"):
            listed(as_of)
