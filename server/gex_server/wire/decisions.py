"""Decisions of an adaptive hedge to the contract; fills and overrides from it."""

import math

from gexapi.v1 import hedge_pb2

from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.decision import Decision, EngineOrder, GroupDecision, Why
from gex.hedging.engine.fills import Fill
from gex.hedging.engine.journal import Entry
from gex.hedging.engine.regimes import EFFECTS
from gex.hedging.engine.state import Override, RegimeState
from gex.hedging.engine.summary import LedgerSummary
from gex_server.errors import FieldError
from gex_server.wire.hedge import band_to_proto, costs_to_proto
from gex_server.wire.instants import instant_from_proto, instant_to_proto
from gex_server.wire.staleness import decided_market_to_proto

_STATES = {True: "stressed", False: "normal"}


def decision_to_proto(
    decision: Decision, config: EngineConfig, entry: Entry | None, currency: str, target: hedge_pb2.Decision
) -> None:
    """Write a decision; "do nothing" has all the same fields. `entry` is its record, None where none was made."""
    target.decision_id, target.hedge, target.trigger = decision.number, config.hedge, decision.trigger
    instant_to_proto(decision.as_of, target.as_of)
    _plan(decision, config, currency, target.plan)
    if decision.override is not None:
        override_to_proto(decision.override, target.override)
        for name, units in decision.shadow_orders:
            hedge = target.shadow.hedges.add(underlying=name)
            if units:
                target.shadow.orders.add(instrument=name, units=units)
            row = next((group for group in decision.groups if group.underlying == name), None)
            if row is not None:
                hedge.mishedge, hedge.spot = row.mishedge, row.spot
        target.shadow.action = "trade" if any(units for _, units in decision.shadow_orders) else "no_trade"
        target.shadow.reasons.append("without_override")
    if decision.override_profit is not None:
        target.override_profit = decision.override_profit
    target.is_breaker_open = decision.breaker.is_open
    target.breaker_causes.extend(decision.breaker.causes)
    target.alerts.extend(decision.alerts)
    for scenario in decision.scenarios:
        row_ = target.scenarios.add(name=scenario.name, is_active=scenario.is_active, effects=scenario.effects)
        for name, figure in scenario.evidence:
            row_.evidence[name] = figure
    if entry is not None:
        target.previous_hash, target.hash = entry.previous_hash, entry.hash
        target.state_before, target.state_after = entry.state_before, entry.state_after
        target.plan.input_hash, target.record = entry.input_hash, entry.sequence


def ledger_to_proto(summary: LedgerSummary, currency: str, target: hedge_pb2.HedgeLedger) -> None:
    """Write what hedging has cost and removed."""
    costs_to_proto(summary.expected, currency, target.expected)
    costs_to_proto(summary.realised, currency, target.realised)
    for name in ("cost_today", "book_profit", "hedge_profit", "traded_notional"):
        setattr(target, name, getattr(summary, name))
    for name in ("order_count", "fill_count", "reject_count"):
        setattr(target, name, getattr(summary, name))
    known = {
        "cost_over_position_value": summary.cost_over_position_value,
        "cost_over_risk_removed": summary.cost_over_risk_removed,
        "unhedged_standard_deviation_per_day": summary.unhedged_sd_per_day,
        "hedged_standard_deviation_per_day": summary.hedged_sd_per_day,
    }
    for name, value in known.items():
        if value is not None and math.isfinite(value):
            setattr(target, name, value)


def fill_from_proto(message: hedge_pb2.Fill, path: str) -> Fill:
    """A fill or a rejection."""
    for name in ("fill_id", "order_id", "instrument"):
        if not getattr(message, name):
            raise FieldError("expected a name, got nothing", field=f"{path}.{name}")
    if not (math.isfinite(message.contracts) and float(message.contracts).is_integer()):
        raise FieldError(f"expected a whole number, got {message.contracts}", field=f"{path}.contracts")
    if message.contracts and not (message.HasField("price") and 0.0 < message.price < math.inf):
        raise FieldError("expected the price of what filled", field=f"{path}.price")
    if not message.contracts and not message.is_rejected:
        raise FieldError("expected contracts that filled, or a rejection", field=f"{path}.contracts")
    if message.HasField("fee") and not math.isfinite(message.fee):
        raise FieldError(f"expected a finite number, got {message.fee}", field=f"{path}.fee")
    return Fill(
        fill_id=message.fill_id,
        order_id=message.order_id,
        symbol=message.instrument,
        contracts=int(message.contracts),
        filled_at=instant_from_proto(message.filled_at, f"{path}.filled_at"),
        price=message.price if message.HasField("price") else None,
        fee=message.fee if message.HasField("fee") else None,
        is_rejected=message.is_rejected,
    )


def fill_to_proto(fill: Fill, target: hedge_pb2.Fill) -> None:
    """Write a fill."""
    target.fill_id, target.order_id, target.instrument = fill.fill_id, fill.order_id, fill.symbol
    target.contracts, target.is_rejected = fill.contracts, fill.is_rejected
    if fill.price is not None:
        target.price = fill.price
    if fill.fee is not None:
        target.fee = fill.fee
    instant_to_proto(fill.filled_at, target.filled_at)


