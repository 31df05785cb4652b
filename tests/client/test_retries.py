"""A call that a closing socket cancels is asked again where asking again does no harm, and nowhere else."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from gex_client import Client, UnavailableError
from gex_client.aio import AsyncClient
from gex_client.calls import METHODS, path, response_type
from gex_client.channel import RETRIED
from gexapi.v1 import chain_pb2, exposure_pb2
from google.protobuf.message_factory import GetMessageClass

SECONDS = 30.0
CANCELLED, UNAVAILABLE = grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE
CHANGES = ("PublishChain", "SetOverride")  # that may have arrived: never repeated behind the caller's back


class Failing(grpc.GenericRpcHandler):
    """A server of every call that ends the first `failures` of each with a code, as gRPC does where a socket closes."""

    def __init__(self) -> None:
        self.failures, self.code = 0, CANCELLED
        self.calls: list[str] = []
        self.holds: threading.Event | None = None  # calls wait for it
        self.came = threading.Event()

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        name = details.method.rpartition("/")[2]

        def end(context: grpc.ServicerContext) -> None:
            self.calls.append(name)
            self.came.set()
            if self.holds is not None:
                self.holds.wait(SECONDS)
            if self.calls.count(name) <= self.failures:
                context.abort(self.code, "CANCELLED")

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            end(context)
            return response_type(name)().SerializeToString()

        def watched(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            end(context)
            exposure = exposure_pb2.GetExposureResponse(revision=len(self.calls))
            told = exposure_pb2.WatchExposureResponse(revision=len(self.calls), exposure=exposure)
            yield told.SerializeToString()

        def updated(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
            for raw in requests:
                end(context)
                sequence = chain_pb2.StreamUpdatesRequest.FromString(raw).sequence
                yield chain_pb2.StreamUpdatesResponse(sequence=sequence, is_applied=True).SerializeToString()

        if name == "WatchExposure":
            return grpc.unary_stream_rpc_method_handler(watched)
        if name == "StreamUpdates":
            return grpc.stream_stream_rpc_method_handler(updated)
        return grpc.unary_unary_rpc_method_handler(answer)


@pytest.fixture
def failing() -> Iterator[tuple[Failing, str]]:
    handler, server = Failing(), grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield handler, f"127.0.0.1:{port}"
    if handler.holds is not None:
        handler.holds.set()
    server.stop(0.0).wait(SECONDS)


def request(method: str) -> Any:
    return GetMessageClass(METHODS[method].input_type)()


def test_every_unary_call_is_either_asked_again_or_a_change() -> None:
    unary = {name for name, method in METHODS.items() if not method.server_streaming}
    assert unary == {*RETRIED, *CHANGES}
    assert {path(name) for name in RETRIED}, "each is a method of the contract"


@pytest.mark.parametrize("code", [CANCELLED, UNAVAILABLE])
@pytest.mark.parametrize("method", RETRIED)
def test_a_call_that_changes_nothing_is_asked_again(failing: Any, method: str, code: grpc.StatusCode) -> None:
    handler, address = failing
    handler.failures, handler.code = 2, code
    with Client(address, timeout=SECONDS) as client:
        assert isinstance(client.call(method, request(method)), response_type(method))
    assert handler.calls == [method] * 3


def test_after_three_attempts_the_error_says_that_no_server_answered(failing: Any) -> None:
    handler, address = failing
    handler.failures = 9
    with Client(address, timeout=SECONDS) as client, pytest.raises(UnavailableError, match="no server answered"):
        client.underlyings()
    assert handler.calls == ["ListUnderlyings"] * 3


@pytest.mark.parametrize("method", CHANGES)
def test_a_change_that_may_have_arrived_is_not_repeated(failing: Any, method: str) -> None:
    handler, address = failing
    handler.failures = 1
    with Client(address, timeout=SECONDS) as client, pytest.raises(UnavailableError):
        client.call(method, request(method))
    assert handler.calls == [method]


def test_a_call_that_its_caller_gives_up_is_not_asked_again(failing: Any) -> None:
    handler, address = failing
    handler.holds = threading.Event()
    client, errors = Client(address, timeout=SECONDS), []

    def ask() -> None:
        try:
            client.underlyings()
        except UnavailableError as error:
            errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert handler.came.wait(SECONDS)
    client.close()
    asking.join(SECONDS)
    handler.holds.set()
    assert (len(errors), handler.calls) == (1, ["ListUnderlyings"])


def test_asyncio_asks_again_alike_and_leaves_alone_what_was_cancelled(failing: Any) -> None:
    handler, address = failing
    handler.failures = 2

    async def main() -> None:
        async with AsyncClient(address, timeout=SECONDS) as client:
            assert await client.underlyings() == ()
            assert handler.calls == ["ListUnderlyings"] * 3
            handler.came.clear()
            handler.holds = threading.Event()
            asking = asyncio.create_task(client.underlyings())
            assert await asyncio.to_thread(handler.came.wait, SECONDS)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            handler.holds.set()
        assert handler.calls == ["ListUnderlyings"] * 4

    asyncio.run(main())


def test_watches_and_sessions_connect_again_after_a_socket_that_closed(failing: Any) -> None:
    handler, address = failing
    handler.failures = 2
    with Client(address, timeout=SECONDS) as client:
        with client.watch_exposure("SPX") as watch:
            assert watch.next(SECONDS) is not None
        with client.stream_updates("SPX") as updates:
            assert updates.spot(5_000.0, as_of="2024-01-02T15:00:00Z").result(SECONDS).is_applied
    assert handler.calls.count("WatchExposure") >= 3
    assert handler.calls.count("StreamUpdates") == 3
