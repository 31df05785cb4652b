"""The lines above a Cboe quote table: title, last price, date, and the names of the columns.

Since 2020 a title line has "Last:" and a date line "Date:"; until then they were "SPX (S&P 500 INDEX),2684.79,+2.17,"
and "Dec 28 2017 @ 11:12 ET,", and until 2018 the table had neither dates nor strikes beside its names.
"""

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np

from gex.errors import SourceError
from gex.io.dates import parse_local_instant
from gex.io.numbers import parse_number

_MOST_LINES = 20
_MOST_BYTES = 20_000
_LAST = re.compile(r"\bLast:?\s*([^\s;A-Za-z\"]+)", re.IGNORECASE)
_OLD_TITLE = re.compile(
    r"\"?([^,()\"]+ \(.*\))\"?,([0-9][0-9.]*),[+-]?[0-9.]+,*\s*\Z"
)  # SPX (S&P 500 INDEX),2684.79,+2.17,
_OLD_DATE = re.compile(r"([A-Z][a-z]{2} \d{1,2} \d{4} @ \d{1,2}:\d{2} ET)\b")  # Dec 28 2017 @ 11:12 ET,Bid,…
_DATE = re.compile(r"\bDate:\s*(.*?)(?=\"|[,;\t]\s*Bid:|$)", re.IGNORECASE)


@dataclass(frozen=True)
class CboeHeader:
    """What stands above the table, and where the table begins."""

    title: str
    spot: float | None
    downloaded_at: tuple[np.datetime64, ...]  # the instants the date line may mean; empty where there is none
    date_line: int  # 1-based, 0 where there is none
    delimiter: str
    names: tuple[str, ...]  # of the columns, lower case
    line_count: int  # lines above the first row of the table
    body_start: int  # bytes above it


def parse_header(payload: bytes) -> CboeHeader:
    """The header of a UTF-8 payload. Raises SourceError where no line names the columns."""
    position = 0
    title, spot, date_line = "", None, 0
    downloaded_at: tuple[np.datetime64, ...] = ()
    lines_read = 0
    while lines_read < _MOST_LINES and position < min(len(payload), _MOST_BYTES):
        end = payload.find(b"\n", position)
        end = len(payload) if end < 0 else end
        line = payload[position:end].decode("utf-8", "replace").strip("\r\n \0")
        lines_read += 1
        position = end + 1
        lowered = line.casefold()
        if "calls" in lowered and "puts" in lowered and ("strike" in lowered or lowered.count("open int") == 2):
            delimiter = max(",;\t|", key=line.count)
            names = tuple(name.strip(' "').casefold() for name in line.split(delimiter))
            return CboeHeader(
                title, spot, downloaded_at, date_line, delimiter, names, lines_read, min(position, len(payload))
            )
        if (last := _LAST.search(line)) is not None and spot is None:
            spot = _spot(last[1].rstrip(","))
            title = re.split(r"[,;]\s*\"?Last", line)[0].strip(' ",;')
        if (date := _DATE.search(line)) is not None and not date_line:
            date_line = lines_read
            downloaded_at = tuple(_instant(value) for value in parse_local_instant(date[1]))
        if spot is None and (old := _OLD_TITLE.match(line)) is not None:
            title, spot = old[1], _spot(old[2])
        if not date_line and (old := _OLD_DATE.match(line)) is not None:
            date_line = lines_read
            downloaded_at = tuple(_instant(value) for value in parse_local_instant(old[1].replace("@", "at")))
    raise SourceError(
        f"line {max(lines_read, 1)}: expected the column names of a Cboe quote table (Calls, …, Strike, Puts, …) "
        f"within the first {_MOST_LINES} lines, found none"
    )


def _spot(text: str) -> float | None:
    """The last price, with the decimal mark that makes a number of it; None where it is none or not positive."""
    decimals = (".", ",") if text.rfind(".") >= text.rfind(",") else (",", ".")
    for decimal in decimals:
        value = parse_number(text, decimal=decimal)
        if value is not None:
            return value if value > 0.0 else None
    return None


def _instant(value: dt.datetime) -> np.datetime64:
    return np.datetime64(value.replace(tzinfo=None), "ns")
