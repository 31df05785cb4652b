"""Value and Greeks of a book: the answer of ComputeRisk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gexapi.v1 import chain_pb2, common_pb2, risk_pb2

from gex.contracts import Payoff
from gex.errors import UnknownUnderlyingError
from gex.pipeline import Analysis
from gex.portfolio.positions import LinearLine, OptionLine, match_positions
from gex.portfolio.risk import PortfolioRisk, portfolio_risk
from gex_server.answers.market import Checkpoint, analysis_of_message, no_checkpoint
from gex_server.errors import FieldError, NotBuiltError
from gex_server.wire.book import BookOfUnderlying, books_from_proto, linear_lines, linear_terms
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import ChainLimits
from gex_server.wire.risk import (
    expiry_totals,
    linear_to_proto,
    market_to_proto,
    positions_to_proto,
    sum_to_proto,
    total_to_proto,
    unpriced_to_proto,
)

GROUPS = ("underlying", "expiry")
LATER_GROUPS = ("account",)


@dataclass(frozen=True, eq=False, kw_only=True)
class Market:
    """An analysed chain that a book is valued in; revision 0 where it came with the request."""

    analysis: Analysis
    revision: int


Markets = Mapping[str, Market]
"""Kept markets by underlying, already analysed under the settings of the request."""


def compute_risk(
    request: risk_pb2.ComputeRiskRequest,
    kept: Markets | None = None,
    *,
    limits: ChainLimits | None = None,
    checkpoint: Checkpoint = no_checkpoint,
) -> risk_pb2.ComputeRiskResponse:
    """Risk of the book in the request. Chains that came with it go before those in `kept`."""
    refuse_unbuilt(request)
    _check_settings(request.settings)
    books = books_from_proto(request.book)
    markets = dict(kept or {}) | sent_markets(request.chains, request.settings.analysis, "settings.analysis", limits)
    checkpoint()
    response = risk_pb2.ComputeRiskResponse()
    risks: list[PortfolioRisk] = []
    parts: list[risk_pb2.RiskTotal] = []
    groups = request.settings.group_by or ("underlying",)
    detail = risk_pb2.ComputeRiskResponse()
    for book in books:
        market = market_of(markets, book.underlying)
        risk = risk_of(book, market.analysis)
        currency = currency_of(market.analysis)
        part = risk_pb2.RiskTotal()
        total_to_proto(risk, risk.totals(), part, group="underlying", name=book.underlying, currency=currency)
        if "underlying" in groups:
            detail.totals.append(part)
        if "expiry" in groups:
            expiry_totals(risk, detail.totals, currency)
        linear_to_proto(risk, request.book, response.linear)
        unpriced_to_proto(risk.unpriced, request.book, response.unpriced)
        spot_is_given = request.settings.analysis.HasField("spot")
        market_to_proto(market.analysis, market.revision, risk, response.markets.add(), spot_is_given=spot_is_given)
        risks.append(risk)
        parts.append(part)
    _total(parts, response)
    response.totals.extend(detail.totals)
    if not request.settings.omit_positions:
        positions_to_proto(risks, len(request.book.options.strike), response.positions)
    return response


def risk_of(book: BookOfUnderlying, analysis: Analysis) -> PortfolioRisk:
    """The risk of the positions on one underlying in its market."""
    lines: list[OptionLine | LinearLine] = [*book.options, *linear_lines(book)]
    terms = linear_terms(book, analysis.forwards)
    return portfolio_risk(match_positions(lines, analysis.cleaned.quotes, linear=terms), analysis.surface)


def sent_markets(
    chains: Iterable[chain_pb2.Chain], settings: common_pb2.AnalysisSettings, path: str, limits: ChainLimits | None
) -> dict[str, Market]:
    """The markets of chains that came with a request, by underlying."""
    markets: dict[str, Market] = {}
    for i, chain in enumerate(chains):
        if chain.underlying in markets:
            raise FieldError(f"expected one chain of {chain.underlying!r}", field=f"chains[{i}].underlying")
        analysis = analysis_of_message(chain, settings, path, limits, chain_path=f"chains[{i}]")
        markets[chain.underlying] = Market(analysis=analysis, revision=0)
    return markets


def market_of(markets: Markets, underlying: str) -> Market:
    """The market of an underlying; UnknownUnderlyingError where none was sent or kept."""
    if underlying not in markets:
        raise UnknownUnderlyingError(f"underlying: no chain of {underlying!r} was sent or is kept")
    return markets[underlying]


def currency_of(analysis: Analysis) -> str:
    """The currency of values: that of linear contracts; coin-settled ones are valued in dollars."""
    for expiry in analysis.cleaned.quotes.expiries:
        if expiry.contract.payoff is Payoff.LINEAR:
            return expiry.contract.currency
    return "USD"


def _check_settings(settings: risk_pb2.RiskSettings) -> None:
    if settings.HasField("smile_dynamics"):  # read by scenarios
        field = "settings.smile_dynamics"
        raise NotBuiltError(f"{field}: this server does not adjust deltas for the smile yet, leave it out", field=field)
    for i, group in enumerate(settings.group_by):
        field = f"settings.group_by[{i}]"
        if group in LATER_GROUPS:
            raise NotBuiltError(f"{field}: this server does not sum by {group} yet", field=field)
        if group not in GROUPS:
            raise FieldError(f"expected one of {', '.join(GROUPS)}, got {group!r}", field=field)


def _total(parts: list[risk_pb2.RiskTotal], response: risk_pb2.ComputeRiskResponse) -> None:
    total = response.totals.add()
    if len(parts) == 1:
        total.CopyFrom(parts[0])
        total.group, total.name = "total", ""
        return
    currencies = sorted({part.currency for part in parts})
    if len(currencies) > 1:
        raise NotBuiltError(f"settings.currency: this server does not add {', '.join(currencies)} yet")
    sum_to_proto(parts, total)
