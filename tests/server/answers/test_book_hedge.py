"""The hedge of a book on several underlyings, over the wire."""

import math

import numpy as np
import pytest
from gex_server.answers.hedge import plan_hedge
from gex_server.answers.risk import compute_risk
from gex_server.errors import FieldError
from gexapi.v1 import common_pb2, hedge_pb2, risk_pb2

from gex.errors import InputError
from tests.server.requests import book_message, chain_message, hedge_message

SPX = chain_message(options=400)
NDX = chain_message(underlying="NDX", options=400, seed=8)
COIN = chain_message(kind="crypto", options=400)
AVERSE = {"risk_aversion": 1e-6}
DEVIATION = 5_431.6 * 0.15  # of a unit of either sample, currency per √year


def two(**policy):
    """Both books and both pairs of futures."""
    first, second = hedge_message(SPX), hedge_message(NDX)
    request = hedge_pb2.PlanHedgeRequest(book=first.book, chains=[SPX, NDX], policy=policy or AVERSE)
    request.instruments.extend(first.instruments)
    for instrument, name in zip(second.instruments, ("NQ", "MNQ"), strict=True):
        instrument.symbol = name
    request.instruments.extend(second.instruments)
    request.book.expiries.extend(second.book.expiries)
    options, more = request.book.options, second.book.options
    options.expiry_index.extend([1] * len(more.strike))
    for name in ("strike", "right", "contract_count"):
        getattr(options, name).extend(getattr(more, name))
    return request


def correlated(value, count=500, **policy):
    request = two(**policy)
    request.covariance.underlying.extend(["SPX", "NDX"])
    request.covariance.value.extend([DEVIATION**2, value * DEVIATION**2, value * DEVIATION**2, DEVIATION**2])
    request.covariance.observation_count = count
    return request


def test_without_a_covariance_each_underlying_has_the_answer_of_its_own():
    answer = plan_hedge(two())
    alone = []
    for chain in (SPX, NDX):
        request = hedge_message(chain)
        request.policy.CopyFrom(hedge_pb2.HedgePolicy(**AVERSE))
        alone.append(plan_hedge(request))
    assert [hedge.underlying for hedge in answer.hedges] == ["SPX", "NDX"]
    for hedge, own in zip(answer.hedges, alone, strict=True):
        (expected,) = own.hedges
        assert hedge == expected
    assert [order.contracts for order in answer.orders] == [o.contracts for one in alone for o in one.orders]
    assert answer.costs.total == pytest.approx(sum(one.costs.total for one in alone))
    assert answer.net_value == pytest.approx(sum(one.net_value for one in alone))
    assert [state.instrument for state in answer.instruments] == ["ES", "MES", "NQ", "MNQ"]
    assert [market.underlying for market in answer.markets] == ["SPX", "NDX"]
    assert not answer.HasField("certificate")


def test_a_covariance_makes_one_hedge_of_both_with_its_proof():
    answer = plan_hedge(correlated(0.9))
    assert answer.action == "trade"
    assert answer.certificate.is_optimal
    assert answer.certificate.violation <= 1e-7
    assert len(answer.certificate.gradient) == 4
    assert answer.certificate.lower_bound <= answer.certificate.objective < answer.certificate.objective_unhedged
    assert answer.residual_standard_deviation_per_day < 0.2 * answer.unhedged_standard_deviation_per_day
    assert answer.net_value > 0.0
    judged = {hedge.underlying: hedge.cross[0] for hedge in answer.hedges}
    assert (judged["SPX"].hedged_with, judged["NDX"].hedged_with) == ("NDX", "SPX")
    assert 0.85 < judged["SPX"].correlation_low < 0.9
    for hedge in answer.hedges:
        assert "hedged_together" in hedge.reasons
        sent = sum(o.units for o in answer.orders if (o.instrument in ("ES", "MES")) == (hedge.underlying == "SPX"))
        assert hedge.residual_delta == pytest.approx(hedge.mishedge + sent, abs=1e-9)
    total = sum(getattr(answer.costs, name) for name in ("fee", "spread", "impact", "ticket", "basis", "funding"))
    assert answer.costs.total == pytest.approx(total)


def test_few_observations_let_nothing_cross():
    """Six observations of 0.6 say nothing, a hundred thousand that it is worth its cost."""
    unsure = plan_hedge(correlated(0.6, count=6))
    assert {hedge.cross[0].verdict for hedge in unsure.hedges} == {"leave"}
    sure = plan_hedge(correlated(0.6, count=100_000))
    assert {hedge.cross[0].verdict for hedge in sure.hedges} == {"enter"}


def through_btc(**cross):
    """The SPX book with nothing but a contract on another market that has no chain."""
    request = hedge_message(SPX)
    del request.instruments[:]
    request.policy.risk_aversion = 1e-6
    request.instruments.add(
        symbol="BTC-PERP",
        underlying="BTC",
        kind=hedge_pb2.INSTRUMENT_KIND_LINEAR,
        multiplier=0.01,
        price=60_000.0,
        half_spread_bps=1.0,
        cross={"correlation": 0.95, "observation_count": 1_000, "volatility": 0.5} | cross,
    )
    return request


def test_an_instrument_on_another_market_hedges_by_its_correlation():
    answer = plan_hedge(through_btc())
    assert [hedge.underlying for hedge in answer.hedges] == ["SPX", "BTC"]
    assert "no_instrument" in answer.hedges[0].reasons
    assert answer.hedges[0].residual_delta == answer.hedges[0].mishedge
    (order,) = answer.orders
    assert order.contracts > 0  # the book is short calls
    assert answer.residual_standard_deviation_per_day < 0.5 * answer.unhedged_standard_deviation_per_day
    beta = answer.hedges[0].cross[0].beta
    units = -beta * answer.hedges[0].mishedge * answer.hedges[0].spot / 60_000.0
    assert order.units == pytest.approx(units, rel=0.1)
    # the same said by beta: units of profit of SPX a unit of BTC
    same = plan_hedge(through_btc(volatility=0.0, beta=beta * answer.hedges[0].spot / 60_000.0))
    assert same.orders[0].contracts == pytest.approx(order.contracts, abs=1)


