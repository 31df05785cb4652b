"""How a server process begins and ends."""

import socket
import threading
import time
from dataclasses import dataclass, field

import grpc
import pytest
from gexapi.v1 import chain_pb2, chain_pb2_grpc, exposure_pb2, exposure_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.server.requests import chain_message
from tests.server.running import RunningServer, wait_until

SECONDS = 60.0
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVING = health_pb2.HealthCheckResponse.SERVING


@dataclass
class Outcomes:
    """What became of calls, by when they were begun."""

    begun: list[float] = field(default_factory=list)
    code: list[grpc.StatusCode] = field(default_factory=list)


def keep_calling(channel, ending, outcomes):
    """Ask for exposures and publish, one call after the other, until told to end."""
    exposures = exposure_pb2_grpc.ExposureServiceStub(channel)
    chains = chain_pb2_grpc.ChainServiceStub(channel)
    compute = exposure_pb2.ComputeExposureRequest(chain=chain_message(options=1_000))
    publish = chain_pb2.PublishChainRequest(chain=chain_message(options=1_000))
    calls = [lambda: exposures.ComputeExposure(compute, timeout=SECONDS)]
    calls.append(lambda: chains.PublishChain(publish, timeout=SECONDS))
    calls.append(lambda: exposures.GetExposure(exposure_pb2.GetExposureRequest(underlying="SPX"), timeout=SECONDS))
    turn = 0
    while not ending.is_set():
        outcomes.begun.append(time.monotonic())
        try:
            calls[turn % len(calls)]()
            outcomes.code.append(grpc.StatusCode.OK)
        except grpc.RpcError as error:
            outcomes.code.append(error.code())
            time.sleep(0.01)
        turn += 1


def test_sigterm_under_load_loses_no_accepted_call_and_exits_0():
    with RunningServer(drain_delay_seconds=0.5, longest_wait_seconds=30) as server:  # nothing shed, however slow
        server.event("serving")
        channels = [server.channel() for _ in range(4)]
        chain_pb2_grpc.ChainServiceStub(channels[0]).PublishChain(
            chain_pb2.PublishChainRequest(chain=chain_message(options=1_000)), timeout=SECONDS
        )
        ending, outcomes = threading.Event(), [Outcomes() for _ in range(8)]
        threads = [threading.Thread(target=keep_calling, args=(channels[i % 4], ending, outcomes[i])) for i in range(8)]
        for thread in threads:
            thread.start()
        wait_until(lambda: all(len(one.code) >= 3 for one in outcomes))
        health = health_pb2_grpc.HealthStub(channels[0])
        told = time.monotonic()
        server.terminate()
        server.event("draining", SECONDS)
        assert health.Check(health_pb2.HealthCheckRequest(), timeout=SECONDS).status == NOT_SERVING
        assert server.exit_code() == 0
        wait_until(lambda: all(one.code and one.code[-1] is not grpc.StatusCode.OK for one in outcomes))
        ending.set()
        for thread in threads:
            thread.join(SECONDS)
        for channel in channels:
            channel.close()
    calls = [call for one in outcomes for call in zip(one.begun, one.code, strict=True)]
    before = [code for begun, code in calls if begun < told]
    draining = [code for begun, code in calls if told <= begun < told + 0.3]
    assert len(before) >= 24
    assert len(draining) >= 1
    assert set(before + draining) == {grpc.StatusCode.OK}, "calls that the server took were lost"
    # A call that reaches the socket while it closes is cancelled by gRPC itself before any handler has seen it.
    late = {code for begun, code in calls if begun >= told + 0.3}
    assert grpc.StatusCode.UNAVAILABLE in late
    assert late <= {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
    assert server.event("stopped")["level"] == "info"


def test_a_watch_is_ended_with_unavailable_when_the_server_drains():
    with RunningServer(drain_delay_seconds=0.1) as server:
        server.event("serving")
        with server.channel() as channel:
            request = exposure_pb2.WatchExposureRequest(watches=[{"underlying": "SPX"}], heartbeat_seconds=0.1)
            stream = exposure_pb2_grpc.ExposureServiceStub(channel).WatchExposure(request, timeout=SECONDS)
            assert next(stream).WhichOneof("event") == "heartbeat"
            server.terminate()
            with pytest.raises(grpc.RpcError, match="going down") as caught:
                list(stream)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert server.exit_code() == 0


def test_health_says_not_serving_until_the_kernels_are_warm():
    with RunningServer() as server, server.channel() as channel:
        seen = []
        for answer in health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=180.0):
            seen.append(answer.status)
            if answer.status == SERVING:
                break
        assert seen == [NOT_SERVING, SERVING]
        assert server.event("serving")["kernels"] > 0


def test_sigterm_before_the_kernels_are_warm_ends_it_too():
    with RunningServer() as server:
        server.event("listening")
        server.terminate()
        assert server.exit_code() == 0
        assert all(entry["event"] != "serving" for entry in server.log)


def test_a_port_that_is_taken_is_told_in_one_line_and_exits_1():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with RunningServer(port=taken.getsockname()[1]) as server:
            assert server.exit_code() == 1
            assert "cannot listen" in {entry["event"] for entry in server.log} or server.event("cannot listen")


def test_settings_that_cannot_be_are_told_in_one_line_and_exit_2():
    with RunningServer(port=70_000) as server:
        assert server.exit_code() == 2
        wait_until(lambda: len(server.log) == 1)
        assert server.log[0]["event"].startswith("gex: port: ")
