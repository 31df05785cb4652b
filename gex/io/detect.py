"""Any file that gex can read as a chain, by what is in it."""

import datetime as dt
import gzip
import io
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from gex.errors import InputError, SourceError, TooLargeError
from gex.io import cboe_csv, cboe_json, deribit, lean, named_columns, yahoo
from gex.io.text import utf8_payload
from gex.quotes import Cleaned

Parser = Callable[..., Cleaned]
SOURCES: dict[str, Parser] = {
    "cboe_csv": cboe_csv.parse_chain,
    "cboe_json": cboe_json.parse_chain,
    "deribit": deribit.parse_chain,
    "yahoo": yahoo.parse_chain,
    "lean_universe": lean.parse_universe,
    "lean_zip": lean.parse_chain,
    "columns": named_columns.parse_chain,
}
FAMILIES: dict[str, tuple[str, ...]] = {
    "cboe": ("cboe_csv", "cboe_json"),
    "lean": ("lean_universe", "lean_zip"),
}
_LARGEST = 1 << 29
_DATED_NAME = re.compile(r"([A-Za-z]+)_(\d{8})\.")


def read_chain(
    path: str | Path,
    source: str = "auto",
    as_of: np.datetime64 | None = None,
    *,
    underlying: str | None = None,
    columns: Mapping[str, str] | None = None,
    spot: float | None = None,
) -> Cleaned:
    """The chain in the file at `path` (also .gz), and what in it was refused.

    `source` is "auto", a family ("cboe", "lean") or one of `SOURCES`. A Lean universe takes underlying and session from
    a file name like goog_20151224.csv where they are not given. `columns` (what a column is called) and `spot` are for
    plain tables, see `gex.io.named_columns`. A SourceError begins with the name of the file.
    """
    try:
        data = read_bytes(path)
        if lean.is_universe(data) and (as_of is None or underlying is None):
            as_of, underlying = _from_name(Path(path).name, as_of, underlying)
        return parse_chain(data, source, as_of, underlying=underlying, columns=columns, spot=spot)
    except SourceError as error:
        raise SourceError(f"{Path(path).name}: {error}") from error


def parse_chain(
    payload: bytes | str,
    source: str = "auto",
    as_of: np.datetime64 | None = None,
    *,
    underlying: str | None = None,
    columns: Mapping[str, str] | None = None,
    spot: float | None = None,
) -> Cleaned:
    """The chain of a payload whose source is named or, with "auto", told by its content; `columns` mean a plain table."""
    candidates = _candidates("columns" if columns is not None and source == "auto" else source)
    data = payload.encode("utf-8", "replace") if isinstance(payload, str) else payload
    if not data.startswith((b"PK\x03\x04", b"PAR1")):
        data = utf8_payload(data)
    name = candidates[0] if len(candidates) == 1 else detect_source(data, candidates)
    if name == "columns":
        return named_columns.parse_chain(data, as_of, underlying=underlying, columns=columns, spot=spot)
    if columns is not None or spot is not None:
        raise InputError(f"columns, spot: expected only with a plain table, got them with {name}")
    return SOURCES[name](data, as_of, underlying=underlying)


def detect_source(payload: bytes, candidates: tuple[str, ...] = tuple(SOURCES)) -> str:
    """Which of the candidates wrote the payload."""
    name = _told_by_content(payload)
    if name not in candidates:
        raise SourceError(f"byte 0: looks like {name}, expected {' or '.join(candidates)}")
    return name


def _told_by_content(payload: bytes) -> str:
    if payload.startswith(b"PK\x03\x04"):
        return "lean_zip"
    if payload.startswith(b"PAR1"):
        return "columns"
    head = payload[:20_000].lstrip()
    if not head:
        raise SourceError("byte 0: the file is empty")
    if lean.is_universe(head):
        return "lean_universe"
    lowered = head.lower()
    first = lowered.partition(b"\n")[0]
    if head[:1] in (b"{", b"["):
        return "deribit" if b'"instrument_name"' in head else "cboe_json"
    if b"instrument_name" in first:
        return "deribit"
    if b"contractsymbol" in first:
        return "yahoo"
    plain = first.replace(b"_", b"").replace(b" ", b"").replace(b'"', b"").strip()
    names = set(re.split(rb"[,;\t|]", plain))
    if names & {b"symbol", b"optionsymbol", b"contract"} or (b"strike" in names and b"calls" not in names):
        return "columns"
    return "cboe_csv"


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file, unpacked where gzip packed them."""
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from error
    return unpacked(data)


def unpacked(data: bytes) -> bytes:
    """`data` unpacked where it begins as gzip does; more than half a gigabyte is refused."""
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            plain = file.read(_LARGEST + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise SourceError(f"not a whole gzip file: {error}") from error
    if len(plain) > _LARGEST:
        raise TooLargeError(f"expected at most {_LARGEST} bytes unpacked")
    return plain


def _candidates(source: str) -> tuple[str, ...]:
    if source == "auto":
        return tuple(SOURCES)
    if source in FAMILIES:
        return FAMILIES[source]
    if source in SOURCES:
        return (source,)
    raise InputError(f"source: expected one of auto, {', '.join([*FAMILIES, *SOURCES])}, got {source!r}")


def _from_name(
    name: str, as_of: np.datetime64 | None, underlying: str | None
) -> tuple[np.datetime64 | None, str | None]:
    """As of and underlying of "goog_20151224.csv": the close of that session, "GOOG"."""
    match = _DATED_NAME.match(name)
    if match is None:
        return as_of, underlying
    root = match[1].upper() if underlying is None else underlying
    try:
        date = dt.datetime.strptime(match[2], "%Y%m%d").date()
    except ValueError:
        return as_of, root
    return (lean.close_of(date, root) if as_of is None else as_of), root
