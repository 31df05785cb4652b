"""The state once orders are on their way: in flight, counted, remembered for the minimum hold and the breaker."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gex.hedging.costs import CostLines
from gex.hedging.engine.config import EngineConfig, Mode
from gex.hedging.engine.decision import EngineOrder, Why
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.judgement import Judgement, hold_of
from gex.hedging.engine.observation import nanoseconds
from gex.hedging.engine.state import EngineState, LastTrade, OpenOrder, OverrideState


def after_orders(
    state: EngineState,
    config: EngineConfig,
    inputs: EngineInputs,
    orders: Sequence[EngineOrder],
    found: Sequence[tuple[Judgement, tuple[EngineOrder, ...], tuple[Why, ...]]],
    shadows: Sequence[tuple[str, float, float]],
) -> EngineState:
    """The state once the orders are on their way; in advisory mode nothing is."""
    if state.override is not None:
        state = replace(state, override=_with_shadow(state.override, orders, shadows))
    if config.mode is Mode.ADVISORY or not orders:
        return state
    now = inputs.as_of
    at = nanoseconds(now)
    trades = {trade.underlying: trade for trade in state.last_trades}
    breaker = state.breaker
    for judgement, sent, _ in found:
        units = math.fsum(order.units for order in sent)
        if units == 0.0 or judgement.choice is None:
            continue
        name, side = judgement.group.book.reading.underlying, 1 if units > 0.0 else -1
        before = trades.get(name)
        if before is not None and before.side != side:
            breaker = replace(breaker, reversals=(*breaker.reversals, at))
        hold = hold_of(judgement.choice.band, config, replace(judgement.adapted, hold_factor=1.0))
        trades[name] = LastTrade(underlying=name, side=side, at=now, hold=hold)
    return replace(
        state,
        orders=(*state.orders, *(_open_order(order, state.decision_count, now) for order in orders)),
        order_times=(*state.order_times, *[at] * sum(len(order.clips) for order in orders)),
        last_trades=tuple(trades.values()),
        breaker=breaker,
        ledger=replace(state.ledger, order_count=state.ledger.order_count + len(orders)),
    )


def _open_order(order: EngineOrder, number: int, now: np.datetime64) -> OpenOrder:
    lines = order.costs
    return OpenOrder(
        order_id=order.order_id,
        decision=number,
        symbol=order.symbol,
        contracts=order.contracts,
        remaining=order.contracts,
        sent_at=now,
        reference_price=order.expected_price,
        expected=CostLines(fee=lines.fee, half_spread=lines.half_spread, impact=lines.impact, ticket=lines.ticket),
    )


def _with_shadow(
    kept: OverrideState, orders: Sequence[EngineOrder], shadows: Sequence[tuple[str, float, float]]
) -> OverrideState:
    units = dict(kept.shadow_units)
    for name, traded, _ in shadows:
        units[name] = units.get(name, 0.0) + traded
    cost = math.fsum(cost for *_, cost in shadows)
    actual = math.fsum(order.costs.trading for order in orders)
    return replace(
        kept,
        shadow_units=tuple(units.items()),
        shadow_cost=kept.shadow_cost + cost,
        actual_cost=kept.actual_cost + actual,
        profit=kept.profit + cost - actual,
    )
