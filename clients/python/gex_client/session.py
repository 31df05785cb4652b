"""A stream of numbered messages with a thread that reads its answers: it outlives connections and servers."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import grpc

from gex_client.channel import error_from_rpc
from gex_client.errors import DeadlineError, GexError, UnavailableError
from gex_client.exchange import Exchange
from gex_client.outbox import Numbered

log = logging.getLogger("gex_client")

M = TypeVar("M", bound=Numbered)
R = TypeVar("R")

CLOSING = 10.0  # seconds that leaving a `with` waits for what was sent to be answered


class Session(Generic[M, R]):
    """Sends messages and matches their answers; on a new connection it sends again whatever was not answered.

    Use it from any thread. `close`, or leaving `with`, waits for the answers to what was sent.
    """

    def __init__(self, start: Callable[[Iterator[M]], Any], rules: Exchange[M, R], *, address: str) -> None:
        self._start, self._rules, self._address = start, rules, address
        self._changed = threading.Condition()
        self._to_send: deque[M] = deque()
        self._connection = 0  # counts connections: what an older one still asks for is not given to it
        self._error: GexError | None = None
        self._is_closed = False
        self._stream: Any = None
        self._reader = threading.Thread(target=self._read, name="gex-session", daemon=True)
        self._reader.start()

    @property
    def unanswered_count(self) -> int:
        """Messages that were sent, or wait to be, and have no answer yet."""
        return len(self._rules.outbox)

    def flush(self, timeout: float | None = None) -> None:
        """Wait until everything sent is answered; DeadlineError where it is not in time. Raises the first error that
        answered a message since the last `flush`, also of messages whose future nobody looked at.
        """
        answers = self._waiting()
        _, late = wait_for(answers, timeout)
        if late:
            raise DeadlineError(f"{len(late)} of {len(answers)} messages are not answered after {timeout} s")
        error = self._rules.outbox.refusal() or self._error
        if error is not None:
            raise error

    def close(self, timeout: float | None = CLOSING) -> None:
        """End the session once everything sent is answered, or after `timeout` seconds; 0: at once."""
        if timeout != 0.0 and self._error is None:
            wait_for(self._waiting(), timeout)
        with self._changed:
            if self._is_closed:
                return
            self._is_closed = True
            self._rules.outbox.fail_all(UnavailableError(f"{self._address}: the session was closed before the answer"))
            self._changed.notify_all()
        if self._stream is not None:
            self._stream.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(CLOSING if kind is None else 0.0)

    def _waiting(self) -> list["Future[Any]"]:
        with self._changed:
            return [one for one in self._rules.outbox.answers() if isinstance(one, Future)]

    def _send(self, message: M) -> "Future[Any]":
        answer: Future[Any] = Future()
        with self._changed:
            if self._error is not None:
                raise self._error
            if self._is_closed:
                raise UnavailableError(f"{self._address}: the session is closed")
            self._to_send.append(self._rules.outbox.add(message, answer))
            self._changed.notify_all()
        return answer

    def _requests(self, connection: int) -> Iterator[M]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._to_send or self._is_over(connection))
                if self._is_over(connection):
                    return
                message = self._to_send.popleft()
            yield message

    def _is_over(self, connection: int) -> bool:
        return self._is_closed or self._error is not None or connection != self._connection

    def _read(self) -> None:
        error: GexError | None = None
        while not self._is_closed:
            error = self._follow()
            with self._changed:
                pause = 0.0 if error is None else self._rules.broke(error)
                if pause is None:
                    break
                if pause > 0.0 and not self._is_closed:
                    log.info("session: %s; connecting again in %.1f s", error, pause)
                    self._changed.wait_for(lambda: self._is_closed, pause)
        with self._changed:
            self._error = error or UnavailableError(f"{self._address}: the session is closed")
            self._rules.outbox.fail_all(self._error)
            self._changed.notify_all()

    def _follow(self) -> GexError | None:
        """Send and take what one connection brings; why it ended, None where it is to be begun anew at once."""
        with self._changed:
            self._connection += 1
            self._to_send = deque(self._rules.outbox.messages())
            requests = self._requests(self._connection)
            self._changed.notify_all()
        try:
            self._stream = self._start(requests)
            if self._is_closed:  # closed before there was a stream to cancel
                self._stream.cancel()
            for response in self._stream:
                with self._changed:
                    if self._rules.take(response):
                        self._stream.cancel()
                        return self._rules.ended
                    self._changed.notify_all()
        except grpc.RpcError as rpc_error:
            return error_from_rpc(rpc_error, self._address)
        except GexError as error:  # it could not be begun: a shard that is to say where to did not answer
            return error
        except ValueError as closed:  # the channel is closed
            self._is_closed = True
            return UnavailableError(f"{self._address}: {closed}")
        return UnavailableError(f"{self._address}: the server ended the session")
