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
from gex_server.store import Snapshot
from gex_server.wire.book import underlyings_of
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.instants import instant_to_proto

SHORTEST_HEARTBEAT = 0.05  # seconds


async def risks_of(runtime: Runtime, request: risk_pb2.WatchRiskRequest) -> AsyncIterator[risk_pb2.WatchRiskResponse]:
    """One message for what is kept, one for every change that the reader is quick enough for, heartbeats between."""
    underlyings = _checked(request)
    seconds = runtime.settings.heartbeat_seconds
    if request.HasField("heartbeat_seconds"):
        seconds = request.heartbeat_seconds
    seen = {name: _resume_after(runtime, name, request.after_revision.get(name, 0)) for name in underlyings}
    while True:
        changed = asyncio.ensure_future(_changed(runtime, seen))
        try:
            while not (await asyncio.wait({changed}, timeout=seconds))[0]:
                yield _heartbeat(runtime)
            snapshots = changed.result()
        finally:
            changed.cancel()
        try:
            response = await _response(runtime, request, snapshots)
        except OverloadedError as error:
            await asyncio.sleep(error.retry_after_seconds)
            continue
        seen = {snapshot.underlying: snapshot.revision for snapshot in snapshots}
        yield response
        await asyncio.sleep(request.min_interval_seconds)


async def _changed(runtime: Runtime, seen: dict[str, int]) -> list[Snapshot]:
    """The latest snapshots once each underlying is kept and one of them is newer than what was seen."""
    store = runtime.store
    await _unless_going(runtime, [store.wait_newer(name, 0) for name in seen], asyncio.ALL_COMPLETED)
    newer = [store.wait_newer(name, revision) for name, revision in seen.items()]
    await _unless_going(runtime, newer, asyncio.FIRST_COMPLETED)
    return [store.snapshot(name) for name in seen]


async def _unless_going(runtime: Runtime, waits: list[Coroutine[Any, Any, Snapshot]], return_when: str) -> None:
    """Wait for all or the first of `waits`; a DrainingError once the server goes down."""
    going = asyncio.ensure_future(runtime.admission.turned_away.wait())
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    work = asyncio.ensure_future(asyncio.wait(tasks, return_when=return_when))
    either: set[asyncio.Future[Any]] = {work, going}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise DrainingError("draining: the server is going down, watch another one")
    finally:
        for task in (*either, *tasks):
            task.cancel()


async def _response(
    runtime: Runtime, request: risk_pb2.WatchRiskRequest, snapshots: list[Snapshot]
) -> risk_pb2.WatchRiskResponse:
    """The risk in these snapshots, or why there is none."""
    response = risk_pb2.WatchRiskResponse()
    instant_to_proto(max(snapshot.parsed.quotes.as_of for snapshot in snapshots), response.as_of)
    question = risk_pb2.ComputeRiskRequest(book=request.book, settings=request.settings)
    try:
        markets = {}
        for snapshot in snapshots:
            analysis = await runtime.analyses.analysis(snapshot, request.settings.analysis, "settings.analysis")
            markets[snapshot.underlying] = Market(analysis=analysis, revision=snapshot.revision)
        rows = len(request.book.options.strike)
        response.risk.CopyFrom(await runtime.pool.run(lambda: compute_risk(question, markets), rows=rows))
    except (MissingDataError, NumericalError) as error:
        response.failure.reason, response.failure.message = error.reason, str(error)
    return response


def _checked(request: risk_pb2.WatchRiskRequest) -> tuple[str, ...]:
    """The underlyings of the book; an error where no revision could answer."""
    refuse_unbuilt(request)
    if request.HasField("heartbeat_seconds") and not SHORTEST_HEARTBEAT <= request.heartbeat_seconds < math.inf:
        raise FieldError(f"expected at least {SHORTEST_HEARTBEAT}", field="heartbeat_seconds")
    if not 0.0 <= request.min_interval_seconds < math.inf:
        raise FieldError("expected seconds from 0 on", field="min_interval_seconds")
    underlyings = underlyings_of(request.book, "book")
    if not underlyings:
        raise FieldError("expected at least one position, got none", field="book")
    return underlyings


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
