"""WatchService: exposures and risks on one stream, added and ended as it goes, each the newest when the reader is ready."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from gexapi.v1 import exposure_pb2, risk_pb2, watch_pb2

from gex.errors import GexError
from gex_server.broadcast import Exposed
from gex_server.errors import DrainingError, FieldError, TooManyError
from gex_server.services.calls import Call
from gex_server.services.exposure import ExposureService, check_heartbeat, check_watch, heartbeat
from gex_server.services.risk_watch import risks_of
from gex_server.services.runtime import Runtime
from gex_server.watch import LatestValues
from gex_server.wire.columns import varint
from gex_server.wire.instants import instant_to_proto

EXPOSURE = watch_pb2.WatchResponse.EXPOSURE_FIELD_NUMBER
CANCELLED = "CANCELLED"


@dataclass(eq=False)
class Watching:
    """One watch of a stream."""

    watch_id: str
    asked: exposure_pb2.ExposureWatch | watch_pb2.RiskWatch
    following: "asyncio.Task[None]" = field(repr=False)
    sent: int = 0  # revision last sent of an exposure; 0 for nothing


@dataclass(frozen=True)
class Ended:
    """Why a watch is over."""

    reason: str
    message: str


Slot = Exposed | risk_pb2.WatchRiskResponse | Ended | Exception


class WatchService:
    """The call of WatchService."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def watch(self, requests: AsyncIterator[watch_pb2.WatchRequest], _call: Call) -> AsyncIterator[bytes]:
        """Exposures and risks as they change."""
        return Stream(self._runtime, requests).messages()


class Stream:
    """The watches of one stream, and a slot for the newest of each."""

    def __init__(self, runtime: Runtime, requests: AsyncIterator[watch_pb2.WatchRequest]) -> None:
        self._runtime, self._requests = runtime, requests
        self._exposures = ExposureService(runtime)
        self._slots: LatestValues[object, Slot | None] = LatestValues()
        self._watches: dict[str, Watching] = {}
        self._seconds = runtime.settings.heartbeat_seconds
        self._has_more = True  # requests may come

    async def messages(self) -> AsyncIterator[bytes]:
        """What the caller is sent, until it has no more to send and every watch has ended."""
        own = [asyncio.create_task(self._read(), name="gex-watches"), asyncio.create_task(self._end())]
        try:
            while self._has_more or self._watches:
                taken = await self._slots.take_within(self._seconds)
                if taken is None:
                    for watch in self._watches.values():
                        yield self._heartbeat(watch)
                    continue
                key, latest = taken
                if isinstance(latest, Exception) and not isinstance(key, Watching):
                    raise latest
                if isinstance(key, Watching) and latest is not None and self._watches.get(key.watch_id) is key:
                    yield self._message(key, latest)
        finally:
            tasks = (*own, *(watch.following for watch in self._watches.values()))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        """Add and end watches as the caller says; an error of a request ends the stream."""
        try:
            async for request in self._requests:
                self._take(request)
            self._has_more = False
            self._slots.put("no more", None)  # wakes the writer
        except Exception as error:
            self._slots.put("error", error)

    async def _end(self) -> None:
        await self._runtime.admission.turned_away.wait()
        self._slots.put("error", DrainingError("draining: the server is going down, watch another one"))

    def _take(self, request: watch_pb2.WatchRequest) -> None:
        kind = request.WhichOneof("request")
        if request.HasField("heartbeat_seconds"):
            check_heartbeat(request.heartbeat_seconds)
            self._seconds = request.heartbeat_seconds
            self._slots.put("heartbeat", None)  # the writer waits anew
        if kind == "cancel":
            watch = self._watches.get(request.cancel)
            if watch is not None:  # it may have ended meanwhile
                watch.following.cancel()
                self._slots.put_last(watch, Ended(CANCELLED, "ended by its caller"))  # whatever a broadcast still puts
        elif kind is None:
            if not request.HasField("heartbeat_seconds"):
                raise FieldError("expected an exposure, a risk or a cancel, got nothing", field="request")
        else:
            self._add(request, kind == "risk")

    def _add(self, request: watch_pb2.WatchRequest, is_risk: bool) -> None:
        asked = request.risk if is_risk else request.exposure
        watch_id = asked.watch_id
        path, limit = ("risk" if is_risk else "exposure"), self._runtime.settings.max_watches
        if watch_id in self._watches:
            raise FieldError(f"expected another than {watch_id!r}", field=f"{path}.watch_id")
        if len(self._watches) >= limit:
            raise TooManyError(f"expected at most {limit} watches on one stream", field=path)
        started = asyncio.Event()

        async def follow() -> None:
            await started.wait()
            watch = self._watches[watch_id]
            if is_risk:
                await self._follow_risk(watch, request.risk.watch)
            else:
                await self._follow_exposure(watch, request.exposure)

        self._watches[watch_id] = Watching(watch_id, asked, asyncio.create_task(follow()))
        started.set()

    async def _follow_exposure(self, watch: Watching, asked: exposure_pb2.ExposureWatch) -> None:
        try:
            check_watch(asked, "exposure.")
        except GexError as error:
            self._slots.put(watch, error)
            return
        await self._exposures.follow(watch, asked, self._slots)

    async def _follow_risk(self, watch: Watching, asked: risk_pb2.WatchRiskRequest) -> None:
        asked.ClearField("heartbeat_seconds")
        try:
            async with contextlib.aclosing(risks_of(self._runtime, asked, has_heartbeats=False)) as risks:  # type: ignore[type-var]
                async for risk in risks:
                    self._slots.put(watch, risk)
        except Exception as error:
            self._slots.put(watch, error)

    def _message(self, watch: Watching, latest: Slot) -> bytes:
        """The WatchResponse for what the slot of a watch holds; a defect or the end of the server is raised."""
        if isinstance(latest, DrainingError) or (isinstance(latest, Exception) and not isinstance(latest, GexError)):
            raise latest
        if isinstance(latest, GexError):
            latest = Ended(latest.reason, str(latest))
        if isinstance(latest, Ended):
            watch.following.cancel()
            del self._watches[watch.watch_id]
            end = watch_pb2.WatchEnd(reason=latest.reason, message=latest.message)
            return watch_pb2.WatchResponse(watch_id=watch.watch_id, end=end).SerializeToString()
        if isinstance(latest, risk_pb2.WatchRiskResponse):
            return watch_pb2.WatchResponse(watch_id=watch.watch_id, risk=latest).SerializeToString()
        assert isinstance(latest, Exposed)
        skipped = latest.skipped(watch.sent)
        if skipped:
            self._runtime.metrics.conflated.labels("WatchService.Watch").inc(skipped)
        body = latest.message(watch.watch_id, watch.sent)
        watch.sent = latest.revision
        return _exposure_response(watch.watch_id, body)

    def _heartbeat(self, watch: Watching) -> bytes:
        if isinstance(watch.asked, exposure_pb2.ExposureWatch):
            return _exposure_response(watch.watch_id, heartbeat(watch.asked, watch.sent, self._runtime))
        response = watch_pb2.WatchResponse(watch_id=watch.watch_id)
        instant_to_proto(self._runtime.now(), response.risk.heartbeat.at)
        return response.SerializeToString()


def _exposure_response(watch_id: str, body: bytes) -> bytes:
    """A WatchResponse around an encoded WatchExposureResponse."""
    head = watch_pb2.WatchResponse(watch_id=watch_id).SerializeToString()
    return head + varint(EXPOSURE << 3 | 2) + varint(len(body)) + body
