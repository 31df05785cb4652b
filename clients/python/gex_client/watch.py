"""A watch: the newest answer about what the server keeps, whatever the pace of its reader, across restarts of the server."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import grpc
from gexapi.v1 import exposure_pb2, risk_pb2

from gex_client.channel import error_from_rpc
from gex_client.errors import GexError, UnavailableError
from gex_client.exchange import FIRST_PAUSE, LONGEST_PAUSE, PASSING
from gex_client.exposure import Exposure
from gex_client.risk import Risk
from gex_client.view import View

log = logging.getLogger("gex_client")

V = TypeVar("V", bound=View)


def watch_request(
    underlying: str,
    settings: exposure_pb2.ExposureSettings,
    after_revision: int | None,
    min_interval: float | None,
) -> exposure_pb2.WatchExposureRequest:
    """The request of a watch of one underlying."""
    watch = exposure_pb2.ExposureWatch(
        underlying=underlying,
        settings=settings,
        after_revision=after_revision,
        min_interval_seconds=min_interval,
    )
    return exposure_pb2.WatchExposureRequest(watches=[watch])


def passes(error: GexError) -> bool:
    """True for an error of the server that may be over when one connects again."""
    return isinstance(error, PASSING)


class News(ABC, Generic[V]):
    """Which messages of a watch are news: not heartbeats, not failures, not what was seen before the connection broke."""

    def __init__(self) -> None:
        self._last: bytes | None = None
        self.failure: exposure_pb2.WatchFailure | None = None  # of the newest revision; None where it has an answer

    def of(self, message: Any) -> V | None:
        """What a message brings, None where it brings no news."""
        if message.WhichOneof("event") == "failure":
            self.failure = message.failure
            log.warning("no answer: %s", message.failure.message)
        found = self._found(message)
        if found is None or found[0] == self._last:
            return None
        self._last, self.failure = found[0], None
        return found[1]

    @abstractmethod
    def without_resume(self, request: Any) -> Any:
        """The request to connect again with. Revisions of a server that was restarted may begin at 1: to resume after the
        one last seen would wait for a revision that does not come. What is kept is asked for, and dropped where it is
        the same.
        """

    @abstractmethod
    def _found(self, message: Any) -> tuple[bytes, V] | None:
        """The state that an answer is of, and the answer; None where there is none in the message."""


class ExposureNews(News[Exposure]):
    """News of a watch of an exposure."""

    def without_resume(self, request: exposure_pb2.WatchExposureRequest) -> exposure_pb2.WatchExposureRequest:
        """As `News.without_resume`."""
        again = exposure_pb2.WatchExposureRequest()
        again.CopyFrom(request)
        for watch in again.watches:
            watch.ClearField("after_revision")
        return again

    def _found(self, message: exposure_pb2.WatchExposureResponse) -> tuple[bytes, Exposure] | None:
        if not message.HasField("exposure"):
            return None
        provenance = message.exposure.provenance
        as_of = provenance.as_of
        state = f"{message.revision}/{as_of.seconds}.{as_of.nanos}/{provenance.input_hash}"
        return state.encode(), Exposure(message.exposure)


class RiskNews(News[Risk]):
    """News of a watch of a risk."""

    def without_resume(self, request: risk_pb2.WatchRiskRequest) -> risk_pb2.WatchRiskRequest:
        """As `News.without_resume`."""
        again = risk_pb2.WatchRiskRequest()
        again.CopyFrom(request)
        again.after_revision.clear()
        again.ClearField("after_book_revision")
        return again

    def _found(self, message: risk_pb2.WatchRiskResponse) -> tuple[bytes, Risk] | None:
        if not message.HasField("risk"):
            return None
        return message.risk.SerializeToString(deterministic=True), Risk(message.risk)


class Watch(Iterator[V], Generic[V]):
    """Iterate over it: each step waits for an answer newer than the last one taken. Iterating ends with `close`."""

    def __init__(
        self, start: Callable[[Any], Any], request: Any, news: News[V], *, address: str, reconnect: bool
    ) -> None:
        self._start, self._request, self._address, self._reconnect = start, request, address, reconnect
        self._changed = threading.Condition()
        self._newest: V | None = None
        self._error: GexError | None = None
        self._stream: Any = None
        self._closed = threading.Event()
        self._news = news
        self._reader = threading.Thread(target=self._read, name="gex-watch", daemon=True)
        self._reader.start()

    @property
    def failure(self) -> exposure_pb2.WatchFailure | None:
        """Why the newest revision has no answer (reason, message); None where it has one."""
        return self._news.failure

    def __next__(self) -> V:
        newest = self.next()
        if newest is None:
            raise StopIteration
        return newest

    def next(self, timeout: float | None = None) -> V | None:
        """The newest answer not taken yet, waiting for it up to `timeout` seconds; None where there is none by then.

        Raises the error that ended the watch.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._error or self._closed.is_set(), timeout)
            newest, self._newest = self._newest, None
            if newest is None and self._error is not None:
                raise self._error
            return newest

    def close(self) -> None:
        """End the watch."""
        self._closed.set()
        if self._stream is not None:
            self._stream.cancel()
        with self._changed:
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        pause, request = FIRST_PAUSE, self._request
        while not self._closed.is_set():
            try:
                self._stream = self._start(request)
                if self._closed.is_set():  # closed before there was a stream to cancel
                    self._stream.cancel()
                for message in self._stream:
                    pause = FIRST_PAUSE
                    self._take(self._news.of(message))
                error: GexError = UnavailableError(f"{self._address}: the server ended the watch")
            except grpc.RpcError as rpc_error:
                error = error_from_rpc(rpc_error, self._address)
            except GexError as found:  # it could not be begun: a shard that is to say where to did not answer
                error = found
            except ValueError:  # the channel is closed
                self._closed.set()
                break
            if self._closed.is_set() or not (self._reconnect and passes(error)):
                self._end(error)
                return
            log.info("watch: %s; connecting again in %.1f s", error, pause)
            self._closed.wait(pause)
            pause, request = min(2.0 * pause, LONGEST_PAUSE), self._news.without_resume(self._request)
        self._end(None)

    def _take(self, answer: V | None) -> None:
        if answer is not None:
            with self._changed:
                self._newest = answer
                self._changed.notify_all()

    def _end(self, error: GexError | None) -> None:
        with self._changed:
            if not self._closed.is_set():
                self._error = error
            self._changed.notify_all()


class ExposureWatch(Watch[Exposure]):
    """The newest exposure: see `Client.watch_exposure`."""


class RiskWatch(Watch[Risk]):
    """The newest risk: see `Client.watch_risk`."""
