"""One hedge group through the rules: cap, breaker, band, minimum hold, cost gate, whole lots, limits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gex.hedging.bands import Band, Mishedge, find_band
from gex.hedging.choice import HedgeChoice, Limit, choose_hedge
from gex.hedging.costs import CostLines, net_hedge_value
from gex.hedging.engine.adaptation import Adapted
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.decision import Why
from gex.hedging.engine.groups import Group
from gex.hedging.engine.state import EngineState, LastTrade
from gex.hedging.instruments import PricedInstrument, ladders

_WINDOW_SLACK = 0.1  # of the cost: inside a window the band is the better judge, the gate only catches blunders
_SAME = 1.0 + 1e-9
_LIMITS = {
    Limit.MARGIN: Why.MARGIN_LIMIT,
    Limit.POSITION: Why.POSITION_LIMIT,
    Limit.ORDER: Why.ORDER_LIMIT,
    Limit.LIQUIDATION: Why.LIQUIDATION_LIMIT,
}


@dataclass(frozen=True, kw_only=True)
class Stance:
    """What mode, override, drawdown and breaker allow this time."""

    is_frozen: bool = False
    cap_acts: bool = True
    is_reduce_only: bool = False
    is_forced: bool = False  # a person's target: neither hold nor gate second-guess it


@dataclass(frozen=True, eq=False, kw_only=True)
class Judgement:
    """What one group comes to, before order limits."""

    group: Group
    adapted: Adapted
    motion: Mishedge
    choice: HedgeChoice | None
    contracts: tuple[tuple[PricedInstrument, int], ...]  # to trade, signed
    mishedge: float
    mishedge_unfilled: float
    target_delta: float
    is_beyond_cap: bool
    net_value: float | None
    costs: CostLines
    reasons: tuple[Why, ...]
    alerts: tuple[str, ...]

    @property
    def units(self) -> float:
        """That the contracts add."""
        return math.fsum(n * p.units_per_contract for p, n in self.contracts)


def judge(
    group: Group,
    adapted: Adapted,
    config: EngineConfig,
    state: EngineState,
    now: np.datetime64,
    stance: Stance,
    *,
    coins: float = 0.0,
    hedge_units: float | None = None,
) -> Judgement:
    """The contracts of one group by the order of the rules; `hedge_units` stands in for what is held, for a shadow."""
    policy = adapted.policy
    base = group.delta(policy.coverage) + coins
    in_flight = group.in_flight_units
    if hedge_units is not None:
        base, in_flight = base - group.hedge_units + hedge_units, 0.0
    motion = _motion(group, adapted)
    own_target = config.policy_of(group.book.reading.underlying).target_delta
    cap = math.inf if policy.delta_cap is None else policy.delta_cap
    families = ladders(group.book.priced)
    reasons: list[Why] = []
    alerts: list[str] = []
    name = group.book.reading.underlying
    against_cap = base - own_target  # the cap is about the desk's own target, whoever forces another
    is_beyond = abs(against_cap) > cap * _SAME
    if not families:
        beyond = "; beyond the delta cap" if is_beyond else ""
        alerts.append(f"{name}: nothing to hedge with{beyond}.")
        found = (Why.NO_INSTRUMENT, *((Why.DELTA_CAP, Why.CAP_NOT_KEPT) if is_beyond else ()))
        return Judgement(
            group=group,
            adapted=adapted,
            motion=motion,
            choice=None,
            contracts=(),
            mishedge=base - policy.target_delta,
            mishedge_unfilled=base - policy.target_delta - in_flight,
            target_delta=policy.target_delta,
            is_beyond_cap=is_beyond,
            net_value=None,
            costs=CostLines(),
            reasons=found,
            alerts=tuple(alerts),
        )
    open_families = _open(families, state, now, reasons, ignore=is_beyond)
    target = policy.target_delta
    choice = choose_hedge(open_families, base - target, motion, policy, widening=adapted.widening)
    if target != own_target and math.isfinite(cap):
        room = max(cap - max(choice.band.trigger, -choice.band.trigger_below), 0.0)
        if abs(target - own_target) > room:
            target = own_target + math.copysign(room, target - own_target)
            alerts.append(f"{name}: the forced target is cut to {target:g} units, so that the delta cap holds.")
            choice = choose_hedge(open_families, base - target, motion, policy, widening=adapted.widening)
    mishedge = base - target
    band = choice.band
    if is_beyond:
        reasons.append(Why.DELTA_CAP)
        if band.contains(mishedge):  # a forced target would keep it there: back to the desk's own
            target, mishedge = own_target, against_cap
            choice = choose_hedge(open_families, mishedge, motion, policy, widening=adapted.widening)
    elif abs(against_cap - in_flight) > cap * _SAME:
        reasons.append(Why.CAP_UNTIL_FILLS)
        alerts.append(f"{name}: beyond the delta cap until the orders in flight fill.")
    inside = choice.band.contains(mishedge)
    reasons.append(Why.INSIDE_BAND if inside else Why.OUTSIDE_BAND)
    contracts = [(p, n) for p, n in zip(choice.ladder, choice.contracts, strict=True) if n]
    costs, net_value = choice.total, None
    if not inside and not contracts and not choice.limits:
        reasons.append(Why.UNEXPRESSIBLE)
    if contracts:
        contracts, costs, net_value = _valued(contracts, choice, mishedge, adapted, motion)
    reasons += [_LIMITS[limit] for limit in choice.limits]
    if is_beyond and choice.limits:
        contracts = _spilled(contracts, choice, families, mishedge, cap, adapted, motion)
        costs = _costs(contracts, choice, adapted, motion)
    refusal = None if is_beyond else _refusal(config, state, now, adapted, stance, name, contracts, net_value, costs)
    if is_beyond and stance.is_frozen and not stance.cap_acts:
        refusal = Why.FROZEN
    if refusal is not None:
        reasons.append(refusal)
        contracts = []
    if stance.is_reduce_only and not is_beyond:
        contracts = _reducing(contracts, reasons)
    return Judgement(
        group=group,
        adapted=adapted,
        motion=motion,
        choice=choice,
        contracts=tuple(contracts),
        mishedge=mishedge,
        mishedge_unfilled=mishedge - in_flight,
        target_delta=target,
        is_beyond_cap=is_beyond,
        net_value=net_value,
        costs=costs,
        reasons=tuple(dict.fromkeys(reasons)),
        alerts=tuple(alerts),
    )


def hold_of(band: Band, config: EngineConfig, adapted: Adapted) -> float:
    """Seconds for which a trade in this band is not reversed: the desk's own, else H*; inf where nothing moves."""
    hold = config.minimum_hold if config.minimum_hold is not None else band.horizon * 365.0 * 86_400.0
    return hold * adapted.hold_factor


