"""Instruments and policies from the contract, and hedge plans to it."""

import math

import numpy as np
from gexapi.v1 import common_pb2, hedge_pb2

from gex.errors import InputError
from gex.hedging.answer import HedgeOrder, HedgePlan, InstrumentState
from gex.hedging.bands import Band, Binding
from gex.hedging.costs import CostLines
from gex.hedging.instruments import HedgeInstrument, with_stated_liquidation
from gex.hedging.policy import AccountUnit, BandRule, CapConfidence, HedgePolicy
from gex.hedging.triggers import SpotTrigger
from gex.portfolio.linear import LinearKind
from gex_server.errors import FieldError, NotBuiltError
from gex_server.wire.instants import instant_from_proto, instant_to_proto
from gex_server.wire.settings import skew_stickiness_from_proto

KINDS = {
    hedge_pb2.INSTRUMENT_KIND_INDEX: LinearKind.INDEX_FUTURE,
    hedge_pb2.INSTRUMENT_KIND_LINEAR: LinearKind.LINEAR,
    hedge_pb2.INSTRUMENT_KIND_INVERSE: LinearKind.INVERSE,
    hedge_pb2.INSTRUMENT_KIND_SPOT: LinearKind.SPOT,
}
MODELS = {rule.value: rule for rule in BandRule}
ACCOUNT_UNITS = {
    common_pb2.ACCOUNT_UNIT_UNSPECIFIED: AccountUnit.COIN,
    common_pb2.ACCOUNT_UNIT_COIN: AccountUnit.COIN,
    common_pb2.ACCOUNT_UNIT_CURRENCY: AccountUnit.USD,
}
MODES = ("", "advisory")
CONFIDENCES = {one.value: one for one in CapConfidence}
BOUND_BY = {binding: binding.value for binding in Binding} | {Binding.THRESHOLDS: "explicit"}
LEAST, MOST = 1e-15, 1e15  # sizes of numbers, 0 apart, that a hedge may be asked with

# HedgeInstrument of the contract -> that of gex, where only the name may differ
_NUMBERS = {
    "price": "price",
    "bid": "bid",
    "ask": "ask",
    "tick": "tick",
    "depth": "depth",
    "average_daily_volume": "average_daily_volume",
    "fee_bps": "fee_bps",
    "maker_fee_bps": "maker_fee_bps",
    "fee_per_contract": "fee_per_contract",
    "half_spread_bps": "half_spread_bps",
    "ticket": "ticket",
    "funding_rate": "funding_rate",
    "funding_interval_seconds": "funding_interval",
    "expected_funding_rate": "expected_funding_rate",
    "funding_standard_deviation": "funding_sd",
    "carry_rate": "carry_rate",
    "roll_bps": "roll_bps",
    "borrow_rate": "borrow_rate",
    "margin_per_contract": "margin",
    "maintenance_margin": "maintenance_margin",
    "wallet": "wallet",
    "entry_price": "entry_price",
}
_WHOLE = {
    "lot": "lot",
    "position": "position",
    "minimum_position": "minimum_position",
    "maximum_position": "maximum_position",
    "maximum_order": "maximum_order",
}
# HedgePolicy of the contract -> that of gex
_POLICY = {
    "target_delta": "target_delta",
    "risk_aversion": "risk_aversion",
    "residual_budget_per_day": "residual_sd_budget",
    "delta_cap": "delta_cap",
    "coverage": "coverage",
    "poll_interval_seconds": "poll_interval",
    "clock_interval_seconds": "clock_interval",
    "coin_equity": "equity_coin",
    "volatility": "vol",
    "impact_coefficient": "impact_prefactor",
    "ticket": "ticket",
    "trigger_low": "scan_low",
    "trigger_high": "scan_high",
    "age_limit_seconds": "max_age",
    "margin_available": "margin_available",
    "liquidation_distance": "liquidation_distance",
    "trade_fraction": "trade_fraction",
}


