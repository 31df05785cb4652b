"""decide(inputs, config, state) → (decision, state): pure, so that a log can be decided again bit for bit.

Rules, in this order: validity · mode and override · hard cap and liquidation distance · breaker · band · minimum hold ·
cost gate · allocation and whole lots · limits · record. The cap goes over breaker, hold, gate and every limit but
margin; bad data stops everything. Trigger prices are not searched here (`engine.triggers` does, when one is published): a
decision costs a fraction of a millisecond whatever the size of the book.
"""

import math
from dataclasses import replace

from gex.hedging.answer import Action
from gex.hedging.costs import CostLines
from gex.hedging.engine.adaptation import Adapted, adapted, stressed
from gex.hedging.engine.aftermath import after_orders
from gex.hedging.engine.breaker import COSTLY
from gex.hedging.engine.config import EngineConfig, Indicator, Mode
from gex.hedging.engine.decision import Decision, EngineOrder, Scenario, Why
from gex.hedging.engine.groups import Group, PricedBook, coin_equity, grouped, priced_book
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.judgement import Judgement, Stance, judge
from gex.hedging.engine.margins import least_distance, reduced_legs
from gex.hedging.engine.observation import adapted_state, marked, with_earlier_spots
from gex.hedging.engine.orders import issued
from gex.hedging.engine.reporting import (
    decided_markets,
    group_decision,
    held_decision,
    overdue_orders,
    override_profit,
    valid_until,
    warnings_of,
)
from gex.hedging.engine.scenarios import cascade_scenario, dealer_scenario
from gex.hedging.engine.state import EngineState
from gex.hedging.engine.validity import alarms_before, alarms_of_books
from gex.hedging.engine.windows import gap_ahead
from gex.hedging.policy import HedgePolicy


def decide(inputs: EngineInputs, config: EngineConfig, state: EngineState) -> tuple[Decision, EngineState]:
    """The decision at `inputs.as_of`, and the state after it, orders that are sent counted as in flight."""
    number = state.decision_count + 1
    alarms = alarms_before(inputs, config, state)
    books: dict[str, PricedBook] = {}
    seen = state
    if not alarms:
        seen = with_earlier_spots(state, inputs.as_of)
        books = {reading.underlying: priced_book(reading, inputs, config, seen) for reading in inputs.books}
        alarms = alarms_of_books(books)
    if alarms:
        return held_decision(inputs, config, replace(state, decision_count=number), alarms)
    now = inputs.as_of
    state = marked(replace(seen, decision_count=number, last_evaluation=now), books, inputs)
    ended = state.override
    if ended is not None and now >= ended.override.expires_at:
        state = replace(state, override=None)
    else:
        ended = None
    groups, crosses = grouped(books, inputs, config, state, frozen=state.breaker.is_open)
    state, closed = adapted_state(state, books, crosses, inputs, config)
    active = stressed(state.regimes, state.breaker)
    scenarios = _scenarios(inputs, config, books)
    is_cascade = any(scenario.name == "cascade" and scenario.is_active for scenario in scenarios)
    stance, reasons, alerts = _stance(inputs, config, state)
    if closed:
        reasons.append(Why.BREAKER_RESET)
    if state.breaker.is_open:
        reasons.append(Why.BREAKER_OPEN)
    if ended is not None:
        reasons.append(Why.OVERRIDE_ENDED)
    reasons += [Why.CROSS_HEDGE if one.is_used else Why.DECOUPLED for one in crosses]
    if is_cascade:
        reasons.append(Why.CASCADE_STRESS)
    leverage = config.limits.max_leverage
    if leverage is not None and (is_cascade or Indicator.VOLATILITY in active):
        leverage *= config.limits.stressed_leverage
    held = math.fsum(abs(p.instrument.held) * p.notional for book in books.values() for p in book.priced)
    gap = gap_ahead(config.windows, now)
    orders: tuple[EngineOrder, ...] = ()
    found: list[tuple[Judgement, tuple[EngineOrder, ...], tuple[Why, ...]]] = []
    shadows: list[tuple[str, float, float]] = []
    for group in groups:
        fit = _adapted(group, inputs, config, state, active, gap, is_cascade, with_override=True)
        coins = coin_equity(group.book.reading, inputs, config, is_first=group is groups[0])
        eased, forced, near = reduced_legs(group, fit, coins)
        judgement = judge(eased, fit, config, state, now, stance, coins=coins)
        alerts += [*near, *judgement.alerts]
        sent, limits = issued(
            judgement,
            forced,
            config,
            state,
            number,
            len(orders) + 1,
            equity=inputs.equity,
            leverage=leverage,
            notional_held=held,
        )
        held += math.fsum(abs(order.notional) for order in sent)
        orders += sent
        found.append((judgement, sent, (*((Why.LIQUIDATION_NEAR,) if near else ()), *judgement.reasons, *limits)))
        if state.override is not None:
            shadows.append(_shadow(group, inputs, config, state, active, gap, is_cascade, coins))
    rows = tuple(group_decision(judgement, sent, why, alerts) for judgement, sent, why in found)
    alerts += overdue_orders(state, config, now, reasons)
    if any(order.remaining for order in state.orders):
        reasons.append(Why.IN_FLIGHT)
    all_reasons = tuple(dict.fromkeys([*reasons, *(why for row in rows for why in row.reasons)]))
    after = after_orders(state, config, inputs, orders, found, shadows)
    override = state.override
    decision = Decision(
        number=number,
        as_of=now,
        trigger=inputs.trigger,
        action=Action.TRADE if orders else Action.NO_TRADE,
        mode=config.mode,
        orders=orders,
        groups=rows,
        reasons=all_reasons,
        alerts=tuple(alerts),
        warnings=warnings_of(config, rows),
        regimes=after.regimes,
        breaker=after.breaker,
        override=None if override is None else override.override,
        override_profit=override_profit(after.override if override is not None else ended),
        shadow_orders=tuple((name, units) for name, units, _ in shadows),
        scenarios=scenarios,
        costs=sum((order.costs for order in orders), CostLines()),
        valid_until=valid_until(inputs, config, after),
        markets=decided_markets(inputs),
    )
    return decision, after


