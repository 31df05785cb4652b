"""What a server keeps, and that it is kept: every change goes into the store and into the journal at one stroke.

Without a folder nothing is written and every acknowledgement says "memory".
"""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import structlog
from gexapi.v1 import chain_pb2

from gex_server.errors import DrainingError
from gex_server.sequences import Clients
from gex_server.state.contents import (
    NO_LIMIT,
    book_of,
    book_payload,
    change_of,
    change_payload,
    keep_clients,
    seen_of,
    seen_payload,
    snapshot_of,
    whole_state,
)
from gex_server.state.disk import Disk
from gex_server.state.journal import Durability, Journal, JournalHealth, Receipt, Whole
from gex_server.state.records import Kind, Record, StateError
from gex_server.store import BookStore, KeptBook, MarketStore, Snapshot, published_after
from gex_server.wire.chain import chain_from_proto, quote_spot_from_proto, spot_as_of_from_proto
from gex_server.wire.updates import changed

log = structlog.get_logger("gex_server")

# After a server that did not end in order, revisions go on so much later: what its readers saw last may not have been
# written, and no number is ever used for two states.
REVISION_GAP = 1 << 20


class State:
    """Chains, books and the sequences of senders, in memory and in a journal. Of the event loop's thread."""

    def __init__(
        self, *, store: MarketStore, books: BookStore, clients: Clients, journals: Callable[[Whole], Journal] | None
    ) -> None:
        self.store, self.books, self.clients = store, books, clients
        self._journals = journals
        self._journal = None if journals is None else journals(self.whole)
        self._is_closed = False

    @classmethod
    def of(
        cls,
        store: MarketStore,
        books: BookStore | None = None,
        *,
        folder: Path | None = None,
        durability: Durability = Durability.WRITTEN,
        sync_seconds: float = 0.2,
        compact_mebibytes: float = 64.0,
        disk: Disk | None = None,
    ) -> "State":
        """A state with nothing in it yet; `folder` None keeps it in memory only."""

        def journal(whole: Whole) -> Journal:
            return Journal(
                disk or Disk(folder or Path()),
                durability=durability,
                sync_seconds=sync_seconds,
                compact_mebibytes=compact_mebibytes,
                whole=whole,
            )

        is_kept = folder is not None or disk is not None
        return cls(store=store, books=books or BookStore(), clients=Clients(), journals=journal if is_kept else None)

    def whole(self) -> Iterable[tuple[Kind, bytes]]:
        """The records of everything as it is now."""
        return whole_state(self.store.values(), self.books.values(), self.clients.sequences())

    def open(self) -> None:
        """Read what a server before this one kept, and begin to write; StateError where it cannot be read."""
        if self._journal is None:
            return
        began, found = time.monotonic(), self._journal.read()
        is_orderly = True
        for record in found:
            if record.kind == Kind.START and not is_orderly:
                self._leave_gap()  # as the server did that began there
            self._replay(record)
            is_orderly = record.kind == Kind.END
        if not is_orderly:
            self._leave_gap()
        self._journal.start()
        log.info(
            "state",
            underlyings=len(self.store.values()),
            books=len(self.books.values()),
            records=len(found),
            ended_in_order=is_orderly,
            seconds=round(time.monotonic() - began, 3),
        )

    def keep_update(self, snapshot: Snapshot, message: chain_pb2.StreamUpdatesRequest, expected: int) -> Receipt:
        """Keep the snapshot that an update made of the one of revision `expected`."""
        self._refuse_if_closed()
        self.store.keep(snapshot.underlying, snapshot, expected_revision=expected)
        self.clients.client(message.client_id).last = message.sequence
        return self._append(
            Kind.UPDATE, change_payload(snapshot.revision, snapshot.published_at, message.SerializeToString())
        )

    def keep_chain(self, snapshot: Snapshot, chain: chain_pb2.Chain, expected: int) -> Receipt:
        """Keep a published chain."""
        self._refuse_if_closed()
        self.store.keep(snapshot.underlying, snapshot, expected_revision=expected)
        return self._append(
            Kind.CHAIN, change_payload(snapshot.revision, snapshot.published_at, chain.SerializeToString())
        )

    def keep_book(self, book: KeptBook, message: chain_pb2.StreamUpdatesRequest) -> Receipt:
        """Keep a book that an update made."""
        self._refuse_if_closed()
        self.books.keep(book.name, book)
        self.clients.client(message.client_id).last = message.sequence
        return self._append(Kind.BOOK, book_payload(book, seen_payload(message.client_id, message.sequence)))

    def keep_sequence(self, message: chain_pb2.StreamUpdatesRequest) -> Receipt:
        """Keep that a message was seen which changes nothing."""
        self._refuse_if_closed()
        self.clients.client(message.client_id).last = message.sequence
        return self._append(Kind.SEEN, seen_payload(message.client_id, message.sequence))

    def barrier(self) -> Receipt:
        """Done once everything kept so far is as safe as it gets."""
        return _in_memory() if self._journal is None else self._journal.barrier()

    def health(self) -> JournalHealth:
        """How the journal does."""
        return JournalHealth(is_kept=False) if self._journal is None else self._journal.health()

    def close(self) -> None:
        """End in order; blocks until everything is written. Nothing is kept from then on."""
        if not self._is_closed:
            self._is_closed = True
            if self._journal is not None:
                self._journal.close()

    def resume(self) -> None:
        """Keep again after `close`, where no other server has taken over: the state is written whole."""
        if self._journals is not None:
            self._journal = self._journals(self.whole)
            self._journal.read()
            self._journal.start(anew=True)
        self._is_closed = False

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise DrainingError("draining: another server keeps the state now, send the update to it")

    def _leave_gap(self) -> None:
        for snapshot in self.store.values():
            self.store.keep(snapshot.underlying, snapshot.having(revision=snapshot.revision + REVISION_GAP))
        for book in self.books.values():
            self.books.keep(book.name, dataclasses.replace(book, revision=book.revision + REVISION_GAP))

    def _append(self, kind: Kind, payload: bytes) -> Receipt:
        return _in_memory() if self._journal is None else self._journal.append(kind, payload)

    def _replay(self, record: Record) -> None:
        kind, payload = record.kind, record.payload
        if kind == Kind.UPDATE:
            self._replay_update(*change_of(payload))
        elif kind == Kind.CHAIN:
            self._replay_chain(*change_of(payload))
        elif kind == Kind.SEEN:
            name, sequence = seen_of(payload)
            self.clients.client(name).last = sequence
        elif kind == Kind.SNAPSHOT:
            snapshot = snapshot_of(payload)
            self.store.keep(snapshot.underlying, snapshot)
        elif kind == Kind.BOOK:
            book, seen = book_of(payload)
            self.books.keep(book.name, book)
            if seen is not None:
                self.clients.client(seen[0]).last = seen[1]
        elif kind == Kind.CLIENTS:
            keep_clients(payload, self.clients)
        elif kind not in (Kind.WHOLE, Kind.START, Kind.END):
            raise StateError(f"the journal holds a record of kind {kind}, which this server does not know")

    def _replay_update(self, revision: int, at: np.datetime64, raw: bytes) -> None:
        message = chain_pb2.StreamUpdatesRequest.FromString(raw)
        snapshot = changed(self.store.get(message.underlying), message, at, NO_LIMIT).snapshot
        if snapshot is None:
            raise StateError(f"the journal holds an update of {message.underlying!r} that changes nothing")
        self.store.keep(message.underlying, snapshot.having(revision=revision))
        self.clients.client(message.client_id).last = message.sequence

    def _replay_chain(self, revision: int, at: np.datetime64, raw: bytes) -> None:
        chain = chain_pb2.Chain.FromString(raw)
        snapshot = published_after(
            self.store.get(chain.underlying),
            chain_from_proto(chain, "chain", NO_LIMIT),
            at,
            spot_as_of=spot_as_of_from_proto(chain, "chain"),
            quote_spot=quote_spot_from_proto(chain, "chain"),
        )
        self.store.keep(chain.underlying, snapshot.having(revision=revision))


def _in_memory() -> Receipt:
    receipt: Receipt = asyncio.get_running_loop().create_future()
    receipt.set_result(Durability.MEMORY)
    return receipt
