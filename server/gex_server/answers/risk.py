"""Value and Greeks of a book: the answer of ComputeRisk."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gexapi.v1 import chain_pb2, common_pb2, risk_pb2

from gex.contracts import Payoff
from gex.errors import UnknownUnderlyingError
from gex.pipeline import Analysis
from gex.portfolio.aggregation import BookPart, accounts_of, beta_weighted, risk_sums, term_buckets
from gex.portfolio.positions import LinearLine, OptionLine, match_positions
from gex.portfolio.risk import PortfolioRisk, portfolio_risk
from gex_server.answers.market import Checkpoint, analysis_of_message, no_checkpoint
from gex_server.errors import FieldError
from gex_server.wire.book import BookOfUnderlying, books_from_proto, coin_equity, linear_lines, linear_terms
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import ChainLimits
from gex_server.wire.risk import (
    account_to_proto,
    beta_to_proto,
    buckets_to_proto,
    linear_to_proto,
    market_to_proto,
    positions_to_proto,
    smile_to_proto,
    sum_to_proto,
    unpriced_to_proto,
)
from gex_server.wire.risk_settings import BookSettings, book_settings_from_proto


@dataclass(frozen=True, eq=False, kw_only=True)
class Market:
    """An analysed chain that a book is valued in; revision 0 where it came with the request."""

    analysis: Analysis
    revision: int
    ages: common_pb2.Staleness | None = None  # how old the kept chain is at the answer; None where it came along


# What pays in coin is counted in coin unless the account says otherwise.
_COIN_UNITS = (common_pb2.ACCOUNT_UNIT_UNSPECIFIED, common_pb2.ACCOUNT_UNIT_COIN)

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
    settings = book_settings_from_proto(request.settings, "settings")
    books = books_from_proto(request.book)
    markets = dict(kept or {}) | sent_markets(request.chains, request.settings.analysis, "settings.analysis", limits)
    checkpoint()
    response = risk_pb2.ComputeRiskResponse()
    parts: list[BookPart] = []
    spot_is_given = request.settings.analysis.HasField("spot")
    stickiness = 1.0 if settings.skew_stickiness is None else settings.skew_stickiness
    for book in books:
        market = market_of(markets, book.underlying)
        part = part_of(book, market.analysis, settings)
        parts.append(part)
        linear_to_proto(part.risk, request.book, response.linear)
        unpriced_to_proto(part.risk.unpriced, request.book, response.unpriced)
        market_to_proto(
            market.analysis,
            market.revision,
            part.risk,
            response.markets.add(),
            spot_is_given=spot_is_given,
            skew_stickiness=stickiness,
            ages=market.ages,
        )
        checkpoint()
    currency = currency_of_book(parts, settings)
    accounts = _account_deltas(parts, settings, coin_equity(request.book), currency)
    for total in risk_sums(parts, settings.groups, currency):
        target = response.totals.add()
        sum_to_proto(total, target)
        if settings.skew_stickiness is not None:
            smile_to_proto(total, target)
        account_to_proto(total, accounts, target)
    buckets_to_proto(term_buckets(parts, settings.bucket_days, currency), response.buckets)
    if settings.reference:
        _weigh(parts, settings, response)
    if not request.settings.omit_positions:
        with_smile = settings.skew_stickiness is not None
        positions_to_proto(parts, len(request.book.options.strike), response.positions, with_smile=with_smile)
    return response


def part_of(book: BookOfUnderlying, analysis: Analysis, settings: BookSettings) -> BookPart:
    """The positions on one underlying with their accounts, and what the settings say of it."""
    risk = risk_of(book, analysis)
    lines: list[OptionLine | LinearLine] = [*book.options, *linear_lines(book)]
    account, linear_account = accounts_of(lines, risk)
    paid = {line.row: line.entry_price for line in book.options}
    entry = tuple(math.nan if (price := paid[row]) is None else price for row in risk.positions.row.tolist())
    return BookPart(
        underlying=book.underlying,
        risk=risk,
        currency=currency_of(analysis),
        exchange_rate=exchange_rate(currency_of(analysis), settings),
        skew_stickiness=1.0 if settings.skew_stickiness is None else settings.skew_stickiness,
        minimum_variance=settings.fits.get(book.underlying),
        account=account,
        linear_account=linear_account,
        entry_price=entry,
    )


def exchange_rate(currency: str, settings: BookSettings) -> float:
    """Units of the currency of totals a unit of `currency`; 1 where no currency is asked for."""
    if settings.currency in ("", currency):
        return 1.0
    if currency not in settings.exchange_rate:
        field = f'settings.exchange_rate["{currency}"]'
        raise FieldError(f"expected units of {settings.currency} a unit of {currency}, got none", field=field)
    return settings.exchange_rate[currency]


def currency_of_book(parts: Sequence[BookPart], settings: BookSettings) -> str:
    """The currency of totals: the one asked for, else that of all positions."""
    currencies = sorted({part.currency for part in parts})
    if settings.currency:
        return settings.currency
    if len(currencies) > 1:
        raise FieldError(
            f"the book is in {', '.join(currencies)}: name one of them, with exchange rates", field="settings.currency"
        )
    return currencies[0]


def _account_deltas(
    parts: Sequence[BookPart], settings: BookSettings, equity: Mapping[str, float], currency: str
) -> dict[str, float]:
    """What each coin-settled underlying, or coin held, moves the account by, coins; empty where nothing asks for it.

    An account in coin counts positions net of their premium; one in currency the coins it holds as well.
    """
    if not settings.account_unit and not equity:
        return {}
    coins = {} if settings.account_unit in _COIN_UNITS else equity
    rows = (row for row in risk_sums(parts, ("underlying",), currency) if row.group == "underlying")
    return {
        row.name: row.net_delta + coins.get(row.name, 0.0)
        for row in rows
        if row.net_delta is not None and (row.coin_delta or row.name in equity)
    }


def _weigh(parts: Sequence[BookPart], settings: BookSettings, response: risk_pb2.ComputeRiskResponse) -> None:
    names = [part.underlying for part in parts]
    if settings.reference not in names:
        expected = f"expected one of {', '.join(names)}, got {settings.reference!r}"
        raise FieldError(expected, field="settings.beta_reference")
    weighted = beta_weighted(parts, settings.reference, settings.betas, settings.reference_vol)
    beta_to_proto(weighted, response.beta_weighted)
    total = response.totals[0]
    total.beta_weighted_delta, total.beta_weighted_delta_error = weighted.delta, weighted.standard_error


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
