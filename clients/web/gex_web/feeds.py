"""Watches of the service that browsers read: one a question, however many read it."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
from gex_client.aio import AsyncClient
from gex_client.channel import error_from_rpc
from gex_client.errors import DrainingError, GexError, OverloadedError, UnavailableError
from gexapi.v1 import exposure_pb2

from gex_web.encoding import dumps
from gex_web.parts import listing_columns, parts, totals
from gex_web.questions import Question
from gex_web.settings import WebSettings
from gex_web.slots import Event, Slots, event_text

log = logging.getLogger("gex_web")

LISTING, EXPOSURE, GREEKS, CONVENTIONS = "listing", "exposure", "greeks", "conventions"
FAILURE, LINK, REFUSED, BEAT = "failure", "link", "refused", "beat"
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds before connecting again
COMPARE_AFTER, COMPARE_EVERY = 0.15, 0.5  # seconds: conventions are computed once the map is on screen
_PASSING = (UnavailableError, DrainingError, OverloadedError)


class Feed:
    """One watch, followed across restarts of the service; what is new stands in `slots`."""

    def __init__(self, client: AsyncClient, question: Question, settings: WebSettings) -> None:
        self.slots = Slots()
        self.readers = 0
        self._client, self._settings = client, settings
        self._request = question.watch_request(settings.heartbeat_seconds, settings.min_interval_seconds)
        self._question = question
        self._link = self._listing = ""
        self._newer = asyncio.Event()  # than what the conventions were computed of
        self._task = asyncio.create_task(self._run(), name="gex-web-feed")

    async def close(self) -> None:
        """End the watch and its readers."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        pause, comparing = FIRST_PAUSE, asyncio.create_task(self._compare(), name="gex-web-conventions")
        try:
            while True:
                count = self.slots.newest(LINK)
                error = await self._follow()
                if not isinstance(error, _PASSING):
                    self.slots.put(REFUSED, dumps({"reason": error.reason, "message": str(error)}))
                    return
                pause = FIRST_PAUSE if self.slots.newest(LINK) is not count else pause
                self._say("lost", str(error))
                await asyncio.sleep(max(pause, error.retry_after_seconds or 0.0))
                pause = min(2.0 * pause, LONGEST_PAUSE)
        except Exception:
            log.exception("a feed ended")
            raise
        finally:
            comparing.cancel()
            self.slots.close()

    async def _follow(self) -> GexError:
        """Take what one connection brings; why it ended."""
        silence = 4.0 * self._settings.heartbeat_seconds + 5.0
        stream = self._client.stream(self._request)
        try:
            while True:
                async with asyncio.timeout(silence):
                    message = await stream.read()
                if message is grpc.aio.EOF:
                    return UnavailableError("the server ended the watch")
                self._say("live")
                self._take(message)
        except TimeoutError:
            return UnavailableError(f"{self._settings.server}: silent for {silence:.0f} s")
        except grpc.RpcError as error:
            return error_from_rpc(error, self._settings.server)
        finally:
            stream.cancel()

    async def _compare(self) -> None:
        """Follow what comes with the conventions, a little later: they are dear, and the map goes first."""
        request = self._question.conventions_request()
        while True:
            await self._newer.wait()
            await asyncio.sleep(COMPARE_AFTER)
            self._newer.clear()
            try:
                found = await self._client.call("GetExposure", request)
            except _PASSING:
                self._newer.set()
            except GexError as error:
                log.debug("no conventions: %s", error)
            else:
                assert isinstance(found, exposure_pb2.GetExposureResponse)
                self.slots.put(CONVENTIONS, _now({"revision": found.revision, "exposure": totals(found)}))
            await asyncio.sleep(COMPARE_EVERY)

    def _take(self, message: exposure_pb2.WatchExposureResponse) -> None:
        event = message.WhichOneof("event")
        if event == "heartbeat":
            at = message.heartbeat.at
            self.slots.put(BEAT, _now({"server_ms": at.seconds * 1_000 + at.nanos / 1e6}))
        elif event == "failure":
            failure = {"reason": message.failure.reason, "message": message.failure.message}
            self.slots.put(FAILURE, _now({"revision": message.revision, **failure}))
            self._newer.set()  # of another positioning they may be known
        elif event == "exposure":
            self._show(message)
            self._newer.set()

    def _show(self, message: exposure_pb2.WatchExposureResponse) -> None:
        """Put an exposure in its three slots: the rows before what refers to them."""
        heard, made = time.time_ns() / 1e6, parts(message.exposure)
        provenance = message.exposure.provenance
        as_of = f"{provenance.as_of.seconds}.{provenance.as_of.nanos:09d}"
        self.slots.drop(FAILURE)
        if made.listing != self._listing:
            self._listing = made.listing
            self.slots.put(LISTING, dumps({"listing": made.listing, "map": listing_columns(message.exposure)}))
        refers = {"revision": message.revision, "listing": made.listing}
        body = {**refers, "heard_ms": heard, "skipped": message.skipped_count, "exposure": made.exposure}
        self.slots.put(EXPOSURE, _now(body), f"{message.revision}-{as_of}-{provenance.input_hash[:16]}")
        self.slots.put(GREEKS, dumps({**refers, "map": made.greeks}))

    def _say(self, state: str, message: str = "") -> None:
        if state != self._link or message:
            self._link = state
            self.slots.put(LINK, _now({"state": state, "message": message}))


