"""The answer of a hedge says what the planner says, field by field."""

import dataclasses
import math

import numpy as np
import pytest
from gex_server.answers.hedge import plan_hedge
from gex_server.errors import FieldError, NotBuiltError
from gex_server.wire.hedge import BOUND_BY, instrument_from_proto, policy_from_proto
from gexapi.v1 import common_pb2, hedge_pb2

from gex.errors import InputError, NumericalError
from gex.hedging.answer import HedgeOrder, HedgePlan, InstrumentState
from gex.hedging.bands import Band, Binding
from gex.hedging.costs import CostLines
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import AccountUnit, BandRule, CapConfidence, HedgePolicy
from gex.hedging.triggers import SpotTrigger
from gex.portfolio.linear import LinearKind
from tests.server.requests import chain_message, hedge_message

CHAIN = chain_message(options=1_000)
REQUEST = hedge_message(CHAIN)
ANSWER = plan_hedge(REQUEST)


def fields(cls):
    return {field.name for field in dataclasses.fields(cls)}


def instrument(**given):
    return hedge_pb2.HedgeInstrument(
        **({"symbol": "ES", "kind": hedge_pb2.INSTRUMENT_KIND_LINEAR, "multiplier": 50.0} | given)
    )


def changed(**policy):
    request = hedge_pb2.PlanHedgeRequest()
    request.CopyFrom(REQUEST)
    request.policy.MergeFrom(hedge_pb2.HedgePolicy(**policy))
    return request


# instruments and policies


def test_every_field_of_an_instrument_can_be_given():
    message = instrument(
        settlement={"seconds": 1_800_000_000},
        price=5000.25,
        bid=5000.0,
        ask=5000.5,
        quoted_at={"seconds": 1_700_000_000},
        tick=0.25,
        depth=300.0,
        average_daily_volume=1.5e6,
        lot=2.0,
        fee_bps=0.1,
        maker_fee_bps=-0.2,
        fee_per_contract=1.2,
        half_spread_bps=0.3,
        ticket=5.0,
        funding_rate=1e-4,
        funding_interval_seconds=3600.0,
        expected_funding_rate=2e-4,
        funding_standard_deviation=3e-4,
        carry_rate=0.03,
        roll_bps=0.7,
        borrow_rate=0.01,
        margin_per_contract=12_000.0,
        maintenance_margin=0.05,
        wallet=2e6,
        entry_price=4990.0,
        position=-4.0,
        in_flight=[{"order_id": "a", "contracts": 3.0}, {"order_id": "b", "contracts": -1.0}],
        minimum_position=-100.0,
        maximum_position=90.0,
        maximum_order=50.0,
    )
    read = instrument_from_proto(message, "i")
    expected = {
        "symbol": "ES",
        "kind": LinearKind.LINEAR,
        "multiplier": 50.0,
        "expires_at": np.datetime64(1_800_000_000, "s"),
        "price": 5000.25,
        "bid": 5000.0,
        "ask": 5000.5,
        "quoted_at": np.datetime64(1_700_000_000, "s"),
        "tick": 0.25,
        "depth": 300.0,
        "average_daily_volume": 1.5e6,
        "lot": 2,
        "fee_bps": 0.1,
        "maker_fee_bps": -0.2,
        "fee_per_contract": 1.2,
        "half_spread_bps": 0.3,
        "ticket": 5.0,
        "funding_rate": 1e-4,
        "funding_interval": 3600.0,
        "expected_funding_rate": 2e-4,
        "funding_sd": 3e-4,
        "carry_rate": 0.03,
        "roll_bps": 0.7,
        "borrow_rate": 0.01,
        "margin": 12_000.0,
        "maintenance_margin": 0.05,
        "wallet": 2e6,
        "entry_price": 4990.0,
        "position": -4,
        "in_flight": 2,
        "minimum_position": -100,
        "maximum_position": 90,
        "maximum_order": 50,
    }
    assert set(expected) == fields(HedgeInstrument), "a field of the planner that no request can give"
    assert {name: getattr(read, name) for name in expected} == expected


def test_what_an_instrument_leaves_out_has_the_default_of_the_planner():
    assert instrument_from_proto(instrument(), "i") == HedgeInstrument(
        symbol="ES", kind=LinearKind.LINEAR, multiplier=50.0
    )


