import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from babel import localedata
from babel.dates import format_date, format_time

from gex.io.dates import parse_local_instant
from gex.io.numbers import parse_number

NEW_YORK = ZoneInfo("America/New_York")
# Toki Pona and Kaingang number their months in ways of their own, Sorani puts an ending on a three-letter August.
WITHOUT_MONTHS = {"tok", "kgp", "ckb"}
# Bodo, Ewe and Dzongkha put another word between the half of the day and the hour.
WITHOUT_HALF_DAYS = WITHOUT_MONTHS | {"brx", "ee", "dz"}
LANGUAGES = [*sorted(name for name in localedata.locale_identifiers() if "_" not in name), "zh_Hant_TW", "es_MX"]


@pytest.mark.slow
def test_every_language_of_the_cldr_names_its_months():
    wrong = {}
    for language in LANGUAGES:
        for month in range(1, 13):
            date = dt.date(2023, month, 9)
            text = f"{format_date(date, 'long', locale=language)} 13:49 UTC\u22125"
            if dt.datetime(2023, month, 9, 18, 49, tzinfo=dt.UTC) not in parse_local_instant(text):
                wrong.setdefault(language, text)
    assert set(wrong) <= WITHOUT_MONTHS, wrong


@pytest.mark.slow
def test_every_language_of_the_cldr_names_its_halves_of_the_day():
    wrong = {}
    for language in LANGUAGES:
        for hour in range(24):
            time = dt.datetime(2023, 12, 9, hour, 49, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
            text = f"{format_date(time.date(), 'long', locale=language)} "
            text += f"{format_time(time.time(), 'short', locale=language)} GMT-5"
            if time.astimezone(dt.UTC) not in parse_local_instant(text):
                wrong.setdefault(language, text)
    assert set(wrong) <= WITHOUT_HALF_DAYS, wrong


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("February 5 2022, 8:09 PM EST", "2022-02-06T01:09"),
        ("August 20, 2023 at 10:35 PM EDT", "2023-08-21T02:35"),
        ("17 April 2023, 22:50 UTC\u22124", "2023-04-18T02:50"),
        ("24 September 2023,1:46 PM EDT", "2023-09-24T17:46"),
        ("9 декабря 2023 г. в 13:49 GMT-5", "2023-12-09T18:49"),
        ("December 9 2023 12:05 AM EST", "2023-12-09T05:05"),
        ("December 9 2023 12:05 PM EST", "2023-12-09T17:05"),
        ("14 September 2023 16:31", "2023-09-14T20:31"),  # without a zone: New York
        ("14. September 2023 um 16:31 XYZ", "2023-09-14T20:31"),  # so is a zone that is not known
        ("14. September 2023 um 16:31 MESZ", "2023-09-14T14:31"),
        ("11 June 2024 at 15:00 BST", "2024-06-11T14:00"),
        ("14 septembre 2023 à 16 h 31 HAE", "2023-09-14T20:31"),  # French Canada's EDT
        ("9/14/2023, 4:31 PM", "2023-09-14T20:31"),
        ("14/9/2023 16:31", "2023-09-14T20:31"),  # no 14th month
        ("2023-09-14 16:31:05 UTC", "2023-09-14T16:31:05"),
        ("14 กันยายน 2566 16:31 GMT-4", "2023-09-14T20:31"),  # the Buddhist year
        ("14 septembre 2023 à 16 h 31 UTC\u22124", "2023-09-14T20:31"),
        ("14 tháng 9, 2023 16:31 GMT-4", "2023-09-14T20:31"),
        ("December 9, 2023 at 1:49 PM GMT+5:30", "2023-12-09T08:19"),
    ],
)
def test_a_date_line_is_an_instant(text, expected):
    assert parse_local_instant(text) == (dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC),)


def test_a_month_of_two_languages_has_two_answers():
    answers = parse_local_instant("14 listopada 2023 16:31 GMT-5")
    assert {answer.month for answer in answers} == {10, 11}


@pytest.mark.parametrize(
    "text",
    ["", "nothing", "13:49", "9 December 2023", "December 2023 13:49", "40 December 2023 13:49", "9 December 1402 13:49",
     "9 December 2023 25:49", "9 December 2023 2024 13:49", "9 Nonsense 2023 13:49"],
)  # fmt: skip
def test_a_line_that_is_no_date_and_time_has_no_answer(text):
    assert parse_local_instant(text) == ()


def test_winter_and_summer_are_those_of_new_york():
    assert parse_local_instant("March 10 2023 4:00 PM")[0].astimezone(NEW_YORK).utcoffset() == dt.timedelta(hours=-5)
    assert parse_local_instant("March 13 2023 4:00 PM")[0].astimezone(NEW_YORK).utcoffset() == dt.timedelta(hours=-4)


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("1,250.5", ".", 1250.5),
        ("1.250,5", ",", 1250.5),
        ("1 250,5", ",", 1250.5),
        ("1\u202f250,5", ",", 1250.5),
        ("1'250.5", ".", 1250.5),
        ("82,3", ",", 82.3),
        ("82,3", ".", None),  # not 823
        ("1,2,3", ".", None),
        ("12,34,567", ".", None),
        ("59,916,675", ".", 59_916_675.0),
        ("\u22120.5", ".", -0.5),
        ("+1e-4", ".", 1e-4),
        (".5", ".", 0.5),
        ("1..2", ".", None),
        ("1.2.3", ".", None),
        ("abc", ".", None),
        ("", ".", None),
        ("0x10", ".", None),
        ("1_000", ".", None),
        ("\u0661", ".", None),  # a digit, but not one that a file of numbers has
    ],
)
def test_a_number_is_read_with_its_marks_or_not_at_all(text, decimal, expected):
    assert parse_number(text, decimal=decimal) == expected
