"""A watch: the newest exposure of an underlying, whatever the pace of its reader, across restarts of the server."""

import logging
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import grpc
from gexapi.v1 import exposure_pb2

from gex_client.channel import error_from_rpc
from gex_client.errors import DrainingError, GexError, OverloadedError, UnavailableError
from gex_client.exposure import Exposure

log = logging.getLogger("gex_client")

FIRST_PAUSE = 0.1  # seconds before the first attempt to connect again
LONGEST_PAUSE = 5.0
_PASSING = (UnavailableError, DrainingError, OverloadedError)


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


def without_resume(request: exposure_pb2.WatchExposureRequest) -> exposure_pb2.WatchExposureRequest:
    """The request to connect again with. Revisions of a server that was restarted begin at 1: to resume after the one
    last seen would wait for a revision that does not come. What is kept is asked for, and dropped where it is the same.
    """
    again = exposure_pb2.WatchExposureRequest()
    again.CopyFrom(request)
    for watch in again.watches:
        watch.ClearField("after_revision")
    return again


def passes(error: GexError) -> bool:
    """True for an error of the server that may be over when one connects again."""
    return isinstance(error, _PASSING)


class News:
    """Which messages of a watch are news: not heartbeats, not failures, not what was seen before the connection broke."""

    def __init__(self) -> None:
        self._last: bytes | None = None
        self.failure: exposure_pb2.WatchFailure | None = None  # of the newest revision; None where it has an answer

    def exposure(self, message: exposure_pb2.WatchExposureResponse) -> Exposure | None:
        """The exposure that a message brings, None where it brings no news."""
        event = message.WhichOneof("event")
        if event == "failure":
            self.failure = message.failure
            log.warning("revision %d has no answer: %s", message.revision, message.failure.message)
        if event != "exposure":
            return None
        provenance = message.exposure.provenance
        state = (
            f"{message.revision}/{provenance.as_of.seconds}.{provenance.as_of.nanos}/{provenance.input_hash}".encode()
        )
        if state == self._last:
            return None
        self._last, self.failure = state, None
        return Exposure(message.exposure)


class ExposureWatch(Iterator[Exposure]):
    """Iterate over it: each step waits for an exposure newer than the last one taken. Iterating ends with `close`."""

    def __init__(
        self,
        start: Callable[[exposure_pb2.WatchExposureRequest], Any],
        request: exposure_pb2.WatchExposureRequest,
        *,
        address: str,
        reconnect: bool,
    ) -> None:
        self._start, self._request, self._address, self._reconnect = start, request, address, reconnect
        self._changed = threading.Condition()
        self._newest: Exposure | None = None
        self._error: GexError | None = None
        self._stream: Any = None
        self._closed = threading.Event()
        self._news = News()
        self._reader = threading.Thread(target=self._read, name="gex-watch", daemon=True)
        self._reader.start()

    @property
    def failure(self) -> exposure_pb2.WatchFailure | None:
        """Why the newest revision has no answer (reason, message); None where it has one."""
        return self._news.failure

    def __next__(self) -> Exposure:
        newest = self.next()
        if newest is None:
            raise StopIteration
        return newest

    def next(self, timeout: float | None = None) -> Exposure | None:
        """The newest exposure not taken yet, waiting for it up to `timeout` seconds; None where there is none by then.

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
                    self._take(self._news.exposure(message))
                error: GexError = UnavailableError(f"{self._address}: the server ended the watch")
            except grpc.RpcError as rpc_error:
                error = error_from_rpc(rpc_error, self._address)
            except ValueError:  # the channel is closed
                self._closed.set()
                break
            if self._closed.is_set() or not (self._reconnect and passes(error)):
                self._end(error)
                return
            log.info("watch: %s; connecting again in %.1f s", error, pause)
            self._closed.wait(pause)
            pause, request = min(2.0 * pause, LONGEST_PAUSE), without_resume(self._request)
        self._end(None)

    def _take(self, exposure: Exposure | None) -> None:
        if exposure is not None:
            with self._changed:
                self._newest = exposure
                self._changed.notify_all()

    def _end(self, error: GexError | None) -> None:
        with self._changed:
            if not self._closed.is_set():
                self._error = error
            self._changed.notify_all()
