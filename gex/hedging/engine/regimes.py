"""Regimes: three indicators, two states each, with hysteresis, dwell and evidence."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from gex.hedging.engine.config import Indicator, RegimeRule, RegimeTable
from gex.hedging.engine.state import RegimeState, Samples

_SECOND = 10**9  # nanoseconds
_ROUNDING = 1e-6  # of a level: an indicator that never moves is not stressed by the last digits of its readings

EFFECTS: Mapping[Indicator, tuple[str, ...]] = {
    Indicator.VOLATILITY: ("sigma_of_budget", "gap_and_stress_size", "leverage"),
    Indicator.LIQUIDITY: ("impact", "clip", "instrument_choice"),
    Indicator.CORRELATION: ("cross_hedge",),
}
"""What a stressed indicator changes; nothing else may."""


def rule_of(table: RegimeTable, indicator: Indicator) -> RegimeRule:
    """The rule of one indicator."""
    rule: RegimeRule = getattr(table, indicator.value)
    return rule


def observed(
    state: RegimeState, samples: Samples, value: float | None, now: np.datetime64, rule: RegimeRule
) -> tuple[RegimeState, Samples, bool]:
    """The regime after a reading, its samples, and whether it switched. Quantiles end before the reading.

    A reading that is missing or not a number changes nothing. Without enough samples nothing is stressed.
    """
    if value is None or not math.isfinite(value) or not rule.is_active:
        return state, samples, False
    at = int(now.astype("datetime64[ns]").astype(np.int64))
    is_due = not samples.instants or at - samples.instants[-1] >= rule.sample_interval * _SECOND
    if is_due:
        enter, leave = _levels(samples, at, rule)
        state = replace(state, enter=enter, leave=leave)
    switched = False
    is_enough = len(samples.instants) >= rule.least_samples
    may_leave = state.since is None or at - _ns(state.since) >= rule.dwell * _SECOND
    if is_enough and may_leave:
        level = state.leave if state.is_stressed else state.enter
        stressed = value > level + _ROUNDING * abs(level)
        if stressed != state.is_stressed:
            state, switched = replace(state, is_stressed=stressed, since=now), True
    state = replace(state, value=value)
    if is_due:
        start = 0
        oldest = at - round(rule.history * _SECOND)
        while start < len(samples.instants) and samples.instants[start] < oldest:
            start += 1
        samples = replace(
            samples, instants=(*samples.instants[start:], at), values=(*samples.values[start:], float(value))
        )
        state = replace(state, sampled_at=now)
    return state, samples, switched


def with_verdict(
    state: RegimeState, is_stressed: bool, value: float, level: float, margin: float, now: np.datetime64
) -> tuple[RegimeState, bool]:
    """The correlation regime after the cross hedges were judged: stressed where one that exists does not pay."""
    switched = is_stressed != state.is_stressed
    return (
        replace(
            state,
            is_stressed=is_stressed,
            since=now if switched else state.since,
            value=value,
            enter=level,
            leave=level + margin,
            sampled_at=now,
        ),
        switched,
    )


def _levels(samples: Samples, at: int, rule: RegimeRule) -> tuple[float, float]:
    oldest = at - round(rule.history * _SECOND)
    values = [v for t, v in zip(samples.instants, samples.values, strict=True) if oldest <= t < at]
    if len(values) < rule.least_samples:
        return math.nan, math.nan
    enter, leave = np.quantile(np.array(values), (rule.enter_quantile, rule.leave_quantile))
    return float(enter), float(leave)


def _ns(instant: np.datetime64) -> int:
    return int(instant.astype("datetime64[ns]").astype(np.int64))