class Feeds:
    """Feeds by who asks and what; one that nobody reads ends after a while."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._feeds: dict[tuple[int, Question], Feed] = {}
        self._ending: dict[tuple[int, Question], asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.reader_count = 0

    @asynccontextmanager
    async def reading(self, client: AsyncClient, question: Question) -> AsyncIterator[Feed]:
        """The feed of a question while it is read."""
        key = (id(client), question)
        feed = self._feeds.get(key)
        if feed is None or feed.slots.is_closed:
            feed = self._feeds[key] = Feed(client, question, self._settings)
        ending = self._ending.pop(key, None)
        if ending is not None:
            ending.cancel()
        feed.readers += 1
        self.reader_count += 1
        try:
            yield feed
        finally:
            feed.readers -= 1
            self.reader_count -= 1
            if feed.readers == 0 and self._feeds.get(key) is feed:
                loop = asyncio.get_running_loop()
                self._ending[key] = loop.call_later(self._settings.linger_seconds, self._end, key, feed)

    def _end(self, key: tuple[int, Question], feed: Feed) -> None:
        self._ending.pop(key, None)
        if feed.readers == 0 and self._feeds.get(key) is feed:
            del self._feeds[key]
            task = asyncio.create_task(feed.close())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End every feed: its readers end too."""
        for ending in self._ending.values():
            ending.cancel()
        feeds = list(self._feeds.values())
        self._feeds, self._ending = {}, {}
        await asyncio.gather(*(feed.close() for feed in feeds), *self._tasks)


async def event_stream(feed: Feed, last_event_id: str, heartbeat_seconds: float) -> AsyncIterator[bytes]:
    """What one browser is sent: the newest of each kind as fast as it reads, a beat where nothing is new.

    A browser that comes back with the id of the map that still stands is not sent it again.
    """
    taken: dict[str, int] = {}
    held: Event | None = feed.slots.newest(EXPOSURE)
    if held is not None and last_event_id and held.event_id == last_event_id:
        taken[EXPOSURE] = held.number
    yield b"retry: 500\n\n"
    while True:
        fresh = await feed.slots.wait(taken, heartbeat_seconds)
        if fresh:
            taken[fresh[0].kind] = fresh[0].number
            yield fresh[0].body  # one, then look again: what waited behind it may be old by now
        elif feed.slots.is_closed:
            return
        else:
            yield event_text(BEAT, _now({}))


def _now(values: dict[str, Any]) -> bytes:
    return dumps({"gateway_ms": time.time_ns() / 1e6, **values})
