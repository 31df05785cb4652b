"""One server for all tests of this folder that need one, and requests to ask it."""

from collections.abc import Iterator

import grpc
import pytest
from gexapi.v1 import chain_pb2_grpc, exposure_pb2_grpc, risk_pb2_grpc

from tests.server.running import RunningServer


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    with RunningServer(max_rows=60_000, heartbeat_seconds=0.5) as running:
        running.event("serving")
        yield running


@pytest.fixture(scope="session")
def channel(server: RunningServer) -> Iterator[grpc.Channel]:
    with server.channel() as opened:
        yield opened


@pytest.fixture(scope="session")
def chains(channel: grpc.Channel) -> chain_pb2_grpc.ChainServiceStub:
    return chain_pb2_grpc.ChainServiceStub(channel)


@pytest.fixture(scope="session")
def exposures(channel: grpc.Channel) -> exposure_pb2_grpc.ExposureServiceStub:
    return exposure_pb2_grpc.ExposureServiceStub(channel)


@pytest.fixture(scope="session")
def risks(channel: grpc.Channel) -> risk_pb2_grpc.RiskServiceStub:
    return risk_pb2_grpc.RiskServiceStub(channel)
