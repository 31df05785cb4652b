"""Keeping a feed alive over connections that break. The connection is given, so nothing here knows a network."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from gex.io.deribit_feed import DeribitFeed, FeedUpdate

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0


class Connection(Protocol):
    """An open websocket: text out, text or bytes in. Either may raise when the connection is gone."""

    async def send(self, message: str, /) -> None:
        """Send one message."""
        ...

    async def recv(self) -> bytes | str:
        """The next message."""
        ...


Connect = Callable[[], AbstractAsyncContextManager[Connection]]


@dataclass
class LoopCounts:
    """How often the loop had to begin anew."""

    connections: int = 0
    silences: int = 0  # connections given up because nothing came
    failures: int = 0  # connections that could not be made or broke


async def feed_updates(
    feed: DeribitFeed,
    connect: Connect,
    *,
    counts: LoopCounts | None = None,
    attempts: int | None = None,
    broken: tuple[type[Exception], ...] = (OSError, EOFError),
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    first_pause: float = FIRST_PAUSE_SECONDS,
    longest_pause: float = LONGEST_PAUSE_SECONDS,
) -> AsyncGenerator[tuple[FeedUpdate, ...], None]:
    """The updates of a feed, message by message, across reconnects, until the caller stops.

    After a connection that broke, could not be made or fell silent the loop waits (0.5 s, doubled up to 30 s, back to 0.5 s
    after the first message) and subscribes anew. `attempts` consecutive failures without a message raise the last one as
    a ConnectionError. `broken` are the exceptions by which the connection says that it is gone (beside OSError: the
    websocket library's own).
    What the consumer does between two updates holds up reading: the socket's own flow control is the only queue.
    """
    counts = counts if counts is not None else LoopCounts()
    gone: tuple[type[Exception], ...] = (OSError, *broken)
    pause, failed = first_pause, 0
    while True:
        try:
            async with connect() as connection:
                counts.connections += 1
                for request in feed.opened():
                    await connection.send(request)
                while True:
                    try:
                        message = await asyncio.wait_for(connection.recv(), feed.silence_allowed_seconds)
                    except TimeoutError:
                        counts.silences += 1
                        raise ConnectionError(f"nothing came for {feed.silence_allowed_seconds:g} s") from None
                    pause, failed = first_pause, 0
                    step = feed.received(message)
                    if step.updates:
                        yield step.updates
                    if step.wait_seconds:
                        await sleep(step.wait_seconds)
                    for reply in step.replies:
                        await connection.send(reply)
        except gone as error:
            counts.failures += 1
            failed += 1
            if attempts is not None and failed >= attempts:
                raise ConnectionError(f"feed: no connection after {failed} attempts: {error}") from error
        await sleep(pause)
        pause = min(2.0 * pause, longest_pause)
