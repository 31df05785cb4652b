"""The same client for asyncio."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakSet

import grpc
import grpc.aio
import numpy.typing as npt
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, hedge_pb2, risk_pb2
from google.protobuf.message import Message

from gex_client import calls
from gex_client.book import Book
from gex_client.calls import Call, Market, Positionings
from gex_client.chain import Chain
from gex_client.channel import (
    DEFAULT_ADDRESS,
    DEFAULT_TIMEOUT,
    call_metadata,
    channel_options,
    check_token_is_safe,
    error_from_rpc,
)
from gex_client.errors import GexError, UnavailableError
from gex_client.exposure import Exposure
from gex_client.health import HEALTH, is_serving
from gex_client.hedge import HedgePlan
from gex_client.market import KeptChain, KeptUnderlying, Published
from gex_client.messages import Values
from gex_client.risk import Risk
from gex_client.routing import routing_metadata
from gex_client.surface import Surface, SurfacePoints
from gex_client.view import View
from gex_client.vols import Vols
from gex_client.watch import FIRST_PAUSE, LONGEST_PAUSE, News, log, passes, watch_request, without_resume

V = TypeVar("V", bound=View)


class AsyncClient:
    """`gex_client.Client` with `await`: the same calls, arguments, answers and errors.

    Make it and use it inside one event loop.
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        credentials: grpc.ChannelCredentials | None = None,
        token: str | None = None,
        insecure_token: bool = False,
        options: Sequence[tuple[str, Any]] = (),
    ) -> None:
        self.address = address
        self.timeout = timeout
        if not insecure_token:
            check_token_is_safe(address, token, credentials)
        self._metadata = call_metadata(token)
        chosen = channel_options(options)
        self._channel = (
            grpc.aio.insecure_channel(address, chosen)
            if credentials is None
            else grpc.aio.secure_channel(address, credentials, chosen)
        )
        self._methods: dict[str, Any] = {}
        self._watches: WeakSet[AsyncExposureWatch] = WeakSet()

    async def publish_chain(
        self,
        chain: Chain | chain_pb2.Chain,
        *,
        expected_revision: int | None = None,
        timeout: float | None = None,
    ) -> Published:
        """Replace the chain of one underlying; RevisionConflictError where `expected_revision` is not the kept one."""
        return await self._ask(calls.publish_chain(chain, expected_revision), timeout)

    async def chain(
        self, underlying: str, *, min_revision: int | None = None, timeout: float | None = None
    ) -> KeptChain:
        """The kept chain, from `min_revision` on; UnknownUnderlyingError where there is none."""
        return await self._ask(calls.chain(underlying, min_revision), timeout)

    async def underlyings(self, *, timeout: float | None = None) -> tuple[KeptUnderlying, ...]:
        """What the service keeps, by name."""
        return calls.kept_underlyings(await self._ask(calls.underlyings(), timeout))

    async def exposure(
        self,
        market: Market,
        *,
        positionings: Positionings = (),
        greeks: str | None = None,
        rate: float | None = None,
        settings: Values | exposure_pb2.ExposureSettings | None = None,
        min_revision: int | None = None,
        timeout: float | None = None,
    ) -> Exposure:
        """Dealer exposure, as `Client.exposure`."""
        chosen = calls.exposure_settings(positionings, greeks, rate, settings)
        return await self._ask(calls.exposure(market, chosen, min_revision), timeout)

    def watch_exposure(
        self,
        underlying: str,
        *,
        positionings: Positionings = (),
        greeks: str | None = None,
        rate: float | None = None,
        settings: Values | exposure_pb2.ExposureSettings | None = None,
        after_revision: int | None = None,
        min_interval: float | None = None,
        reconnect: bool = True,
    ) -> "AsyncExposureWatch":
        """An async iterator over exposures, as `Client.watch_exposure`."""
        chosen = calls.exposure_settings(positionings, greeks, rate, settings)
        request = watch_request(underlying, chosen, after_revision, min_interval)
        watch = AsyncExposureWatch(self, request, reconnect=reconnect)
        self._watches.add(watch)
        return watch

    async def vols(
        self,
        market: Market,
        *,
        rate: float | None = None,
        settings: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> Vols:
        """Forward of every expiry, implied volatility and Greeks of every option."""
        return await self._ask(calls.vols(market, calls.analysis_settings(rate, settings)), timeout)

    async def surface(
        self,
        market: Market,
        *,
        model: str | None = None,
        check_quotes: bool = False,
        rate: float | None = None,
        settings: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> Surface:
        """The volatility surface, a slice an expiry with its proof and its quality.

        `model`: "certified" (the default), "essvi" or "broken_line". `check_quotes`: also sure gains among the raw
        quotes and the quotes that the surface leaves.
        """
        chosen = calls.analysis_settings(rate, settings)
        return await self._ask(calls.surface(market, chosen, model, check_quotes), timeout)

    async def evaluate_vols(
        self,
        market: Market,
        *,
        expiry_index: npt.ArrayLike | None = None,
        at: npt.ArrayLike | None = None,
        log_moneyness: npt.ArrayLike | None = None,
        strike: npt.ArrayLike | None = None,
        with_vol_error: bool = False,
        rate: float | None = None,
        settings: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> SurfacePoints:
        """The surface at points: of listed expiries by index or at instants (UTC), by ln(strike/forward) or by strike."""
        chosen = calls.analysis_settings(rate, settings)
        asked = calls.evaluate_vols(market, chosen, expiry_index, at, log_moneyness, strike, with_vol_error)
        return await self._ask(asked, timeout)

    async def risk(
        self,
        book: Book | risk_pb2.Book,
        *,
        chains: Sequence[Chain | chain_pb2.Chain] = (),
        settings: Values | risk_pb2.RiskSettings | None = None,
        timeout: float | None = None,
    ) -> Risk:
        """Value and Greeks of a book over kept chains, or those sent along."""
        return await self._ask(calls.risk(book, chains, settings), timeout)

    async def plan_hedge(
        self,
        book: Book | risk_pb2.Book,
        instruments: Sequence[Values | hedge_pb2.HedgeInstrument],
        *,
        chains: Sequence[Chain | chain_pb2.Chain] = (),
        policy: Values | hedge_pb2.HedgePolicy | None = None,
        rate: float | None = None,
        analysis: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> HedgePlan:
        """What to trade now and when to ask again, as `Client.plan_hedge`."""
        chosen = calls.analysis_settings(rate, analysis)
        return await self._ask(calls.plan_hedge(book, instruments, chains, policy, chosen), timeout)

    async def call(self, method: str, request: Message, *, timeout: float | None = None) -> Message:
        """Any unary call of the contract, message for message."""
        if method not in self._methods:
            self._methods[method] = self._channel.unary_unary(
                calls.path(method),
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=calls.response_type(method).FromString,
            )
        limit = self.timeout if timeout is None else timeout
        try:
            answer: Message = await self._methods[method](
                request, timeout=limit, metadata=self._metadata + routing_metadata(request)
            )
        except grpc.RpcError as error:
            raise error_from_rpc(error, self.address) from None
        return answer

    async def is_serving(self, *, timeout: float = 1.0) -> bool:
        """True where a server answers that it is warm and takes calls."""
        check: Any = self._channel.unary_unary(HEALTH)
        try:
            return is_serving(await check(b"", timeout=timeout, metadata=self._metadata))
        except grpc.RpcError:
            return False

    async def close(self) -> None:
        """Close the connection: watches end, calls under way are cancelled."""
        for watch in list(self._watches):
            await watch.close()
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _ask(self, call: Call[V], timeout: float | None) -> V:
        return call.view(await self.call(call.method, call.request, timeout=timeout))

    def stream(self, request: exposure_pb2.WatchExposureRequest) -> Any:
        """The raw stream of a watch."""
        start = self._channel.unary_stream(
            calls.path("WatchExposure"),
            request_serializer=exposure_pb2.WatchExposureRequest.SerializeToString,
            response_deserializer=exposure_pb2.WatchExposureResponse.FromString,
        )
        return start(request, metadata=self._metadata + routing_metadata(request))


class AsyncExposureWatch(AsyncIterator[Exposure]):
    """Iterate over it with `async for`: each step waits for an exposure newer than the last one taken."""

    def __init__(self, client: AsyncClient, request: exposure_pb2.WatchExposureRequest, *, reconnect: bool) -> None:
        self._client, self._request, self._reconnect = client, request, reconnect
        self._changed = asyncio.Event()
        self._newest: Exposure | None = None
        self._error: GexError | None = None
        self._news = News()
        self._reader: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def failure(self) -> exposure_pb2.WatchFailure | None:
        """Why the newest revision has no answer (reason, message); None where it has one."""
        return self._news.failure

    async def __anext__(self) -> Exposure:
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
                pause, request = min(2.0 * pause, LONGEST_PAUSE), without_resume(self._request)
        finally:
            self._changed.set()

    async def _follow(self, request: exposure_pb2.WatchExposureRequest) -> GexError:
        """Take what one connection brings; why it ended."""
        try:
            async for message in self._client.stream(request):
                exposure = self._news.exposure(message)
                if exposure is not None:
                    self._newest = exposure
                    self._changed.set()
        except grpc.RpcError as rpc_error:
            return error_from_rpc(rpc_error, self._client.address)
        return UnavailableError(f"{self._client.address}: the server ended the watch")
