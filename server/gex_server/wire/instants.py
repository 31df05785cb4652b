"""Instants and dates between the contract and numpy."""

import datetime as dt

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp

from gex.columns import Instants
from gex_server.errors import FieldError
from gex_server.wire.columns import Array, refuse_rows

_NS = 1_000_000_000
_LAST = np.iinfo(np.int64).max // _NS  # the last whole second that datetime64[ns] holds, in 2262


def instant_from_proto(timestamp: Timestamp, path: str) -> np.datetime64:
    """The instant as datetime64[ns] UTC; FieldError where it is outside 1970 to 2262 or malformed."""
    if not (0 < timestamp.seconds < _LAST and 0 <= timestamp.nanos < _NS):
        seen = f"seconds {timestamp.seconds}, nanos {timestamp.nanos}"
        raise FieldError(f"expected an instant between 1970 and 2262, got {seen}", field=path)
    return np.datetime64(timestamp.seconds * _NS + timestamp.nanos, "ns")


def instant_to_proto(instant: np.datetime64, target: Timestamp) -> None:
    """Write a known instant into `target`."""
    target.seconds, target.nanos = divmod(int(instant.astype("datetime64[ns]").astype(np.int64)), _NS)


def date_from_proto(text: str, path: str) -> dt.date:
    """The date that ISO 8601 text names, "2022-02-18"."""
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise FieldError(f"expected a date as 2022-02-18, got {text!r}", field=path)


def instants_from_column(nanoseconds: Array, path: str) -> Instants:
    """A column of nanoseconds since 1970 as datetime64[ns]; NaT where it is 0."""
    refuse_rows(nanoseconds > np.uint64(np.iinfo(np.int64).max), nanoseconds, path, "an instant before 2262")
    known = nanoseconds.astype(np.int64)
    instants: Instants = np.where(known == 0, np.datetime64("NaT", "ns"), known.astype("datetime64[ns]"))
    return instants


def instants_to_column(instants: Instants) -> Array:
    """The column of nanoseconds since 1970; 0 where an instant is NaT."""
    return np.where(np.isnat(instants), 0, instants.astype(np.int64)).astype(np.uint64)
