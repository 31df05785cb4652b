"""Records of a journal as bytes: each says how long it is and carries its checksum, so that a torn end is known.

file    "GEXSTATE", version (u32), then records
record  length of the payload (u32), CRC-32 of kind and payload (u32), kind (u8), payload       (little-endian)
"""

import enum
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from gex_server.errors import ServerError

VERSION = 1  # grows with every change that an older server would misread
_HEADER = struct.Struct("<8sI")
_RECORD = struct.Struct("<IIB")
_MAGIC = b"GEXSTATE"
LARGEST = 1 << 30  # bytes of a payload; a length beyond it is no length


class StateError(ServerError):
    """The state that was kept on disk cannot be read, or is in use; a server does not start on it."""

    reason = "STATE_UNREADABLE"


class Kind(enum.IntEnum):
    """What a record holds."""

    UPDATE = 1  # a message of StreamUpdates that changed something
    CHAIN = 2  # a published chain
    SEEN = 3  # a sequence of a client that changed nothing
    SNAPSHOT = 4  # one underlying, whole
    BOOK = 5  # one book, whole
    CLIENTS = 6  # the sequences of some clients
    WHOLE = 7  # the end of a state written whole: what follows are changes
    START = 8  # a server began to write here
    END = 9  # a server ended in order


@dataclass(frozen=True)
class Record:
    """One record and the position behind it."""

    kind: int
    payload: bytes
    end: int


def header() -> bytes:
    """How a file begins."""
    return _HEADER.pack(_MAGIC, VERSION)


def framed(kind: Kind, payload: bytes) -> bytes:
    """A record as bytes."""
    code = bytes([kind])
    return _RECORD.pack(len(payload), zlib.crc32(payload, zlib.crc32(code)), kind) + payload


def records(data: bytes, name: str) -> Iterator[Record]:
    """The records of a file up to its end, or to the first that is torn or damaged.

    Raises a StateError for a file of a newer version, and for one that is no journal.
    """
    if len(data) < _HEADER.size:
        raise StateError(f"{name}: expected a journal of gex, got {len(data)} bytes")
    magic, version = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        raise StateError(f"{name}: expected a journal of gex, got a file that begins with {magic!r}")
    if version > VERSION:
        raise StateError(
            f"{name}: written by a newer server (format {version}, this one reads up to {VERSION}); it was not touched"
        )
    position = _HEADER.size
    while position + _RECORD.size <= len(data):
        length, checksum, kind = _RECORD.unpack_from(data, position)
        begin = position + _RECORD.size
        if length > LARGEST or begin + length > len(data):
            return
        payload = data[begin : begin + length]
        if zlib.crc32(payload, zlib.crc32(bytes([kind]))) != checksum:
            return
        position = begin + length
        yield Record(kind=kind, payload=payload, end=position)
