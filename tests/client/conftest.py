"""One real server for the tests of the client, and a chain to send to it."""

from collections.abc import Iterator

import numpy as np
import pytest
from gex_client import Chain, Client

from tests.server.requests import chain_message
from tests.server.running import RunningServer


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    with RunningServer(max_rows=60_000, heartbeat_seconds=0.2) as running:
        running.event("serving")
        yield running


@pytest.fixture(scope="session")
def address(server: RunningServer) -> str:
    return str(server.event("listening")["address"])


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(address) as opened:
        yield opened


@pytest.fixture(scope="session")
def sample() -> Chain:
    return Chain.from_proto(chain_message())


def renamed(chain: Chain, underlying: str) -> Chain:
    """The same chain of an underlying of its own, so that tests do not meet in one server."""
    message = chain.to_proto()
    message.underlying = underlying
    for expiry in message.expiries:
        expiry.underlying = underlying
    return Chain.from_proto(message)


def later(chain: Chain, seconds: int, spot: float) -> Chain:
    """The same chain some seconds later at another spot."""
    message = chain.to_proto()
    message.as_of.seconds += seconds
    message.spot = spot
    return Chain.from_proto(message)


def assert_same_columns(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        np.testing.assert_array_equal(values, theirs[name], err_msg=name)
