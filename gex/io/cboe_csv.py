"""Cboe's delayed-quotes table as CSV: one line a strike, the call left of it and the put right.

Read by Arrow's CSV reader into typed columns; a column that holds anything but numbers is read again as text, number by
number. The expiry date and the strike come from the option symbols, the settlement from their roots; the date and
strike columns of the table only confirm them.
"""

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from gex.calendar import quote_instant
from gex.columns import Bools, Floats
from gex.errors import SourceError
from gex.io.cboe_header import CboeHeader, parse_header
from gex.io.cboe_names import are_long_names, occ_names
from gex.io.chain import SourceRows, chain_from_rows, joined_rows, main_underlying
from gex.io.numbers import parse_number
from gex.io.occ_columns import split_occ_bytes
from gex.io.shown_session import table_instant
from gex.io.text import utf8_payload
from gex.quotes import Cleaned, RejectReason

_NAMES = {
    "last": ("last sale", "last"),
    "bid": ("bid",),
    "ask": ("ask",),
    "volume": ("volume", "vol"),
    "source_vol": ("iv", "implied volatility"),
    "source_delta": ("delta",),
    "source_gamma": ("gamma",),
    "open_interest": ("open interest", "open int"),
}
_ROW_REASON = {
    "open_interest": RejectReason.BAD_OPEN_INTEREST,
    "bid": RejectReason.BAD_PRICE,
    "ask": RejectReason.BAD_PRICE,
}
_EMPTY = ["", "-", "--", "N/A", "n/a", "NaN", "nan"]
_DATE_FORMATS = ("%a %b %d %Y", "%Y-%m-%d", "%m/%d/%Y", "%b %d %Y")


def parse_chain(payload: bytes | str, as_of: np.datetime64 | None = None, *, underlying: str | None = None) -> Cleaned:
    """The chain of a Cboe quote table, as of the end of the quoting it shows, and what in it was refused.

    Row 2i is the call and row 2i + 1 the put of line i of the table (from 0). `as_of` None: from the date line, see
    `gex.calendar.quote_instant`; where the table is still that of an earlier session (`gex.io.shown_session`) the end of
    that one, and then there is no spot: the header is newer. `underlying` None: the standard class with most rows; "AMD1"
    reads the adjusted class. A last line without a line end may be cut inside its last number, so its put is refused as
    MALFORMED.
    """
    data = utf8_payload(payload)
    header = parse_header(data)
    table = _read_table(data[header.body_start :], header)
    calls, puts = (_side_rows(table, side) for side in (0, 1))
    rows = joined_rows([calls, puts, *_unreadable_rows(table)])
    if not len(rows):
        raise SourceError(
            f"line {header.line_count + 1}: expected a line per strike below the column names, found none"
        )
    contract = main_underlying(rows)
    spot = header.spot
    if as_of is None:
        downloaded = quote_instant(contract, _download_instant(header, rows))
        as_of = table_instant(rows, contract, downloaded)
        if as_of != downloaded:
            spot = None  # the header is newer than the table
    return chain_from_rows(
        rows,
        underlying=contract.underlying if underlying is None else underlying,
        as_of=as_of,
        spot=spot,
        source="cboe_csv",
    )


@dataclass(frozen=True)
class _Table:
    """The lines of a table as Arrow columns, and the lines that are none."""

    columns: dict[str, Any]  # column number as text → Arrow array
    places: dict[str, int]  # "calls", "puts", "strike", "date" → column number
    sides: tuple[dict[str, int], dict[str, int]]  # field → column number, for calls and puts
    line: npt.NDArray[np.int64]  # number of each line in the table, from 0
    broken: tuple[int, ...]  # numbers of the lines that have another number of fields
    ends_inside: bool  # the last line has no line end
    decimal: str


def _read_table(body: bytes, header: CboeHeader) -> _Table:
    places, sides = _places(header)
    used = sorted({*places.values(), *sides[0].values(), *sides[1].values()})
    texts = {str(places[name]) for name in ("calls", "puts", "date") if name in places}
    width = _width(body, header)
    broken: list[int] = []

    def refuse(line: Any) -> str:
        broken.append(line.number - 1)
        return "skip"

    def read(numeric: Any) -> Any:
        broken.clear()
        return pcsv.read_csv(
            pa.BufferReader(body),
            read_options=pcsv.ReadOptions(
                column_names=[str(number) for number in range(width)], use_threads=False, block_size=len(body) + 1
            ),
            parse_options=pcsv.ParseOptions(delimiter=header.delimiter, invalid_row_handler=refuse),
            convert_options=pcsv.ConvertOptions(
                column_types={str(n): pa.binary() if str(n) in texts else numeric for n in used},
                include_columns=[str(n) for n in used],
                null_values=_EMPTY,
                strings_can_be_null=False,
            ),
        )

    if not body or body.isspace():
        raise SourceError(
            f"line {header.line_count + 1}: expected a line per strike below the column names, found none"
        )
    decimal = "."
    try:
        try:
            arrow = read(pa.float64())
        except pa.ArrowInvalid:
            arrow = read(pa.binary())
            decimal = _decimal_mark(arrow, places, header.delimiter)
    except pa.ArrowInvalid as error:
        raise SourceError(f"below line {header.line_count}: not a table of comma-separated values: {error}") from error
    arrow = arrow.combine_chunks()
    total = arrow.num_rows + len(broken)
    line = np.delete(np.arange(total), broken) if broken else np.arange(total)
    columns = {name: arrow.column(name).combine_chunks() for name in arrow.column_names}
    return _Table(columns, places, sides, line, tuple(broken), not body.endswith((b"\n", b"\r")), decimal)


