"""One server for all tests of this folder that need one, and requests to ask it."""

from collections.abc import Iterator

import grpc
import pytest

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
