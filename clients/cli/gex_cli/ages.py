"""How old what an answer rests on is, in words."""

from gexapi.v1 import common_pb2

from gex_cli.amounts import MISSING

AGES = {
    "quotes_age_seconds": "quotes",
    "spot_age_seconds": "spot",
    "open_interest_age_seconds": "open interest",
    "trades_age_seconds": "trades",
    "book_age_seconds": "book",
    "oldest_instrument_seconds": "instruments",
}
"""Fields of `Staleness` that say the age of an input, and what to call it."""


def age_text(seconds: float | None) -> str:
    """An age in the unit that fits.

    >>> age_text(0.25), age_text(75.0), age_text(7200.0), age_text(400_000.0), age_text(None)
    ('0.2 s', '75 s', '120 min', '4.6 d', '–')
    """
    if seconds is None or seconds != seconds:
        return MISSING
    for limit, size, unit in ((10.0, 1.0, "s"), (120.0, 1.0, "s"), (10_800.0, 60.0, "min"), (172_800.0, 3_600.0, "h")):
        if abs(seconds) < limit:
            return f"{seconds / size:.{1 if limit == 10.0 else 0}f} {unit}"
    days = seconds / 86_400.0
    return f"{days:,.1f} d" if days < 10.0 else f"{days:,.0f} d"


def ages_text(staleness: common_pb2.Staleness) -> str:
    """All ages that are known; "" where none is.

    >>> ages_text(common_pb2.Staleness(quotes_age_seconds=75.0, spot_age_seconds=0.25))
    'quotes 75 s, spot 0.2 s'
    """
    known = (
        f"{words} {age_text(getattr(staleness, name))}" for name, words in AGES.items() if staleness.HasField(name)
    )
    return ", ".join(known)
