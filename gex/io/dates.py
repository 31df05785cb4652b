"""Dates as people's browsers write them."""

import datetime as dt
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from zoneinfo import ZoneInfo

from babel import Locale, localedata

_TIME = re.compile(r"(?<!\d)(\d{1,2})(?:[:.]| ?h ?)(\d{2})(?:[:.](\d{2}))?(?!\d)")
_ZONE = re.compile(r"(?:UTC|GMT)\s*([+\u2212\u2013-]\s*\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_NAMED_ZONES = {
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "UTC": 0,
    "GMT": 0,
}
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,2})(?!\d)")
_WORD = re.compile(r"[^\W\d_]+(?:[\u2019'][^\W\d_]+)*")
_INTEGER = re.compile(r"\d+")
_ENGLISH = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), start=1,
    )
    for name in names.split()
}  # fmt: skip
_BUDDHIST_YEARS = 543  # Thai browsers count from there: 2566 is 2023
_PM_WORDS = ("pm", "p.m.", "p. m.", "下午", "오후", "μ.μ.", "م", "मपू", "अपराह्न", "ch", "em", "ip", "nachm.", "pasdite")


def parse_local_instant(text: str) -> tuple[dt.datetime, ...]:
    """The instants, UTC, that a browser's date line may mean: "9 декабря 2023 г. в 13:49 GMT-5" is 18:49 that day.

    Months are read in every language of the CLDR. More than one answer comes from a word that is a month in two
    languages ("listopada": October in Croatian, November in Polish); none from a line that holds no date. A line
    without a zone is taken as New York's.
    """
    time, rest = _clock(text)
    zone, rest = _zone(rest)
    answers = []
    for year, month, day in _dates(rest):
        try:
            naive = dt.datetime(year, month, day, *time)
        except ValueError:
            continue
        answers.append(_to_utc(naive, zone))
    return tuple(dict.fromkeys(answers))


def _to_utc(naive: dt.datetime, zone: dt.timedelta | None) -> dt.datetime:
    aware = naive.replace(tzinfo=ZoneInfo("America/New_York") if zone is None else dt.timezone(zone))
    return aware.astimezone(dt.UTC)


def _clock(text: str) -> tuple[tuple[int, int, int], str]:
    """Hour, minute and second of the line, and the line without them; midnight where it names no time."""
    match = _TIME.search(text)
    if match is None:
        return (0, 0, 0), text
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    around = text[match.end() : match.end() + 8].strip().casefold(), text[: match.start()].strip().casefold()
    if hour < 12 and (around[0].startswith(_PM_WORDS) or around[1].endswith(("下午", "오후", "午後"))):
        hour += 12
    elif hour == 12 and around[0].startswith(("am", "a.m.", "a. m.")):
        hour = 0
    return (hour, minute, second), text[: match.start()] + " " + text[match.end() :]


def _zone(text: str) -> tuple[dt.timedelta | None, str]:
    """The offset of the line from UTC, and the line without it."""
    match = _ZONE.search(text)
    if match is not None:
        digits = match[1].replace("\u2212", "-").replace("\u2013", "-").replace(" ", "")
        minutes = int(match[2] or 0) * (-1 if digits.startswith("-") else 1)
        offset = dt.timedelta(hours=int(digits), minutes=minutes)
        rest = text[: match.start()] + " " + text[match.end() :]
        return (offset if abs(offset) < dt.timedelta(hours=24) else None), rest
    for word in re.findall(r"[A-Za-z]+", text):
        if word in _NAMED_ZONES:
            return dt.timedelta(hours=_NAMED_ZONES[word]), text.replace(word, " ")
    return None, text


def _dates(text: str) -> Iterator[tuple[int, int, int]]:
    """Every (year, month, day) the line may mean."""
    iso = _ISO_DATE.search(text)
    if iso is not None:
        year = _plausible_year(int(iso[1]))
        if year is not None:
            yield year, int(iso[2]), int(iso[3])
        return
    numbers = [int(number) for number in _INTEGER.findall(text)]
    years = [year for number in numbers if (year := _plausible_year(number)) is not None]
    days = [number for number in numbers if 1 <= number <= 31]
    if len(years) != 1:
        return
    numbered = re.search(r"th\u00e1ng\s+(\d{1,2})", text)  # Vietnamese numbers its months
    if numbered is not None and len(days) == 2:
        days.remove(int(numbered[1]))
        yield years[0], int(numbered[1]), days[0]
        return
    months = _months(text)
    if months and len(days) == 1:
        for month, day in product(sorted(months), days):
            yield years[0], month, day
    elif not months and len(days) == 2 and "/" in text:  # 9/14/2023: American unless that is no date
        first, second = days
        if first <= 12:
            yield years[0], first, second
        else:
            yield years[0], second, first


def _plausible_year(number: int) -> int | None:
    if 1990 <= number <= 2099:
        return number
    if 1990 <= number - _BUDDHIST_YEARS <= 2099:
        return number - _BUDDHIST_YEARS
    return None


def _months(text: str) -> set[int]:
    words = [word.casefold() for word in _WORD.findall(text)]
    english = {_ENGLISH[word] for word in words if word in _ENGLISH}
    if english:
        return english
    named: set[int] = set()
    for word in words:
        if len(word) > 2:  # "г", "de", "a" are not months
            named |= _month_words().get(word, frozenset())
    return named


@lru_cache(maxsize=1)
def _month_words() -> dict[str, frozenset[int]]:
    """Month number by name in every language of the CLDR; read once, and only when a line is not English."""
    words: dict[str, set[int]] = {}
    for identifier in localedata.locale_identifiers():
        if "_" in identifier:  # a territory or script: the months are those of the language
            continue
        months = Locale.parse(identifier).months
        for context, width in product(("format", "stand-alone"), ("wide", "abbreviated")):
            for number, name in months[context][width].items():
                for word in _WORD.findall(name):
                    if len(word) > 2 or name == word:
                        words.setdefault(word.casefold(), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in words.items()}
