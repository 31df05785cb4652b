"""The formats of QuantConnect's Lean: daily option universes, and zips of minute quotes and open interest.

Facts (Lean's data folder, read 2026-11): minute bars are stamped with their start, in milliseconds since midnight of New
York for options on US shares and of UTC for CME futures and their options; prices of options on shares, and all strikes
in file names, are in ten-thousandths.
"""

import datetime as dt
import re
from bisect import bisect_right
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from gex.calendar import instant, quote_instant, settlement_instant
from gex.columns import Columns, Floats, Instants, column
from gex.contracts import ContractSpec, Right
from gex.errors import SourceError, SymbolError
from gex.io import named_columns
from gex.io.chain import Listing, SourceRows, chain_from_rows
from gex.io.csv_text import csv_records
from gex.io.numbers import parse_number
from gex.io.text import utf8_payload
from gex.io.zip_entries import zip_names, zip_texts
from gex.quotes import Cleaned, RejectReason
from gex.roots import FUTURE_ROOTS, listed_spec, us_spec

_UNIVERSE_HEAD = b"#expiry,strike,right,"
_SYMBOL_HEAD = b"#symbol_id,symbol_value,"  # since 2024: symbols of the OCC instead of terms
_OPTION_FILE = re.compile(
    r"(\d{8})_([a-z0-9.]+)_minute_(quote|openinterest|trade)_(american|european)_(call|put)_(\d+)_(\d{8})\.csv\Z"
)
_FUTURE_FILE = re.compile(r"(\d{8})_([a-z0-9.]+)_minute_quote_(\d{6})\.csv\Z")
_SCALE = 10_000.0
_MINUTE_MS = 60_000
_NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, eq=False, kw_only=True)
class QuoteBars(Columns):
    """Best bid and ask at the end of each minute, one row a minute and contract."""

    contracts: tuple[str, ...]  # of futures: the delivery month, "202003"

    contract: npt.NDArray[np.int32] = column(np.int32)  # index into `contracts`
    time: Instants = column(np.datetime64)  # the end of the minute, UTC
    bid: Floats = column(np.float64)
    ask: Floats = column(np.float64)
    bid_size: Floats = column(np.float64)  # contracts
    ask_size: Floats = column(np.float64)


@dataclass(frozen=True)
class _OptionFile:
    name: str
    date: dt.date
    listing: Listing
    right: Right
    strike: float


def is_universe(payload: bytes) -> bool:
    """True for a Lean option universe."""
    return payload.startswith((_UNIVERSE_HEAD, _SYMBOL_HEAD))


def parse_universe(
    payload: bytes | str, as_of: np.datetime64 | None = None, *, underlying: str | None = None
) -> Cleaned:
    """The chain of a daily option universe, and what was refused; row i is line i below the names.

    Such a file names neither its date nor its underlying (both are in its path), so `as_of` and `underlying` must be
    given. `last` is the closing price printed, for most options that of a quote; there are no bids and asks. The first
    line, without an expiry, is the underlying: its close is the spot. Universes since 2024 have symbols in place of terms.
    """
    data = utf8_payload(payload)
    if as_of is None or underlying is None:
        raise SourceError("a Lean universe names neither date nor underlying: say both (as_of, underlying)")
    if not is_universe(data):
        raise SourceError("line 1: expected the names of a Lean universe (#expiry,strike,right,…)")
    head, _, body = data.partition(b"\n")
    first, _, options = body.partition(b"\n")
    spot = None
    columns = {"last": "close"}
    if data.startswith(_SYMBOL_HEAD):
        columns["symbol"] = "symbol_value"
    if first.startswith(b",,,") or (data.startswith(_SYMBOL_HEAD) and b"|" not in first.partition(b",")[0]):
        close = csv_records(head + b"\n" + first + b"\n").records[0].get("close", "")
        spot = parse_number(close)
    else:
        options = body
    return named_columns.parse_chain(
        head.lstrip(b"#") + b"\n" + options,
        as_of,
        underlying=underlying if data.startswith(_SYMBOL_HEAD) else None,
        root=underlying,
        spot=spot,
        columns=columns,
        source="lean_universe",
    )


def parse_chain(
    payload: bytes,
    as_of: np.datetime64 | None = None,
    *,
    underlying: str | None = None,
    open_interest: bytes | None = None,
) -> Cleaned:
    """The chain in a zip of minute quotes, one file a contract, as it stood at `as_of`; row i is file i by name.

    Each contract shows its last bar that ended by `as_of`, with its end as `quoted_at`. None: the last bar in the zip, but
    for options on shares not past the end of quoting.
    `open_interest` is the zip of the same day's open interest.
    """
    files, unreadable = _option_files(payload, "quote")
    if not files:
        raise SourceError(f"expected files of minute quotes, a contract each, in the zip, found {unreadable} others")
    texts = zip_texts(payload, [file.name for file in files])
    moments = [_bar_times(file, text) for file, text in zip(files, texts, strict=True)]
    if as_of is None:
        ends = [times[-1] for times in moments if times]
        if not ends:
            raise SourceError("the files of the zip hold no quote: say for which instant (as_of)")
        as_of = _end_of_quoting(files[0].listing[0], max(ends))
    interest = _open_interest(open_interest)
    listings: dict[Listing, int] = {}
    count = len(files) + unreadable
    codes = np.full(count, -1, np.int32)
    values = np.full((5, count), np.nan)  # strike, bid, ask, open interest; last is unknown
    right = np.zeros(count, np.int8)
    status = np.full(count, RejectReason.MALFORMED, np.int16)
    quoted_at = np.full(count, "NaT", "datetime64[ns]")
    for row, (file, text, times) in enumerate(zip(files, texts, moments, strict=True)):
        codes[row] = listings.setdefault(file.listing, len(listings))
        right[row], status[row] = file.right, 0
        values[0, row] = file.strike
        values[3, row] = interest.get((file.listing, file.right, file.strike), np.nan)
        place = bisect_right(times, as_of) - 1
        if place < 0:
            continue
        fields = text.splitlines()[place].split(",")
        quoted_at[row] = times[place]
        scale = 1.0 if file.listing[0].root in FUTURE_ROOTS else _SCALE
        if len(fields) != 11:
            status[row] = RejectReason.BAD_PRICE
            continue
        for side, field in ((1, fields[4]), (2, fields[9])):
            price = parse_number(field) if field else np.nan
            if price is None:
                status[row] = RejectReason.BAD_PRICE
            else:
                values[side, row] = price / scale
    rows = SourceRows(
        listings=tuple(listings),
        row=np.arange(count),
        listing=codes,
        strike=values[0],
        right=right,
        status=status,
        bid=values[1],
        ask=values[2],
        open_interest=values[3],
        quoted_at=quoted_at,
    )
    name = files[0].listing[0].underlying if underlying is None else underlying
    return chain_from_rows(rows, underlying=name, as_of=as_of, spot=None, source="lean_zip")


