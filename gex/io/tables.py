"""A table from any file or frame, and its columns as numbers, texts, dates and instants."""

import datetime as dt
import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gex.calendar import instant
from gex.columns import Bools, Floats, Instants
from gex.errors import SourceError
from gex.io.csv_text import csv_records
from gex.io.numbers import parse_number

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?\Z")
_AMERICAN_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z")
_MISSING = {"", "nan", "none", "null", "nat", "n/a", "na", "-", "--"}


@dataclass(frozen=True)
class Table:
    """Columns of one length, as the source typed them (numbers, texts, times)."""

    columns: dict[str, npt.NDArray[Any]]
    row_count: int

    def numbers(self, name: str) -> tuple[Floats, Bools]:
        """A column as floats, NaN where empty, and where it holds what is no number."""
        values = self.columns[name]
        if values.dtype.kind in "iuf":
            return values.astype(np.float64), np.zeros(self.row_count, bool)
        floats, unreadable = np.full(self.row_count, np.nan), np.zeros(self.row_count, bool)
        for row, value in enumerate(values.tolist()):
            if _is_missing(value):
                continue
            number = _number(value)
            if number is None:
                unreadable[row] = True
            else:
                floats[row] = number
        return floats, unreadable

    def texts(self, name: str) -> list[str]:
        """A column as texts, empty where there is nothing; whole numbers without a decimal point."""
        return ["" if _is_missing(value) else _text(value) for value in self.columns[name].tolist()]

    def dates(self, name: str) -> list[dt.date | None]:
        """A column as calendar dates; None where it holds no date. Days of instants are those written in the source."""
        values = self.columns[name]
        if values.dtype.kind == "M":
            days = values.astype("datetime64[D]").tolist()
            return [day if isinstance(day, dt.date) else None for day in days]
        seen: dict[object, dt.date | None] = {}
        return [seen[value] if value in seen else seen.setdefault(value, _date(value)) for value in values.tolist()]

    def instants(self, name: str, zone: dt.tzinfo = dt.UTC) -> Instants:
        """A column as instants UTC, NaT where it holds none; texts are ISO 8601, without a zone of their own in `zone`."""
        values = self.columns[name]
        if values.dtype.kind == "M":
            return values.astype("datetime64[ns]")
        seen: dict[object, np.datetime64] = {}
        moments = [
            seen[value] if value in seen else seen.setdefault(value, _instant(value, zone)) for value in values.tolist()
        ]
        return np.array(moments, "datetime64[ns]")


def read_table(source: bytes | str | pd.DataFrame) -> Table:
    """The table in a CSV, a Parquet file or a frame; rows of a CSV that do not fit its names are rows of nothing."""
    if isinstance(source, pd.DataFrame):
        return Table(
            {str(name): _frame_column(source.iloc[:, place]) for place, name in enumerate(source.columns)}, len(source)
        )
    if isinstance(source, bytes) and source[:4] == b"PAR1":
        try:
            frame = pq.read_table(io.BytesIO(source)).to_pandas()
        except (pa.ArrowException, OSError, ValueError) as error:
            raise SourceError(f"not a whole Parquet file: {error}") from error
        return read_table(frame.reset_index() if frame.index.name else frame)
    parsed = csv_records(source)
    columns = {
        name: np.array([record.get(name, "") for record in parsed.records], dtype=object)
        for name in parsed.names
    }  # fmt: skip
    return Table(columns, len(parsed.records))


def _frame_column(column: "pd.Series[Any]") -> npt.NDArray[Any]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    values = column.to_numpy()
    return values if values.dtype.kind in "iufM" else values.astype(object)


def _is_missing(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().casefold() in _MISSING
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def _number(value: object) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        return np.inf if text.casefold() in {"inf", "+inf", "infinity"} else parse_number(text)
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        return None
    try:
        return float(value)
    except (OverflowError, TypeError):
        return None


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _date(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if _is_missing(value):
        return None
    text = _text(value)
    try:
        if (match := _DATE.match(text)) is not None:
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        if (match := _AMERICAN_DATE.match(text)) is not None:
            return dt.date(int(match[3]), int(match[1]), int(match[2]))
    except ValueError:
        return None
    return None


def _instant(value: object, zone: dt.tzinfo) -> np.datetime64:
    try:
        moment = dt.datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        if isinstance(moment, dt.datetime):
            return instant(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        pass
    return np.datetime64("NaT", "ns")
