"""HedgeService: the hedge of a book."""

from collections.abc import AsyncIterator

from gexapi.v1 import hedge_pb2

from gex.errors import UnknownUnderlyingError
from gex.hedging.engine.journal import Kind
from gex_server.answers.hedge import plan_hedge
from gex_server.errors import FieldError
from gex_server.hedges import KeptHedge
from gex_server.services.calls import Call
from gex_server.services.hedge_session import decided, decisions_of, filled, follow, override_event, recorded
from gex_server.services.named_book import fill_named_book
from gex_server.services.risk import kept_markets
from gex_server.services.runtime import Runtime
from gex_server.wire.decisions import fill_to_proto, override_to_proto
from gex_server.wire.instants import instant_from_proto

DEFAULT_PAGE, LARGEST_PAGE = 100, 1_000


class HedgeService:
    """The calls of HedgeService that are built."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def plan_hedge(self, request: hedge_pb2.PlanHedgeRequest, call: Call) -> bytes:
        """The hedge of a book over a chain in the request or a kept one."""
        runtime = self._runtime
        named = fill_named_book(runtime, request)
        markets = await kept_markets(runtime, request.book, request.chains, request.analysis, "analysis", call, named)
        limits = runtime.settings.chain_limits
        return await runtime.pool.run(
            lambda: plan_hedge(request, markets, limits=limits, checkpoint=call.deadline.check).SerializeToString(),
            rows=len(request.book.options.strike) + sum(len(chain.strike) for chain in request.chains),
            deadline=call.deadline,
        )

    def hedge_session(
        self, requests: AsyncIterator[hedge_pb2.HedgeSessionRequest], _call: Call
    ) -> AsyncIterator[hedge_pb2.HedgeSessionResponse]:
        """A kept hedge: ticks, fills and overrides in, decisions out."""
        return decisions_of(self._runtime, requests)

    async def report_fill(self, request: hedge_pb2.ReportFillRequest, _call: Call) -> hedge_pb2.ReportFillResponse:
        """A fill of a kept hedge, taken once."""
        hedge = self._kept(request.hedge)
        async with hedge.lock:
            receipt = filled(hedge, request.fill, self._runtime.now(), None)
        return hedge_pb2.ReportFillResponse(
            is_applied=receipt.is_applied,
            position=receipt.position,
            in_flight=receipt.in_flight,
            decision_id=receipt.decision,
        )

    async def set_override(self, request: hedge_pb2.SetOverrideRequest, _call: Call) -> hedge_pb2.SetOverrideResponse:
        """An override of a kept hedge, and the decision that it makes."""
        runtime, hedge = self._runtime, self._kept(request.hedge)
        response = hedge_pb2.SetOverrideResponse()
        async with hedge.lock:
            now = runtime.now()
            override_event(hedge, request.override, now, now, None)
            assert hedge.standing is not None
            held = hedge.standing.state.override
            if held is not None:
                override_to_proto(held.override, response.override)
            try:
                await follow(runtime, hedge)
                decided(hedge, "override", now, now, None, response.decision)
            except UnknownUnderlyingError:
                pass  # no market to decide in: the override holds, the next tick decides
            if response.HasField("decision"):
                hedge.tell(hedge_pb2.HedgeSessionResponse(decision=response.decision))
        return response

    async def list_decisions(
        self, request: hedge_pb2.ListDecisionsRequest, _call: Call
    ) -> hedge_pb2.ListDecisionsResponse:
        """Recorded decisions of a hedge, oldest first, a page at a time."""
        hedge = self._kept(request.hedge)
        size = min(request.page_size or DEFAULT_PAGE, LARGEST_PAGE)
        after = 0
        if request.page_token:
            if not request.page_token.isdecimal():
                raise FieldError("expected a token of an answer", field="page_token")
            after = int(request.page_token)
        since = instant_from_proto(request.since, "since") if request.HasField("since") else None
        until = instant_from_proto(request.until, "until") if request.HasField("until") else None
        audit = self._runtime.audit
        found = list(
            audit.entries(
                request.hedge,
                since=since,
                until=until,
                after_sequence=after,
                kinds=(Kind.DECIDED,),
                only_trades=request.only_trades,
                limit=size,
            )
        )
        response = hedge_pb2.ListDecisionsResponse()
        orders: dict[str, hedge_pb2.Decision] = {}
        for logged in found:
            target = response.decisions.add()
            recorded(hedge, logged.entry, target)
            orders.update((order.order_id, target) for order in target.plan.orders)
        if orders:
            for event in audit.fills_of(request.hedge, tuple(orders), after_sequence=found[0].entry.sequence):
                fill_to_proto(event.fill, orders[event.fill.order_id].fills.add())
        if len(found) == size:
            response.next_page_token = str(found[-1].entry.sequence)
        return response

    def _kept(self, name: str) -> KeptHedge:
        hedge = self._runtime.hedges.hedge(name, self._runtime.audit)
        if hedge.standing is None:
            self._runtime.hedges.forget(name)
            raise UnknownUnderlyingError(f"hedge: no hedge is kept under the name {name!r}")
        return hedge