def test_a_beta_that_contradicts_both_volatilities_is_refused():
    with pytest.raises(FieldError, match=r"instruments\[0\]\.cross\.beta"):
        plan_hedge(through_btc(beta=7.0))


@pytest.mark.parametrize(
    ("cross", "field"),
    [
        ({"correlation": 1.0}, "correlation"),
        ({"correlation": math.nan}, "correlation"),
        ({"observation_count": 3}, "observation_count"),
        ({"volatility": 0.0}, "volatility"),
        ({"volatility": 0.0, "beta": -1.0}, "beta"),
    ],
)
def test_a_cross_that_cannot_be_is_refused_by_path(cross, field):
    with pytest.raises(FieldError) as caught:
        plan_hedge(through_btc(**cross))
    assert caught.value.field == f"instruments[0].cross.{field}"


@pytest.mark.parametrize(
    ("names", "values", "count", "field"),
    [
        (["SPX", "SPX"], [1.0, 0.0, 0.0, 1.0], 9, "underlying"),
        (["SPX", "NDX"], [1.0, 0.0, 0.0], 9, "value"),
        (["SPX", "NDX"], [1.0, 0.5, 0.4, 1.0], 9, "value"),
        (["SPX", "NDX"], [1.0, 2.0, 2.0, 1.0], 9, "value"),
        (["SPX", "NDX"], [0.0, 0.0, 0.0, 1.0], 9, "value"),
        (["SPX", "NDX"], [1.0, 0.5, 0.5, 1.0], 0, "observation_count"),
    ],
)
def test_a_covariance_that_cannot_be_is_refused_by_path(names, values, count, field):
    request = two()
    request.covariance.underlying.extend(names)
    request.covariance.value.extend(values)
    request.covariance.observation_count = count
    with pytest.raises(FieldError) as caught:
        plan_hedge(request)
    assert caught.value.field == f"covariance.{field}"


def test_what_nothing_ties_to_the_book_is_refused():
    request = hedge_message(SPX)
    request.instruments.add(
        symbol="X", underlying="CL", kind=hedge_pb2.INSTRUMENT_KIND_LINEAR, multiplier=1.0, price=80
    )
    with pytest.raises(FieldError, match=r"instruments\[2\]\.underlying"):
        plan_hedge(request)


def test_rules_in_units_of_one_underlying_are_refused_for_two():
    with pytest.raises(InputError, match="units of one underlying"):
        plan_hedge(two(delta_cap=10.0))


# accounts in coin


def coin_book(**equity):
    book = book_message(COIN)
    for coin, amount in equity.items():
        book.coin_equity[coin] = amount
    return book


def coin_hedge(book, **policy):
    name = COIN.underlying
    request = hedge_pb2.PlanHedgeRequest(book=book, chains=[COIN], policy={"risk_aversion": 1e-3} | policy)
    request.instruments.add(
        symbol="PERP", underlying=name, kind=hedge_pb2.INSTRUMENT_KIND_INVERSE, contract_value=10.0, half_spread_bps=0.5
    )
    return request


def test_coins_of_the_book_are_those_of_the_account():
    """50 coins more to sell in an account in currency; in one in coin they are at home."""
    name = COIN.underlying
    currency = {"account_unit": common_pb2.ACCOUNT_UNIT_CURRENCY}
    with_book = plan_hedge(coin_hedge(coin_book(**{name: 50.0}), **currency))
    with_policy = plan_hedge(coin_hedge(coin_book(), coin_equity=50.0, **currency))
    assert with_book.mishedge == with_policy.mishedge
    without = plan_hedge(coin_hedge(coin_book(), **currency))
    assert with_book.mishedge - without.mishedge == pytest.approx(50.0)
    in_coin = plan_hedge(coin_hedge(coin_book(**{name: 50.0})))
    assert in_coin.mishedge == pytest.approx(without.mishedge)
    with pytest.raises(FieldError, match=r"policy\.coin_equity"):
        plan_hedge(coin_hedge(coin_book(**{name: 50.0}), coin_equity=49.0))
    with pytest.raises(FieldError, match="coin_equity"):
        plan_hedge(coin_hedge(coin_book(DOGE=1.0)))


def test_the_delta_of_an_account_has_its_unit():
    name = COIN.underlying
    answers = {
        unit: compute_risk(
            risk_pb2.ComputeRiskRequest(
                book=coin_book(**{name: 50.0}), chains=[COIN], settings={"account_unit": unit, "omit_positions": True}
            )
        ).totals[0]
        for unit in (common_pb2.ACCOUNT_UNIT_COIN, common_pb2.ACCOUNT_UNIT_CURRENCY)
    }
    coin, currency = (dict(total.account_deltas) for total in answers.values())
    assert coin == {name: answers[common_pb2.ACCOUNT_UNIT_COIN].net_delta}
    assert currency[name] == pytest.approx(coin[name] + 50.0)
    hedged = plan_hedge(coin_hedge(coin_book(**{name: 50.0}), account_unit=common_pb2.ACCOUNT_UNIT_CURRENCY))
    assert hedged.mishedge == pytest.approx(currency[name])
    plain = compute_risk(risk_pb2.ComputeRiskRequest(book=coin_book(), chains=[COIN])).totals[0]
    assert not plain.account_deltas
    assert np.isfinite(plain.net_delta)
