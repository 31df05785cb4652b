"""What the handlers of one server process share."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import structlog
from gexapi.v1 import common_pb2, exposure_pb2

from gex_server.admission import Admission
from gex_server.analyses import Analyses
from gex_server.audit import AuditStore
from gex_server.broadcast import Broadcasts
from gex_server.computing import KernelPool
from gex_server.hedges import Hedges
from gex_server.limits import Limits
from gex_server.metrics import MOST_UNDERLYINGS, KeptFacts, Metrics
from gex_server.passage import Door
from gex_server.peers import Peers
from gex_server.sequences import Clients
from gex_server.settings import MEBIBYTE, Settings
from gex_server.state.journal import Durability
from gex_server.state.keeping import State
from gex_server.store import BookStore, KeptBook, MarketStore, Snapshot
from gex_server.tracing import Tracing
from gex_server.wire.staleness import aged, ages_to_proto, seconds_between

log = structlog.get_logger("gex_server")


@dataclass(frozen=True, eq=False, kw_only=True)
class Runtime:
    """Settings, the kept chains, what was computed of them, and where to compute."""

    settings: Settings
    state: State
    pool: KernelPool
    analyses: Analyses
    limits: Limits
    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=Tracing)
    started_at: float = field(default_factory=time.time)  # seconds since 1970
    admission: Admission = field(default_factory=Admission)
    peers: Peers | None = None  # the other shards; None: this process is the whole service
    hedges: Hedges = field(default_factory=lambda: Hedges(limit=1_000))

    @classmethod
    def of(cls, settings: Settings, tracing: Tracing | None = None) -> "Runtime":
        """A runtime with nothing kept."""
        metrics = Metrics()
        pool = KernelPool(
            metrics=metrics,
            cores=settings.cores,
            waiting_limit=settings.waiting_limit,
            inline_rows=settings.inline_rows,
            longest_wait=settings.longest_wait_seconds,
        )
        return cls(
            settings=settings,
            state=State.of(
                MarketStore(limit=settings.max_underlyings),
                BookStore(limit=settings.max_books),
                folder=settings.state_folder,
                durability=Durability(settings.durability),
                sync_seconds=settings.state_sync_seconds,
                compact_mebibytes=settings.state_compact_mebibytes,
            ),
            pool=pool,
            analyses=Analyses(pool, size=settings.cached_answers, metrics=metrics),
            limits=Limits(settings),
            metrics=metrics,
            hedges=Hedges(limit=settings.max_hedges),
            tracing=tracing or Tracing(),
            peers=_peers(settings),
        )

    @cached_property
    def audit(self) -> AuditStore:
        """The log of hedges, opened when first asked for; with neither a URL nor a folder the last entries in memory."""
        folder, url = self.settings.state_folder, self.settings.audit_url
        if url is None and folder is None:
            most = self.settings.audit_memory_entries
            log.warning("audit_in_memory", most_entries=most, hint="set state_folder or audit_url to keep hedges")
            return AuditStore(most_entries=most)
        if url is None:
            url = f"sqlite:///{folder / 'audit.db'}" if folder is not None else ""
        return AuditStore(url, survives_power_loss=self.settings.durability == "synced")

    def door(self) -> Door:
        """What every call passes."""
        return Door(
            self.admission,
            self.limits,
            self.metrics,
            self.tracing,
            refuse_if_late=self.pool.refuse_if_late,
            log_calls=self.settings.log_calls,
            peers=self.peers,
        )

    async def write_down(self) -> None:
        """Return once all that is kept has been written where a successor reads it; nothing is kept here any more."""
        await asyncio.to_thread(self.state.close)

    @cached_property
    def broadcasts(self) -> Broadcasts:
        """What is watched, computed once for all who watch it."""
        field = exposure_pb2.GetExposureResponse.PROVENANCE_FIELD_NUMBER
        return Broadcasts(self.store, self.analyses, lambda answer, snapshot: self.aged(answer, field, snapshot))

    def aged(self, answer: bytes, field: int, snapshot: Snapshot) -> bytes:
        """An encoded answer on a kept chain with the ages of now in the provenance, its field of that number."""
        return aged(answer, field, snapshot, self.now())

    def kept_facts(self) -> Iterator[KeptFacts]:
        """What is told of kept chains at a scrape, of so many that it stays small."""
        now = self.now()
        for snapshot in self.store.snapshots()[:MOST_UNDERLYINGS]:
            surface = self.analyses.surface_facts(snapshot.underlying)
            yield KeptFacts(
                underlying=snapshot.underlying,
                revision=snapshot.revision,
                age_seconds=seconds_between(snapshot.parsed.quotes.as_of, now),
                surface_age_seconds=None if surface is None else seconds_between(surface.as_of, now),
                rungs=() if surface is None else surface.rungs,
            )

    def ages(self, snapshot: Snapshot, book: KeptBook | None = None) -> common_pb2.Staleness:
        """How old a kept chain is now, and the kept book on it."""
        staleness, now = common_pb2.Staleness(), self.now()
        ages_to_proto(snapshot, now, staleness)
        if book is not None:
            staleness.book_age_seconds = seconds_between(book.as_of, now)
        return staleness

    @property
    def store(self) -> MarketStore:
        """The kept chains."""
        return self.state.store

    @property
    def books(self) -> BookStore:
        """The kept books."""
        return self.state.books

    @property
    def clients(self) -> Clients:
        """How far each sender of updates has come."""
        return self.state.clients

    def now(self) -> np.datetime64:
        """The server's clock, datetime64[ns] UTC."""
        return np.datetime64(time.time_ns(), "ns")


def _peers(settings: Settings) -> Peers | None:
    if settings.shard_count == 1 or settings.shard_folder is None:
        return None
    size = settings.max_message_mebibytes * MEBIBYTE
    return Peers(settings.shard_folder, settings.shard, settings.shard_count, message_limit=size)
