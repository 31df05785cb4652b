"""Watches for asyncio."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import grpc
from gexapi.v1 import exposure_pb2

from gex_client.channel import error_from_rpc
from gex_client.errors import GexError, UnavailableError
from gex_client.exchange import FIRST_PAUSE, LONGEST_PAUSE
from gex_client.exposure import Exposure
from gex_client.risk import Risk
from gex_client.view import View
from gex_client.watch import News, log, passes

V = TypeVar("V", bound=View)


class AsyncWatch(AsyncIterator[V], Generic[V]):
    """Iterate over it with `async for`: each step waits for an answer newer than the last one taken."""

    def __init__(
        self, start: Callable[[Any], Any], request: Any, news: News[V], *, address: str, reconnect: bool
    ) -> None:
        self._start, self._request, self._address, self._reconnect = start, request, address, reconnect
        self._changed = asyncio.Event()
        self._newest: V | None = None
        self._error: GexError | None = None
        self._news = news
        self._reader: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def failure(self) -> exposure_pb2.WatchFailure | None:
        """Why the newest revision has no answer (reason, message); None where it has one."""
        return self._news.failure

    async def __anext__(self) -> V:
        if self._reader is None and not self._closed:
            self._reader = asyncio.create_task(self._read(), name="gex-watch")
        while True:
            newest, self._newest = self._newest, None
            if newest is not None:
                return newest
            if self._error is not None:
                raise self._error
            if self._reader is None or self._reader.done():
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()

    async def close(self) -> None:
        """End the watch."""
        self._closed = True
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _read(self) -> None:
        pause, request = FIRST_PAUSE, self._request
        try:
            while True:
                error = await self._follow(request)
                if not (self._reconnect and passes(error)):
                    self._error = error
                    return
                pause = FIRST_PAUSE if self._newest is not None else pause
                log.info("watch: %s; connecting again in %.1f s", error, pause)
                await asyncio.sleep(pause)
                pause, request = min(2.0 * pause, LONGEST_PAUSE), self._news.without_resume(self._request)
        finally:
            self._changed.set()

    async def _follow(self, request: Any) -> GexError:
        """Take what one connection brings; why it ended."""
        try:
            async for message in self._start(request):
                answer = self._news.of(message)
                if answer is not None:
                    self._newest = answer
                    self._changed.set()
        except grpc.RpcError as rpc_error:
            return error_from_rpc(rpc_error, self._address)
        return UnavailableError(f"{self._address}: the server ended the watch")


class AsyncExposureWatch(AsyncWatch[Exposure]):
    """The newest exposure: see `AsyncClient.watch_exposure`."""


class AsyncRiskWatch(AsyncWatch[Risk]):
    """The newest risk: see `AsyncClient.watch_risk`."""
