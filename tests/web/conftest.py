"""One real server and one real gateway for the tests of the page, and a chain to send."""

from collections.abc import Iterator

import pytest
from gex_client import Client
from gexapi.v1 import chain_pb2

from tests.server.requests import chain_message
from tests.server.running import RunningServer
from tests.web.gateway import RunningGateway


@pytest.fixture(scope="session")
def web_server() -> Iterator[str]:
    with RunningServer(heartbeat_seconds=0.5) as running:
        running.event("serving")
        yield str(running.event("listening")["address"])


@pytest.fixture(scope="session")
def gateway(web_server: str) -> Iterator[RunningGateway]:
    with RunningGateway(web_server) as running:
        yield running


@pytest.fixture
def service(web_server: str) -> Iterator[Client]:
    with Client(web_server, timeout=60.0) as client:
        yield client


def named(underlying: str, options: int = 400, seed: int = 7) -> chain_pb2.Chain:
    """A sample chain under a name of its own, so that tests do not meet in one server."""
    return chain_message(underlying=underlying, options=options, seed=seed)


def later(chain: chain_pb2.Chain, seconds: int, spot: float | None = None) -> chain_pb2.Chain:
    """The same chain some seconds later, at another spot."""
    again = chain_pb2.Chain()
    again.CopyFrom(chain)
    again.as_of.seconds += seconds
    if spot is not None:
        again.spot = spot
    return again
