"""A live feed into a server: updates change the current chain, and what has changed is sent, at most once an interval. What
a slow server cannot take is never queued: what is sent next makes it the newest chain.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import websockets.asyncio.client
from gex_client.aio import AsyncClient
from gex_client.errors import MissingDataError, ServerError
from gex_server.wire.chain import chain_to_proto
from gexapi.v1 import chain_pb2
from websockets.exceptions import WebSocketException

from gex.errors import SourceError
from gex.io.deribit_feed import DeribitFeed
from gex.io.feed_loop import Connection, LoopCounts, feed_updates
from gex.io.live_chain import LiveChain
from gex_cli.chain_session import ChainSession, Publication
from gex_cli.connecting import way_to
from gex_cli.failing import one_line

BROKEN = (WebSocketException,)
LARGEST_MESSAGE = 1 << 24  # bytes; the snapshot of a deep book has thousands of lines

Tell = Callable[[str], None]


@dataclass
class FeedReport:
    """What a feed has done so far."""

    updates: int = 0
    applied: int = 0  # those that changed the chain
    publications: int = 0
    failed_publications: int = 0
    whole_publications: int = 0  # of `publications`, those of whole chains
    rows_sent: int = 0
    relistings: int = 0
    loop: LoopCounts = field(default_factory=LoopCounts)


def deribit_channels(live: LiveChain, *, books: bool) -> list[str]:
    """What is subscribed to: the ticker of every option, the trades of all, and with `books` every order book."""
    currency = live.underlying
    channels = [f"ticker.{name}.100ms" for name in live.instruments]
    if books:
        channels += [f"book.{name}.100ms" for name in live.instruments]
    return [*channels, f"trades.option.{currency}.100ms"]


@dataclass
class LiveFeed:
    """A chain, the feed that changes it and the server that gets it. `tell` takes lines for people."""

    live: LiveChain
    url: str
    tell: Tell
    listing: Callable[[], bytes]  # the listing as it is now; blocks, raises OSError or SourceError
    books: bool = False
    heartbeat_seconds: int = 10
    whole: bool = False  # True: every publication is of the whole chain
    report: FeedReport = field(default_factory=FeedReport)

    def __post_init__(self) -> None:
        channels = deribit_channels(self.live, books=self.books)
        self.feed = DeribitFeed(channels, heartbeat_seconds=self.heartbeat_seconds)
        self._options_changed = False

    async def follow(self) -> None:
        """Keep the chain up to date until cancelled; subscribes anew when the listed options have changed."""
        while True:
            async with aclosing(
                feed_updates(self.feed, self._connect, counts=self.report.loop, broken=BROKEN)
            ) as steps:
                async for updates in steps:
                    self.report.updates += len(updates)
                    self.report.applied += self.live.apply(updates)
                    if self._options_changed:
                        break
            self._options_changed = False
            self.feed.channels = tuple(deribit_channels(self.live, books=self.books))

    async def relist(self, every_seconds: float) -> None:
        """Ask for the listing again and again: options expire and new ones are listed every day."""
        while True:
            await asyncio.sleep(every_seconds)
            try:
                listing = await asyncio.to_thread(self.listing)
                changed = self.live.relist(listing)
            except (OSError, SourceError) as error:
                self.tell(f"listing: {one_line(error)}; the one before stands")
                continue
            self.report.relistings += 1
            if changed:
                self._options_changed = True
                self.tell(f"listing: {len(self.live.instruments)} options now; subscribing anew")

    async def publish(
        self, client: AsyncClient, interval: float, count: int | None, published: Callable[[Publication], None]
    ) -> None:
        """Send the chain whenever it has changed, at most once an interval; `count` publications, or for ever."""
        last, failing = -1, False
        way = ChainSession(client, self.live.underlying, whole=self.whole, tell=self.tell)
        try:
            while count is None or self.report.publications < count:
                if self.live.change_count == last:
                    await asyncio.sleep(interval)
                    continue
                seen = self.live.change_count
                message = chain_pb2.Chain()
                chain_to_proto(self.live.chain(), message)
                try:
                    answer = await way.publish(message)
                except (ServerError, MissingDataError) as error:
                    self.report.failed_publications += 1
                    if not failing:
                        self.tell(f"publishing: {one_line(error)}; trying on")
                    failing = True
                    await asyncio.sleep(max(interval, error.retry_after_seconds or 0.0))
                    continue
                last, failing = seen, False
                self.report.publications += 1
                self.report.whole_publications += answer.kinds == ("chain",)
                self.report.rows_sent += answer.rows_sent
                published(answer)
                if count is None or self.report.publications < count:
                    await asyncio.sleep(interval)
        finally:
            await way.close()

    async def run(
        self,
        client: AsyncClient,
        *,
        interval: float,
        relist_seconds: float,
        count: int | None,
        published: Callable[[Publication], None],
    ) -> None:
        """Everything at once, until `count` publications are out or one of the parts cannot go on."""
        parts = [
            asyncio.create_task(self.publish(client, interval, count, published), name="publish"),
            asyncio.create_task(self.follow(), name="follow"),
            asyncio.create_task(self.relist(relist_seconds), name="relist"),
        ]
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        for part in done:
            part.result()

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[Connection]:
        try:
            async with websockets.asyncio.client.connect(
                self.url, max_size=LARGEST_MESSAGE, open_timeout=10.0, close_timeout=1.0, compression=None
            ) as connection:
                yield connection
        except (OSError, *BROKEN) as error:
            self.tell(f"feed: {one_line(error)}; connecting again")
            raise


async def feed_into(
    live_feed: LiveFeed,
    server: str,
    *,
    interval: float,
    relist_seconds: float,
    count: int | None,
    published: Callable[[Publication], None],
) -> None:
    """Run a feed into the server at that address; a server that is not there is told at once."""
    way = way_to(server)
    async with AsyncClient(way.address, **way.options) as client:
        await client.underlyings()
        await live_feed.run(client, interval=interval, relist_seconds=relist_seconds, count=count, published=published)
