"""The watch against a server whose every word is written here: news, pace, and connections that break."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
from gex_client import Client, NotBuiltError, UnavailableError
from gex_client.aio import AsyncClient
from gexapi.v1 import exposure_pb2

Script = Callable[[int, exposure_pb2.WatchExposureRequest, grpc.ServicerContext], Iterator]


class ScriptedServer(grpc.GenericRpcHandler):
    """Answers the n-th watch with what the script yields."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[exposure_pb2.WatchExposureRequest] = []

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if not details.method.endswith("/WatchExposure"):
            return None
        return grpc.unary_stream_rpc_method_handler(
            self._watch,
            request_deserializer=exposure_pb2.WatchExposureRequest.FromString,
            response_serializer=exposure_pb2.WatchExposureResponse.SerializeToString,
        )

    def _watch(self, request, context):
        self.requests.append(request)
        yield from self.script(len(self.requests), request, context)


@contextmanager
def serving(script: Script, port: int = 0):
    handler = ScriptedServer(script)
    server = grpc.server(ThreadPoolExecutor(8), handlers=[handler], options=[("grpc.so_reuseport", 0)])
    handler.port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield handler
    finally:
        server.stop(None).wait()


def news(revision: int, as_of: int | None = None, size: int = 0) -> exposure_pb2.WatchExposureResponse:
    message = exposure_pb2.WatchExposureResponse(revision=revision)
    message.exposure.revision = revision
    message.exposure.provenance.as_of.seconds = 1_709_326_800 + (revision if as_of is None else as_of)
    message.exposure.provenance.source = "x" * size
    return message


def heartbeat() -> exposure_pb2.WatchExposureResponse:
    message = exposure_pb2.WatchExposureResponse()
    message.heartbeat.SetInParent()
    return message


def until_gone(context: grpc.ServicerContext) -> None:
    while context.is_active():
        time.sleep(0.01)


def revisions(port: int, count: int, **options) -> list[int]:
    with Client(f"127.0.0.1:{port}") as client, client.watch_exposure("SPX", **options) as watch:
        return [next(watch).revision for _ in range(count)]


async def async_revisions(port: int, count: int, **options) -> list[int]:
    async with AsyncClient(f"127.0.0.1:{port}") as client, client.watch_exposure("SPX", **options) as watch:
        return [(await anext(watch)).revision for _ in range(count)]


def both(port: int, count: int, **options) -> list[list[int]]:
    return [revisions(port, count, **options), asyncio.run(async_revisions(port, count, **options))]


def test_heartbeats_and_failures_are_no_news():
    failed = exposure_pb2.WatchExposureResponse(revision=2)
    failed.failure.reason, failed.failure.message = "NO_QUOTES", "none of 3 rows can be used"

    def script(number, request, context):
        yield from (heartbeat(), news(1))
        time.sleep(0.1)
        yield failed
        time.sleep(0.1)
        yield news(3)
        until_gone(context)

    with serving(script) as server:
        assert both(server.port, 2) == [[1, 3], [1, 3]]


def test_why_a_revision_has_no_answer_can_be_seen():
    def script(number, request, context):
        message = exposure_pb2.WatchExposureResponse(revision=2)
        message.failure.reason = "NO_QUOTES"
        yield message
        until_gone(context)

    with serving(script) as server, Client(f"127.0.0.1:{server.port}") as client, client.watch_exposure("SPX") as watch:
        assert watch.next(timeout=0.5) is None
        assert watch.failure is not None
        assert watch.failure.reason == "NO_QUOTES"


def test_a_slow_reader_gets_the_newest_and_skips_the_rest():
    sent = threading.Event()

    def script(number, request, context):
        for revision in range(1, 301):
            yield news(revision, size=200)
        sent.set()
        until_gone(context)

    with serving(script) as server, Client(f"127.0.0.1:{server.port}") as client, client.watch_exposure("SPX") as watch:
        assert sent.wait(10.0)
        time.sleep(0.3)
        assert next(watch).revision == 300
        assert watch.next(timeout=0.1) is None