def _places(header: CboeHeader) -> tuple[dict[str, int], tuple[dict[str, int], dict[str, int]]]:
    """Column numbers by what they hold: of the table, of its calls, of its puts."""
    names = list(header.names)
    place = f"line {header.line_count}"
    if names.count("calls") != 1 or names.count("puts") != 1:
        raise SourceError(f"{place}: expected one column Calls and one column Puts, got {', '.join(names)[:300]}")
    calls, puts = names.index("calls"), names.index("puts")
    ends = {calls: puts, puts: len(names)} if calls < puts else {puts: calls, calls: len(names)}
    sides = (_side(names, calls, ends[calls]), _side(names, puts, ends[puts]))
    # What belongs to neither side or to one side twice could stand for anything: better none than the wrong number.
    known = {spelling for spellings in _NAMES.values() for spelling in spellings}
    if len(sides[0]) + len(sides[1]) != sum(name in known for name in names) or sides[0].keys() != sides[1].keys():
        raise SourceError(
            f"{place}: expected each of Bid, Ask, … once after Calls and once after Puts, got {', '.join(names)[:300]}"
        )
    for field, title in (("bid", "Bid"), ("ask", "Ask")):
        if field not in sides[0]:
            raise SourceError(f"{place}: expected a column {title} beside Calls, found none")
    places = {"calls": calls, "puts": puts}
    for number, name in enumerate(names):
        if name == "strike":
            places["strike"] = number
        elif name.startswith("expir"):
            places["date"] = number
    return places, sides


def _side(names: list[str], start: int, end: int) -> dict[str, int]:
    """Column numbers of the fields of one side, between its symbols and the next ones."""
    return {
        field: number
        for field, spellings in _NAMES.items()
        for number in range(start + 1, end)
        if names[number] in spellings
    }


def _width(body: bytes, header: CboeHeader) -> int:
    """Fields of a line: as many as there are names, or more where the first line ends in empty ones."""
    first = next((line for line in body[:10_000].decode("utf-8", "replace").splitlines() if line.strip()), "")
    fields = next(csv.reader([first], delimiter=header.delimiter), [])
    surplus = fields[len(header.names) :]
    return len(fields) if surplus and not any(surplus) else len(header.names)


def _decimal_mark(arrow: Any, places: dict[str, int], delimiter: str) -> str:
    """The decimal mark of a table that is not written in plain numbers, decided by its strikes."""
    if "strike" in places:
        symbols = arrow.column(str(places["calls"])).to_pylist()
        texts = arrow.column(str(places["strike"])).to_pylist()
        for symbol, text in zip(symbols, texts, strict=True):
            tail = symbol[-8:] if symbol else b""
            if text and b"," in text and tail.isdigit():
                return "," if parse_number(_text(text), decimal=",") == int(tail) / 1000.0 else "."
    return "." if delimiter == "," else _commonest_mark(arrow)


def _commonest_mark(arrow: Any) -> str:
    sample = b" ".join(
        value or b"" for name in arrow.column_names[2:] for value in arrow.column(name).to_pylist()[:500]
    )
    return "," if sample.count(b",") > sample.count(b".") else "."