def test_every_field_of_a_policy_can_be_given():
    message = hedge_pb2.HedgePolicy(
        model="clock",
        clock_interval_seconds=600.0,
        target_delta=1.0,
        risk_aversion=2e-6,
        residual_budget_per_day=1000.0,
        delta_cap=50.0,
        cap_confidence="p95",
        coverage=1.2,
        allow_overhedge=True,
        poll_interval_seconds=5.0,
        account_unit=common_pb2.ACCOUNT_UNIT_CURRENCY,
        coin_equity=12.0,
        smile_dynamics={"name": "sticky_moneyness"},
        trigger_low=0.7,
        trigger_high=1.3,
        age_limit_seconds=60.0,
        windows=[{"starts_at": {"seconds": 1_800_000_000}, "log_move": 0.03}],
        carry_tilt=True,
        volatility=0.2,
        impact_coefficient=0.5,
        ticket=3.0,
        maximum_clip=10.0,
        margin_available=1e6,
        liquidation_distance=0.3,
        trade_fraction=0.5,
    )
    read = policy_from_proto(message, "p")
    expected = {
        "rule": BandRule.CLOCK,
        "clock_interval": 600.0,
        "target_delta": 1.0,
        "risk_aversion": 2e-6,
        "residual_sd_budget": 1000.0,
        "delta_cap": 50.0,
        "cap_confidence": CapConfidence.P95,
        "coverage": 1.2,
        "allow_overhedge": True,
        "poll_interval": 5.0,
        "account_unit": AccountUnit.USD,
        "equity_coin": 12.0,
        "skew_stickiness": 0.0,
        "scan_low": 0.7,
        "scan_high": 1.3,
        "max_age": 60.0,
        "event_at": np.datetime64(1_800_000_000, "s"),
        "event_gap_sd": 0.03,
        "carry_tilt": True,
        "vol": 0.2,
        "impact_prefactor": 0.5,
        "ticket": 3.0,
        "max_clip": 10,
        "margin_available": 1e6,
        "liquidation_distance": 0.3,
        "trade_fraction": 0.5,
    }
    assert set(expected) == fields(HedgePolicy) - {"thresholds", "threshold_targets"}
    assert {name: getattr(read, name) for name in expected} == expected
    explicit = policy_from_proto(
        hedge_pb2.HedgePolicy(upper_trigger=5.0, lower_trigger=-3.0, upper_landing=1.0, lower_landing=-0.5), "p"
    )
    assert (explicit.rule, explicit.thresholds, explicit.threshold_targets) == (
        BandRule.FIXED,
        (-3.0, 5.0),
        (-0.5, 1.0),
    )


