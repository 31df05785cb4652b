"""The hedge of a book on several underlyings."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.errors import InputError
from gex.hedging.answer import Action, Reason
from gex.hedging.book_part import HedgePart
from gex.hedging.book_plan import BookPlan, plan_book
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.joint import Correlation
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import HedgePolicy
from gex.portfolio.linear import LinearKind
from tests.books import Line, risk_of

BTC = HedgeInstrument(symbol="BTC-PERP", kind=LinearKind.LINEAR, multiplier=0.01, half_spread_bps=1.0)
ETH = HedgeInstrument(symbol="ETH-PERP", kind=LinearKind.LINEAR, multiplier=0.1, half_spread_bps=1.0)
KNOWN = {("BTC", "ETH"): Correlation(value=0.85, count=1_000)}
POLICY = HedgePolicy(risk_aversion=1e-5)


def parts(*, eth: tuple[HedgeInstrument, ...] = (ETH,), contracts: float = 20.0) -> list[HedgePart]:
    """20 BTC calls at the money and 300 of ETH."""
    btc = risk_of([Line(60_000.0, 1, contracts)], spot=60_000.0, vol=0.6)
    other = risk_of([Line(3_000.0, 1, 15.0 * contracts)], spot=3_000.0, vol=0.75)
    return [
        HedgePart(underlying="BTC", risk=btc, instruments=(BTC,)),
        HedgePart(underlying="ETH", risk=other, instruments=eth),
    ]


def contracts_of(plan: BookPlan) -> dict[str, int]:
    return {order.symbol: order.contracts for order in plan.orders}


def test_without_correlations_each_part_is_the_plan_of_its_own() -> None:
    book = parts()
    plan = plan_book(book, POLICY)
    own = [plan_hedge(part.risk, part.instruments, POLICY) for part in book if part.risk is not None]
    assert plan.joint is None
    assert plan.orders == tuple(order for one in own for order in one.orders)
    assert [part.residual_delta for part in plan.parts] == [one.residual_delta for one in own]
    assert plan.costs.total == pytest.approx(sum(one.costs.total for one in own))
    assert plan.residual_sd_per_day == pytest.approx(sum(one.residual_sd_per_day for one in own))


def test_a_part_without_instruments_is_hedged_through_the_other_while_that_is_known() -> None:
    """Against 300 ETH of delta 0.54 go some 8 BTC more: βS_E/S_B = ρ·0.75/0.6·(3,000/60,000) BTC an ETH."""
    alone = plan_book(parts(eth=()), POLICY)
    assert Reason.NO_INSTRUMENT in alone.parts[1].reasons
    assert alone.parts[1].residual_delta == alone.parts[1].mishedge
    crossed = plan_book(parts(eth=()), POLICY, correlations=KNOWN)
    assert set(contracts_of(crossed)) == {"BTC-PERP"}
    assert crossed.joint is not None
    low = crossed.joint.cross["ETH", "BTC"].correlation_low
    more = -low * 0.75 / 0.6 * 3_000.0 / 60_000.0 * crossed.parts[1].mishedge
    moved = crossed.parts[0].residual_delta - alone.parts[0].residual_delta
    assert moved == pytest.approx(more, rel=0.1)
    assert crossed.residual_sd_per_day < alone.residual_sd_per_day
    few = plan_book(parts(eth=()), POLICY, correlations={("BTC", "ETH"): Correlation(value=0.3, count=20)})
    assert few.parts[0].residual_delta == pytest.approx(alone.parts[0].residual_delta, abs=0.5)


def test_a_market_without_positions_may_hedge() -> None:
    """An altcoin's options through BTC: spot, volatility and correlation are all that is known of BTC."""
    alt = HedgePart(underlying="ALT", risk=risk_of([Line(100.0, 1, 20_000.0)], spot=100.0, vol=0.9))
    market = HedgePart(underlying="BTC", risk=None, spot=60_000.0, vol=0.6, instruments=(BTC,))
    plan = plan_book([alt, market], POLICY, correlations={("ALT", "BTC"): Correlation(value=0.9, count=500)})
    assert contracts_of(plan)["BTC-PERP"] < 0
    assert plan.parts[1].residual_delta == pytest.approx(0.01 * contracts_of(plan)["BTC-PERP"])
    assert plan.parts[0].residual_delta == plan.parts[0].mishedge
    assert plan.residual_sd_per_day < 0.6 * plan.unhedged_sd_per_day
    with pytest.raises(InputError, match="volatility"):
        plan_book(
            [alt, replace(market, vol=None)], POLICY, correlations={("ALT", "BTC"): Correlation(value=0.9, count=500)}
        )