def _side_rows(table: _Table, side: int) -> SourceRows:
    """The calls (side 0) or puts (side 1) of every whole line."""
    symbols = table.columns[str(table.places["puts" if side else "calls"])]
    if are_long_names(symbols):
        symbols = occ_names(symbols)
    offsets = np.frombuffer(symbols.buffers()[1], np.int32)[symbols.offset : symbols.offset + len(symbols) + 1]
    data = symbols.buffers()[2]
    occ = split_occ_bytes(np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8), offsets)
    status = occ.status.copy()
    fields: dict[str, Any] = {}
    for field, number in table.sides[side].items():
        fields[field], unreadable = _numbers(table.columns[str(number)], table.decimal)
        if unreadable is not None and field in _ROW_REASON:
            status[unreadable & (status == 0)] = _ROW_REASON[field]
    # The letter of a symbol and the side it stands on say the same thing twice, and so do strike and date.
    status[(occ.right != (-1 if side else 1)) & _sound(status)] = RejectReason.UNKNOWN_RIGHT
    if "strike" in table.places:
        printed, unreadable = _numbers(table.columns[str(table.places["strike"])], table.decimal)
        wrong = ~((np.abs(printed - occ.strike) < 0.0051) | np.isnan(printed))
        wrong |= False if unreadable is None else unreadable
        status[wrong & _sound(status)] = RejectReason.BAD_STRIKE
    if "date" in table.places:
        dates = np.array([date.toordinal() for _, date in occ.listings] or [0])[occ.listing]
        printed_date = _printed_dates(table.columns[str(table.places["date"])])
        status[(printed_date != 0) & (printed_date != dates) & _sound(status)] = RejectReason.UNKNOWN_EXPIRY
    if side and table.ends_inside and len(status) and table.line[-1] == _last_line(table):
        status[-1] = RejectReason.MALFORMED
    rows = SourceRows(
        listings=occ.listings,
        row=2 * table.line + side,
        listing=occ.listing,
        strike=occ.strike,
        right=occ.right,
        status=status,
        **fields,
    )
    empty = np.diff(offsets) == 0  # a strike with one side only
    if not empty.any():
        return rows
    for values in fields.values():
        empty &= np.isnan(values) | (values == 0.0)
    return rows.where(~empty)


def _unreadable_rows(table: _Table) -> list[SourceRows]:
    """Call and put of every line that has too few or too many fields."""
    if not table.broken:
        return []
    count = 2 * len(table.broken)
    line = np.repeat(np.array(table.broken, np.int64), 2)
    return [
        SourceRows(
            listings=(),
            row=2 * line + np.tile([0, 1], len(table.broken)),
            listing=np.full(count, -1, np.int32),
            strike=np.full(count, np.nan),
            right=np.zeros(count, np.int8),
            status=np.full(count, RejectReason.MALFORMED, np.int16),
        )
    ]


def _numbers(array: Any, decimal: str) -> tuple[Floats, Bools | None]:
    """A column as floats, NaN where empty; and where it holds something that is no number (None: nowhere)."""
    if pa.types.is_binary(array.type):
        try:
            array = pc.cast(
                pc.if_else(pc.is_in(array, pa.array([e.encode() for e in _EMPTY])), None, array), pa.float64()
            )
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return _numbers_one_by_one(array, decimal)
    values: Floats = array.to_numpy(zero_copy_only=False)
    return values, None


def _numbers_one_by_one(array: Any, decimal: str) -> tuple[Floats, Bools]:
    values = np.full(len(array), np.nan)
    unreadable = np.zeros(len(array), bool)
    for index, raw in enumerate(array.to_pylist()):
        text = _text(raw).strip()
        if text in _EMPTY:
            continue
        number = parse_number(text, decimal=decimal)
        if number is None:
            unreadable[index] = True
        else:
            values[index] = number
    return values, unreadable


def _printed_dates(array: Any) -> npt.NDArray[np.int64]:
    """The date column as ordinals, 0 where its notation is not one we know: it only confirms the symbols."""
    encoded = array.dictionary_encode()
    ordinals = [_printed_date(_text(raw)) for raw in encoded.dictionary.to_pylist()]
    printed: npt.NDArray[np.int64] = np.array(ordinals or [0], np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]
    return printed


@lru_cache(maxsize=4096)  # a handful of dates, again in every file of a day; strptime costs ten times all else here
def _printed_date(text: str) -> int:
    for form in _DATE_FORMATS:
        try:
            return dt.datetime.strptime(text.strip(), form).toordinal()
        except ValueError:
            continue
    return 0


def _download_instant(header: CboeHeader, rows: SourceRows) -> np.datetime64:
    """When the file was downloaded; of two readings of its date line, the one nearest before the first expiry."""
    if not header.downloaded_at:
        place = f"line {header.date_line}: a date that cannot be read" if header.date_line else "no date line"
        raise SourceError(f"{place}: say for which instant the quotes hold (as_of)")
    first = np.datetime64(min(date for _, date in rows.listings), "ns")
    return min(header.downloaded_at, key=lambda seen: abs(first - seen))


def _sound(status: npt.NDArray[np.int16]) -> Bools:
    sound: Bools = (status == 0) | (status >= RejectReason.BAD_PRICE)
    return sound


def _last_line(table: _Table) -> int:
    return max([int(table.line[-1]), *table.broken])


def _text(raw: bytes | None) -> str:
    return "" if raw is None else raw.decode("utf-8", "replace")
