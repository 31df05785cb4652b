"""The hedge of a book on several underlyings, or through another: the answer of PlanHedge there."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from gexapi.v1 import hedge_pb2

from gex.errors import NumericalError
from gex.hedging.book_part import HedgePart
from gex.hedging.book_plan import plan_book
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.joint import Correlation
from gex.hedging.policy import HedgePolicy
from gex.portfolio.risk import PortfolioRisk
from gex_server.answers.market import Checkpoint
from gex_server.answers.risk import Markets, currency_of, market_of, risk_of
from gex_server.errors import FieldError
from gex_server.wire.book import BookOfUnderlying
from gex_server.wire.book_plan import (
    book_plan_to_proto,
    correlation_from_cross,
    correlations_from_covariance,
    money_vols,
    vol_from_cross,
)
from gex_server.wire.risk import market_to_proto, unpriced_to_proto


def is_of_several(request: hedge_pb2.PlanHedgeRequest, books: Sequence[BookOfUnderlying]) -> bool:
    """True where more than one underlying takes part, or something is said of how they move."""
    others = {one.underlying for one in request.instruments} - {"", books[0].underlying}
    crossed = any(one.HasField("cross") for one in request.instruments)
    return len(books) > 1 or bool(others) or crossed or request.HasField("covariance")


def plan_of_several(
    request: hedge_pb2.PlanHedgeRequest,
    books: Sequence[BookOfUnderlying],
    instruments: Sequence[HedgeInstrument],
    policy: HedgePolicy,
    coins: dict[str, float],
    markets: Markets,
    decided_at: np.datetime64 | None,
    checkpoint: Checkpoint,
) -> hedge_pb2.PlanHedgeResponse:
    """Each underlying on its own, or all together where correlations say how they move."""
    if policy.equity_coin:
        raise FieldError("coins of which underlying? Expected book.coin_equity", field="policy.coin_equity")
    response = hedge_pb2.PlanHedgeResponse()
    risks: dict[str, PortfolioRisk] = {}
    currencies = set()
    for book in books:
        market = market_of(markets, book.underlying)
        checkpoint()
        risks[book.underlying] = risk_of(book, market.analysis)
        currencies.add(currency_of(market.analysis))
        unpriced_to_proto(risks[book.underlying].unpriced, request.book, response.unpriced)
        market_to_proto(
            market.analysis,
            market.revision,
            risks[book.underlying],
            response.markets.add(),
            spot_is_given=request.analysis.HasField("spot"),
            skew_stickiness=policy.skew_stickiness,
            ages=market.ages,
        )
    if len(currencies) > 1:
        names = ", ".join(sorted(currencies))
        raise FieldError(f"a hedge is planned in one currency, and the book is in {names}", field="book")
    traded: dict[str, list[HedgeInstrument]] = {}
    for message, instrument in zip(request.instruments, instruments, strict=True):
        traded.setdefault(message.underlying or books[0].underlying, []).append(instrument)
    deviation = money_vols(request.covariance, "covariance") if request.HasField("covariance") else {}
    parts = [
        HedgePart(
            underlying=name,
            risk=risk,
            instruments=tuple(traded.get(name, ())),
            vol=deviation[name] / risk.spot if name in deviation else None,
            equity_coin=coins.get(name, 0.0),
        )
        for name, risk in risks.items()
    ]
    for name in [name for name in traded if name not in risks]:
        _refuse_unrelated(request, name, deviation)
        spot = _spot(request, name, markets)
        parts.append(
            HedgePart(
                underlying=name,
                risk=None,
                instruments=tuple(traded[name]),
                spot=spot,
                vol=deviation[name] / spot if name in deviation else _vol(request, name, spot, parts[0], policy),
            )
        )
    try:
        plan = plan_book(parts, policy, correlations=_correlations(request, books), as_of=decided_at)
    except ArithmeticError as error:
        raise NumericalError(f"plan: the numbers of the request leave the range of doubles ({error})") from error
    currency = request.instruments[0].currency or next(iter(currencies))
    book_plan_to_proto(plan, [one.symbol for one in instruments], currency, response)
    response.policy_model, response.mode = policy.rule.value, "advisory"
    response.revision = market_of(markets, books[0].underlying).revision
    return response


def _correlations(
    request: hedge_pb2.PlanHedgeRequest, books: Sequence[BookOfUnderlying]
) -> dict[tuple[str, str], Correlation]:
    """Of the covariance, and of the instruments that say their own."""
    found = {}
    if request.HasField("covariance"):
        found = correlations_from_covariance(request.covariance, "covariance")
    for i, instrument in enumerate(request.instruments):
        if not instrument.HasField("cross"):
            continue
        path = f"instruments[{i}].cross"
        pair = (books[0].underlying, instrument.underlying)
        if len(books) > 1:
            raise FieldError("the book has several underlyings: state a covariance", field=path)
        if instrument.underlying in ("", books[0].underlying):
            raise FieldError("the instrument is on the underlying of the book itself", field=path)
        correlation = correlation_from_cross(instrument.cross, path)
        if found.get(pair, found.get(pair[::-1], correlation)) != correlation:
            raise FieldError("this pair is stated twice, and differently", field=path)
        found[pair] = correlation
    return found


def _refuse_unrelated(request: hedge_pb2.PlanHedgeRequest, name: str, deviation: Mapping[str, float]) -> None:
    """A market without positions that nothing ties to the book can hedge nothing: the request means something else."""
    for i, one in enumerate(request.instruments):
        if one.underlying == name and (one.HasField("cross") or name in deviation):
            return
        if one.underlying == name:
            raise FieldError(
                f"the book has nothing on {name}: expected cross, or a covariance that names it",
                field=f"instruments[{i}].underlying",
            )


def _spot(request: hedge_pb2.PlanHedgeRequest, name: str, markets: Markets) -> float:
    """Of a market without positions: its chain's, else the price of the first instrument on it."""
    if name in markets:
        return markets[name].analysis.forwards.spot
    for i, one in enumerate(request.instruments):
        if one.underlying != name:
            continue
        price = one.price if one.HasField("price") else 0.5 * (one.bid + one.ask)
        if not 0.0 < price < math.inf:
            field = f"instruments[{i}].price"
            raise FieldError(f"expected a price, because no chain of {name} is there, got {price}", field=field)
        return price
    raise AssertionError(name)


def _vol(
    request: hedge_pb2.PlanHedgeRequest, name: str, spot: float, hedged: HedgePart, policy: HedgePolicy
) -> float | None:
    """Of a market without positions, by what an instrument on it says."""
    for i, one in enumerate(request.instruments):
        if one.underlying == name and one.HasField("cross"):
            assert hedged.risk is not None
            own = next(vol for vol in (hedged.vol, policy.vol, hedged.risk.implied_vol()) if vol is not None)
            return vol_from_cross(one.cross, own * hedged.risk.spot, spot, f"instruments[{i}].cross")
    return None