def override_from_proto(message: hedge_pb2.Override, path: str) -> Override:
    """A manual override; "clear" is no override and is taken before."""
    if message.kind not in ("freeze", "force_target"):
        raise FieldError(f"expected freeze, force_target or clear, got {message.kind!r}", field=f"{path}.kind")
    for name in ("user", "reason"):
        if not getattr(message, name).strip():
            raise FieldError("expected text, got nothing", field=f"{path}.{name}")
    if message.kind == "force_target" and not message.HasField("target_delta"):
        raise FieldError("expected the delta that is forced", field=f"{path}.target_delta")
    return Override(
        kind=message.kind,
        user=message.user,
        reason=message.reason,
        expires_at=instant_from_proto(message.expires_at, f"{path}.expires_at"),
        target_delta=message.target_delta if message.kind == "force_target" else None,
        stops_cap=message.stops_cap,
    )


def override_to_proto(override: Override, target: hedge_pb2.Override) -> None:
    """Write an override."""
    target.kind, target.user, target.reason = override.kind, override.user, override.reason
    if override.target_delta is not None:
        target.target_delta = override.target_delta
    instant_to_proto(override.expires_at, target.expires_at)
    target.stops_cap = override.stops_cap


def _plan(decision: Decision, config: EngineConfig, currency: str, target: hedge_pb2.PlanHedgeResponse) -> None:
    target.action = decision.action.value
    instant_to_proto(decision.as_of, target.as_of)
    instant_to_proto(decision.valid_until, target.valid_until)
    target.reasons.extend(why.value for why in decision.reasons)
    target.warnings.extend(decision.warnings)
    target.mode, target.policy_model = config.mode.value, config.policy.rule.value
    for order in decision.orders:
        _order(order, currency, target.orders.add())
    costs_to_proto(decision.costs, currency, target.costs)
    for regime in decision.regimes:
        _regime(regime, target.regimes.add())
    if decision.markets:
        target.revision = decision.markets[0].instants.revision
        for market in decision.markets:
            decided_market_to_proto(market, decision.as_of, target)
    if not decision.groups:
        target.residual_delta = target.mishedge = math.nan
        return
    first = decision.groups[0]
    for name in ("residual_delta", "book_delta", "hedge_delta", "target_delta", "mishedge", "book_gamma", "spot"):
        setattr(target, name, getattr(first, name))
    target.volatility = first.vol
    if first.band is not None:
        band_to_proto(first.band, 0.0, target.band)
        target.expected_hedges_per_day = first.band.expected_hedges_per_day
        target.expected_cost_per_day = first.band.trading_cost_per_year / 365.0
    if first.net_value is not None:
        target.net_value = first.net_value
    if math.isfinite(first.horizon):
        target.horizon_seconds = first.horizon * 365.0 * 86_400.0
    for name, value in (
        ("residual_standard_deviation_per_day", first.residual_sd_per_day),
        ("unhedged_standard_deviation_per_day", first.unhedged_sd_per_day),
        ("breach_probability_per_day", first.breach_probability_per_day),
    ):
        if value is not None and math.isfinite(value):
            setattr(target, name, value)
    target.trigger_prices.extend(trigger.price for trigger in decision.triggers)
    for trigger in decision.triggers:
        row = target.triggers.add(
            price=trigger.price,
            direction=trigger.direction.value,
            mishedge=trigger.mishedge,
            order_units=trigger.order_units,
            order_hint=trigger.order_hint.value,
        )
        if math.isfinite(trigger.probability_per_day):
            row.probability_per_day = trigger.probability_per_day
    for group in decision.groups:
        _hedge(group, target.hedges.add())


def _hedge(group: GroupDecision, target: hedge_pb2.UnderlyingHedge) -> None:
    target.underlying = group.underlying
    for name in ("book_delta", "hedge_delta", "mishedge", "residual_delta", "book_gamma", "spot"):
        setattr(target, name, getattr(group, name))
    if group.band is not None:
        band_to_proto(group.band, 0.0, target.band)
    target.reasons.extend(why.value for why in group.reasons)
    if Why.CROSS_HEDGE not in group.reasons and len(group.members) > 1:
        target.reasons.append(Why.CROSS_HEDGE.value)


def _order(order: EngineOrder, currency: str, target: hedge_pb2.HedgeOrder) -> None:
    target.order_id, target.instrument, target.contracts = order.order_id, order.symbol, order.contracts
    target.units, target.notional, target.expected_price = order.units, order.notional, order.expected_price
    target.clips.extend(order.clips)
    target.order_hint = "limit" if order.is_passive else order.order_hint.value
    costs_to_proto(order.costs, currency, target.costs)
    if order.resting_cost is not None:
        target.resting_cost = order.resting_cost


def _regime(regime: RegimeState, target: hedge_pb2.Regime) -> None:
    target.indicator, target.state = regime.indicator.value, _STATES[regime.is_stressed]
    target.value, target.enter, target.leave = regime.value, regime.enter, regime.leave
    if regime.since is not None:
        instant_to_proto(regime.since, target.since)
    if regime.is_stressed:
        target.effects.extend(EFFECTS[regime.indicator])