def parse_future_quotes(payload: bytes) -> QuoteBars:
    """The minute quotes of every delivery month in a zip of one future."""
    found = [(name, match) for name in zip_names(payload) if (match := _FUTURE_FILE.match(name)) is not None]
    if not found:
        raise SourceError("expected files of a future's minute quotes in the zip, found none")
    columns: dict[str, list[npt.NDArray[np.generic]]] = {name: [] for name in QuoteBars.column_names()}
    for code, ((name, match), text) in enumerate(
        zip(found, zip_texts(payload, [name for name, _ in found]), strict=True)
    ):
        lines = [line.split(",") for line in text.splitlines() if line]
        if any(len(line) != 11 for line in lines):
            bad = next(place for place, line in enumerate(lines, 1) if len(line) != 11)
            raise SourceError(f"{name}, line {bad}: expected 11 fields, got {len(lines[bad - 1])}")
        try:
            table = np.array([[float(field or "nan") for field in line] for line in lines]).reshape(-1, 11)
        except ValueError as error:
            raise SourceError(f"{name}: expected numbers, got {error}") from error
        midnight = instant(_day(match[1], name))
        start = table[:, 0]
        if not ((start >= 0) & (start < 86_400_000)).all():
            raise SourceError(f"{name}: expected milliseconds of a day in the first column")
        columns["contract"].append(np.full(len(lines), code, np.int32))
        columns["time"].append(midnight + (start.astype(np.int64) + _MINUTE_MS).astype("timedelta64[ms]"))
        for field, place in (("bid", 4), ("bid_size", 5), ("ask", 9), ("ask_size", 10)):
            columns[field].append(table[:, place])
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return QuoteBars(contracts=tuple(match[3] for _, match in found), **joined)


def close_of(date: dt.date, root: str) -> np.datetime64:
    """The close of the session of `date`: the instant a file of that day holds for."""
    return settlement_instant(listed_spec(root if root not in FUTURE_ROOTS else "SPXW"), date)


def _end_of_quoting(contract: ContractSpec, moment: np.datetime64) -> np.datetime64:
    if contract.root in FUTURE_ROOTS:
        return moment
    return quote_instant(contract, moment, delay=np.timedelta64(0, "s"))


def _option_files(payload: bytes, kind: str) -> tuple[list[_OptionFile], int]:
    """The files of one contract each, and the number of others."""
    files = []
    others = 0
    for name in zip_names(payload):
        match = _OPTION_FILE.match(name)
        if match is None or match[3] != kind:
            others += 1
            continue
        try:
            listing = (us_spec(match[2].upper()), _day(match[7], name))
            date = _day(match[1], name)
        except (SymbolError, SourceError):
            others += 1
            continue
        right = Right.CALL if match[5] == "call" else Right.PUT
        files.append(_OptionFile(name, date, listing, right, int(match[6]) / _SCALE))
    return files, others


def _bar_times(file: _OptionFile, text: str) -> list[np.datetime64]:
    """The ends of the bars of one file, in order."""
    midnight = dt.datetime.combine(file.date, dt.time())
    zone = dt.UTC if file.listing[0].root in FUTURE_ROOTS else _NEW_YORK
    start = instant(midnight.replace(tzinfo=zone))
    times: list[np.datetime64] = []
    for number, line in enumerate(text.splitlines(), 1):
        milliseconds = line.partition(",")[0]
        if not (milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) <= 8):
            raise SourceError(
                f"{file.name}, line {number}: expected milliseconds of the day, got {milliseconds[:20]!r}"
            )
        times.append(start + np.timedelta64(int(milliseconds) + _MINUTE_MS, "ms"))
    return times


def _open_interest(payload: bytes | None) -> dict[tuple[Listing, Right, float], float]:
    """Open interest by contract: the last line of each file."""
    if payload is None:
        return {}
    files, _ = _option_files(payload, "openinterest")
    interest = {}
    for file, text in zip(files, zip_texts(payload, [file.name for file in files]), strict=True):
        lines = text.split()
        number = parse_number(lines[-1].partition(",")[2]) if lines else None
        interest[file.listing, file.right, file.strike] = np.nan if number is None else number
    return interest


def _day(text: str, name: str) -> dt.date:
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError as error:
        raise SourceError(f"{name}: expected a date, got {text}") from error
