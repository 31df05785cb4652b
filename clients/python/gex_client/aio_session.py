"""A stream of numbered messages for asyncio: it outlives connections and servers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import grpc

from gex_client.channel import error_from_rpc
from gex_client.errors import DeadlineError, GexError, UnavailableError
from gex_client.exchange import Exchange
from gex_client.outbox import Numbered
from gex_client.session import CLOSING

log = logging.getLogger("gex_client")

M = TypeVar("M", bound=Numbered)
R = TypeVar("R")


class AsyncSession(Generic[M, R]):
    """`gex_client.session.Session` for asyncio: sends messages and matches their answers; on a new connection it sends
    again whatever was not answered. Make it and use it inside one event loop.
    """

    def __init__(self, start: Callable[[AsyncIterator[M]], Any], rules: Exchange[M, R], *, address: str) -> None:
        self._start, self._rules, self._address = start, rules, address
        self._to_send: asyncio.Queue[M] = asyncio.Queue()
        self._error: GexError | None = None
        self._news = asyncio.Event()
        self._is_closing = False
        self._reader = asyncio.create_task(self._read(), name="gex-session")

    @property
    def unanswered_count(self) -> int:
        """Messages that were sent, or wait to be, and have no answer yet."""
        return len(self._rules.outbox)

    async def flush(self, timeout: float | None = None) -> None:
        """As `Session.flush`."""
        answers = self._waiting()
        _, late = await asyncio.wait(answers, timeout=timeout) if answers else ((), ())
        if late:
            raise DeadlineError(f"{len(late)} of {len(answers)} messages are not answered after {timeout} s")
        error = self._rules.outbox.refusal() or self._error
        if error is not None:
            raise error

    async def close(self, timeout: float | None = CLOSING) -> None:
        """End the session once everything sent is answered, or after `timeout` seconds; 0: at once."""
        answers = self._waiting()
        if timeout != 0.0 and self._error is None and answers:
            await asyncio.wait(answers, timeout=timeout)
        self._is_closing, late = True, self._waiting()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        for one in late:  # nobody needs to look at these
            if one.done() and not one.cancelled():
                one.exception()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close(CLOSING if kind is None else 0.0)

    def _waiting(self) -> list["asyncio.Future[Any]"]:
        return [one for one in self._rules.outbox.answers() if isinstance(one, asyncio.Future)]

    def _send(self, message: M) -> "asyncio.Future[Any]":
        if self._error is not None:
            raise self._error
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._to_send.put_nowait(self._rules.outbox.add(message, answer))
        return answer

    async def _requests(self, to_send: "asyncio.Queue[M]") -> AsyncIterator[M]:
        while True:
            yield await to_send.get()

    async def _read(self) -> None:
        error: GexError | None = None
        try:
            while True:
                error = await self._follow()
                pause = 0.0 if error is None else self._rules.broke(error)
                if pause is None:
                    break
                if pause > 0.0:
                    log.info("session: %s; connecting again in %.1f s", error, pause)
                    await asyncio.sleep(pause)
        except asyncio.CancelledError:
            error = None
            raise
        finally:
            self._error = error or UnavailableError(f"{self._address}: the session is closed")
            self._rules.outbox.fail_all(self._error)
            self._news.set()

    async def _follow(self) -> GexError | None:
        """Send and take what one connection brings; why it ended, None where it is to be begun anew at once."""
        self._to_send = asyncio.Queue()
        for message in self._rules.outbox.messages():
            self._to_send.put_nowait(message)
        stream = None
        try:
            stream = self._start(self._requests(self._to_send))
            async for response in stream:
                if self._rules.take(response):
                    return self._rules.ended
                self._news.set()
        except grpc.RpcError as rpc_error:
            if _is_of_a_late_write(rpc_error):
                return UnavailableError(f"{self._address}: the connection ended while a message was being written")
            return error_from_rpc(rpc_error, self._address)
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling():  # type: ignore[union-attr] # runs in a task
                raise
            return UnavailableError(f"{self._address}: the call was cancelled")  # the channel is closed
        finally:
            if stream is not None:
                stream.cancel()
        return UnavailableError(f"{self._address}: the server ended the session")


def _is_of_a_late_write(error: grpc.RpcError) -> bool:
    """True for the status that grpc.aio makes up when a message meets a stream that has ended: that of the server is lost.

    A server that refuses a message ends the stream, maybe while the next one is being written. Whatever was not answered
    is sent again, and refused again with its reason.
    """
    return bool(error.code() is grpc.StatusCode.INTERNAL and error.details() == "Internal error from Core")
