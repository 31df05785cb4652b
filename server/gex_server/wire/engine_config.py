"""Rules of an adaptive hedge from the contract."""

import math
from dataclasses import fields, is_dataclass
from typing import Any

from gexapi.v1 import hedge_pb2

from gex.errors import InputError
from gex.hedging.engine.config import (
    COVERAGE_STATES,
    DAY,
    TRIGGER_KINDS,
    BreakerRule,
    CascadeRule,
    EngineConfig,
    Mode,
    RegimeRule,
    RegimeTable,
    RiskLimits,
    TriggerRule,
    Window,
)
from gex_server.errors import FieldError
from gex_server.wire.hedge import policy_from_proto
from gex_server.wire.instants import instant_from_proto, instant_to_proto

_MODES = {mode.value: mode for mode in Mode}
# What HedgePolicy says to an engine and not to a plan.
_ENGINE_FIELDS = (
    "mode",
    "minimum_hold_seconds",
    "maximum_orders_per_hour",
    "cost_budget_per_day",
    "maximum_loss",
    "evaluation_triggers",
    "coverage_by_regime",
    "windows",
    "decided_at",
)
_REGIME = {
    "enter_quantile": "enter_quantile",
    "leave_quantile": "leave_quantile",
    "dwell_seconds": "dwell",
    "history_seconds": "history",
    "sample_interval_seconds": "sample_interval",
    "least_samples": "least_samples",
}
_BREAKER = {
    "window_seconds": "window",
    "most_switches": "most_switches",
    "most_reversals": "most_reversals",
    "slippage_factor": "slippage_factor",
    "slippage_orders": "slippage_orders",
    "cooldown_seconds": "cooldown",
    "longest_cooldown_seconds": "longest_cooldown",
    "band_factor": "band_factor",
    "hold_factor": "hold_factor",
}
_CASCADE = {
    name: name
    for name in (
        "jump",
        "depth_divisor",
        "funding_spike",
        "deleveraged_share",
        "funding_percentile",
        "interest_over_depth",
        "leverage",
        "conditions_needed",
        "distance_factor",
    )
}
_LIMITS = {
    "maximum_drawdown": "max_drawdown",
    "maximum_leverage": "max_leverage",
    "stressed_leverage": "stressed_leverage",
    "liquidation_deviations": "liquidation_deviations",
}
_RULES = {
    "order_timeout_seconds": "order_timeout",
    "reject_pause_seconds": "reject_pause",
    "depth_share": "depth_share",
    "cross_horizon_seconds": "cross_horizon",
    "gate_slack": "gate_slack",
}
_CHANNELS = {"impact_factor": "impact_factor", "clip_factor": "clip_factor"}
_YEAR = 365.0 * DAY  # seconds


def engine_config_from_proto(message: hedge_pb2.HedgeConfiguration, hedge: str, path: str) -> EngineConfig:
    """The rules of one hedge; FieldError names what cannot be meant."""
    policy, rules = message.policy, message.rules
    if policy.mode and policy.mode not in _MODES:
        raise FieldError(f"expected one of {', '.join(_MODES)}, got {policy.mode!r}", field=f"{path}.policy.mode")
    for_plan = hedge_pb2.HedgePolicy()
    for_plan.CopyFrom(policy)
    for name in _ENGINE_FIELDS:
        for_plan.ClearField(name)
    values: dict[str, Any] = {
        "hedge": hedge,
        "policy": policy_from_proto(for_plan, f"{path}.policy"),
        "mode": _MODES[policy.mode or "advisory"],
        "windows": tuple(_window(one, f"{path}.policy.windows[{i}]") for i, one in enumerate(policy.windows)),
        "triggers": tuple(
            _trigger(one, f"{path}.policy.evaluation_triggers[{i}]") for i, one in enumerate(policy.evaluation_triggers)
        ),
        "has_cost_gate": not rules.ignores_cost_gate,
        **_present(rules, _RULES),
    }
    for field, name in (
        ("minimum_hold_seconds", "minimum_hold"),
        ("maximum_orders_per_hour", "maximum_orders_per_hour"),
        ("cost_budget_per_day", "cost_budget_per_day"),
    ):
        if policy.HasField(field):
            values[name] = getattr(policy, field)
    limits = _present(rules, _LIMITS)
    if policy.HasField("maximum_loss"):
        limits["max_loss"] = policy.maximum_loss
    if rules.HasField("liquidation_horizon_seconds"):
        limits["liquidation_horizon"] = rules.liquidation_horizon_seconds / _YEAR
    try:
        values["regimes"] = RegimeTable(
            volatility=_regime(rules.volatility),
            liquidity=_regime(rules.liquidity),
            correlation=_regime(rules.correlation),
            coverage=_coverage(policy, f"{path}.policy.coverage_by_regime"),
            **_present(rules, _CHANNELS),
        )
        values["breaker"] = BreakerRule(
            is_reset_by_hand=rules.breaker.is_reset_by_hand, **_present(rules.breaker, _BREAKER)
        )
        values["cascade"] = CascadeRule(**_present(rules.cascade, _CASCADE))
        values["limits"] = RiskLimits(**limits)
        return EngineConfig(**values)
    except FieldError:
        raise
    except InputError as error:
        raise FieldError(str(error), field=path) from error


