"""Sessions of a kept hedge, in threads and in asyncio: what happens in, decisions out."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from typing import Any

from gexapi.v1 import hedge_pb2

from gex_client.aio_session import AsyncSession
from gex_client.decisions import Decision, HedgeAnswer
from gex_client.errors import DeadlineError
from gex_client.hedge_messages import HedgeExchange, HedgeMethods, opening, was_opened
from gex_client.messages import Instant
from gex_client.session import Session

Request = hedge_pb2.HedgeSessionRequest
Response = hedge_pb2.HedgeSessionResponse
MOST_DECISIONS = 4_096  # not taken by anyone yet; older ones are in the log of the hedge: `list_decisions`


class HedgeSession(HedgeMethods["Future[HedgeAnswer]"], Session[Request, Response], Iterator[Decision]):
    """A kept hedge: see `Client.hedge_session`. Iterate over it for its decisions, also those that a fill, an override
    of another caller or the kept chain brought about; iterating ends with `close`.
    """

    _rules: HedgeExchange

    def __init__(
        self,
        start: Callable[[Iterator[Request]], Any],
        hedge: str,
        *,
        address: str,
        reconnect: bool,
        newest_only: bool,
    ) -> None:
        self._decisions: deque[Decision] = deque(maxlen=1 if newest_only else MOST_DECISIONS)
        rules = HedgeExchange(hedge, self._decisions.append, reconnect=reconnect)
        super().__init__(start, rules, address=address)

    def __next__(self) -> Decision:
        decision = self.next()
        if decision is None:
            raise StopIteration
        return decision

    def next(self, timeout: float | None = None) -> Decision | None:
        """The next decision not taken yet, waiting up to `timeout` seconds; None where there is none by then.

        Raises the error that ended the session.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._decisions or self._error or self._is_closed, timeout)
            if self._decisions:
                return self._decisions.popleft()
            if self._error is not None and not self._is_closed:
                raise self._error
            return None

    def open(
        self, configuration: hedge_pb2.HedgeConfiguration | None, as_of: Instant | None, timeout: float | None
    ) -> HedgeAnswer:
        """Open the hedge, or go on with one that is open; what `Client.hedge_session` does first."""
        try:
            answer = self._send(opening(self.hedge, configuration, as_of)).result(timeout)
            if configuration is None or as_of is None or was_opened(answer):
                return answer
            return self.configure(configuration, as_of=as_of).result(timeout)
        except LateError:
            raise DeadlineError(f"{self._address}: the hedge was not opened in {timeout} s") from None

    def _send(self, message: Request) -> "Future[HedgeAnswer]":
        return Session._send(self, message)


class AsyncHedgeSession(
    HedgeMethods["asyncio.Future[HedgeAnswer]"], AsyncSession[Request, Response], AsyncIterator[Decision]
):
    """A kept hedge: see `AsyncClient.hedge_session`. `async for` gives its decisions; it ends with `close`."""

    _rules: HedgeExchange

    def __init__(
        self,
        start: Callable[[AsyncIterator[Request]], Any],
        hedge: str,
        *,
        address: str,
        reconnect: bool,
        newest_only: bool,
    ) -> None:
        self._decisions: deque[Decision] = deque(maxlen=1 if newest_only else MOST_DECISIONS)
        rules = HedgeExchange(hedge, self._decisions.append, reconnect=reconnect)
        super().__init__(start, rules, address=address)

    async def __anext__(self) -> Decision:
        while not self._decisions:
            if self._reader.cancelled() or self._is_closing:
                raise StopAsyncIteration
            if self._error is not None:
                raise self._error
            self._news.clear()
            await self._news.wait()
        return self._decisions.popleft()

    async def open(
        self, configuration: hedge_pb2.HedgeConfiguration | None, as_of: Instant | None, timeout: float | None
    ) -> HedgeAnswer:
        """As `HedgeSession.open`."""
        try:
            async with asyncio.timeout(timeout):
                answer = await self._send(opening(self.hedge, configuration, as_of))
                if configuration is None or as_of is None or was_opened(answer):
                    return answer
                return await self.configure(configuration, as_of=as_of)
        except TimeoutError:
            raise DeadlineError(f"{self._address}: the hedge was not opened in {timeout} s") from None

    def _send(self, message: Request) -> "asyncio.Future[HedgeAnswer]":
        return AsyncSession._send(self, message)
