"""The way of one call through the server: let in, counted, timed, and its error made a status."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import grpc
import structlog
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc_status import rpc_status

from gex.errors import GexError
from gex_server.admission import Admission
from gex_server.auth import CALLER, REQUEST_ID
from gex_server.errors import DeadlineError, DrainingError, OverloadedError, RateLimitError
from gex_server.limits import Account, Limits, take_rows
from gex_server.metrics import Metrics
from gex_server.peers import Peers
from gex_server.relay import Relay
from gex_server.status import internal_status, status_of
from gex_server.tracing import Tracing
from gex_server.wire.sent_rows import sent_rows

SHED = (OverloadedError, RateLimitError, DrainingError)
QUIET = {"OK", "CANCELLED"}  # codes that are logged only where every call is

log = structlog.get_logger("gex_server")


class Door:
    """What every call of a server passes."""

    def __init__(
        self,
        admission: Admission,
        limits: Limits,
        metrics: Metrics,
        tracing: Tracing,
        *,
        refuse_if_late: Callable[[], None],
        log_calls: bool,
        peers: Peers | None = None,
    ) -> None:
        self.peers = peers  # the other shards; None: there are none
        self.refuse_if_late = refuse_if_late  # raises where work that came now would wait too long
        self.admission, self.limits, self.metrics, self.tracing = admission, limits, metrics, tracing
        self.log_calls = log_calls

    def passage(self, call: str, context: Any) -> "Passage":
        """`async with door.passage("ChainService.GetChain", context):` around the answer of a call."""
        return Passage(self, call, context)


class Passage:
    """One call. An error that is raised inside ends the call with its status."""

    def __init__(self, door: Door, call: str, context: Any) -> None:
        self._door, self._call, self._context = door, call, context
        self._caller = CALLER.get()
        self._stack = ExitStack()
        self._account: Account | None = None
        self._rows = 0
        self.successor: Relay | None = None  # who answers instead of this process

    async def __aenter__(self) -> Self:
        self._began = time.perf_counter()
        self._span = self._door.tracing.begin(self._call, self._caller.metadata)
        door, caller = self._door, self._caller
        self._context.set_trailing_metadata(((REQUEST_ID, caller.request_id),))
        try:
            self.successor = await door.admission.enter()
            if self.successor is not None:
                return self
            self._stack.callback(door.admission.leave)
            entered = door.limits.call(self._call, caller.client, self._context.peer())
            self._account = self._stack.enter_context(entered)
            in_flight = door.metrics.calls_in_flight.labels(self._call)
            in_flight.inc()
            self._stack.callback(in_flight.dec)
        except Exception as error:
            await self._end(error)
        return self

    def received(self, request: Message) -> None:
        """Count the rows of a request; a RateLimitError where the client has sent too many."""
        rows = sent_rows(request)
        if rows and self._account is not None:
            self._door.metrics.rows_received.inc(rows)
            self._rows += rows
            take_rows(self._account, rows)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end(error)

    def refuse_successor(self) -> None:
        """Send a stream away that comes while the process is replaced: its client comes back."""
        if self.successor is not None:
            raise DrainingError("draining: another process has taken over, connect again")

    async def _end(self, error: BaseException | None) -> None:
        """Count the call; end it with the status of the error where there is one."""
        with self._stack:
            await self._told(error)

    async def _told(self, error: BaseException | None) -> None:
        status = self._status(error)
        over = "OK" if error is None else "CANCELLED"
        code = over if status is None else _NAMES[status.code]
        seconds = time.perf_counter() - self._began
        metrics = self._door.metrics
        metrics.call_seconds.labels(self._call, code).observe(seconds)
        if isinstance(error, SHED):
            metrics.calls_shed.labels(self._call, error.reason).inc()
        self._span.end(code)
        if self._door.log_calls or code not in QUIET:
            self._log(code, seconds, error)
        if status is not None:
            told = rpc_status.to_status(status)
            trailing = (*told.trailing_metadata, (REQUEST_ID, self._caller.request_id))
            await self._context.abort(told.code, told.details, trailing)

    def _status(self, error: BaseException | None) -> status_pb2.Status | None:
        """The status of an error; None for success, and for calls that are over already."""
        if isinstance(error, TimeoutError):
            return status_of(DeadlineError("deadline: the caller's time is over"))
        if isinstance(error, GexError):
            return status_of(error)
        if error is None or not isinstance(error, Exception) or isinstance(error, grpc.aio.AbortError):
            return None
        log.error("defect", call=self._call, request_id=self._caller.request_id, exc_info=error)
        return internal_status(self._caller.request_id)

    def _log(self, code: str, seconds: float, error: BaseException | None) -> None:
        client = self._caller.client
        facts: dict[str, object] = {"reason": error.reason} if isinstance(error, GexError) else {}
        if isinstance(error, GexError) and code not in ("INTERNAL", "UNKNOWN"):
            facts["message"] = str(error)[:300]
        log.info(
            "call",
            call=self._call,
            code=code,
            milliseconds=round(1e3 * seconds, 3),
            rows=self._rows,
            client=client.name if client else None,
            peer=self._context.peer(),
            request_id=self._caller.request_id,
            **facts,
        )


_NAMES = {code.value[0]: code.name for code in grpc.StatusCode}
