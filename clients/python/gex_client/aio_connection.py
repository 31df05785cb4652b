"""The same connection for asyncio."""

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakSet

import grpc
import grpc.aio
from google.protobuf.message import Message

from gex_client import calls
from gex_client.calls import Call
from gex_client.channel import (
    DEFAULT_ADDRESS,
    DEFAULT_TIMEOUT,
    call_metadata,
    channel_options,
    check_address,
    check_token_is_safe,
    error_from_rpc,
)
from gex_client.health import HEALTH, is_serving
from gex_client.routing import routing_metadata
from gex_client.view import View

V = TypeVar("V", bound=View)


class AsyncConnection:
    """What every part of `AsyncClient` stands on."""

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
        check_address(address)
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
        self._open: WeakSet[Any] = WeakSet()  # watches and sessions

    async def call(self, method: str, request: Message, *, timeout: float | None = None) -> Message:
        """Any unary call of the contract, message for message.

        >>> import asyncio
        >>> from gex_client.aio import AsyncClient
        >>> from gexapi.v1 import chain_pb2
        >>> async def main():
        ...     async with AsyncClient(address) as gex:
        ...         return await gex.call("ListUnderlyings", chain_pb2.ListUnderlyingsRequest(), timeout=30.0)
        >>> type(asyncio.run(main())).__name__
        'ListUnderlyingsResponse'
        """
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
        """True where a server answers that it is warm and takes calls.

        >>> import asyncio
        >>> from gex_client.aio import AsyncClient
        >>> async def main():
        ...     async with AsyncClient(address) as gex:
        ...         return await gex.is_serving(timeout=30.0)
        >>> asyncio.run(main())
        True
        """
        check: Any = self._channel.unary_unary(HEALTH)
        try:
            return is_serving(await check(b"", timeout=timeout, metadata=self._metadata))
        except grpc.RpcError:
            return False

    async def close(self) -> None:
        """Close the connection: watches and sessions end, calls under way are cancelled."""
        for one in list(self._open):
            await one.close()
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _ask(self, call: Call[V], timeout: float | None) -> V:
        return call.view(await self.call(call.method, call.request, timeout=timeout))

    def stream(self, request: Any) -> Any:
        """The raw stream of a watch."""
        method = calls.watch_method(request)
        start: Any = self._channel.unary_stream(
            calls.path(method),
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=calls.response_type(method).FromString,
        )
        return start(request, metadata=self._metadata + routing_metadata(request))

    def _starter(self, method: str, routing: tuple[tuple[str, str], ...]) -> Any:
        """What begins a stream of messages in both directions."""
        start: Any = self._channel.stream_stream(
            calls.path(method),
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=calls.response_type(method).FromString,
        )

        def started(requests: AsyncIterator[Message]) -> Any:
            return start(requests, metadata=self._metadata + routing)

        return started
