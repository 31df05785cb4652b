"""Which shard each call of `ShardedClient` goes to, and that none of the calls of `Client` is missing."""

import inspect
from typing import Any

import pytest
from gex_client import Client, InputError, ShardedClient, UnavailableError, UnknownBookError, UnknownUnderlyingError
from gex_client.aio import AsyncClient
from gex_client.calls import METHODS, response_type
from gex_client.connection import Connection
from gex_client.routing import shard_of
from gexapi.v1 import chain_pb2, exposure_pb2, hedge_pb2, risk_pb2, status_pb2, surface_pb2
from google.protobuf.message import Message

SPX, BTC = 1, 0  # shards of two
CHAIN = chain_pb2.Chain(underlying="SPX")
BOTH = risk_pb2.Book(expiries=[{"underlying": "SPX"}, {"underlying": "BTC"}])
BOOK = risk_pb2.Book(expiries=[{"underlying": "SPX"}])


class Shard:
    """A client that notes what it is asked; it keeps books, hedges and the chains that hash to it."""

    def __init__(self, number: int, *, books: tuple[str, ...] = (), hedges: tuple[str, ...] = ()) -> None:
        self.number, self.address = number, f"shard-{number}"
        self.books, self.hedges = books, hedges
        self.calls: list[tuple[str, Message]] = []
        self.is_down = False

    def call(self, method: str, request: Any, *, timeout: float | None = None) -> Message:
        if self.is_down:
            raise UnavailableError(f"{self.address}: no server answered")
        self.calls.append((method, request))
        if method == "GetBook":
            if request.book not in self.books:
                raise UnknownBookError("book")
            return chain_pb2.GetBookResponse(book={"book": request.book, "expiries": BOTH.expiries})
        if method == "GetChain" and shard_of(request.underlying, 2) != self.number:
            raise UnknownUnderlyingError("chain")
        if method == "GetChain":
            return chain_pb2.GetChainResponse(chain={"underlying": request.underlying})
        if "hedge" in request.DESCRIPTOR.fields_by_name and request.hedge not in self.hedges:
            raise UnknownUnderlyingError("hedge")
        if method == "GetStatus":  # shards that know each other
            processes = [{"shard": i, "shard_count": 2, "process_id": 10 * self.number + i} for i in range(2)]
            return status_pb2.GetStatusResponse(processes=processes)
        return response_type(method)()

    def _stream(self, request: Message) -> tuple[int, Message]:
        return self.number, request

    def _starter(self, method: str, routing: Any) -> Any:
        return lambda requests: (self.number, method, routing)


@pytest.fixture
def shards() -> tuple[Shard, Shard]:
    return Shard(0, books=("desk",)), Shard(1, hedges=("desk/SPX",))


@pytest.fixture
def gex(shards: tuple[Shard, Shard]) -> ShardedClient:
    client = ShardedClient(["shard-0:1", "shard-1:1"], insecure_token=True)
    client.close()
    client.clients = shards  # type: ignore[assignment]
    return client


# Every unary call of the contract: a request, and the shards that answer it. A call that is new needs its line here.
UNARY = {
    "PublishChain": (chain_pb2.PublishChainRequest(chain=CHAIN), {SPX}),
    "GetChain": (chain_pb2.GetChainRequest(underlying="SPX"), {SPX}),
    "GetInventory": (chain_pb2.GetInventoryRequest(underlying="SPX"), {SPX}),
    "GetBook": (chain_pb2.GetBookRequest(book="desk"), {0}),
    "ListUnderlyings": (chain_pb2.ListUnderlyingsRequest(), {0, 1}),
    "GetStatus": (status_pb2.GetStatusRequest(), {0, 1}),
    "ComputeVols": (surface_pb2.ComputeVolsRequest(chain=CHAIN), {SPX}),
    "GetSurface": (surface_pb2.GetSurfaceRequest(underlying="SPX"), {SPX}),
    "EvaluateVols": (surface_pb2.EvaluateVolsRequest(underlying="SPX"), {SPX}),
    "ComputeExposure": (exposure_pb2.ComputeExposureRequest(chain=CHAIN), {SPX}),
    "GetExposure": (exposure_pb2.GetExposureRequest(underlying="SPX"), {SPX}),
    "ComputeRisk": (risk_pb2.ComputeRiskRequest(book=BOOK), {SPX}),
    "ComputeScenarios": (risk_pb2.ComputeScenariosRequest(book=BOOK), {SPX}),
    "PlanHedge": (hedge_pb2.PlanHedgeRequest(book=BOOK), {SPX}),
    "ReportFill": (hedge_pb2.ReportFillRequest(hedge="desk/SPX"), {1}),
    "SetOverride": (hedge_pb2.SetOverrideRequest(hedge="desk/SPX"), {1}),
    "ListDecisions": (hedge_pb2.ListDecisionsRequest(hedge="desk/SPX"), {1}),
}
STREAMS = {"StreamUpdates", "WatchExposure", "WatchRisk", "HedgeSession"}
FOR_GATEWAYS = {"Watch"}  # several watches on one stream: no client of this package calls it


