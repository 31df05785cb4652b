"""Updates of what is kept, one by one: each is taken once, in its client's order, or answered with the reason why not.

The answer to a message goes out once the change is as safe as the settings promise; meanwhile the next ones are applied.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from gexapi.v1 import chain_pb2

from gex.errors import NoQuotesError
from gex_server.errors import RevisionConflictError
from gex_server.services.runtime import Runtime
from gex_server.state.journal import Receipt
from gex_server.store import KeptBook, Snapshot
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.kept_books import changed_book
from gex_server.wire.updates import Changed, as_of_update, changed, is_too_late

MOST_UNANSWERED = 256  # messages of a stream that are applied and wait for the disk
INLINE_LINES = 256  # updates of so many lines are applied here and now: shorter than the way to a thread and back
INLINE_ROWS = 50_000  # of chains up to this size


@dataclass(frozen=True)
class Taken:
    """An answer, and when it may go out."""

    response: chain_pb2.StreamUpdatesResponse
    receipt: Receipt | None  # None: at once


async def answers(
    runtime: Runtime, requests: AsyncIterator[chain_pb2.StreamUpdatesRequest]
) -> AsyncIterator[chain_pb2.StreamUpdatesResponse]:
    """The answers to a stream of updates, in its order; an error of a request ends it once those before are answered.

    While nothing has to wait for a disk, one message after the other, without a task between them.
    """
    async for message in requests:
        refuse_unbuilt(message)
        one = await taken(runtime, message)
        if one.receipt is not None and not one.receipt.done():
            async for response in _answered_behind(runtime, requests, one):
                yield response
            return
        yield await _told(one)


async def _told(one: Taken) -> chain_pb2.StreamUpdatesResponse:
    if one.receipt is not None:
        one.response.durability = await one.receipt
    return one.response


async def _answered_behind(
    runtime: Runtime, requests: AsyncIterator[chain_pb2.StreamUpdatesRequest], first: Taken
) -> AsyncIterator[chain_pb2.StreamUpdatesResponse]:
    """The answers from `first` on: while it waits for the disk the next messages are applied."""
    waiting: asyncio.Queue[Taken | Exception | None] = asyncio.Queue(MOST_UNANSWERED)

    waiting.put_nowait(first)

    async def apply() -> None:
        try:
            async for message in requests:
                refuse_unbuilt(message)
                await waiting.put(await taken(runtime, message))
            await waiting.put(None)
        except Exception as error:
            await waiting.put(error)

    applying = asyncio.create_task(apply(), name="gex-updates")
    try:
        while (one := await waiting.get()) is not None:
            if isinstance(one, Exception):
                raise one
            yield await _told(one)
    finally:
        applying.cancel()
        with suppress(asyncio.CancelledError):
            await applying


async def taken(runtime: Runtime, message: chain_pb2.StreamUpdatesRequest) -> Taken:
    """The answer to one update; an error of the request leaves state and sequence as they were."""
    as_of_update(message)
    client = runtime.clients.client(message.client_id)
    async with client.lock:
        response = chain_pb2.StreamUpdatesResponse(sequence=message.sequence)
        response.reason = client.refusal(message.sequence, is_whole=message.HasField("chain"))
        if response.reason:
            response.revision = _revision(runtime, message)
            # what a duplicate repeats may not be safe yet
            return Taken(response, runtime.state.barrier() if response.reason == "duplicate" else None)
        if message.HasField("book"):
            return _taken_book(runtime, message, response)
        while True:
            try:
                return await _taken_change(runtime, message, response)
            except RevisionConflictError:  # another sender was faster: once more, on what it left
                continue


async def _taken_change(
    runtime: Runtime, message: chain_pb2.StreamUpdatesRequest, response: chain_pb2.StreamUpdatesResponse
) -> Taken:
    kind = message.WhichOneof("update") or ""
    before = _kept(runtime, message)
    if before is not None and is_too_late(before, kind, as_of_update(message)):
        response.reason, response.revision = "older_than_kept", before.revision
        return Taken(response, runtime.state.keep_sequence(message))
    change = await _changed(runtime, before, message)
    del response.rejects[:]
    change.refusals.to_proto(response.rejects, response.rejected_rows, change.open_interest)
    if change.snapshot is None:
        response.reason, response.revision = "bad_rows", before.revision if before else 0
        return Taken(response, runtime.state.keep_sequence(message))
    receipt = runtime.state.keep_update(change.snapshot, message, before.revision if before else 0)
    response.is_applied, response.revision = True, change.snapshot.revision
    return Taken(response, receipt)


def _taken_book(
    runtime: Runtime, message: chain_pb2.StreamUpdatesRequest, response: chain_pb2.StreamUpdatesResponse
) -> Taken:
    books, as_of = runtime.books, as_of_update(message)
    kept = books.get(message.book.book)
    response.revision = kept.revision if kept else 0
    if kept is not None and as_of < kept.as_of and not message.book.adds:  # a fill is never too late
        response.reason = "older_than_kept"
        return Taken(response, runtime.state.keep_sequence(message))
    snapshot = runtime.store.get(message.underlying)
    change = changed_book(kept, message, snapshot, limit=runtime.settings.max_rows)
    change.refusals.to_proto(response.rejects, response.rejected_rows)
    if change.book is None:
        response.reason = "bad_rows"
        return Taken(response, runtime.state.keep_sequence(message))
    instant = as_of if kept is None else max(as_of, kept.as_of)
    book = KeptBook(name=message.book.book, revision=response.revision + 1, as_of=instant, book=change.book)
    receipt = runtime.state.keep_book(book, message)
    response.is_applied, response.revision = True, book.revision
    return Taken(response, receipt)


async def _changed(runtime: Runtime, before: Snapshot | None, message: chain_pb2.StreamUpdatesRequest) -> Changed:
    """What the update makes of the chain; NoQuotesError where it would leave no row."""
    limits, now = runtime.settings.chain_limits, runtime.now()
    kind = message.WhichOneof("update") or ""

    def work() -> Changed:
        change = changed(before, message, now, limits)
        if kind in ("quotes", "chain") and change.snapshot is not None and len(change.snapshot.cleaned.quotes) == 0:
            raise NoQuotesError(f"{message.underlying}: no row of the chain would be left")
        return change

    lines = 0 if kind == "spot" else len(getattr(message, kind).strike)
    is_listed = before is not None and "listing" in before.__dict__
    is_short = before is not None and before.parsed.row_count <= INLINE_ROWS and lines <= INLINE_LINES
    if kind == "spot" or (is_short and is_listed and kind in ("open_interest", "trades", "inventory")):
        return work()
    return await runtime.pool.run(work, rows=before.parsed.row_count if before else lines)


def _kept(runtime: Runtime, message: chain_pb2.StreamUpdatesRequest) -> Snapshot | None:
    """What is kept; None where nothing is and the update is a whole chain."""
    if message.HasField("chain"):
        return runtime.store.get(message.underlying)
    return runtime.store.snapshot(message.underlying)


def _revision(runtime: Runtime, message: chain_pb2.StreamUpdatesRequest) -> int:
    kept = runtime.books.get(message.book.book) if message.HasField("book") else runtime.store.get(message.underlying)
    return kept.revision if kept else 0