def instrument_from_proto(message: hedge_pb2.HedgeInstrument, path: str) -> HedgeInstrument:
    """Terms, market and holding of an instrument. NaN prices stay: the planner holds and says which."""
    if not message.symbol:
        raise FieldError("expected the name of the instrument, got nothing", field=f"{path}.symbol")
    if message.kind not in KINDS:
        raise FieldError(f"expected one of {sorted(KINDS)}, got {message.kind}", field=f"{path}.kind")
    values: dict[str, object] = {
        name: _sensible(getattr(message, field), f"{path}.{field}")
        for field, name in _NUMBERS.items()
        if message.HasField(field)
    }
    for field, name in _WHOLE.items():
        if message.HasField(field):
            values[name] = _whole(getattr(message, field), f"{path}.{field}")
    kind = KINDS[message.kind]
    size = "contract_value" if kind is LinearKind.INVERSE else "multiplier"
    other = "multiplier" if kind is LinearKind.INVERSE else "contract_value"
    if message.HasField(other):
        raise FieldError(f"a contract of this kind is sized by its {size}", field=f"{path}.{other}")
    if message.HasField(size):
        values["multiplier"] = _sensible(getattr(message, size), f"{path}.{size}")
    elif kind is LinearKind.SPOT:
        values["multiplier"] = 1.0
    else:
        raise FieldError("expected the size of a contract, got nothing", field=f"{path}.{size}")
    if message.HasField("settlement"):
        values["expires_at"] = instant_from_proto(message.settlement, f"{path}.settlement")
    if message.HasField("quoted_at"):
        values["quoted_at"] = instant_from_proto(message.quoted_at, f"{path}.quoted_at")
    values["in_flight"] = sum(
        _whole(order.contracts, f"{path}.in_flight[{i}].contracts") for i, order in enumerate(message.in_flight)
    )
    found = HedgeInstrument(symbol=message.symbol, kind=kind, **values)  # type: ignore[arg-type]
    if message.HasField("liquidation_price"):
        price = _sensible(message.liquidation_price, f"{path}.liquidation_price")
        try:
            found = with_stated_liquidation(found, price)
        except InputError as error:
            raise FieldError(str(error), field=f"{path}.liquidation_price") from error
    return found


def policy_from_proto(message: hedge_pb2.HedgePolicy, path: str) -> HedgePolicy:
    """The rule that decides; what is absent has the default of gex."""
    if message.mode not in MODES:
        if message.mode in ("live", "reduce_only", "frozen"):
            raise NotBuiltError(f"{path}.mode: this server does not answer {message.mode!r} yet", field=f"{path}.mode")
        raise FieldError(f"expected advisory, got {message.mode!r}", field=f"{path}.mode")
    if message.model and message.model not in MODELS:
        raise FieldError(f"expected one of {', '.join(MODELS)}, got {message.model!r}", field=f"{path}.model")
    if message.account_unit not in ACCOUNT_UNITS:
        field = f"{path}.account_unit"
        raise NotBuiltError(f"{field}: this server does not answer {message.account_unit} yet", field=field)
    values: dict[str, object] = {
        name: _sensible(getattr(message, field), f"{path}.{field}")
        for field, name in _POLICY.items()
        if message.HasField(field)
    }
    if message.cap_confidence:
        if message.cap_confidence not in CONFIDENCES:
            raise FieldError(
                f"expected one of {', '.join(CONFIDENCES)}, got {message.cap_confidence!r}",
                field=f"{path}.cap_confidence",
            )
        values["cap_confidence"] = CONFIDENCES[message.cap_confidence]
    if message.model:
        values["rule"] = MODELS[message.model]
    if message.HasField("upper_trigger") != message.HasField("lower_trigger"):
        raise FieldError("goes with lower_trigger, and the other way round", field=f"{path}.upper_trigger")
    if message.HasField("upper_trigger"):
        for name in ("upper_trigger", "lower_trigger", "upper_landing", "lower_landing"):
            _sensible(getattr(message, name), f"{path}.{name}")
        values["thresholds"] = (message.lower_trigger, message.upper_trigger)
        values["threshold_targets"] = (message.lower_landing, message.upper_landing)
    elif message.HasField("upper_landing") or message.HasField("lower_landing"):
        raise FieldError("goes with explicit triggers", field=f"{path}.upper_landing")
    if message.HasField("maximum_clip"):
        values["max_clip"] = _whole(message.maximum_clip, f"{path}.maximum_clip")
    if len(message.windows) > 1:
        raise NotBuiltError(f"{path}.windows[1]: this server looks at one window", field=f"{path}.windows[1]")
    for window in message.windows:
        values["event_at"] = instant_from_proto(window.starts_at, f"{path}.windows[0].starts_at")
        values["event_gap_sd"] = _sensible(window.log_move, f"{path}.windows[0].log_move")
    return HedgePolicy(
        account_unit=ACCOUNT_UNITS[message.account_unit],
        allow_overhedge=message.allow_overhedge,
        carry_tilt=message.carry_tilt,
        skew_stickiness=skew_stickiness_from_proto(message.smile_dynamics, f"{path}.smile_dynamics"),
        **values,  # type: ignore[arg-type]
    )


