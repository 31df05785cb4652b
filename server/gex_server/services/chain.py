"""ChainService: publish a chain, change it, read it back, list what is kept."""

from collections.abc import AsyncIterator

import numpy as np
from gexapi.v1 import chain_pb2

from gex_server.answers.chain import chain_answer, publish_answer, published, published_spots
from gex_server.errors import FieldError
from gex_server.services.calls import Call
from gex_server.services.runtime import Runtime
from gex_server.services.updates import answers
from gex_server.store import Snapshot, published_after
from gex_server.wire.instants import instant_to_proto
from gex_server.wire.staleness import ages_to_proto
from gex_server.wire.trades import inventory_to_proto


class ChainService:
    """The calls of ChainService that are built."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def publish_chain(self, request: chain_pb2.PublishChainRequest, call: Call) -> chain_pb2.PublishChainResponse:
        """Keep a chain."""
        runtime = self._runtime
        parsed, cleaned = await runtime.pool.run(
            lambda: published(request, runtime.settings.chain_limits),
            rows=len(request.chain.strike),
            deadline=call.deadline,
        )
        before = runtime.store.get(request.chain.underlying)
        snapshot = published_after(before, parsed, runtime.now(), **published_spots(request.chain))
        snapshot.__dict__["cleaned"] = cleaned
        expected = before.revision if before else 0
        if request.HasField("expected_revision"):
            expected = request.expected_revision
        durability = await runtime.state.keep_chain(snapshot, request.chain, expected)
        response = publish_answer(cleaned, snapshot.revision)
        response.durability = durability
        return response

    def stream_updates(
        self, requests: AsyncIterator[chain_pb2.StreamUpdatesRequest], _call: Call
    ) -> AsyncIterator[chain_pb2.StreamUpdatesResponse]:
        """Change what is kept; every message is answered, in order."""
        return answers(self._runtime, requests)

    async def get_chain(self, request: chain_pb2.GetChainRequest, call: Call) -> chain_pb2.GetChainResponse:
        """A kept chain."""
        minimum = request.min_revision if request.HasField("min_revision") else None
        snapshot = await kept(self._runtime, request.underlying, minimum)
        response = await self._runtime.pool.run(
            lambda: chain_answer(
                snapshot.parsed,
                snapshot.cleaned,
                snapshot.revision,
                spot_as_of=snapshot.spot_as_of,
                quote_spot=snapshot.quote_spot,
            ),
            rows=snapshot.parsed.row_count,
            deadline=call.deadline,
        )
        instant_to_proto(snapshot.published_at, response.published_at)
        ages_to_proto(snapshot, self._runtime.now(), response.provenance.staleness, has_surface=False)
        return response

    async def list_underlyings(
        self, _request: chain_pb2.ListUnderlyingsRequest, _call: Call
    ) -> chain_pb2.ListUnderlyingsResponse:
        """What is kept."""
        response = chain_pb2.ListUnderlyingsResponse()
        now = self._runtime.now()
        for snapshot in self._runtime.store.snapshots():
            _kept_underlying(snapshot, now, response.underlyings.add())
        return response

    async def get_inventory(
        self, request: chain_pb2.GetInventoryRequest, _call: Call
    ) -> chain_pb2.GetInventoryResponse:
        """What the trades of an underlying have left."""
        snapshot = await kept(self._runtime, request.underlying, None)
        response = chain_pb2.GetInventoryResponse(revision=snapshot.revision)
        inventory_to_proto(snapshot.inventory, response)
        return response

    async def get_book(self, request: chain_pb2.GetBookRequest, _call: Call) -> chain_pb2.GetBookResponse:
        """A kept book."""
        if not request.book:
            raise FieldError("expected the name of a book, got nothing", field="book")
        book = self._runtime.books.book(request.book)
        response = chain_pb2.GetBookResponse(book=book.book, revision=book.revision)
        instant_to_proto(book.as_of, response.as_of)
        return response


async def kept(runtime: Runtime, underlying: str, min_revision: int | None) -> Snapshot:
    """The kept snapshot, or the first from `min_revision` on."""
    if not underlying:
        raise FieldError("expected the name of an underlying, got nothing", field="underlying")
    if min_revision is None:
        return runtime.store.snapshot(underlying)
    return await runtime.store.wait_newer(underlying, min_revision - 1)


def _kept_underlying(snapshot: Snapshot, now: np.datetime64, target: chain_pb2.KeptUnderlying) -> None:
    quotes = snapshot.cleaned.quotes
    target.underlying = snapshot.underlying
    target.revision = snapshot.revision
    instant_to_proto(quotes.as_of, target.as_of)
    instant_to_proto(snapshot.published_at, target.published_at)
    if quotes.spot is not None:
        target.spot = quotes.spot
    target.row_count = len(quotes)
    target.expiry_count = len(quotes.expiries)
    target.source = quotes.source
    target.trade_count = snapshot.inventory.trade_count
    ages_to_proto(snapshot, now, target.staleness, has_surface=False)
