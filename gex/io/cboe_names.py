"""The names that options had in Cboe's tables until 2018, as OCC symbols.

"18 Dec 2450.00 (SPX1821L2450)": year, month and strike for people, then the root, two digits each of year and day, a
letter for month and right (A to L the calls of January to December, M to X the puts), the strike, and behind a dash
the exchange whose quote it is; without one the quote is the best of all.
"""

import re
from typing import Any

import pyarrow as pa

_NAME = re.compile(
    rb"(\d{2}) [A-Za-z]{3} [\d.,]+ \(([A-Z]{1,5}[1-9]?)(\d{2})(\d{2})([A-X])(\d{1,6}(?:\.\d{1,3})?)(?:-[A-Z0-9]+)?\)\Z"
)
_SAMPLE = 20


def are_long_names(names: Any) -> bool:
    """True where a column of a table (an Arrow array of bytes) holds such names instead of symbols."""
    return any(name is not None and _NAME.match(name.strip()) for name in names.slice(0, _SAMPLE).to_pylist())


def occ_names(names: Any) -> Any:
    """The column with every such name as an OCC symbol; what is none stays as it is, for the reader to refuse.

    Of the quotes of several exchanges the table lists the best of all first; the others then repeat its contract.
    """
    return pa.array([None if name is None else occ_name(name) for name in names.to_pylist()], pa.binary())


def occ_name(name: bytes) -> bytes:
    """One name: b"18 Dec 2450.00 (SPX1821L2450-E)" is b"SPX181221C02450000"."""
    match = _NAME.match(name.strip())
    if match is None or match[1] != match[3]:
        return name
    month, is_put = (match[5][0] - ord("A")) % 12 + 1, match[5] >= b"M"
    thousandths = round(float(match[6]) * 1000.0)
    right = b"P" if is_put else b"C"
    return b"%s%s%02d%s%s%08d" % (match[2], match[3], month, match[4], right, thousandths)