def plan_to_proto(plan: HedgePlan, policy: HedgePolicy, currency: str, target: hedge_pb2.PlanHedgeResponse) -> None:
    """Write a plan; "do nothing" has all the same fields."""
    target.action = plan.action.value
    instant_to_proto(plan.as_of, target.as_of)
    for order in plan.orders:
        order_to_proto(order, currency, target.orders.add())
    for name in ("residual_delta", "book_delta", "hedge_delta", "target_delta", "mishedge", "book_gamma", "spot"):
        setattr(target, name, getattr(plan, name))
    target.volatility = plan.vol
    target.reasons.extend(reason.value for reason in plan.reasons)
    target.warnings.extend(plan.warnings)
    target.trigger_prices.extend(plan.trigger_prices)
    for trigger in plan.triggers:
        trigger_to_proto(trigger, plan, target.triggers.add())
    if plan.band is not None:
        band_to_proto(plan.band, plan.tilt, target.band)
    costs_to_proto(plan.costs, currency, target.costs)
    _validity(plan, target)
    _statistics(plan, target)
    for state in plan.instruments:
        state_to_proto(state, target.instruments.add())
    target.policy_model = policy.rule.value
    target.mode = "advisory"


def underlying_hedge(underlying: str, plan: hedge_pb2.PlanHedgeResponse, target: hedge_pb2.UnderlyingHedge) -> None:
    """Write the part of a plan that belongs to its one underlying."""
    target.underlying = underlying
    for name in ("book_delta", "hedge_delta", "mishedge", "residual_delta", "book_gamma", "spot"):
        setattr(target, name, getattr(plan, name))
    if plan.HasField("band"):
        target.band.CopyFrom(plan.band)
    target.triggers.extend(plan.triggers)
    target.reasons.extend(plan.reasons)


def order_to_proto(order: HedgeOrder, currency: str, target: hedge_pb2.HedgeOrder) -> None:
    """Write one order."""
    target.instrument = order.symbol
    target.contracts = order.contracts
    target.clips.extend(order.clips)
    target.units, target.notional = order.units, order.notional
    target.expected_price = order.expected_price
    target.order_hint = order.order_hint.value
    costs_to_proto(order.costs, currency, target.costs)
    if order.resting_cost is not None:
        target.resting_cost = order.resting_cost


def band_to_proto(band: Band, tilt: float, target: hedge_pb2.HedgeBand) -> None:
    """Write a band."""
    target.trigger, target.target = band.trigger, band.target
    target.bound_by = BOUND_BY[band.bound_by]
    target.continuous_trigger = band.continuous_trigger
    target.lower, target.upper = band.trigger_below, band.trigger
    target.lower_target, target.upper_target = band.target_below, band.target
    if band.risk_aversion is not None:
        target.implied_risk_aversion = band.risk_aversion
    target.tilt = tilt
    target.is_out_of_asymptotics = band.is_out_of_asymptotics


