"""The hedge of a book now: the answer of PlanHedge."""

from dataclasses import replace

from gexapi.v1 import hedge_pb2

from gex.errors import NumericalError
from gex.hedging.plan import plan_hedge as plan_of_risk
from gex.hedging.policy import HedgePolicy
from gex_server.answers.book_hedge import is_of_several, plan_of_several
from gex_server.answers.market import Checkpoint, no_checkpoint
from gex_server.answers.risk import Markets, currency_of, market_of, risk_of, sent_markets
from gex_server.errors import FieldError
from gex_server.wire.book import books_from_proto, coin_equity
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import ChainLimits
from gex_server.wire.hedge import instrument_from_proto, plan_to_proto, policy_from_proto, underlying_hedge
from gex_server.wire.instants import instant_from_proto
from gex_server.wire.risk import market_to_proto, unpriced_to_proto


def plan_hedge(
    request: hedge_pb2.PlanHedgeRequest,
    kept: Markets | None = None,
    *,
    limits: ChainLimits | None = None,
    checkpoint: Checkpoint = no_checkpoint,
) -> hedge_pb2.PlanHedgeResponse:
    """The hedge of the book in the request. A chain that came with it goes before those in `kept`."""
    refuse_unbuilt(request)
    if not request.instruments:
        raise FieldError("expected at least one instrument, got none", field="instruments")
    books = books_from_proto(request.book)
    book = books[0]
    instruments = [instrument_from_proto(one, f"instruments[{i}]") for i, one in enumerate(request.instruments)]
    policy = policy_from_proto(request.policy, "policy")
    decided_at = (
        instant_from_proto(request.policy.decided_at, "policy.decided_at")
        if request.policy.HasField("decided_at")
        else None
    )
    coins = coin_equity(request.book)
    markets = dict(kept or {}) | sent_markets(request.chains, request.analysis, "analysis", limits)
    if is_of_several(request, books):
        return plan_of_several(request, books, instruments, policy, coins, markets, decided_at, checkpoint)
    if book.underlying in coins:
        policy = _with_coins(policy, coins[book.underlying], request.policy)
    market = market_of(markets, book.underlying)
    checkpoint()
    risk = risk_of(book, market.analysis)
    checkpoint()
    try:
        plan = plan_of_risk(risk, instruments, policy, as_of=decided_at)
    except ArithmeticError as error:  # a multiplier of 1e300, a cost of 1e-300
        raise NumericalError(f"plan: the numbers of the request leave the range of doubles ({error})") from error
    response = hedge_pb2.PlanHedgeResponse(revision=market.revision)
    currency = request.instruments[0].currency or currency_of(market.analysis)
    plan_to_proto(plan, policy, currency, response)
    underlying_hedge(book.underlying, response, response.hedges.add())
    unpriced_to_proto(plan.unpriced, request.book, response.unpriced)
    spot_is_given = request.analysis.HasField("spot")
    market_to_proto(
        market.analysis,
        market.revision,
        risk,
        response.markets.add(),
        spot_is_given=spot_is_given,
        skew_stickiness=policy.skew_stickiness,
        ages=market.ages,
    )
    return response


def _with_coins(policy: HedgePolicy, coins: float, message: hedge_pb2.HedgePolicy) -> HedgePolicy:
    """The policy with the coins of the book's account; FieldError where the two disagree."""
    if message.HasField("coin_equity") and message.coin_equity != coins:
        expected = f"expected book.coin_equity, {coins}, or nothing, got {message.coin_equity}"
        raise FieldError(expected, field="policy.coin_equity")
    return replace(policy, equity_coin=coins)
