"""Updates for a state, and the state that they come to."""

import numpy as np
from gex_server.state.contents import book_payload, snapshot_payload
from gex_server.state.keeping import State
from gex_server.store import MarketStore, published_after
from gex_server.wire.chain import chain_from_proto
from gex_server.wire.updates import changed
from gexapi.v1 import chain_pb2

from tests.server.requests import chain_message

NOW = np.datetime64("2026-01-02T03:04:05", "ns")


def update(chain: chain_pb2.Chain, sequence: int, *, client: str = "feed", **what: object):
    message = chain_pb2.StreamUpdatesRequest(
        client_id=client,
        sequence=sequence,
        underlying=chain.underlying,
        **what,  # type: ignore[arg-type]
    )
    message.as_of.CopyFrom(chain.as_of)
    message.as_of.seconds += sequence
    return message


def lines(chain: chain_pb2.Chain, rows: list[int]) -> dict[str, list[float]]:
    return {name: [getattr(chain, name)[row] for row in rows] for name in ("expiry_index", "strike", "right")}


def publish(state: State, chain: chain_pb2.Chain):
    snapshot = published_after(state.store.get(chain.underlying), chain_from_proto(chain), NOW)
    return state.keep_chain(snapshot, chain, snapshot.revision - 1)


def send(state: State, message: chain_pb2.StreamUpdatesRequest):
    """Apply one update as the service does."""
    before = state.store.snapshot(message.underlying)
    snapshot = changed(before, message, NOW + np.timedelta64(message.sequence, "s")).snapshot
    assert snapshot is not None
    return state.keep_update(snapshot, message, before.revision)


def small_chain(name: str = "SPX") -> chain_pb2.Chain:
    """A chain of a few rows, so that a whole state is short."""
    chain = chain_message(underlying=name, options=100)
    small = chain_pb2.Chain(underlying=name, as_of=chain.as_of, spot=chain.spot, expiries=[chain.expiries[0]])
    rows = [row for row, index in enumerate(chain.expiry_index) if index == 0][:6]
    for column in ("strike", "right", "bid", "ask", "open_interest"):
        getattr(small, column).extend(getattr(chain, column)[row] for row in rows)
    small.expiry_index.extend([0] * len(rows))
    return small


def empty_state(disk=None, **options) -> State:
    return State.of(MarketStore(), disk=disk, **options)


def content(state: State, *, revisions: bool = True) -> dict[str, object]:
    """Everything that is kept, as bytes that can be compared."""
    snapshots = [one if revisions else one.having(revision=0) for one in state.store.values()]
    return {
        "chains": [snapshot_payload(one) for one in snapshots],
        "books": [book_payload(one)[12 if not revisions else 0 :] for one in state.books.values()],
        "clients": sorted(state.clients.sequences()),
    }
