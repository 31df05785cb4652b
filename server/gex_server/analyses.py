"""Results of kept chains, computed once per (underlying, revision, settings), and of each change only what it moves."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from gexapi.v1 import common_pb2, exposure_pb2

from gex.columns import Floats
from gex.pipeline import Analysis
from gex.quoted_market import QuotedMarket
from gex_server.answers.exposure import kept_exposure
from gex_server.answers.market import analysis_at, fitted_market
from gex_server.computing import KernelPool
from gex_server.deadlines import Deadline
from gex_server.metrics import Metrics
from gex_server.store import Snapshot
from gex_server.wire.built import refuse_unbuilt

T = TypeVar("T")


class SingleFlight:
    """Values by key: the first who asks computes, the others wait for it. Failures are not remembered.

    The work goes on when the one who began it leaves, for the others wait for it. The least recently asked for goes
    first where more than `size` are kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._tasks: OrderedDict[Hashable, asyncio.Task[Any]] = OrderedDict()

    async def get(self, key: Hashable, compute: Callable[[], Awaitable[T]]) -> T:
        """The value under `key`, from `compute` where it is not there."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.ensure_future(_coroutine(compute))
            self._tasks[key] = task
            task.add_done_callback(lambda done: self._forget_failure(key, done))
            self._evict()
        self._tasks.move_to_end(key)
        value: T = await asyncio.shield(task)
        return value

    def forget(self, is_outdated: Callable[[Any], bool]) -> None:
        """Drop the values whose keys are outdated; work that others wait for is finished first and then evicted."""
        for key in [key for key, task in self._tasks.items() if task.done() and is_outdated(key)]:
            del self._tasks[key]

    def __len__(self) -> int:
        return len(self._tasks)

    def _forget_failure(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        if (task.cancelled() or task.exception() is not None) and self._tasks.get(key) is task:
            del self._tasks[key]

    def _evict(self) -> None:
        done = [key for key, task in self._tasks.items() if task.done()]
        for key in done[: max(0, len(self._tasks) - self._size)]:
            del self._tasks[key]


@dataclass(frozen=True)
class Fitted:
    """A market, and the open interest that it was made with."""

    market: QuotedMarket
    open_interest: Floats


@dataclass(frozen=True)
class SurfaceFacts:
    """The last surface that was fitted to an underlying: when its quotes are of, and its slices by rung."""

    as_of: np.datetime64
    rungs: tuple[tuple[str, int], ...]


class Analyses:
    """Analyses and answers of kept chains. A change touches only what it moves.

    Quotes are fitted once per (quotes, settings); new open interest takes the place of the old beside the same fit; a spot
    moves forwards and smile (`gex.quoted_market`). All of it is what the chain analysed from nothing comes to, bit for bit.
    """

    def __init__(self, pool: KernelPool, *, size: int, metrics: Metrics | None = None) -> None:
        self._pool, self._metrics = pool, metrics or Metrics()
        self._surfaces: dict[str, SurfaceFacts] = {}  # the last one by underlying
        self._fits = SingleFlight(size)
        self._markets = SingleFlight(size)
        self._analyses = SingleFlight(size)
        self._answers = SingleFlight(size)
        self._newest: dict[str, int] = {}  # revision by underlying

    async def analysis(
        self, snapshot: Snapshot, settings: common_pb2.AnalysisSettings, path: str, deadline: Deadline | None = None
    ) -> Analysis:
        """The analysis of a kept chain under these settings; `path` names them in errors."""
        refuse_unbuilt(settings, f"{path}.")
        if deadline is not None:
            deadline.check()
        self._forget_before(snapshot)
        named = settings.SerializeToString(deterministic=True)

        async def compute() -> Analysis:
            market = (await self._market(snapshot, settings, path, named)).market

            def work() -> Analysis:
                return analysis_at(
                    market, snapshot.parsed, settings, quote_spot=snapshot.quote_spot, spot_as_of=snapshot.spot_as_of
                )

            return self._metrics.timed("spot", work)()

        return await self._analyses.get((snapshot.underlying, snapshot.revision, named), compute)

    async def _market(
        self, snapshot: Snapshot, settings: common_pb2.AnalysisSettings, path: str, named: bytes
    ) -> Fitted:
        """What is fitted to the quotes, beside the open interest of now."""
        parsed, open_interest = snapshot.parsed, snapshot.parsed.quotes.open_interest

        def anew() -> Fitted:
            return Fitted(fitted_market(parsed, snapshot.quote_spot, settings, path), open_interest)

        async def fit() -> Fitted:
            fitted = await self._pool.run(self._metrics.timed("fit", anew), rows=parsed.row_count)
            surface = fitted.market.analysis.surface
            rungs = tuple(sorted(Counter(rung for rung in surface.rungs if rung).items()))
            self._surfaces[snapshot.underlying] = SurfaceFacts(parsed.quotes.as_of, rungs)
            return fitted

        fitted = await self._fits.get((snapshot.underlying, snapshot.quotes_revision, named), fit)
        if fitted.open_interest is open_interest:
            return fitted

        def beside() -> Fitted:
            market = fitted.market.with_open_interest(parsed)
            return anew() if market is None else Fitted(market, open_interest)

        async def opened() -> Fitted:
            return await self._pool.run(self._metrics.timed("open_interest", beside), rows=parsed.row_count)

        return await self._markets.get((snapshot.underlying, snapshot.rows_revision, named), opened)

    async def exposure(
        self, snapshot: Snapshot, settings: exposure_pb2.ExposureSettings, deadline: Deadline | None = None
    ) -> bytes:
        """The serialised GetExposureResponse of a kept chain: encoded once, whoever asks and watches."""
        refuse_unbuilt(settings, "settings.")
        if deadline is not None:
            deadline.check()
        self._forget_before(snapshot)
        key = (snapshot.underlying, snapshot.revision, settings.SerializeToString(deterministic=True))

        async def compute() -> bytes:
            analysis = await self.analysis(snapshot, settings.analysis, "settings.analysis")

            def work() -> bytes:
                return kept_exposure(analysis, settings, snapshot.revision, snapshot.inventory).SerializeToString()

            return await self._pool.run(self._metrics.timed("exposure", work), rows=snapshot.parsed.row_count)

        return await self._answers.get(key, compute)

    def surface_facts(self, underlying: str) -> SurfaceFacts | None:
        """Of the last surface that was fitted to it; None where none was."""
        return self._surfaces.get(underlying)

    def _forget_before(self, snapshot: Snapshot) -> None:
        """The first question about a revision lets go of what was computed of those before it."""
        underlying, revision = snapshot.underlying, snapshot.revision
        if self._newest.get(underlying, 0) < revision:
            self._newest[underlying] = revision
            for results, first in (
                (self._fits, snapshot.quotes_revision),
                (self._markets, snapshot.rows_revision),
                (self._analyses, revision),
                (self._answers, revision),
            ):
                results.forget(_is_before(underlying, first))


def _is_before(underlying: str, revision: int) -> Callable[[Any], bool]:
    return lambda key: bool(key[0] == underlying and key[1] < revision)


async def _coroutine(compute: Callable[[], Awaitable[T]]) -> T:
    return await compute()
