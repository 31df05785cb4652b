"""What is kept as records, and records as what is kept."""

import dataclasses
import io
import struct
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from gexapi.v1 import chain_pb2

from gex.positioning import TradeInventory
from gex_server.sequences import Clients
from gex_server.state.records import Kind
from gex_server.store import KeptBook, Snapshot
from gex_server.wire.chain import (
    ChainLimits,
    chain_from_proto,
    chain_to_proto,
    quote_spot_from_proto,
    spot_as_of_from_proto,
)
from gex_server.wire.contracts import expiry_from_proto
from gex_server.wire.trades import expiries_to_proto

NO_LIMIT = ChainLimits(rows=1 << 31, expiries=1 << 31)  # what was taken once is read again whatever the limits are now
_CHANGE = struct.Struct("<Qq")  # revision, instant of the change
_SEQUENCE = struct.Struct("<Q")
_LENGTH = struct.Struct("<I")
CLIENTS_A_RECORD = 10_000


def change_payload(revision: int, at: np.datetime64, message: bytes) -> bytes:
    """An update or a published chain: what it made, when, and the message."""
    return _CHANGE.pack(revision, _nanoseconds(at)) + message


def change_of(payload: bytes) -> tuple[int, np.datetime64, bytes]:
    """Revision, instant and message of a change."""
    revision, at = _CHANGE.unpack_from(payload)
    return revision, np.datetime64(at, "ns"), payload[_CHANGE.size :]


def seen_payload(client: str, sequence: int) -> bytes:
    """A sequence of a client."""
    return _SEQUENCE.pack(sequence) + client.encode()


def seen_of(payload: bytes) -> tuple[str, int]:
    """Client and sequence."""
    return payload[_SEQUENCE.size :].decode(), _SEQUENCE.unpack_from(payload)[0]


def clients_payloads(clients: Iterable[tuple[str, int]]) -> Iterator[bytes]:
    """The sequences of all clients, some thousands a record."""
    parts: list[bytes] = []
    for name, last in clients:
        part = seen_payload(name, last)
        parts.append(_LENGTH.pack(len(part)) + part)
        if len(parts) == CLIENTS_A_RECORD:
            yield b"".join(parts)
            parts = []
    if parts:
        yield b"".join(parts)


def keep_clients(payload: bytes, clients: Clients) -> None:
    """Read such a record."""
    position = 0
    while position < len(payload):
        (length,) = _LENGTH.unpack_from(payload, position)
        position += _LENGTH.size
        name, last = seen_of(payload[position : position + length])
        clients.client(name).last = last
        position += length


def book_payload(kept: KeptBook, seen: bytes = b"") -> bytes:
    """A book, whole, and the sequence that made it: both or neither, or a fill would count twice."""
    change = change_payload(kept.revision, kept.as_of, kept.book.SerializeToString())
    return _LENGTH.pack(len(seen)) + seen + change


def book_of(payload: bytes) -> tuple[KeptBook, tuple[str, int] | None]:
    """The book of a record, and client and sequence that made it."""
    (length,) = _LENGTH.unpack_from(payload)
    begin = _LENGTH.size + length
    seen = seen_of(payload[_LENGTH.size : begin]) if length else None
    revision, as_of, message = change_of(payload[begin:])
    book = chain_pb2.BookUpdate.FromString(message)
    return KeptBook(name=book.book, revision=revision, as_of=as_of, book=book), seen


def snapshot_payload(snapshot: Snapshot) -> bytes:
    """One underlying, whole: an archive of named arrays."""
    chain, terms = chain_pb2.Chain(), chain_pb2.GetInventoryResponse()
    chain_to_proto(snapshot.parsed, chain, spot_as_of=snapshot.spot_as_of, quote_spot=snapshot.quote_spot)
    inventory = snapshot.inventory
    expiries_to_proto(inventory.expiries, terms.expiries)
    columns: dict[str, Any] = {f"inventory.{name}": values for name, values in inventory.columns().items()}
    numbers = [snapshot.revision, snapshot.parsed.row_count, inventory.trade_count, int(inventory.has_start)]
    instants = [snapshot.published_at, snapshot.open_interest_as_of, snapshot.trades_as_of]
    columns |= {
        "chain": np.frombuffer(chain.SerializeToString(), np.uint8),
        "inventory_terms": np.frombuffer(terms.SerializeToString(), np.uint8),
        "numbers": np.array(numbers, np.int64),
        "instants": np.array([_nanoseconds(one) for one in instants], np.int64),
        "trade_ids": np.frombuffer(
            "\n".join(name for chunk in snapshot.trade_ids for name in sorted(chunk)).encode(), np.uint8
        ),
        "trade_id_chunks": np.array([len(chunk) for chunk in snapshot.trade_ids], np.int64),
    }
    out = io.BytesIO()
    np.savez(out, **columns)
    return out.getvalue()


def snapshot_of(payload: bytes) -> Snapshot:
    """The underlying of a record."""
    with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    chain = chain_pb2.Chain.FromString(arrays["chain"].tobytes())
    terms = chain_pb2.GetInventoryResponse.FromString(arrays["inventory_terms"].tobytes())
    revision, row_count, trade_count, has_start = arrays["numbers"].tolist()
    published_at, open_interest_as_of, trades_as_of = (_instant(one) for one in arrays["instants"].tolist())
    parsed = dataclasses.replace(chain_from_proto(chain, "chain", NO_LIMIT), row_count=row_count)
    inventory = TradeInventory(
        expiries=tuple(expiry_from_proto(one, chain.underlying, "expiries") for one in terms.expiries),
        trade_count=trade_count,
        has_start=bool(has_start),
        **{name: arrays[f"inventory.{name}"] for name in TradeInventory.column_names()},
    )
    assert published_at is not None
    return Snapshot(
        underlying=chain.underlying,
        revision=revision,
        published_at=published_at,
        parsed=parsed,
        quotes_revision=revision,
        rows_revision=revision,
        quote_spot=quote_spot_from_proto(chain, "chain"),
        spot_as_of=spot_as_of_from_proto(chain, "chain"),
        open_interest_as_of=open_interest_as_of,
        trades_as_of=trades_as_of,
        inventory=inventory,
        trade_ids=_chunks(arrays["trade_ids"].tobytes().decode(), arrays["trade_id_chunks"].tolist()),
    )


def whole_state(
    snapshots: Iterable[Snapshot], books: Iterable[KeptBook], clients: Iterable[tuple[str, int]]
) -> Iterator[tuple[Kind, bytes]]:
    """The records of a state, made one by one as they are asked for; what is given must not change meanwhile."""
    for snapshot in snapshots:
        yield Kind.SNAPSHOT, snapshot_payload(snapshot)
    for book in books:
        yield Kind.BOOK, book_payload(book)
    for payload in clients_payloads(clients):
        yield Kind.CLIENTS, payload


def _chunks(text: str, lengths: list[int]) -> tuple[frozenset[str], ...]:
    names = text.split("\n") if text else []
    chunks, position = [], 0
    for length in lengths:
        chunks.append(frozenset(names[position : position + length]))
        position += length
    return tuple(chunks)


def _nanoseconds(instant: np.datetime64 | None) -> int:
    return np.iinfo(np.int64).min if instant is None else int(instant.astype("datetime64[ns]").astype(np.int64))


def _instant(nanoseconds: int) -> np.datetime64 | None:
    return None if nanoseconds == np.iinfo(np.int64).min else np.datetime64(nanoseconds, "ns")