def _stance(inputs: EngineInputs, config: EngineConfig, state: EngineState) -> tuple[Stance, list[Why], list[str]]:
    """Rule 2, and what loss and breaker make of it."""
    reasons: list[Why] = []
    alerts: list[str] = []
    if config.mode is Mode.ADVISORY:
        reasons.append(Why.ADVISORY)
    override = None if state.override is None else state.override.override
    if override is not None:
        reasons.append(Why.OVERRIDE)
    is_frozen = config.mode is Mode.FROZEN or (override is not None and override.kind == "freeze")
    is_reduce_only = config.mode is Mode.REDUCE_ONLY
    if state.breaker.is_open and any(cause in COSTLY for cause in state.breaker.causes):
        is_reduce_only = True
    limits, equity = config.limits, inputs.equity
    if equity is not None:
        loss = (state.opening_equity or equity) - equity
        fall = (state.highest_equity or equity) - equity
        for most, lost, name in ((limits.max_loss, loss, "loss"), (limits.max_drawdown, fall, "drawdown")):
            if most is not None and lost > most:
                is_reduce_only = True
                reasons.append(Why.DRAWDOWN)
                alerts.append(f"The {name} of {lost:g} is more than {most:g}: hedges are only made smaller.")
    stance = Stance(
        is_frozen=is_frozen,
        cap_acts=not (override is not None and override.kind == "freeze" and override.stops_cap),
        is_reduce_only=is_reduce_only,
        is_forced=override is not None and override.kind == "force_target",
    )
    return stance, reasons, alerts


def _adapted(
    group: Group,
    inputs: EngineInputs,
    config: EngineConfig,
    state: EngineState,
    active: frozenset[Indicator],
    gap: float,
    is_cascade: bool,
    *,
    with_override: bool,
) -> Adapted:
    reading = group.book.reading
    is_first = reading.underlying == inputs.books[0].underlying
    override = state.override.override if with_override and is_first and state.override is not None else None
    distance = least_distance(config, reading.vol, is_cascade=is_cascade)
    return adapted(config, reading, active, state.breaker, gap, override, distance)


def _shadow(
    group: Group,
    inputs: EngineInputs,
    config: EngineConfig,
    state: EngineState,
    active: frozenset[Indicator],
    gap: float,
    is_cascade: bool,
    coins: float,
) -> tuple[str, float, float]:
    """(underlying, units, expected cost) that the policy would have traded from the shadow's hedge."""
    name = group.book.reading.underlying
    fit = _adapted(group, inputs, config, state, active, gap, is_cascade, with_override=False)
    kept = state.override
    units = dict(kept.shadow_units).get(name, group.hedge_units) if kept is not None else group.hedge_units
    judgement = judge(group, fit, config, state, inputs.as_of, Stance(), coins=coins, hedge_units=units)
    return name, judgement.units, judgement.costs.trading if judgement.contracts else 0.0


def _scenarios(inputs: EngineInputs, config: EngineConfig, books: dict[str, PricedBook]) -> tuple[Scenario, ...]:
    first = next(iter(books.values()))
    policy: HedgePolicy = config.policy_of(first.reading.underlying)
    found: list[Scenario] = []
    if inputs.dealer is not None:
        found.append(dealer_scenario(inputs.dealer, first.reading.spot, first.reading.vol))
    if inputs.cascade is not None:
        found.append(cascade_scenario(inputs.cascade, config.cascade, first, policy.target_delta, policy.coverage))
    return tuple(found)
