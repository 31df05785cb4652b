"""The calls of the service: which message is sent, which comes back, and as what value. Sync and async share them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, hedge_pb2, risk_pb2, status_pb2, surface_pb2, watch_pb2
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from gex_client.book import Book, book_message
from gex_client.chain import Chain, chain_message
from gex_client.decisions import DecisionPage, FillReceipt, OverrideInForce
from gex_client.errors import InputError
from gex_client.exposure import Exposure
from gex_client.hedge import HedgePlan
from gex_client.kept import Inventory, KeptBook
from gex_client.market import KeptChain, KeptUnderlying, Published
from gex_client.messages import Instant, Values, enum_number, message_from, set_timestamp
from gex_client.risk import Risk, Scenarios
from gex_client.status import ServerStatus
from gex_client.surface import Surface, SurfacePoints
from gex_client.view import View
from gex_client.vols import Vols

V = TypeVar("V", bound=View)
M = TypeVar("M", bound=Message)
B = TypeVar(
    "B",
    risk_pb2.ComputeRiskRequest,
    risk_pb2.ComputeScenariosRequest,
    risk_pb2.WatchRiskRequest,
    hedge_pb2.PlanHedgeRequest,
)

Market = str | Chain | chain_pb2.Chain
"""The name of a kept underlying, or a chain that is sent along."""
Held = str | Book | risk_pb2.Book
"""The name of a kept book, or a book that is sent along."""
Positionings = Sequence[str | Values | exposure_pb2.Positioning]
"""Names of positionings, or what `gexapi.v1.Positioning` has: {"model": "inventory", "inventory": {...}}."""

_FILES = (chain_pb2, exposure_pb2, hedge_pb2, risk_pb2, status_pb2, surface_pb2, watch_pb2)
METHODS: dict[str, MethodDescriptor] = {
    method.name: method
    for file in _FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}


@dataclass(frozen=True)
class Call(Generic[V]):
    """One unary call."""

    method: str  # "GetExposure"
    request: Message
    view: type[V]


def path(method: str) -> str:
    """The path of a method by its name: "/gexapi.v1.ExposureService/GetExposure"."""
    found = METHODS.get(method)
    if found is None:
        raise InputError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    return f"/{found.containing_service.full_name}/{found.name}"


def response_type(method: str) -> type[Message]:
    """The class of the messages that a method answers with."""
    return GetMessageClass(METHODS[method].output_type)


def publish_chain(chain: Chain | chain_pb2.Chain, expected_revision: int | None) -> Call[Published]:
    """Replace the chain of one underlying."""
    request = chain_pb2.PublishChainRequest(chain=chain_message(chain), expected_revision=expected_revision)
    return Call("PublishChain", request, Published)


def chain(underlying: str, min_revision: int | None) -> Call[KeptChain]:
    """The kept chain."""
    request = chain_pb2.GetChainRequest(underlying=underlying, min_revision=min_revision)
    return Call("GetChain", request, KeptChain)


def underlyings() -> Call[View]:
    """What is kept."""
    return Call("ListUnderlyings", chain_pb2.ListUnderlyingsRequest(), View)


def kept_underlyings(answer: View) -> tuple[KeptUnderlying, ...]:
    """The entries of a list of what is kept."""
    kept: tuple[KeptUnderlying, ...] = answer.underlyings
    return kept


def status() -> Call[ServerStatus]:
    """How the server does."""
    return Call("GetStatus", status_pb2.GetStatusRequest(), ServerStatus)


def exposure(market: Market, settings: exposure_pb2.ExposureSettings, min_revision: int | None) -> Call[Exposure]:
    """Exposure of a kept chain, or of one sent along."""
    if isinstance(market, str):
        get = exposure_pb2.GetExposureRequest(underlying=market, settings=settings, min_revision=min_revision)
        return Call("GetExposure", get, Exposure)
    if min_revision is not None:
        raise InputError(
            "min_revision: only a kept chain has revisions; name the underlying instead of sending a chain"
        )
    compute = exposure_pb2.ComputeExposureRequest(chain=chain_message(market), settings=settings)
    return Call("ComputeExposure", compute, Exposure)


def vols(market: Market, settings: common_pb2.AnalysisSettings) -> Call[Vols]:
    """Volatilities of a kept chain, or of one sent along."""
    request = surface_pb2.ComputeVolsRequest(settings=settings)
    if isinstance(market, str):
        request.underlying = market
    else:
        request.chain.CopyFrom(chain_message(market))
    return Call("ComputeVols", request, Vols)


def surface(
    market: Market, settings: common_pb2.AnalysisSettings, model: str | None, check_quotes: bool
) -> Call[Surface]:
    """The surface of a kept chain, or of one sent along."""
    request = surface_pb2.GetSurfaceRequest(settings=settings, model=model or "", check_quotes=check_quotes)
    if isinstance(market, str):
        request.underlying = market
    else:
        request.chain.CopyFrom(chain_message(market))
    return Call("GetSurface", request, Surface)


def evaluate_vols(
    market: Market,
    settings: common_pb2.AnalysisSettings,
    expiry_index: npt.ArrayLike | None,
    at: npt.ArrayLike | None,
    log_moneyness: npt.ArrayLike | None,
    strike: npt.ArrayLike | None,
    with_vol_error: bool,
) -> Call[SurfacePoints]:
    """The surface at points, which broadcast against each other."""
    if (expiry_index is None) == (at is None):
        raise InputError("evaluate_vols: expected either expiry_index or at")
    if (log_moneyness is None) == (strike is None):
        raise InputError("evaluate_vols: expected either log_moneyness or strike")
    where = np.asarray(strike if log_moneyness is None else log_moneyness, np.float64)
    when = np.asarray(expiry_index) if at is None else np.asarray(at, "datetime64[ns]").astype(np.int64)
    when, where = np.broadcast_arrays(np.atleast_1d(when), where)
    request = surface_pb2.EvaluateVolsRequest(settings=settings, with_vol_error=with_vol_error)
    (request.expiry_index if at is None else request.at).extend(when.ravel().tolist())
    (request.strike if log_moneyness is None else request.log_moneyness).extend(where.ravel().tolist())
    if isinstance(market, str):
        request.underlying = market
    else:
        request.chain.CopyFrom(chain_message(market))
    return Call("EvaluateVols", request, SurfacePoints)


def inventory(underlying: str) -> Call[Inventory]:
    """The kept inventory of an underlying."""
    return Call("GetInventory", chain_pb2.GetInventoryRequest(underlying=underlying), Inventory)


def kept_book(name: str) -> Call[KeptBook]:
    """A kept book."""
    return Call("GetBook", chain_pb2.GetBookRequest(book=name), KeptBook)


def risk(
    book: Held,
    chains: Sequence[Chain | chain_pb2.Chain],
    settings: Values | risk_pb2.RiskSettings | None,
) -> Call[Risk]:
    """Value and Greeks of a book."""
    request = risk_pb2.ComputeRiskRequest(
        chains=[chain_message(one) for one in chains],
        settings=message_from(risk_pb2.RiskSettings, settings, "settings"),
    )
    return Call("ComputeRisk", with_book(request, book), Risk)


def scenarios(
    book: Held,
    chains: Sequence[Chain | chain_pb2.Chain],
    settings: Values | risk_pb2.RiskSettings | None,
    moves: Values,
) -> Call[Scenarios]:
    """Profit and Greeks of a book after moves; `moves` are further fields of the request."""
    request = message_from(risk_pb2.ComputeScenariosRequest, moves, "scenarios")
    request.chains.extend(chain_message(one) for one in chains)
    request.settings.CopyFrom(message_from(risk_pb2.RiskSettings, settings, "settings"))
    return Call("ComputeScenarios", with_book(request, book), Scenarios)


def risk_watch(
    book: Held,
    settings: Values | risk_pb2.RiskSettings | None,
    min_interval: float | None,
    after_revision: Mapping[str, int] | None,
    after_book_revision: int | None,
) -> risk_pb2.WatchRiskRequest:
    """The request of a watch of the risk of a book."""
    request = risk_pb2.WatchRiskRequest(
        settings=message_from(risk_pb2.RiskSettings, settings, "settings"),
        min_interval_seconds=min_interval,
        after_revision=after_revision or {},
        after_book_revision=after_book_revision,
    )
    return with_book(request, book)


def with_book(request: B, book: Held) -> B:
    """The request with its book, or the name of one that is kept."""
    if isinstance(book, str):
        request.book_name = book
    else:
        request.book.CopyFrom(book_message(book))
    return request


def plan_hedge(
    book: Held,
    instruments: Sequence[Values | hedge_pb2.HedgeInstrument],
    chains: Sequence[Chain | chain_pb2.Chain],
    policy: Values | hedge_pb2.HedgePolicy | None,
    analysis: common_pb2.AnalysisSettings,
) -> Call[HedgePlan]:
    """The hedge of a book."""
    request = hedge_pb2.PlanHedgeRequest(
        chains=[chain_message(one) for one in chains],
        instruments=[
            message_from(hedge_pb2.HedgeInstrument, one, f"instruments[{i}]") for i, one in enumerate(instruments)
        ],
        policy=message_from(hedge_pb2.HedgePolicy, policy, "policy"),
        analysis=analysis,
    )
    return Call("PlanHedge", with_book(request, book), HedgePlan)


def report_fill(hedge: str, fill: Values | hedge_pb2.Fill) -> Call[FillReceipt]:
    """A fill of a kept hedge."""
    message = message_from(hedge_pb2.Fill, fill, "fill")
    return Call("ReportFill", hedge_pb2.ReportFillRequest(hedge=hedge, fill=message), FillReceipt)


def set_override(hedge: str, override: Values | hedge_pb2.Override) -> Call[OverrideInForce]:
    """An override of a kept hedge."""
    message = message_from(hedge_pb2.Override, override, "override")
    return Call("SetOverride", hedge_pb2.SetOverrideRequest(hedge=hedge, override=message), OverrideInForce)


def decisions(
    hedge: str, since: Instant | None, until: Instant | None, page_size: int | None, page_token: str, only_trades: bool
) -> Call[DecisionPage]:
    """A page of the recorded decisions of a kept hedge."""
    request = hedge_pb2.ListDecisionsRequest(
        hedge=hedge, page_size=page_size, page_token=page_token, only_trades=only_trades
    )
    for name, instant in (("since", since), ("until", until)):
        if instant is not None:
            set_timestamp(getattr(request, name), instant, name)
    return Call("ListDecisions", request, DecisionPage)


def watch_method(request: Message) -> str:
    """The method of a watch by its request: "WatchExposure" of a WatchExposureRequest."""
    return request.DESCRIPTOR.name.removesuffix("Request")


def exposure_settings(
    positionings: Positionings,
    greeks: str | None,
    rate: float | None,
    settings: Values | exposure_pb2.ExposureSettings | None,
) -> exposure_pb2.ExposureSettings:
    """Settings of an exposure; what is said by name goes before what `settings` says."""
    message = exposure_pb2.ExposureSettings()
    message.CopyFrom(message_from(exposure_pb2.ExposureSettings, settings, "settings"))
    if isinstance(positionings, str):
        raise InputError(f"positionings: expected a sequence of names, got the text {positionings!r}")
    if positionings:
        del message.positionings[:]
    for index, one in enumerate(positionings):
        values: Values | exposure_pb2.Positioning = {"model": one} if isinstance(one, str) else one
        message.positionings.append(message_from(exposure_pb2.Positioning, values, f"positionings[{index}]"))
    if greeks is not None:
        source = enum_number(common_pb2.GreeksSource.DESCRIPTOR, greeks, "greeks")
        message.greeks_source = source  # type: ignore[assignment] # enums are ints
    if rate is not None:
        message.analysis.rate = rate
    return message


def analysis_settings(
    rate: float | None, settings: Mapping[str, Any] | common_pb2.AnalysisSettings | None
) -> common_pb2.AnalysisSettings:
    """Settings of an analysis; `rate` goes before what `settings` says."""
    message = common_pb2.AnalysisSettings()
    message.CopyFrom(message_from(common_pb2.AnalysisSettings, settings, "settings"))
    if rate is not None:
        message.rate = rate
    return message
