"""RiskService: value and Greeks of a book."""

from collections.abc import AsyncIterator, Iterable

from gexapi.v1 import chain_pb2, common_pb2, risk_pb2

from gex.errors import UnknownUnderlyingError
from gex_server.answers.risk import Market, compute_risk
from gex_server.answers.scenarios import check_scenarios, compute_scenarios
from gex_server.services.calls import Call
from gex_server.services.named_book import fill_named_book
from gex_server.services.risk_watch import risks_of
from gex_server.services.runtime import Runtime
from gex_server.store import KeptBook
from gex_server.wire.book import underlyings_of


class RiskService:
    """The calls of RiskService that are built."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def compute_risk(self, request: risk_pb2.ComputeRiskRequest, call: Call) -> bytes:
        """Risk of a book over chains in the request and kept ones."""
        runtime, settings = self._runtime, request.settings.analysis
        named = fill_named_book(runtime, request)
        markets = await kept_markets(runtime, request.book, request.chains, settings, "settings.analysis", call, named)
        limits = runtime.settings.chain_limits

        def work() -> bytes:
            response = compute_risk(request, markets, limits=limits, checkpoint=call.deadline.check)
            response.book_revision = 0 if named is None else named.revision
            return response.SerializeToString()

        return await runtime.pool.run(
            work,
            rows=len(request.book.options.strike) + sum(len(chain.strike) for chain in request.chains),
            deadline=call.deadline,
        )

    async def compute_scenarios(self, request: risk_pb2.ComputeScenariosRequest, call: Call) -> bytes:
        """Profit and Greeks of a book elsewhere, over chains in the request and kept ones."""
        runtime, settings = self._runtime, request.settings.analysis
        named = fill_named_book(runtime, request)
        check_scenarios(request)
        markets = await kept_markets(runtime, request.book, request.chains, settings, "settings.analysis", call, named)
        limits, check = runtime.settings.chain_limits, call.deadline.check
        return await runtime.pool.run(
            lambda: compute_scenarios(request, markets, limits=limits, checkpoint=check).SerializeToString(),
            rows=runtime.settings.inline_rows + 1,  # a grid is never short
            deadline=call.deadline,
        )

    def watch_risk(self, request: risk_pb2.WatchRiskRequest, _call: Call) -> AsyncIterator[risk_pb2.WatchRiskResponse]:
        """Risk of a book as the kept chains change."""
        return risks_of(self._runtime, request)


async def kept_markets(
    runtime: Runtime,
    book: risk_pb2.Book,
    chains: Iterable[chain_pb2.Chain],
    settings: common_pb2.AnalysisSettings,
    path: str,
    call: Call,
    kept_book: KeptBook | None = None,
) -> dict[str, Market]:
    """The kept markets that a book needs beside the chains that came with it, analysed."""
    sent = {chain.underlying for chain in chains}
    markets = {}
    for underlying in underlyings_of(book, "book"):
        if underlying in sent:
            continue
        try:
            snapshot = runtime.store.snapshot(underlying)
        except UnknownUnderlyingError:
            continue  # the answer says so, once it has looked at the rest of the request
        analysis = await runtime.analyses.analysis(snapshot, settings, path, call.deadline)
        ages = runtime.ages(snapshot, kept_book)
        markets[underlying] = Market(analysis=analysis, revision=snapshot.revision, ages=ages)
    return markets
