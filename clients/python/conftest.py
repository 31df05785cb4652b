"""What the examples in docstrings of the client are run against: a real server, and a made-up chain of a known truth."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.requests import chain_message
from tests.server.running import RunningServer


@pytest.fixture(scope="session")
def example_server() -> Iterator[str]:
    """The address of a server, started when the first example asks for one."""
    with RunningServer(heartbeat_seconds=0.2) as running:
        running.event("serving")
        yield str(running.event("listening")["address"])


@pytest.fixture(autouse=True)
def example_names(request: pytest.FixtureRequest) -> None:
    """For every example that names `address`: a server there; `chain`, an index chain of 400 options at 2024-06-12 14:30
    UTC; `book`, ten calls sold; `futures`, the micro futures to hedge them with.
    """
    names: dict[str, Any] | None = getattr(getattr(request.node, "dtest", None), "globs", None)
    if names is not None and any("address" in one.source for one in request.node.dtest.examples):
        names["address"] = request.getfixturevalue("example_server")
        from gex_client import Book, Chain

        options = {
            "root": ["SPX"],
            "expiry": ["2024-07-19"],
            "strike": [5400.0],
            "right": ["C"],
            "contract_count": [-10],
        }
        names["chain"] = Chain.from_proto(chain_message())
        names["book"] = Book(underlying="SPX", options=options)
        names["futures"] = [
            {"symbol": "MES", "underlying": "SPX", "kind": "linear", "multiplier": 5, "half_spread_bps": 0.5}
        ]
