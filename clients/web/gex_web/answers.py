"""What the page asks for now and then, beside its stream: smiles, the map ahead, the hedge and its decisions."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import numpy as np
from gex_client.aio import AsyncClient
from gex_client.errors import InputError
from gexapi.v1 import common_pb2, exposure_pb2, hedge_pb2, surface_pb2

from gex_web.encoding import column, plain
from gex_web.questions import Question

T = TypeVar("T")
NODES = 241  # of a smile that is drawn
WIDEST = 6.0  # standard deviations at the money, of a smile that is drawn
DECISION_PAGE = 500
DECISION_PAGES = 20  # a hedge with more decisions is asked for from a later instant on

_Held = tuple[surface_pb2.GetSurfaceResponse, surface_pb2.ComputeVolsResponse]


class Smiles:
    """The surface and the quotes behind it, held for the newest revisions asked for: one expiry after another is shown."""

    MOST = 4

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[int, str, float | None, int], _Held] = OrderedDict()

    async def smile(self, client: AsyncClient, question: Question, expiry: int | None, revision: int) -> dict[str, Any]:
        """All slices with their proofs, and the smile of one expiry: bids, asks, fit; None: the one nearest to a month."""
        surface, vols = await self._surface(client, question, revision)
        slices = [plain(one, ("knot", "coefficient")) for one in surface.slices]
        out: dict[str, Any] = {
            "underlying": surface.underlying,
            "revision": surface.revision,
            "spot": surface.spot,
            "is_certified": surface.is_certified,
            "quality": plain(surface.quality),
            "expiries": [plain(one) for one in surface.expiries],
            "slices": slices,
        }
        shown = [one.expiry_index for one in surface.slices]
        if not shown:
            return out
        at = _nearest_to_a_month(surface) if expiry is None else expiry
        if at not in shown:
            raise InputError(f"expiry: expected one of the {len(shown)} expiries with a slice, got {at}")
        out["expiry_index"] = at
        out["quotes"], low, high = _quotes(vols, at)
        slice_of = surface.slices[shown.index(at)]
        out["fit"] = await _fit(client, question, slice_of, surface.expiries[at], low, high)
        return out

    async def _surface(self, client: AsyncClient, question: Question, revision: int) -> _Held:
        key = (id(client), question.underlying, question.rate, revision)
        held = self._held.get(key)
        if held is None:
            settings = question.analysis()
            surface = await client.call(
                "GetSurface", surface_pb2.GetSurfaceRequest(underlying=question.underlying, settings=settings)
            )
            vols = await client.call(
                "ComputeVols", surface_pb2.ComputeVolsRequest(underlying=question.underlying, settings=settings)
            )
            assert isinstance(surface, surface_pb2.GetSurfaceResponse)
            assert isinstance(vols, surface_pb2.ComputeVolsResponse)
            held = surface, vols
            # the market may have moved between: kept under the revision that the quotes are of
            if surface.revision == vols.revision:
                self._held[(*key[:3], surface.revision)] = held
                while len(self._held) > self.MOST:
                    self._held.popitem(last=False)
        return held


def _nearest_to_a_month(surface: surface_pb2.GetSurfaceResponse) -> int:
    """The expiry with quotes of its own whose time is nearest to 30 days, in ratio."""
    own = [one for one in surface.slices if one.quality.quote_count] or surface.slices
    times = np.array([surface.expiries[one.expiry_index].time_to_expiry for one in own])
    return int(own[int(np.argmin(np.abs(np.log(np.maximum(times, 1e-9) * 365.0 / 30.0))))].expiry_index)


def _quotes(vols: surface_pb2.ComputeVolsResponse, at: int) -> tuple[dict[str, Any], float, float]:
    """Volatilities of bids and asks of the out-of-the-money side of an expiry, and the ln(K/F) between which they lie."""
    options, forward = vols.options, vols.expiries[at].forward
    strike, right = np.asarray(options.strike), np.asarray(options.right)
    bid, ask = np.asarray(options.bid_vol), np.asarray(options.ask_vol)
    mine = np.asarray(options.expiry_index) == at
    mine &= np.where(strike >= forward, right == common_pb2.RIGHT_CALL, right == common_pb2.RIGHT_PUT)
    mine &= np.isfinite(bid) | np.isfinite(ask)
    order = np.flatnonzero(mine)[np.argsort(strike[mine], kind="stable")]
    two_sided = order[np.isfinite(bid[order]) & np.isfinite(ask[order])]
    k = np.log(strike[two_sided] / forward) if len(two_sided) else np.zeros(0)
    columns = {
        "strike": column(strike[order]),
        "bid_vol": column(bid[order]),
        "mid_vol": column(np.asarray(options.mid_vol)[order]),
        "ask_vol": column(ask[order]),
    }
    return columns, float(k.min(initial=0.0)), float(k.max(initial=0.0))


async def _fit(
    client: AsyncClient,
    question: Question,
    fitted: surface_pb2.SurfaceSlice,
    state: common_pb2.ExpiryState,
    low: float,
    high: float,
) -> dict[str, Any]:
    """The slice at even steps over its two-sided quotes, by the service itself."""
    width = max(fitted.at_the_money_vol * state.time_to_expiry**0.5, 1e-4)
    low, high = max(min(low, -width), -WIDEST * width), min(max(high, width), WIDEST * width)
    nodes = np.linspace(low, high, NODES)
    request = surface_pb2.EvaluateVolsRequest(
        underlying=question.underlying,
        settings=question.analysis(),
        expiry_index=[fitted.expiry_index] * NODES,
        log_moneyness=nodes.tolist(),
    )
    points = await client.call("EvaluateVols", request)
    assert isinstance(points, surface_pb2.EvaluateVolsResponse)
    return {"strike": column(state.forward * np.exp(nodes)), "vol": column(np.asarray(points.vol))}


async def ahead(
    client: AsyncClient, question: Question, span: float, closes: int = 5, nodes: int = 41
) -> dict[str, Any]:
    """The map of spot and time of the chosen positioning."""
    request = exposure_pb2.GetExposureRequest(
        underlying=question.underlying, settings=question.ahead(closes, nodes, span)
    )
    response = await client.call("GetExposure", request)
    assert isinstance(response, exposure_pb2.GetExposureResponse)
    book = response.books[0]
    return {
        "revision": response.revision,
        "spot": response.spot,
        "positioning": book.positioning,
        "forward_map": plain(book.forward_map) if book.HasField("forward_map") else None,
    }


async def plan(client: AsyncClient, request: hedge_pb2.PlanHedgeRequest) -> dict[str, Any]:
    """The hedge of the configured book over the kept chain, now."""
    response = await client.call("PlanHedge", request)
    return plain(response)


async def decisions(client: AsyncClient, hedge: str, last: int) -> list[dict[str, Any]]:
    """The last decisions of a kept hedge, newest first."""
    found: list[dict[str, Any]] = []
    request = hedge_pb2.ListDecisionsRequest(hedge=hedge, page_size=DECISION_PAGE)
    for _ in range(DECISION_PAGES):
        page = await client.call("ListDecisions", request)
        assert isinstance(page, hedge_pb2.ListDecisionsResponse)
        found = [*found, *(plain(one) for one in page.decisions[-last:])][-last:]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    return found[::-1]


class SingleFlight:
    """Answers that several browsers ask for at once are asked for once."""

    def __init__(self) -> None:
        self._tasks: dict[object, Any] = {}

    async def get(self, key: object, compute: Callable[[], Awaitable[T]]) -> T:
        """The answer under `key`; it is not kept once it is there."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.ensure_future(compute())
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        value: T = await asyncio.shield(task)
        return value
