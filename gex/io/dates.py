"""Dates as people's browsers write them."""

import datetime as dt
import re
from collections.abc import Iterator
from itertools import product
from zoneinfo import ZoneInfo

from gex.io.cldr_words import DayPeriod, cldr_words

_TIME = re.compile(r"(?<!\d)(\d{1,2})(?:[:.]| ?h ?)(\d{2})(?:[:.](\d{2}))?(?!\d)")
_ZONE = re.compile(r"(?:UTC|GMT)\s*([+\u2212\u2013-]\s*\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_NAMED_ZONES = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "UTC": 0, "GMT": 0,
    "HNE": -5, "HAE": -4, "HNC": -6, "HAC": -5, "HNR": -7, "HAR": -6, "HNP": -8, "HAP": -7,  # of French Canada
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "HST": -10, "AKST": -9, "AKDT": -8, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
}  # fmt: skip
_LOWER_ZONES = frozenset(name.casefold() for name in _NAMED_ZONES)
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,2})(?!\d)")
_BETWEEN_WORDS = re.compile(r"[\s\d,.;:()/\"«»\u060c\u200e\u200f-]+")  # marks of Indic scripts are no letters to \w
_LONGEST_SHORT = 3  # full names up to here must stand alone
_MONTH_NUMBER = re.compile(r"\bM(1[0-2]|0?[1-9])\b")
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
_ENGLISH_BESIDE_MONTHS = frozenset(
    [
        *("at", "on", "the", "of", "th", "st", "nd", "rd", "am", "pm", "et"),
        *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ]
)
_AFTERNOON = re.compile(r"\s*p\.?\s?m\b", re.IGNORECASE)
_MORNING = re.compile(r"\s*a\.?\s?m\b", re.IGNORECASE)
_ONE_LETTER_PREPOSITIONS = "בܒ"  # Hebrew and Syriac write "in" as one letter before the month


def parse_local_instant(text: str) -> tuple[dt.datetime, ...]:
    """The instants, UTC, that a browser's date line may mean: "9 декабря 2023 г. в 13:49 GMT-5" is 18:49 that day.

    Months are read in every language of the CLDR. More than one answer comes from a word that is a month in two
    languages ("listopada": October in Croatian, November in Polish); none from a line that holds no date or no time. A line
    without a zone is taken as New York's.
    """
    time, rest = _clock(text)
    if time is None:
        return ()
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


def _clock(text: str) -> tuple[tuple[int, int, int] | None, str]:
    """Hour, minute and second of the line (None where it names no time), and the line without them."""
    match = _TIME.search(text)
    if match is None:
        return None, text
    before, after = text[: match.start()], text[match.end() :]
    hour, half = int(match[1]), _half_of_day(before, after)
    if hour <= 12 and half is not None:
        hour = half.hour_of(hour)
    return (hour, int(match[2]), int(match[3] or 0)), f"{before} {after}"


def _half_of_day(before: str, after: str) -> DayPeriod | None:
    """What stands beside a time on a twelve-hour clock: "PM", "下午"; None on a clock of 24 hours."""
    if _AFTERNOON.match(after):
        return DayPeriod.AFTERNOON
    if _MORNING.match(after):
        return DayPeriod.MORNING
    words = [word for word in _BETWEEN_WORDS.split(f"{before} {after}".casefold()) if word]
    if _is_english([word for word in words if word not in _LOWER_ZONES]):
        return None
    near_before, near_after = before[-25:].casefold().rstrip(), after[:25].casefold().lstrip()
    periods = cldr_words().day_periods
    beside = [name for name in periods if _begins_with(near_after, name) or _begins_with(near_before[::-1], name[::-1])]
    return periods[max(beside, key=len)] if beside else None


def _begins_with(text: str, word: str) -> bool:
    """True where the text begins with the whole word."""
    return text.startswith(word) and not text[len(word) : len(word) + 1].isalnum()


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
    numbers = [int(number) for number in _INTEGER.findall(_MONTH_NUMBER.sub(" ", text))]
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
    """Every month the line may name: English words, else the longest full name of any language in it, else a short one."""
    numbered = _MONTH_NUMBER.search(text)  # what the CLDR prints for a language whose months it does not know
    if numbered is not None:
        return {int(numbered[1])}
    folded = text.casefold()
    words = [word for word in _BETWEEN_WORDS.split(folded) if word]
    if _is_english(words):
        return {_ENGLISH[word] for word in words if word in _ENGLISH}
    names = cldr_words()
    # A longer name wins: the true one is never shorter than a name of another language inside it. Names may carry
    # prefixes and endings ("בדצמבר", "abenduaren") and be made of several words.
    inside = [name for name in names.full_months if len(name) > _LONGEST_SHORT and name in folded]
    if inside:
        longest = max(map(len, inside))
        return set().union(*(names.full_months[name] for name in inside if len(name) == longest))
    for table in (names.full_months, names.short_months):
        for candidates in (words, [word[1:] for word in words if word[0] in _ONE_LETTER_PREPOSITIONS]):
            named = set().union(*(table[word] for word in candidates if word in table))
            if named:
                return named
    return set()


def _is_english(words: list[str]) -> bool:
    return all(word in _ENGLISH or word in _ENGLISH_BESIDE_MONTHS for word in words)
