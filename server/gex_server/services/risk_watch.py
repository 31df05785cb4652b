"""The risk of a book as kept chains change: the latest whenever the reader is ready, never a queue."""

import asyncio
import math
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from gexapi.v1 import risk_pb2

from gex.errors import MissingDataError, NumericalError, UnknownUnderlyingError
from gex_server.answers.risk import Market, compute_risk
from gex_server.errors import DrainingError, FieldError, OverloadedError
from gex_server.services.runtime import Runtime
from gex_server.store import KeptBook, Snapshot
from gex_server.wire.book import underlyings_of
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.instants import instant_to_proto
from gex_server.wire.kept_books import kept_book_to_proto

SHORTEST_HEARTBEAT = 0.05  # seconds


async def risks_of(
    runtime: Runtime, request: risk_pb2.WatchRiskRequest, *, has_heartbeats: bool = True
) -> AsyncIterator[risk_pb2.WatchRiskResponse]:
    """One message for what is kept, one for every change that the reader is quick enough for, heartbeats between.

    Without heartbeats silence is silence: where several watches share a stream it has heartbeats of its own.
    """
    _check(request)
    seconds: float | None = runtime.settings.heartbeat_seconds
    if request.HasField("heartbeat_seconds"):
        seconds = request.heartbeat_seconds
    if not has_heartbeats:
        seconds = None
    seen = Seen(runtime, request)
    while True:
        changed = asyncio.ensure_future(_changed(runtime, request, seen))
        try:
            while not (await asyncio.wait({changed}, timeout=seconds))[0]:
                yield _heartbeat(runtime)
            snapshots, book = changed.result()
        finally:
            changed.cancel()
        try:
            response = await _response(runtime, request, snapshots, book)
        except OverloadedError as error:
            await asyncio.sleep(error.retry_after_seconds)
            continue
        seen.take(snapshots, book)
        yield response
        await asyncio.sleep(request.min_interval_seconds)


class Seen:
    """How far a reader of a risk has come: revisions of chains and of the kept book."""

    def __init__(self, runtime: Runtime, request: risk_pb2.WatchRiskRequest) -> None:
        self._markets = {name: _resume_after(runtime, name, at) for name, at in request.after_revision.items()}
        kept = runtime.books.get(request.book_name) if request.book_name else None
        after = request.after_book_revision
        # without a revision of the book none of it was seen; one ahead of what is kept is of an earlier life of the server
        self.book = after if kept is not None and after <= kept.revision else 0

    def market(self, underlying: str) -> int:
        """The revision of a chain that was seen last; 0 for none."""
        return self._markets.get(underlying, 0)

    def take(self, snapshots: list[Snapshot], book: KeptBook | None) -> None:
        """Remember what was sent."""
        self._markets = {snapshot.underlying: snapshot.revision for snapshot in snapshots}
        self.book = book.revision if book else 0


async def _changed(
    runtime: Runtime, request: risk_pb2.WatchRiskRequest, seen: Seen
) -> tuple[list[Snapshot], KeptBook | None]:
    """The latest chains, and the kept book, once all of them are there and one is newer than what was seen."""
    store, books = runtime.store, runtime.books
    while True:
        book = None
        if request.book_name:
            await _first(runtime, [books.wait_newer(request.book_name, 0)])
            book = books.book(request.book_name)
        names = underlyings_of(book_of(request, book), "book")
        missing = [name for name in names if store.get(name) is None]
        waits: list[Coroutine[Any, Any, object]]
        if missing:
            waits = [store.wait_newer(name, 0) for name in missing]
        else:
            waits = [store.wait_newer(name, seen.market(name)) for name in names]
        if book is not None:
            waits.append(books.wait_newer(book.name, book.revision if missing else seen.book))
        await _first(runtime, waits)
        newest = books.book(request.book_name) if request.book_name else None
        if not missing and (newest is None or underlyings_of(book_of(request, newest), "book") == names):
            return [store.snapshot(name) for name in names], newest


async def _first(runtime: Runtime, waits: list[Coroutine[Any, Any, object]]) -> None:
    """Wait for the first of `waits`; a DrainingError once the server goes down."""
    going = asyncio.ensure_future(runtime.admission.turned_away.wait())
    tasks: set[asyncio.Future[Any]] = {asyncio.ensure_future(wait) for wait in waits}
    try:
        await asyncio.wait({*tasks, going}, return_when=asyncio.FIRST_COMPLETED)
        if not any(task.done() for task in tasks):
            raise DrainingError("draining: the server is going down, watch another one")
    finally:
        for task in (*tasks, going):
            task.cancel()


def book_of(request: risk_pb2.WatchRiskRequest, kept: KeptBook | None) -> risk_pb2.Book:
    """The book that is watched: the one that came with the request, or the kept one."""
    if kept is None:
        return request.book
    book = risk_pb2.Book()
    kept_book_to_proto(kept, book)
    return book


async def _response(
    runtime: Runtime, request: risk_pb2.WatchRiskRequest, snapshots: list[Snapshot], kept: KeptBook | None
) -> risk_pb2.WatchRiskResponse:
    """The risk in these snapshots, or why there is none."""
    response = risk_pb2.WatchRiskResponse(book_revision=kept.revision if kept else 0)
    book = book_of(request, kept)
    question = risk_pb2.ComputeRiskRequest(book=book, settings=request.settings)
    try:
        if not snapshots:
            raise MissingDataError(f"book: {request.book_name!r} holds nothing")
        instant_to_proto(max(snapshot.parsed.quotes.as_of for snapshot in snapshots), response.as_of)
        markets = {}
        for snapshot in snapshots:
            analysis = await runtime.analyses.analysis(snapshot, request.settings.analysis, "settings.analysis")
            ages = runtime.ages(snapshot, kept)
            markets[snapshot.underlying] = Market(analysis=analysis, revision=snapshot.revision, ages=ages)
        rows = len(book.options.strike)
        response.risk.CopyFrom(await runtime.pool.run(lambda: compute_risk(question, markets), rows=rows))
        response.risk.book_revision = response.book_revision
    except (MissingDataError, NumericalError) as error:
        response.failure.reason, response.failure.message = error.reason, str(error)
    return response


def _check(request: risk_pb2.WatchRiskRequest) -> None:
    """Refuse what no revision could answer."""
    refuse_unbuilt(request)
    if request.HasField("heartbeat_seconds") and not SHORTEST_HEARTBEAT <= request.heartbeat_seconds < math.inf:
        raise FieldError(f"expected at least {SHORTEST_HEARTBEAT}", field="heartbeat_seconds")
    if not 0.0 <= request.min_interval_seconds < math.inf:
        raise FieldError("expected seconds from 0 on", field="min_interval_seconds")
    if request.book_name:
        if request.HasField("book"):
            raise FieldError("expected a book or the name of a kept one, got both", field="book_name")
    elif not underlyings_of(request.book, "book"):
        raise FieldError("expected at least one position, got none", field="book")


def _resume_after(runtime: Runtime, underlying: str, revision: int) -> int:
    """A revision that is ahead of what is kept is of an earlier life of the server."""
    try:
        return revision if revision <= runtime.store.snapshot(underlying).revision else 0
    except UnknownUnderlyingError:
        return 0


def _heartbeat(runtime: Runtime) -> risk_pb2.WatchRiskResponse:
    response = risk_pb2.WatchRiskResponse()
    instant_to_proto(runtime.now(), response.heartbeat.at)
    return response