def _motion(group: Group, adapted: Adapted) -> Mishedge:
    reading = group.book.reading
    return Mishedge(
        spot=reading.spot,
        gamma=adapted.policy.coverage * group.gamma,
        vol=adapted.vol,
        time_to_expiry=reading.time_to_expiry,
        delta_range=reading.delta_range,
    )


def _open(
    families: Sequence[tuple[PricedInstrument, ...]],
    state: EngineState,
    now: np.datetime64,
    reasons: list[Why],
    *,
    ignore: bool,
) -> tuple[tuple[PricedInstrument, ...], ...]:
    """The ladders without instruments whose orders were refused just now; all of them where nothing else is left."""
    closed = {one.symbol for one in state.rejects if now < one.until}
    if not closed:
        return tuple(families)
    reasons.append(Why.REJECTED_LATELY)
    left = tuple(rest for family in families if (rest := tuple(p for p in family if p.instrument.symbol not in closed)))
    if left:
        return left
    if ignore:
        return tuple(families)
    return tuple(
        tuple(replace(p, instrument=replace(p.instrument, maximum_order=0)) for p in family) for family in families
    )


def _valued(
    contracts: list[tuple[PricedInstrument, int]],
    choice: HedgeChoice,
    mishedge: float,
    adapted: Adapted,
    motion: Mishedge,
) -> tuple[list[tuple[PricedInstrument, int]], CostLines, float | None]:
    """The order, or the same with one lot less of the finest rung where that is worth more, its cost and net value."""
    costs = _costs(contracts, choice, adapted, motion)
    value = net_value(contracts, costs, choice, mishedge, adapted, motion)
    if value is None or value >= 0.0 or adapted.policy.trade_fraction is not None:
        return contracts, costs, value
    priced, n = contracts[-1]
    fewer = n - int(math.copysign(priced.instrument.lot, n))
    shorter = [*contracts[:-1], *([(priced, fewer)] if fewer else [])]
    left = mishedge + math.fsum(n * p.units_per_contract for p, n in shorter)
    if not shorter or not choice.band.contains(left):  # outside it, the same inputs would make a second order
        return contracts, costs, value
    less = _costs(shorter, choice, adapted, motion)
    worth = net_value(shorter, less, choice, mishedge, adapted, motion)
    return (shorter, less, worth) if worth is not None and worth > value else (contracts, costs, value)


