"""Any file that gex can read, by what is in it."""

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gex.errors import InputError, SourceError
from gex.io import cboe_csv, cboe_json
from gex.io.text import utf8_payload
from gex.quotes import Cleaned

Parser = Callable[..., Cleaned]
SOURCES: dict[str, Parser] = {"cboe_csv": cboe_csv.parse_chain, "cboe_json": cboe_json.parse_chain}
FAMILIES: dict[str, tuple[str, ...]] = {"cboe": ("cboe_csv", "cboe_json")}


def read_chain(
    path: str | Path, source: str = "auto", as_of: np.datetime64 | None = None, *, underlying: str | None = None
) -> Cleaned:
    """The chain in the file at `path` (also .gz), and what in it was refused.

    `source` is "auto", a family ("cboe") or one of `SOURCES`. A SourceError begins with the name of the file.
    """
    try:
        return parse_chain(read_bytes(path), source, as_of, underlying=underlying)
    except SourceError as error:
        raise SourceError(f"{Path(path).name}: {error}") from error


def parse_chain(
    payload: bytes | str, source: str = "auto", as_of: np.datetime64 | None = None, *, underlying: str | None = None
) -> Cleaned:
    """The chain of a payload whose source is named or, with "auto", told by its content."""
    data = utf8_payload(payload)
    candidates = _candidates(source)
    name = candidates[0] if len(candidates) == 1 else detect_source(data, candidates)
    return SOURCES[name](data, as_of, underlying=underlying)


def detect_source(payload: bytes, candidates: tuple[str, ...] = tuple(SOURCES)) -> str:
    """Which of the candidates wrote the payload."""
    head = payload[:20_000].lstrip()
    if not head:
        raise SourceError("byte 0: the file is empty")
    name = "cboe_json" if head[:1] in (b"{", b"[") else "cboe_csv"
    if name not in candidates:
        raise SourceError(f"byte 0: looks like {name}, expected {' or '.join(candidates)}")
    return name


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file, unpacked where gzip packed them."""
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from error
    return unpacked(data)


def unpacked(data: bytes) -> bytes:
    """`data` unpacked where it begins as gzip does."""
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as error:
        raise SourceError(f"not a whole gzip file: {error}") from error


def _candidates(source: str) -> tuple[str, ...]:
    if source == "auto":
        return tuple(SOURCES)
    if source in FAMILIES:
        return FAMILIES[source]
    if source in SOURCES:
        return (source,)
    raise InputError(f"source: expected one of auto, {', '.join([*FAMILIES, *SOURCES])}, got {source!r}")