def test_every_call_of_the_contract_has_a_shard_here() -> None:
    assert set(UNARY) | STREAMS | FOR_GATEWAYS == set(METHODS)


@pytest.mark.parametrize("method", UNARY)
def test_a_call_goes_to_the_shard_that_it_belongs_to(gex: ShardedClient, shards: Any, method: str) -> None:
    request, expected = UNARY[method]
    assert isinstance(gex.call(method, request), response_type(method))
    answered = {shard.number for shard in shards if (method, request) in shard.calls}
    assert answered >= expected
    if method not in ("GetBook", "ListDecisions"):  # looked for
        assert answered == expected


def test_no_call_of_the_client_is_missing_and_none_bypasses_the_shards() -> None:
    """Whatever `Client` can be asked goes through the few methods of its connection that `ShardedClient` replaces."""
    public = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")}
    assert public <= set(dir(ShardedClient))
    assert public == {name for name in dir(AsyncClient) if not name.startswith("_")} - {"stream"}
    own = {name for name, one in vars(Connection).items() if inspect.isfunction(one)}
    shared = {"__enter__", "__exit__", "_ask"}  # stand on the others
    replaced = {name for name in own if getattr(ShardedClient, name) is not getattr(Connection, name)}
    assert own - replaced == shared
    for kind in Client.__mro__[: Client.__mro__.index(Connection)]:
        for name, one in vars(kind).items():
            if inspect.isfunction(one):
                assert "_channel" not in one.__code__.co_names, f"{kind.__name__}.{name} reaches past its connection"


@pytest.mark.parametrize("method", ["ComputeRisk", "ComputeScenarios", "PlanHedge"])
def test_a_book_of_two_shards_brings_the_chain_of_the_other(gex: ShardedClient, shards: Any, method: str) -> None:
    request = type(UNARY[method][0])(book=BOTH)
    gex.call(method, request)
    (sent,) = [one for name, one in shards[SPX].calls if name == method]
    assert [chain.underlying for chain in sent.chains] == ["BTC"]
    assert not request.chains, "the caller's message is as it was"


def test_a_kept_book_is_found_by_its_name_and_chains_of_others_are_sent_along(gex: ShardedClient, shards: Any) -> None:
    gex.risk("desk")
    (sent,) = [one for name, one in shards[0].calls if name == "ComputeRisk"]
    assert (sent.book_name, [chain.underlying for chain in sent.chains]) == ("desk", ["SPX"])
    shards[1].books = ("desk",)
    with pytest.raises(InputError, match="'desk' is kept by shard-0 and shard-1"):
        gex.risk("desk")
    with pytest.raises(UnknownBookError, match="no shard keeps one under the name 'nobody'"):
        gex.kept_book("nobody")


def test_streams_begin_at_the_shard_of_their_underlying_book_or_hedge(gex: ShardedClient) -> None:
    watch = exposure_pb2.WatchExposureRequest(watches=[{"underlying": "BTC"}])
    assert gex._stream(watch)[0] == BTC
    assert gex._stream(risk_pb2.WatchRiskRequest(book=BOOK))[0] == SPX
    assert gex._stream(risk_pb2.WatchRiskRequest(book_name="desk"))[0] == 0
    assert gex._starter("StreamUpdates", (("gex-underlying", "BTC"),))(())[:2] == (BTC, "StreamUpdates")
    assert gex._hedge_starter("desk/SPX", None)(())[0] == 1, "joined where its log is"
    opened = hedge_pb2.HedgeConfiguration(book={"expiries": [{"underlying": "BTC"}]})
    assert gex._hedge_starter("new", opened)(())[0] == BTC
    assert gex._holder_of_hedge("new").address == "shard-0", "known from then on"


def test_a_hedge_that_no_shard_knows_is_refused_by_the_server(gex: ShardedClient) -> None:
    with pytest.raises(UnknownUnderlyingError):
        gex.report_fill("nobody", {"fill_id": "f"})


def test_the_status_is_that_of_each_shard_asked_itself(gex: ShardedClient, shards: Any) -> None:
    assert [(one.shard, one.process_id) for one in gex.status().processes] == [(0, 0), (1, 11)]
    shards[0].is_down = True
    down, up = gex.status().processes
    assert (down.shard, down.shard_count, down.failure) == (0, 2, "shard-0: no server answered")
    assert (up.shard, up.failure) == (1, "")


def test_servers_that_know_nothing_of_each_other_have_the_number_of_their_address(
    gex: ShardedClient, shards: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = status_pb2.GetStatusResponse(processes=[{"shard": 0, "shard_count": 1, "is_serving": True}])
    monkeypatch.setattr(Shard, "call", lambda self, method, request, timeout=None: alone)
    assert [(one.shard, one.shard_count) for one in gex.status().processes] == [(0, 2), (1, 2)]
    assert gex.status().is_well
