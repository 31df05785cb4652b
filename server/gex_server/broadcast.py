"""One computation for all who watch the same: the exposure of every revision, put before each of them."""

import asyncio
import dataclasses
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from gexapi.v1 import exposure_pb2

from gex.errors import MissingDataError, NumericalError
from gex_server.analyses import Analyses
from gex_server.errors import OverloadedError
from gex_server.store import MarketStore, Snapshot
from gex_server.wire.columns import varint

EXPOSURE = exposure_pb2.WatchExposureResponse.EXPOSURE_FIELD_NUMBER
FAILURE = exposure_pb2.WatchExposureResponse.FAILURE_FIELD_NUMBER


@dataclass(frozen=True)
class Exposed:
    """What a watch has to say of a revision: an answer or a failure, encoded once for all who watch it."""

    revision: int
    field: int  # number of the field of WatchExposureResponse that `body` belongs in
    body: bytes
    _messages: dict[tuple[str, int], bytes] = dataclasses.field(default_factory=dict, repr=False)

    def skipped(self, sent_revision: int) -> int:
        """Revisions that a watch which was last sent `sent_revision`, 0 for nothing, never saw."""
        return max(self.revision - sent_revision - 1, 0) if sent_revision else 0

    def message(self, watch_id: str, sent_revision: int) -> bytes:
        """The WatchExposureResponse for a watch that was last sent `sent_revision`, 0 for nothing."""
        skipped = self.skipped(sent_revision)
        known = self._messages.get((watch_id, skipped))
        if known is None:
            head = exposure_pb2.WatchExposureResponse(
                watch_id=watch_id, revision=self.revision, skipped_count=skipped
            ).SerializeToString()
            known = head + varint(self.field << 3 | 2) + varint(len(self.body)) + self.body
            self._messages[watch_id, skipped] = known
        return known


Put = Callable[[Exposed | Exception], None]


class Broadcasts:
    """What is watched without a pace of the reader's own, by (underlying, settings)."""

    def __init__(self, store: MarketStore, analyses: Analyses, aged: Callable[[bytes, Snapshot], bytes]) -> None:
        self._store, self._analyses, self._aged = store, analyses, aged
        self._running: dict[tuple[str, bytes], Broadcast] = {}

    async def follow(
        self, underlying: str, settings: exposure_pb2.ExposureSettings, after_revision: int, put: Put
    ) -> None:
        """Put the exposure of every revision above `after_revision` as it comes, until cancelled or one raises."""
        key = (underlying, settings.SerializeToString(deterministic=True))
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = Broadcast(self, underlying, settings)
        await running.listen(put, after_revision, lambda: self._running.pop(key, None))

    async def exposed(self, snapshot: Snapshot, settings: exposure_pb2.ExposureSettings) -> Exposed:
        """The exposure of a revision, or why there is none."""
        try:
            answer = await self._analyses.exposure(snapshot, settings)
        except (MissingDataError, NumericalError) as error:
            failure = exposure_pb2.WatchFailure(reason=error.reason, message=str(error))
            return Exposed(snapshot.revision, FAILURE, failure.SerializeToString())
        return Exposed(snapshot.revision, EXPOSURE, self._aged(answer, snapshot))

    async def newest(self, underlying: str, revision: int, settings: exposure_pb2.ExposureSettings) -> Exposed:
        """The exposure of the newest revision above `revision`; waits for one, and while the server has too much to do."""
        while True:
            snapshot = await self._store.wait_newer(underlying, revision)
            try:
                return await self.exposed(snapshot, settings)
            except OverloadedError as error:
                await asyncio.sleep(error.retry_after_seconds)


class Broadcast:
    """One underlying under one setting, followed while anyone listens."""

    def __init__(self, all_of_them: Broadcasts, underlying: str, settings: exposure_pb2.ExposureSettings) -> None:
        self._all, self._underlying, self._settings = all_of_them, underlying, settings
        self._listeners: dict[Put, int] = {}  # and the revision above which each wants to hear
        self._task: asyncio.Task[None] | None = None

    async def listen(self, put: Put, after_revision: int, end: Callable[[], object]) -> None:
        """Tell `put` until cancelled; the last who leaves calls `end`."""
        self._listeners[put] = after_revision
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(
            self._follow(), name="gex-broadcast"
        )  # from the revision of now, for who is new
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            del self._listeners[put]
            if not self._listeners:
                end()
                self._task.cancel()
                with suppress(asyncio.CancelledError):
                    await self._task

    async def _follow(self) -> None:
        revision = 0
        try:
            while True:
                latest = await self._all.newest(self._underlying, revision, self._settings)
                revision = latest.revision
                for put, after in list(self._listeners.items()):
                    if latest.revision > after:
                        self._listeners[put] = latest.revision
                        put(latest)
        except Exception as error:
            for put in self._listeners:
                put(error)