def net_value(
    contracts: Sequence[tuple[PricedInstrument, int]],
    costs: CostLines,
    choice: HedgeChoice,
    mishedge: float,
    adapted: Adapted,
    motion: Mishedge,
) -> float | None:
    """NHV over H*, currency; 0 exactly at the trigger. What a poll is expected to overshoot counts as mishedge; an
    announced gap adds its variance to that of the horizon before it.
    """
    band, policy = choice.band, adapted.policy
    aversion = band.risk_aversion
    if aversion is None or not math.isfinite(band.horizon) or not math.isfinite(motion.vol):
        return None
    horizon, gap = band.horizon, policy.event_gap_sd
    if gap > 0.0:
        horizon = find_band(motion, choice.curve, replace(policy, event_gap_sd=0.0)).horizon
    after = mishedge + math.fsum(n * p.units_per_contract for p, n in contracts)
    shift = band.continuous_trigger - band.trigger
    before = math.copysign(abs(mishedge) + shift, mishedge)
    worth = net_hedge_value(
        before,
        after,
        spot=motion.spot,
        vol=motion.vol,
        risk_aversion=aversion,
        horizon=horizon,
        cost=costs.total,
    )
    return worth + 0.5 * aversion * (motion.spot * gap) ** 2 * (before * before - after * after)


def _costs(
    contracts: Sequence[tuple[PricedInstrument, int]], choice: HedgeChoice, adapted: Adapted, motion: Mishedge
) -> CostLines:
    return sum((order_costs(p, n, choice.horizon, adapted, motion) for p, n in contracts), CostLines())


def order_costs(
    priced: PricedInstrument, contracts: int, horizon: float, adapted: Adapted, motion: Mishedge
) -> CostLines:
    """Expected cost of one order by line: trading, and carry over the horizon."""
    policy = adapted.policy
    curve = priced.curve(vol=motion.vol, impact_prefactor=policy.impact_prefactor, ticket=policy.ticket)
    return curve.lines(contracts * priced.units_per_contract) + priced.carry(contracts, horizon)


def _refusal(
    config: EngineConfig,
    state: EngineState,
    now: np.datetime64,
    adapted: Adapted,
    stance: Stance,
    name: str,
    contracts: Sequence[tuple[PricedInstrument, int]],
    worth: float | None,
    costs: CostLines,
) -> Why | None:
    """The first rule below the cap that forbids the trade."""
    if not contracts:
        return None
    if stance.is_frozen:
        return Why.FROZEN
    if stance.is_forced:
        return None
    side = 1 if math.fsum(n * p.units_per_contract for p, n in contracts) > 0.0 else -1
    if _is_held(state.last_trades, name, side, now, adapted):
        return Why.MINIMUM_HOLD
    slack = _WINDOW_SLACK if adapted.policy.event_gap_sd > 0.0 else config.gate_slack
    if config.has_cost_gate and worth is not None and worth < -slack * abs(costs.total):
        return Why.COST_GATE
    return None


def _is_held(trades: Sequence[LastTrade], name: str, side: int, now: np.datetime64, adapted: Adapted) -> bool:
    for trade in trades:
        if trade.underlying == name and trade.side != side:
            age = float((now - trade.at) / np.timedelta64(1, "ns")) * 1e-9
            return age < trade.hold * adapted.hold_factor
    return False


def _spilled(
    contracts: list[tuple[PricedInstrument, int]],
    choice: HedgeChoice,
    families: Sequence[tuple[PricedInstrument, ...]],
    mishedge: float,
    cap: float,
    adapted: Adapted,
    motion: Mishedge,
) -> list[tuple[PricedInstrument, int]]:
    """Beyond the cap and cut short: what is still beyond it goes to the other ladders, the cheapest first."""
    found = list(contracts)
    used = {p.instrument.symbol for p in choice.ladder}
    others = [family for family in families if not used & {p.instrument.symbol for p in family}]
    while others:
        left = mishedge + math.fsum(n * p.units_per_contract for p, n in found)
        if abs(left) <= cap:
            break
        more = choose_hedge(others, left, motion, adapted.policy, widening=adapted.widening)
        found += [(p, n) for p, n in zip(more.ladder, more.contracts, strict=True) if n]
        used = {p.instrument.symbol for p in more.ladder}
        others = [family for family in others if not used & {p.instrument.symbol for p in family}]
    return found


def _reducing(contracts: list[tuple[PricedInstrument, int]], reasons: list[Why]) -> list[tuple[PricedInstrument, int]]:
    """What of the orders makes positions smaller; orders in flight count as filled."""
    kept = []
    for priced, n in contracts:
        held = priced.instrument.held
        size = min(abs(n), abs(held)) if held * n < 0 else 0
        size -= size % priced.instrument.lot
        if size != abs(n):
            reasons.append(Why.REDUCE_ONLY)
        if size:
            kept.append((priced, int(math.copysign(size, n))))
    return kept
