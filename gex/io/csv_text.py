"""CSV of a source as records, with errors that say where."""

import csv
import io
from dataclasses import dataclass

from gex.errors import SourceError
from gex.io.text import utf8_payload

_CUT = "\ufffd"  # stands for a last field that may be cut: reads as no number and as no symbol


@dataclass(frozen=True)
class CsvRecords:
    """The lines of a table by the names of its columns; a line with too few or too many fields is an empty record."""

    names: tuple[str, ...]
    records: list[dict[str, str]]


def csv_records(payload: bytes | str, *, delimiter: str = ",") -> CsvRecords:
    """The records of a CSV with one line of column names.

    The last field of a last line without its end may be cut, so it reads as unreadable. An empty payload, one without
    column names and one that is no CSV are SourceErrors.
    """
    text = utf8_payload(payload).decode("utf-8")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = next((line for line in lines if line), [])
        table = [line for line in lines if line]
    except csv.Error as error:
        raise SourceError(f"line {lines.line_num}: not comma-separated values: {error}") from error
    if not names or not any(name.strip() for name in names):
        raise SourceError("line 1: expected the names of the columns, found none")
    if table and not text.endswith(("\n", "\r")):
        table[-1][-1] = _CUT
    names = [name.strip() for name in names]
    return CsvRecords(
        names=tuple(names),
        records=[dict(zip(names, line, strict=True)) if len(line) == len(names) else {} for line in table],
    )
