"""Numbers as people read them: with a sign, a magnitude and a unit."""

import math

import numpy as np

MISSING = "–"
_SCALES = ((1e12, " tn"), (1e9, " bn"), (1e6, " m"), (1e3, " k"), (1.0, ""))


def money(value: float | None, currency: str = "", digits: int = 3) -> str:
    """A signed amount in the magnitude that fits it.

    >>> money(-19156143761.9, "USD")
    '-19.156 bn USD'
    >>> money(950.0)
    '+950'
    """
    if value is None or math.isnan(value):
        return MISSING
    scale, word = next(((s, w) for s, w in _SCALES if abs(value) >= s), (1.0, ""))
    number = f"{value / scale:+,.{digits}f}" if word else f"{value:+,.{0 if abs(value) >= 100 else 2}f}"
    return f"{number}{word}{' ' + currency if currency else ''}"


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign.

    >>> signed(-1543.306), signed(float("nan"))
    ('-1,543.31', '–')
    """
    return MISSING if math.isnan(value) else f"{value:+,.{digits}f}"


def scaled(value: float, scale: float, digits: int) -> str:
    """A signed number in units of `scale`, nothing where it rounds to zero.

    >>> scaled(-1.25e9, 1e6, 0)
    '-1,250'
    """
    if math.isnan(value):
        return MISSING
    text = f"{value / scale:,.{digits}f}"
    return "" if not text.strip("-0.,") else text


def scale_of(largest: float) -> tuple[float, str, int]:
    """Scale, its word and the digits with which numbers up to `largest` fit in six places.

    >>> scale_of(3.2e9)
    (1000000.0, 'm', 0)
    """
    for scale, word in ((1e9, "bn"), (1e6, "m"), (1e3, "k"), (1.0, "")):
        if largest >= 10.0 * scale:
            return scale, word, 0 if largest >= 100.0 * scale else 1
    return 1.0, "", 2


def price(value: float | None) -> str:
    """A price: two digits, more below one.

    >>> price(4500.5298), price(0.0425)
    ('4,500.53', '0.0425')
    """
    if value is None or math.isnan(value):
        return MISSING
    return f"{value:,.2f}" if abs(value) >= 1.0 else f"{value:.4f}"


def strike(value: float | None) -> str:
    """A strike without needless digits.

    >>> strike(4500.0), strike(12.5)
    ('4,500', '12.5')
    """
    return MISSING if value is None or math.isnan(value) else f"{value:,.10g}"


def count(value: float | None) -> str:
    """A whole number with its thousands."""
    return MISSING if value is None or math.isnan(value) else f"{value:,.0f}"


def share(value: float | None, digits: int = 1) -> str:
    """A share in per cent.

    >>> share(0.1322)
    '13.2 %'
    """
    return MISSING if value is None or math.isnan(value) else f"{100.0 * value:.{digits}f} %"


def duration(years: float) -> str:
    """Time to an expiry in the unit that fits.

    >>> duration(0.00136986), duration(0.5)
    ('12.0 h', '182.5 d')
    """
    days = 365.0 * years
    return f"{24.0 * days:.1f} h" if days < 2.0 else f"{days:.1f} d"


def instant(seconds: int, nanos: int = 0) -> str:
    """An instant to the second, UTC.

    >>> instant(1644009300)
    '2022-02-04 21:15:00 UTC'
    """
    text = np.datetime_as_string(np.datetime64(seconds * 1_000_000_000 + nanos, "ns"), unit="s")
    return f"{str(text).replace('T', ' ')} UTC"