def trigger_to_proto(trigger: SpotTrigger, plan: HedgePlan, target: hedge_pb2.SpotTrigger) -> None:
    """Write one trigger with its price on the axis of each instrument of its plan."""
    target.price, target.mishedge = trigger.price, trigger.mishedge
    target.direction, target.order_hint = trigger.direction.value, trigger.order_hint.value
    target.order_units = trigger.order_units
    if math.isfinite(trigger.probability_per_day):
        target.probability_per_day = trigger.probability_per_day
    move = trigger.price / plan.spot  # futures move in proportion to spot
    target.instrument_price.extend(state.price * move for state in plan.instruments)


def costs_to_proto(costs: CostLines, currency: str, target: hedge_pb2.HedgeCosts) -> None:
    """Write costs by line."""
    target.total, target.currency = costs.total, currency
    target.spread = costs.half_spread
    for name in ("fee", "impact", "ticket", "funding", "basis", "roll", "borrow"):
        setattr(target, name, getattr(costs, name))


def _validity(plan: HedgePlan, target: hedge_pb2.PlanHedgeResponse) -> None:
    if plan.trigger_time is not None:
        instant_to_proto(plan.trigger_time, target.trigger_time)
    if plan.trigger_vol_up is not None:
        target.trigger_vol_up = plan.trigger_vol_up * 100.0
    if plan.trigger_vol_down is not None:
        target.trigger_vol_down = plan.trigger_vol_down * 100.0
    instant_to_proto(plan.valid_until, target.valid_until)
    target.valid_until_reason = plan.valid_until_reason.value
    target.ask_again_seconds = max(float((plan.valid_until - plan.as_of) / np.timedelta64(1, "s")), 0.0)


def _statistics(plan: HedgePlan, target: hedge_pb2.PlanHedgeResponse) -> None:
    known = {
        "net_value": plan.net_value,
        "horizon_seconds": plan.horizon * 365.0 * 86_400.0,
        "expected_hedges_per_day": plan.expected_hedges_per_day,
        "residual_standard_deviation_per_day": plan.residual_sd_per_day,
        "unhedged_standard_deviation_per_day": plan.unhedged_sd_per_day,
        "expected_cost_per_day": plan.expected_cost_per_day,
        "breach_probability_per_day": plan.breach_probability_per_day,
        "cost_per_risk_removed": plan.cost_per_risk_removed,
    }
    for name, value in known.items():
        if value is not None and math.isfinite(value):
            setattr(target, name, value)


def state_to_proto(state: InstrumentState, target: hedge_pb2.InstrumentState) -> None:
    """Write what is known of one instrument."""
    target.instrument = state.symbol
    for name in ("units_per_contract", "price", "position", "position_after", "cost_per_unit", "carry_per_day"):
        setattr(target, name, getattr(state, name))
    for name in ("liquidation_price", "liquidation_distance"):
        value = getattr(state, name)
        if value is not None:
            setattr(target, name, value)
    if state.carry_sd_per_day is not None:
        target.carry_standard_deviation_per_day = state.carry_sd_per_day
    if state.fault is not None:
        target.reasons.append(state.fault.value)


def _sensible(value: float, field: str) -> float:
    """A number whose powers and products stay within doubles; NaN passes, for the planner to hold and say which."""
    if math.isfinite(value) and value != 0.0 and not LEAST <= abs(value) <= MOST:
        raise FieldError(f"expected 0 or a size from {LEAST:g} to {MOST:g}, got {value}", field=field)
    return value


def _whole(value: float, field: str) -> int:
    if not (abs(value) <= MOST and value.is_integer()):
        raise FieldError(f"expected a whole number, got {value}", field=field)
    return int(value)