def test_what_a_policy_leaves_out_has_the_default_of_the_planner():
    assert policy_from_proto(hedge_pb2.HedgePolicy(), "p") == HedgePolicy()


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (instrument(symbol=""), "i.symbol"),
        (instrument(kind=0), "i.kind"),
        (instrument(contract_value=10.0), "i.contract_value"),
        (hedge_pb2.HedgeInstrument(symbol="X", kind=hedge_pb2.INSTRUMENT_KIND_INVERSE), "i.contract_value"),
        (instrument(position=1.5), "i.position"),
        (instrument(in_flight=[{"contracts": 0.5}]), "i.in_flight[0].contracts"),
    ],
)
def test_an_instrument_that_cannot_be_is_refused_by_path(message, field):
    with pytest.raises(FieldError) as caught:
        instrument_from_proto(message, "i")
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({"model": "hope"}, "p.model"),
        ({"mode": "berserk"}, "p.mode"),
        ({"upper_trigger": 1.0}, "p.upper_trigger"),
        ({"upper_landing": 1.0}, "p.upper_landing"),
        ({"maximum_clip": 0.5}, "p.maximum_clip"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_path(policy, field):
    with pytest.raises(FieldError) as caught:
        policy_from_proto(hedge_pb2.HedgePolicy(**policy), "p")
    assert caught.value.field == field


def test_modes_and_windows_that_come_later_are_told():
    for policy in ({"mode": "live"}, {"windows": [{}, {}]}, {"account_unit": 3}):
        with pytest.raises(NotBuiltError):
            policy_from_proto(hedge_pb2.HedgePolicy(**policy), "p")


# plans


def test_no_field_of_a_plan_is_left_out():
    """A field added to one of these must be added to the answer, and then here."""
    assert fields(CostLines) == {"fee", "half_spread", "impact", "ticket", "funding", "basis", "roll", "borrow"}
    order = {
        "symbol",
        "contracts",
        "clips",
        "units",
        "notional",
        "expected_price",
        "order_hint",
        "costs",
        "resting_cost",
    }
    assert fields(HedgeOrder) == order
    trigger = {"price", "mishedge", "direction", "order_units", "order_hint", "probability_per_day"}
    assert fields(SpotTrigger) == trigger
    state = {"symbol", "price", "units_per_contract", "position", "position_after", "cost_per_unit", "carry_per_day"}
    assert fields(InstrumentState) == state | {"fault", "liquidation_price", "liquidation_distance", "carry_sd_per_day"}
    levels = {"trigger", "target", "trigger_below", "target_below", "bound_by", "risk_aversion", "continuous_trigger"}
    inner = {"continuous_trigger_below", "mishedge_volatility", "expected_hedges_per_year", "mean_square"}
    assert fields(Band) == levels | inner | {"trading_cost_per_year", "is_out_of_asymptotics"}
    assert set(BOUND_BY) == set(Binding)
    same = {"orders", "instruments", "reasons", "warnings", "as_of", "spot", "book_delta", "book_gamma", "hedge_delta"}
    same |= {"target_delta", "mishedge", "residual_delta", "band", "triggers", "trigger_time", "trigger_vol_up"}
    same |= {"trigger_vol_down", "valid_until", "valid_until_reason", "costs", "net_value", "expected_hedges_per_day"}
    same |= {"expected_cost_per_day", "breach_probability_per_day", "unpriced", "action"}
    renamed = {"vol", "tilt", "horizon", "residual_sd_per_day", "unhedged_sd_per_day"}
    assert fields(HedgePlan) == same | renamed | {"hedged_book"}


def test_an_order_is_whole_contracts_that_bring_the_book_to_its_landing():
    assert ANSWER.action == "trade"
    assert all(order.contracts.is_integer() and order.contracts for order in ANSWER.orders)
    assert sum(order.units for order in ANSWER.orders) == pytest.approx(
        ANSWER.residual_delta - ANSWER.mishedge, abs=1e-9
    )
    assert abs(ANSWER.residual_delta) < abs(ANSWER.mishedge)
    assert ANSWER.band.bound_by == "cost"
    assert (ANSWER.band.lower, ANSWER.band.upper) == (-ANSWER.band.trigger, ANSWER.band.trigger)
    assert [state.instrument for state in ANSWER.instruments] == ["ES", "MES"]


def test_cost_lines_sum_to_their_total_and_orders_to_the_plan():
    costs = ANSWER.costs
    lines = (costs.fee, costs.spread, costs.impact, costs.ticket, costs.funding, costs.basis, costs.roll, costs.borrow)
    assert costs.total == pytest.approx(math.fsum(lines), abs=1e-12)
    assert costs.total == pytest.approx(sum(order.costs.total for order in ANSWER.orders), rel=1e-12)
    assert costs.currency == "USD"


def test_at_every_trigger_the_instruments_stand_where_spot_moved_them():
    assert len(ANSWER.triggers) == len(ANSWER.trigger_prices) > 0
    for trigger, price in zip(ANSWER.triggers, ANSWER.trigger_prices, strict=True):
        assert trigger.price == price
        assert abs(trigger.mishedge) == pytest.approx(ANSWER.band.trigger, rel=1e-9)
        expected = [state.price * price / ANSWER.spot for state in ANSWER.instruments]
        assert list(trigger.instrument_price) == pytest.approx(expected, rel=1e-14)


def test_do_nothing_has_all_the_same_fields():
    request = changed(upper_trigger=1e9, lower_trigger=-1e9)
    idle = plan_hedge(request)
    assert (idle.action, len(idle.orders)) == ("no_trade", 0)
    assert "inside_band" in idle.reasons
    assert idle.residual_delta == idle.mishedge
    assert idle.band.bound_by == "explicit"
    assert idle.HasField("valid_until")
    assert idle.HasField("costs")
    assert idle.costs.total == 0.0
    assert len(idle.instruments) == 2


def test_stale_or_broken_input_holds_and_says_why():
    request = changed(age_limit_seconds=60.0)
    request.policy.decided_at.seconds = CHAIN.as_of.seconds + 3600
    held = plan_hedge(request)
    assert (held.action, len(held.orders)) == ("hold", 0)
    assert "stale_chain" in held.reasons
    assert math.isnan(held.residual_delta)
    assert not held.HasField("band")
    broken = changed()
    broken.instruments[0].price = math.nan
    held = plan_hedge(broken)
    assert held.action == "hold"
    assert list(held.instruments[0].reasons) == ["bad_number"]


def test_the_part_of_the_one_underlying_is_the_plan():
    (hedge,) = ANSWER.hedges
    assert hedge.underlying == "SPX"
    assert hedge.band == ANSWER.band
    assert list(hedge.triggers) == list(ANSWER.triggers)


def test_requests_that_make_no_plan_are_refused():
    request = hedge_pb2.PlanHedgeRequest(book=REQUEST.book, chains=REQUEST.chains)
    with pytest.raises(FieldError, match="instruments"):
        plan_hedge(request)
    other = changed()
    other.instruments[0].underlying = "NDX"
    with pytest.raises(FieldError, match=r"instruments\[0\]\.underlying"):
        plan_hedge(other)
    with pytest.raises(InputError, match="coverage"):
        plan_hedge(changed(coverage=1.5))


@pytest.mark.parametrize("value", [1e300, -1e16, 1e-300])
def test_numbers_whose_powers_leave_doubles_are_refused_by_path(value):
    with pytest.raises(FieldError, match=r"policy\.ticket"):
        plan_hedge(changed(ticket=value))
    request = changed()
    request.instruments[1].multiplier = value
    with pytest.raises(FieldError, match=r"instruments\[1\]\.multiplier"):
        plan_hedge(request)


def test_arithmetic_that_overflows_all_the_same_is_an_error_of_the_tree(monkeypatch):
    def overflowing(*_arguments, **_options):
        raise OverflowError("Numerical result out of range")

    monkeypatch.setattr("gex_server.answers.hedge.plan_of_risk", overflowing)
    with pytest.raises(NumericalError, match="range of doubles"):
        plan_hedge(REQUEST)


def test_the_market_of_the_plan_is_named():
    (market,) = ANSWER.markets
    assert (market.underlying, market.revision, market.spot) == ("SPX", 0, CHAIN.spot)
    assert market.provenance.smile_dynamics == "sticky_strike"
    assert (ANSWER.policy_model, ANSWER.mode) == ("cost_optimal", "advisory")