def test_the_smallest_risk_aversion_that_keeps_a_budget_is_found() -> None:
    for budget in (20_000.0, 5_000.0):
        plan = plan_book(parts(), HedgePolicy(residual_sd_budget=budget), correlations=KNOWN)
        assert plan.joint is not None
        assert plan.risk_aversion is not None
        assert plan.joint.sd_per_day <= budget
        less = plan_book(parts(), HedgePolicy(risk_aversion=0.9 * plan.risk_aversion), correlations=KNOWN)
        assert less.joint is not None
        assert less.joint.sd_per_day > 0.95 * budget


def test_margin_and_sizes_cut_the_orders_of_the_whole() -> None:
    tight = [replace(part, instruments=tuple(replace(i, margin=600.0) for i in part.instruments)) for part in parts()]
    free = plan_book(tight, POLICY, correlations=KNOWN)
    cut = plan_book(tight, replace(POLICY, margin_available=60_000.0), correlations=KNOWN)
    used = sum(600.0 * abs(n) for n in contracts_of(cut).values())
    assert sum(600.0 * abs(n) for n in contracts_of(free).values()) > 60_000.0
    assert used <= 60_000.0
    assert [limit.value for limit in cut.limits] == ["margin_limit"]
    assert free.residual_sd_per_day < cut.residual_sd_per_day < cut.unhedged_sd_per_day


def test_tickets_that_cost_more_than_the_hedge_is_worth_stop_it() -> None:
    dear = [replace(part, instruments=tuple(replace(i, ticket=1e7) for i in part.instruments)) for part in parts()]
    plan = plan_book(dear, POLICY, correlations=KNOWN)
    assert plan.orders == ()
    assert plan.action is Action.NO_TRADE
    assert any("costs more than it is worth" in text for text in plan.warnings)


def test_one_market_that_cannot_be_trusted_holds_the_whole() -> None:
    bad = parts()
    bad[1] = replace(bad[1], instruments=(replace(ETH, bid=3_001.0, ask=3_000.0),))
    plan = plan_book(bad, POLICY, correlations=KNOWN)
    assert (plan.action, plan.orders) == (Action.HOLD, ())
    assert "ETH" in plan.warnings[0]
    apart = plan_book(bad, POLICY)
    assert set(contracts_of(apart)) == {"BTC-PERP"}


def test_triggers_of_the_parts_are_those_of_the_book_after_all_orders() -> None:
    plan = plan_book(parts(), POLICY, correlations=KNOWN)
    assert any(part.triggers for part in plan.parts)
    for part, own in zip(plan.parts, parts(), strict=True):
        assert own.risk is not None
        held = sum(order.units for order in plan.orders if order.symbol.startswith(part.underlying))
        for trigger in part.triggers:
            repriced = float(own.risk.book_delta([trigger.price])[0]) + held
            assert repriced == pytest.approx(trigger.mishedge, abs=1e-6)


def test_rules_in_units_of_one_underlying_are_refused() -> None:
    for policy in (HedgePolicy(delta_cap=1.0), HedgePolicy(thresholds=(-1.0, 1.0)), HedgePolicy(target_delta=1.0)):
        with pytest.raises(InputError, match="units of one underlying"):
            plan_book(parts(), policy)
    with pytest.raises(InputError, match="at least one"):
        plan_book([replace(part, instruments=()) for part in parts()], POLICY)


@settings(max_examples=25)
@given(
    correlation=st.floats(-0.95, 0.95),
    count=st.integers(4, 5_000),
    aversion=st.floats(1e-8, 1e-4),
    contracts=st.floats(-40.0, 40.0).filter(lambda n: abs(n) > 0.1),
)
def test_no_joint_hedge_is_worth_less_than_doing_nothing(
    correlation: float, count: int, aversion: float, contracts: float
) -> None:
    policy = HedgePolicy(risk_aversion=aversion)
    known = {("BTC", "ETH"): Correlation(value=correlation, count=count)}
    plan = plan_book(parts(contracts=contracts), policy, correlations=known)
    assert plan.net_value is not None
    assert plan.net_value >= 0.0
    assert plan.residual_sd_per_day <= plan.unhedged_sd_per_day * (1.0 + 1e-9)
    assert math.isclose(plan.costs.total, math.fsum(order.costs.total for order in plan.orders), abs_tol=1e-9)
    # everything sent is counted as filled: asking again with it in flight orders nothing new of any size
    sent = contracts_of(plan)
    again = [
        replace(p, instruments=tuple(replace(i, in_flight=sent.get(i.symbol, 0)) for i in p.instruments))
        for p in parts(contracts=contracts)
    ]
    second = plan_book(again, policy, correlations=known)
    assert second.net_value is not None
    assert second.net_value <= 0.05 * plan.net_value + 1e-6 * abs(plan.costs.total) + 1.0
    assert np.isfinite(second.residual_sd_per_day)