def _present(message: Any, names: dict[str, str]) -> dict[str, Any]:
    return {name: getattr(message, field) for field, name in names.items() if message.HasField(field)}


def _regime(message: hedge_pb2.RegimeRules) -> RegimeRule:
    return RegimeRule(is_active=not message.is_off, **_present(message, _REGIME))


def _coverage(policy: hedge_pb2.HedgePolicy, path: str) -> tuple[tuple[str, float], ...]:
    rows = {}
    for name, value in policy.coverage_by_regime.items():
        known = "high_volatility" if name == "high_vol" else name
        if known not in COVERAGE_STATES:
            raise FieldError(f"expected some of {', '.join(COVERAGE_STATES)}, got {name!r}", field=path)
        rows[known] = value
    return tuple(sorted(rows.items()))


def _window(message: hedge_pb2.HedgeWindow, path: str) -> Window:
    try:
        return Window(
            starts_at=instant_from_proto(message.starts_at, f"{path}.starts_at"),
            ends_at=instant_from_proto(message.ends_at, f"{path}.ends_at"),
            gap_sd=message.log_move,
            ramp=message.ramp_seconds,
            name=message.name,
        )
    except FieldError:
        raise
    except InputError as error:
        raise FieldError(str(error), field=path) from error


def _trigger(message: hedge_pb2.EvaluationTrigger, path: str) -> TriggerRule:
    if message.kind not in TRIGGER_KINDS:
        raise FieldError(f"expected one of {', '.join(TRIGGER_KINDS)}, got {message.kind!r}", field=f"{path}.kind")
    known = {"level", "length", "interval"}
    for name in message.parameters:
        if name not in known:
            raise FieldError(f"expected some of {', '.join(sorted(known))}, got {name!r}", field=f"{path}.parameters")
    if "level" not in message.parameters:
        raise FieldError("expected a level", field=f"{path}.parameters")
    values: dict[str, Any] = dict(message.parameters)
    if "length" in values:
        values["length"] = int(values["length"])
    try:
        return TriggerRule(kind=message.kind, **values)
    except InputError as error:
        raise FieldError(str(error), field=path) from error


def rules_to_proto(config: EngineConfig, target: hedge_pb2.HedgeConfiguration) -> None:
    """Write the rules of a hedge beside its policy, which the caller writes; InputError where the contract has no field.

    What has its default is left out.
    """
    policy, rules, default = target.policy, target.rules, EngineConfig()
    policy.mode = config.mode.value
    for name, field in (
        ("minimum_hold", "minimum_hold_seconds"),
        ("maximum_orders_per_hour", "maximum_orders_per_hour"),
        ("cost_budget_per_day", "cost_budget_per_day"),
    ):
        if getattr(config, name) is not None:
            setattr(policy, field, getattr(config, name))
    if config.limits.max_loss is not None:
        policy.maximum_loss = config.limits.max_loss
    for window in config.windows:
        row = policy.windows.add(log_move=window.gap_sd, ramp_seconds=window.ramp, name=window.name)
        instant_to_proto(window.starts_at, row.starts_at)
        instant_to_proto(window.ends_at, row.ends_at)
    for trigger in config.triggers:
        numbers = {"level": trigger.level, "length": float(trigger.length), "interval": trigger.interval}
        policy.evaluation_triggers.add(kind=trigger.kind, parameters=numbers)
    policy.coverage_by_regime.update(dict(config.regimes.coverage))
    rules.ignores_cost_gate = not config.has_cost_gate
    rules.breaker.is_reset_by_hand = config.breaker.is_reset_by_hand
    _write(config, default, _RULES, rules)
    _write(config.limits, default.limits, _LIMITS, rules)
    _write(config.regimes, default.regimes, _CHANNELS, rules)
    if config.limits.liquidation_horizon != default.limits.liquidation_horizon:
        rules.liquidation_horizon_seconds = config.limits.liquidation_horizon * _YEAR
    _write(config.breaker, default.breaker, _BREAKER, rules.breaker)
    _write(config.cascade, default.cascade, _CASCADE, rules.cascade)
    for name in ("volatility", "liquidity", "correlation"):
        rule, message = getattr(config.regimes, name), getattr(rules, name)
        message.is_off = not rule.is_active
        _write(rule, getattr(default.regimes, name), _REGIME, message)
    read = engine_config_from_proto(target, config.hedge, "configuration")
    pairs = [(config, read)]
    pairs += [(getattr(config, name), getattr(read, name)) for name in ("regimes", "breaker", "limits", "cascade")]
    for part, again in pairs:
        for item in fields(part):
            said, heard = getattr(part, item.name), getattr(again, item.name)
            if item.name == "liquidation_horizon" and math.isclose(said, heard, rel_tol=1e-12):
                continue  # years here, seconds in the contract
            if said != heard and item.name != "policy" and not is_dataclass(said):
                raise InputError(f"[rules], key {item.name}: a server has no field for it, leave it out")


def _write(value: Any, default: Any, names: dict[str, str], target: Any) -> None:
    for field, name in names.items():
        if getattr(value, name) != getattr(default, name):
            setattr(target, field, getattr(value, name))
