"""ExposureService: exposure of a chain sent along, of a kept one, and as kept ones change."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from gexapi.v1 import exposure_pb2

from gex.errors import UnknownUnderlyingError
from gex_server.answers.exposure import compute_exposure
from gex_server.broadcast import Exposed
from gex_server.errors import DrainingError, FieldError, TooManyError
from gex_server.services.calls import Call
from gex_server.services.chain import kept
from gex_server.services.runtime import Runtime
from gex_server.watch import LatestValues
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.instants import instant_to_proto
from gex_server.wire.staleness import ages_to_proto

PROVENANCE = exposure_pb2.GetExposureResponse.PROVENANCE_FIELD_NUMBER
SHORTEST_HEARTBEAT = 0.05  # seconds

K = TypeVar("K")


class ExposureService:
    """The calls of ExposureService."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def compute_exposure(self, request: exposure_pb2.ComputeExposureRequest, call: Call) -> bytes:
        """Exposure of the chain in the request."""
        limits, timed = self._runtime.settings.chain_limits, self._runtime.metrics.timed
        return await self._runtime.pool.run(
            lambda: compute_exposure(
                request, limits=limits, checkpoint=call.deadline.check, timed=timed
            ).SerializeToString(),
            rows=len(request.chain.strike),
            deadline=call.deadline,
        )

    async def get_exposure(self, request: exposure_pb2.GetExposureRequest, call: Call) -> bytes:
        """Exposure of a kept chain."""
        minimum = request.min_revision if request.HasField("min_revision") else None
        snapshot = await kept(self._runtime, request.underlying, minimum)
        answer = await self._runtime.analyses.exposure(snapshot, request.settings, call.deadline)
        return self._runtime.aged(answer, PROVENANCE, snapshot)

    async def watch_exposure(self, request: exposure_pb2.WatchExposureRequest, _call: Call) -> AsyncIterator[bytes]:
        """Exposure of kept chains as they change: the latest of each watch, whatever the reader's pace."""
        _check_stream(request, self._runtime.settings.max_watches)
        seconds = self._runtime.settings.heartbeat_seconds
        if request.HasField("heartbeat_seconds"):
            seconds = request.heartbeat_seconds
        slots: LatestValues[int, Exposed | Exception] = LatestValues()
        sent = [0] * len(request.watches)  # revision last sent, by watch
        tasks = [asyncio.create_task(self.follow(i, watch, slots)) for i, watch in enumerate(request.watches)]
        tasks.append(asyncio.create_task(self._end(slots)))
        try:
            while True:
                taken = await slots.take_within(seconds)
                if taken is None:
                    for watch, revision in zip(request.watches, sent, strict=True):
                        yield heartbeat(watch, revision, self._runtime)
                    continue
                i, latest = taken
                if isinstance(latest, Exception):
                    raise latest
                skipped = latest.skipped(sent[i])
                if skipped:
                    self._runtime.metrics.conflated.labels("ExposureService.WatchExposure").inc(skipped)
                yield latest.message(request.watches[i].watch_id, sent[i])
                sent[i] = latest.revision
        finally:
            for task in tasks:
                task.cancel()

    async def follow(self, i: K, watch: exposure_pb2.ExposureWatch, slots: LatestValues[K, Any]) -> None:
        """Put the exposure of every revision that comes into slot `i`; an error of the request ends in there, too."""
        broadcasts, revision = self._runtime.broadcasts, _resume_after(watch, self._runtime)
        try:
            if watch.min_interval_seconds == 0.0:
                await broadcasts.follow(watch.underlying, watch.settings, revision, lambda latest: slots.put(i, latest))
            while True:
                latest = await broadcasts.newest(watch.underlying, revision, watch.settings)
                slots.put(i, latest)
                revision = latest.revision
                await asyncio.sleep(watch.min_interval_seconds)
        except Exception as error:
            slots.put(i, error)

    async def _end(self, slots: LatestValues[int, Exposed | Exception]) -> None:
        await self._runtime.admission.turned_away.wait()
        slots.put(-1, DrainingError("draining: the server is going down, watch another one"))


def _check_stream(request: exposure_pb2.WatchExposureRequest, limit: int) -> None:
    """Refuse what no revision could answer, before anything is sent."""
    if not request.watches:
        raise FieldError("expected at least one watch, got none", field="watches")
    if len(request.watches) > limit:
        raise TooManyError(f"expected at most {limit}, got {len(request.watches)}", field=f"watches[{limit}]")
    if request.HasField("heartbeat_seconds"):
        check_heartbeat(request.heartbeat_seconds)
    seen: set[str] = set()
    for i, watch in enumerate(request.watches):
        if watch.watch_id in seen:
            raise FieldError(f"expected another than {watch.watch_id!r}", field=f"watches[{i}].watch_id")
        check_watch(watch, f"watches[{i}].")
        seen.add(watch.watch_id)


def check_heartbeat(seconds: float) -> None:
    """Refuse heartbeats that would be a flood, or none."""
    if not SHORTEST_HEARTBEAT <= seconds < math.inf:
        raise FieldError(f"expected at least {SHORTEST_HEARTBEAT}", field="heartbeat_seconds")


def check_watch(watch: exposure_pb2.ExposureWatch, path: str) -> None:
    """Refuse a watch that no revision could answer; `path` leads to it in errors."""
    if not watch.underlying:
        raise FieldError("expected the name of an underlying, got nothing", field=f"{path}underlying")
    if not 0.0 <= watch.min_interval_seconds < math.inf:
        raise FieldError("expected seconds from 0 on", field=f"{path}min_interval_seconds")
    refuse_unbuilt(watch.settings, f"{path}settings.")


def _resume_after(watch: exposure_pb2.ExposureWatch, runtime: Runtime) -> int:
    """The revision after which a watch begins. One that is ahead of what is kept is of an earlier life of the server."""
    try:
        kept_revision = runtime.store.snapshot(watch.underlying).revision
    except UnknownUnderlyingError:
        return 0
    return watch.after_revision if watch.after_revision <= kept_revision else 0


def heartbeat(watch: exposure_pb2.ExposureWatch, revision: int, runtime: Runtime) -> bytes:
    """A sign of life of a watch that was last sent `revision`, 0 for nothing, with how old what it watches is."""
    message = exposure_pb2.WatchExposureResponse(watch_id=watch.watch_id, revision=revision)
    now = runtime.now()
    instant_to_proto(now, message.heartbeat.at)
    snapshot = runtime.store.get(watch.underlying)
    if snapshot is not None:
        ages_to_proto(snapshot, now, message.heartbeat.staleness)
    return message.SerializeToString()
