"""Names of months and halves of the day in every language of the Unicode CLDR (through Babel)."""

import enum
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from babel import Locale, localedata


class DayPeriod(enum.Enum):
    """Which twelve hours a time on a twelve-hour clock belongs to."""

    MORNING = "am"
    AFTERNOON = "pm"
    NIGHT = "night"  # from evening to morning: eleven is 23, three is 3

    def hour_of(self, hour: int) -> int:
        """The hour on a clock of 24: 12 in the morning is 0, 4 in the afternoon 16."""
        if self is DayPeriod.NIGHT:
            return hour % 12 + 12 if 6 <= hour < 12 else hour % 12
        return hour % 12 + (12 if self is DayPeriod.AFTERNOON else 0)


_PERIODS = {
    "am": DayPeriod.MORNING,
    "morning1": DayPeriod.MORNING,
    "morning2": DayPeriod.MORNING,
    "midnight": DayPeriod.MORNING,
    "pm": DayPeriod.AFTERNOON,
    "noon": DayPeriod.AFTERNOON,
    "afternoon1": DayPeriod.AFTERNOON,
    "afternoon2": DayPeriod.AFTERNOON,
    "evening1": DayPeriod.AFTERNOON,
    "evening2": DayPeriod.AFTERNOON,
    "night1": DayPeriod.NIGHT,
    "night2": DayPeriod.NIGHT,
}


@dataclass(frozen=True)
class CldrWords:
    """Meanings by name, in small letters. A name of months in several languages has several numbers."""

    full_months: dict[str, frozenset[int]]
    short_months: dict[str, frozenset[int]]
    day_periods: dict[str, DayPeriod]


@lru_cache(maxsize=1)
def cldr_words() -> CldrWords:
    """The names in all languages; takes about a second, once, so it is asked only for what is not English."""
    months: dict[str, dict[str, set[int]]] = {"wide": {}, "abbreviated": {}}
    periods: dict[str, set[DayPeriod]] = {}
    for identifier in localedata.locale_identifiers():
        if "_" in identifier:  # a territory or script: the names are those of the language
            continue
        locale = Locale.parse(identifier)
        for context, width in product(("format", "stand-alone"), ("wide", "abbreviated")):
            for number, name in locale.months[context][width].items():
                plain = name.casefold().strip(". ")
                if plain and not any(character.isdigit() for character in plain):
                    months[width].setdefault(plain, set()).add(number)
        for widths in locale.day_periods.values():
            for names in widths.values():
                for key, name in names.items():
                    # One letter ("a", "d.") is too little to tell anything by, but for scripts that write words in one.
                    letters = sum(character.isalpha() for character in name)
                    if key in _PERIODS and (letters > 1 or not name.isascii()):
                        periods.setdefault(name.casefold().strip(), set()).add(_PERIODS[key])
    full, short = ({name: frozenset(numbers) for name, numbers in months[width].items()} for width in months)
    # A word for both halves of the day in two languages says nothing.
    return CldrWords(full, short, {name: found.pop() for name, found in periods.items() if len(found) == 1 and name})