def test_a_broken_connection_is_made_again_and_what_was_seen_is_no_news():
    def script(number, request, context):
        if number == 1:
            yield news(7)
            time.sleep(0.1)
            context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        yield news(7)
        time.sleep(0.1)
        yield news(8)
        until_gone(context)

    with serving(script) as server:
        assert revisions(server.port, 2, after_revision=6) == [7, 8]
        assert [request.watches[0].HasField("after_revision") for request in server.requests] == [True, False]
    with serving(script) as server:
        assert asyncio.run(async_revisions(server.port, 2)) == [7, 8]


def test_a_server_that_was_restarted_counts_from_one_again():
    def before(number, request, context):
        yield news(57, as_of=0)
        until_gone(context)

    def after(number, request, context):
        yield news(1, as_of=60)
        until_gone(context)

    with serving(before) as first:
        client = Client(f"127.0.0.1:{first.port}")
        watch = client.watch_exposure("SPX")
        assert next(watch).revision == 57
    with client, watch, serving(after, first.port):
        assert next(watch).revision == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INVALID_ARGUMENT])
def test_an_error_that_does_not_pass_ends_the_watch(code):
    def script(number, request, context):
        context.abort(code, "no such positioning")
        yield

    with serving(script) as server:
        for start in (lambda: revisions(server.port, 1), lambda: asyncio.run(async_revisions(server.port, 1))):
            with pytest.raises(Exception, match="no such positioning"):
                start()
        assert len(server.requests) == 2


def test_without_reconnect_a_broken_connection_is_an_error():
    def script(number, request, context):
        context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        yield

    with serving(script) as server, pytest.raises(UnavailableError, match="gone"):
        revisions(server.port, 1, reconnect=False)


def test_closing_ends_an_iteration_that_waits():
    def script(number, request, context):
        yield news(1)
        until_gone(context)

    with serving(script) as server, Client(f"127.0.0.1:{server.port}") as client:
        watch = client.watch_exposure("SPX")
        threading.Timer(0.3, watch.close).start()
        assert [exposure.revision for exposure in watch] == [1]


def test_closing_the_client_ends_its_watches():
    def script(number, request, context):
        yield news(1)
        until_gone(context)

    with serving(script) as server:
        client = Client(f"127.0.0.1:{server.port}")
        watch = client.watch_exposure("SPX")
        threading.Timer(0.3, client.close).start()
        assert [exposure.revision for exposure in watch] == [1]


def test_closing_an_async_client_ends_its_watches():
    def script(number, request, context):
        yield news(1)
        until_gone(context)

    async def seen(port: int) -> list[int]:
        client = AsyncClient(f"127.0.0.1:{port}")
        watch = client.watch_exposure("SPX")

        async def close_later() -> None:
            await asyncio.sleep(0.3)
            await client.close()

        closing = asyncio.create_task(close_later())
        found = [exposure.revision async for exposure in watch]
        await closing
        return found + [exposure.revision async for exposure in watch]

    with serving(script) as server:
        assert asyncio.run(seen(server.port)) == [1]


def test_the_settings_of_a_watch_are_sent():
    def script(number, request, context):
        yield news(1)
        until_gone(context)

    with serving(script) as server:
        revisions(server.port, 1, positionings=["oi_customers_long_all"], rate=0.05, min_interval=0.5, greeks="source")
        watch = server.requests[0].watches[0]
    assert watch.underlying == "SPX"
    assert [one.model for one in watch.settings.positionings] == ["oi_customers_long_all"]
    assert (watch.settings.analysis.rate, watch.min_interval_seconds, watch.settings.greeks_source) == (0.05, 0.5, 2)


def test_a_call_that_a_server_does_not_know_is_not_built():
    with (
        serving(lambda *_: iter(())) as server,
        Client(f"127.0.0.1:{server.port}") as client,
        pytest.raises(NotBuiltError),
    ):
        client.underlyings()
