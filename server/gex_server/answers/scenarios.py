"""A book elsewhere: the answer of ComputeScenarios."""

import math
from collections.abc import Callable, Iterable

import numpy as np
from gexapi.v1 import risk_pb2

from gex.calendar import YEAR
from gex.columns import Floats
from gex.errors import InputError
from gex.portfolio.explain import ProfitExplanation, explain_profit
from gex.portfolio.risk import PortfolioRisk
from gex.portfolio.scenarios import Scenarios, scenario_grid
from gex.portfolio.shocks import SHOCKS, Depth, shock_named, shocked
from gex_server.answers.market import Checkpoint, no_checkpoint
from gex_server.answers.risk import Market, Markets, currency_of, exchange_rate, market_of, risk_of, sent_markets
from gex_server.errors import FieldError, NotBuiltError, TooManyError
from gex_server.wire.book import BookOfUnderlying, books_from_proto
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import ChainLimits
from gex_server.wire.choices import one_of
from gex_server.wire.columns import column, refuse_rows
from gex_server.wire.risk import market_to_proto, unpriced_to_proto
from gex_server.wire.risk_settings import book_settings_from_proto
from gex_server.wire.scenarios import explanation_to_proto, scenarios_to_proto
from gex_server.wire.settings import skew_stickiness_from_proto

MOST_SCENARIOS = 100_000
_YEAR_SECONDS = float(YEAR / np.timedelta64(1, "s"))
_LONGEST = 100.0 * _YEAR_SECONDS  # further on discount factors leave the floats


def compute_scenarios(
    request: risk_pb2.ComputeScenariosRequest,
    kept: Markets | None = None,
    *,
    limits: ChainLimits | None = None,
    checkpoint: Checkpoint = no_checkpoint,
) -> risk_pb2.ComputeScenariosResponse:
    """Profit and Greeks of the book on a grid and under named shocks; over several underlyings all move alike."""
    check_scenarios(request)
    if request.book.coin_equity:
        raise NotBuiltError("book.coin_equity: scenarios are of positions, leave it out", field="book.coin_equity")
    books = books_from_proto(request.book)
    markets = dict(kept or {}) | sent_markets(request.chains, request.settings.analysis, "settings.analysis", limits)
    later = sent_markets(request.explain_chains, request.settings.analysis, "settings.analysis", limits)
    stickiness = skew_stickiness_from_proto(request.settings.smile_dynamics, "settings.smile_dynamics")
    response = risk_pb2.ComputeScenariosResponse()
    settings = book_settings_from_proto(request.settings, "settings")
    parts: list[list[Scenarios]] = []
    rates: list[float] = []
    explanations: list[ProfitExplanation] = []
    currencies = set()
    for book in books:
        market = market_of(markets, book.underlying)
        checkpoint()
        risk = risk_of(book, market.analysis)
        parts.append(_scenarios(request, risk, stickiness, checkpoint))
        currencies.add(currency_of(market.analysis))
        rates.append(exchange_rate(currency_of(market.analysis), settings))
        if request.explain_chains:
            explanations.append(_explained(request, book, risk, market_of(later, book.underlying)))
        unpriced_to_proto(risk.unpriced, request.book, response.unpriced)
        _market(request, market, risk, stickiness, response)
    if len(currencies) > 1 and not settings.currency:
        names = ", ".join(sorted(currencies))
        raise FieldError(f"the book is in {names}: name one of them, with exchange rates", field="settings.currency")
    scenarios_to_proto(parts, rates, response, with_cost=request.HasField("cost_per_unit"))
    if explanations:
        explanation_to_proto(explanations, rates, response.explanation)
    return response


def check_scenarios(request: risk_pb2.ComputeScenariosRequest) -> None:
    """Refuse what makes no sense, before anything is computed."""
    refuse_unbuilt(request)
    axes = [request.spot_move, request.vol_points, request.seconds]
    if math.prod(max(len(axis), 1) for axis in axes) > MOST_SCENARIOS:
        raise TooManyError(f"expected at most {MOST_SCENARIOS} scenarios", field=f"spot_move[{MOST_SCENARIOS}]")
    for i, name in enumerate(request.shocks):
        one_of(name, tuple(shock.name for shock in SHOCKS), (), f"shocks[{i}]")
    least: tuple[tuple[str, Callable[[Floats], np.ndarray], str], ...] = (
        ("spot_move", lambda values: values > -1.0, "a number above -1"),
        ("vol_points", np.isfinite, "a finite number"),
        ("seconds", lambda values: (values >= 0.0) & (values <= _LONGEST), "seconds from 0 to a century"),
    )
    for name, is_good, expected in least:
        values = column(request, name)
        refuse_rows(~(is_good(values) & np.isfinite(values)), values, name, expected)
    for name in ("cost_per_unit", "impact"):
        if request.HasField(name) and not 0.0 <= getattr(request, name) < math.inf:
            raise FieldError(f"expected a number from 0 on, got {getattr(request, name)}", field=name)
    if request.HasField("impact") and not request.HasField("cost_per_unit"):
        raise FieldError("goes with a cost per unit", field="impact")
    if request.HasField("explain_funding") and not math.isfinite(request.explain_funding):
        raise FieldError(f"expected a finite number, got {request.explain_funding}", field="explain_funding")


def _scenarios(
    request: risk_pb2.ComputeScenariosRequest, risk: PortfolioRisk, stickiness: float, checkpoint: Checkpoint
) -> list[Scenarios]:
    """The grid and then the shocks."""
    grid = scenario_grid(
        risk,
        _axis(request.spot_move),
        _axis(0.01 * value for value in request.vol_points),
        _axis(value / _YEAR_SECONDS for value in request.seconds),
        skew_stickiness=stickiness,
    )
    if not request.shocks:
        return [grid]
    checkpoint()
    depth = Depth(cost_per_unit=request.cost_per_unit, impact=request.impact)
    shocks = [shock_named(name) for name in request.shocks]
    has_cost = request.HasField("cost_per_unit")
    return [grid, shocked(risk, shocks, skew_stickiness=stickiness, depth=depth if has_cost else None)]


def _axis(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(values) or (0.0,)


def _explained(
    request: risk_pb2.ComputeScenariosRequest, book: BookOfUnderlying, before: PortfolioRisk, later: Market
) -> ProfitExplanation:
    # funding is that of the whole book: it is counted once, with the first underlying
    funding = request.explain_funding if request.HasField("explain_funding") else 0.0
    is_first = book.underlying == books_from_proto(request.book)[0].underlying
    try:
        return explain_profit(before, risk_of(book, later.analysis), funding=funding if is_first else 0.0)
    except InputError as error:
        raise FieldError(str(error), field="explain_chains") from error


def _market(
    request: risk_pb2.ComputeScenariosRequest,
    market: Market,
    risk: PortfolioRisk,
    stickiness: float,
    response: risk_pb2.ComputeScenariosResponse,
) -> None:
    spot_is_given = request.settings.analysis.HasField("spot")
    target = response.markets.add()
    market_to_proto(
        market.analysis,
        market.revision,
        risk,
        target,
        spot_is_given=spot_is_given,
        skew_stickiness=stickiness,
        ages=market.ages,
    )
