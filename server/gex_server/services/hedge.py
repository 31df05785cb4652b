"""HedgeService: the hedge of a book."""

from gexapi.v1 import hedge_pb2

from gex_server.answers.hedge import plan_hedge
from gex_server.services.calls import Call
from gex_server.services.named_book import fill_named_book
from gex_server.services.risk import kept_markets
from gex_server.services.runtime import Runtime


class HedgeService:
    """The calls of HedgeService that are built."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def plan_hedge(self, request: hedge_pb2.PlanHedgeRequest, call: Call) -> bytes:
        """The hedge of a book over a chain in the request or a kept one."""
        runtime = self._runtime
        fill_named_book(runtime, request)
        markets = await kept_markets(runtime, request.book, request.chains, request.analysis, "analysis", call)
        limits = runtime.settings.chain_limits
        return await runtime.pool.run(
            lambda: plan_hedge(request, markets, limits=limits, checkpoint=call.deadline.check).SerializeToString(),
            rows=len(request.book.options.strike) + sum(len(chain.strike) for chain in request.chains),
            deadline=call.deadline,
        )
