"""How a decision is told: figures of each hedge, warnings, alerts, and until when it holds."""

import math
from collections.abc import Sequence

import numpy as np

from gex.hedging.answer import Action
from gex.hedging.closed_forms import overshoot_probability
from gex.hedging.costs import DAYS_PER_YEAR, CostLines
from gex.hedging.engine.config import EngineConfig, Mode
from gex.hedging.engine.decision import DecidedMarket, Decision, EngineOrder, GroupDecision, Why
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.judgement import Judgement
from gex.hedging.engine.state import EngineState, OverrideState
from gex.hedging.engine.validity import Alarm
from gex.hedging.engine.windows import next_edge

_SECONDS_PER_YEAR = DAYS_PER_YEAR * 86_400.0
_DAY = np.timedelta64(1, "D")


def held_decision(
    inputs: EngineInputs, config: EngineConfig, state: EngineState, alarms: Sequence[Alarm]
) -> tuple[Decision, EngineState]:
    """The answer to input that cannot be trusted: nothing is traded, only the number of the decision moves."""
    override = state.override
    return (
        Decision(
            number=state.decision_count,
            as_of=inputs.as_of,
            trigger=inputs.trigger,
            action=Action.HOLD,
            mode=config.mode,
            orders=(),
            groups=(),
            reasons=tuple(dict.fromkeys(why for why, _ in alarms)),
            alerts=tuple(text for _, text in alarms),
            warnings=(),
            regimes=state.regimes,
            breaker=state.breaker,
            override=None if override is None else override.override,
            override_profit=override_profit(override),
            shadow_orders=(),
            scenarios=(),
            costs=CostLines(),
            valid_until=inputs.as_of,
            markets=decided_markets(inputs),
        ),
        state,
    )


def decided_markets(inputs: EngineInputs) -> tuple[DecidedMarket, ...] | None:
    """Of when that is what was decided on, one an underlying; None where no reading says it."""
    found = []
    for reading in inputs.books:
        if reading.instants is None:
            continue
        quoted = [one.quoted_at for one in reading.instruments if one.quoted_at is not None]
        found.append(
            DecidedMarket(
                underlying=reading.underlying,
                spot=reading.spot,
                instants=reading.instants,
                oldest_instrument=min(quoted, default=None),
            )
        )
    return tuple(found) or None


def group_decision(
    judgement: Judgement, sent: Sequence[EngineOrder], reasons: Sequence[Why], alerts: list[str]
) -> GroupDecision:
    """What one group decided, with the figures of its band; a cap that is not kept becomes an alert."""
    group, motion, policy = judgement.group, judgement.motion, judgement.adapted.policy
    units = math.fsum(order.units for order in sent)
    residual = judgement.mishedge + units
    why = list(reasons)
    cap = policy.delta_cap
    name = group.book.reading.underlying
    if cap is not None and judgement.is_beyond_cap and abs(residual) > cap * (1.0 + 1e-9):
        why.append(Why.CAP_NOT_KEPT)
        alerts.append(f"{name}: {residual:+g} units stay beyond the delta cap of {cap:g}: {_hindrance(why)}.")
    band = None if judgement.choice is None else judgement.choice.band
    if policy.event_gap_sd > 0.0:
        why.append(Why.EVENT_AHEAD)
    if policy.coverage > 1.0 or (policy.trade_fraction or 0.0) > 1.0:
        why.append(Why.DIRECTIONAL)
    if band is not None and band.is_out_of_asymptotics:
        why.append(Why.OUT_OF_ASYMPTOTICS)
    if not policy.has_risk_limit:
        why.append(Why.DEFAULT_RISK_AVERSION)
    sd = motion.spot * motion.vol / math.sqrt(DAYS_PER_YEAR) if motion.gamma != 0.0 or residual != 0.0 else 0.0
    spread = abs(residual) if band is None or band.mishedge_volatility == 0.0 else math.sqrt(band.mean_square)
    return GroupDecision(
        underlying=name,
        members=tuple(one.reading.underlying for one, _ in group.members),
        coverage=policy.coverage,
        book_delta=group.book_delta,
        book_gamma=group.gamma,
        hedge_delta=group.hedge_units,
        target_delta=judgement.target_delta,
        mishedge=judgement.mishedge,
        mishedge_unfilled=judgement.mishedge_unfilled,
        residual_delta=residual,
        band=band,
        spot=motion.spot,
        vol=motion.vol,
        horizon=0.0 if judgement.choice is None else judgement.choice.horizon,
        net_value=judgement.net_value,
        costs=judgement.costs,
        reasons=tuple(dict.fromkeys(why)),
        residual_sd_per_day=sd * spread,
        unhedged_sd_per_day=sd * abs(group.book_delta),
        breach_probability_per_day=_breach(judgement),
    )


def _hindrance(reasons: Sequence[Why]) -> str:
    known = (
        Why.FROZEN,
        Why.MARGIN_LIMIT,
        Why.POSITION_LIMIT,
        Why.ORDER_LIMIT,
        Why.LIQUIDATION_LIMIT,
        Why.UNEXPRESSIBLE,
    )
    found = [why.value for why in known if why in reasons]
    return ", ".join(found) if found else "nothing to hedge with"


def _breach(judgement: Judgement) -> float | None:
    policy, choice = judgement.adapted.policy, judgement.choice
    if policy.delta_cap is None or choice is None:
        return None
    band = choice.band
    step = band.mishedge_volatility * math.sqrt(policy.poll_interval / _SECONDS_PER_YEAR)
    room = policy.delta_cap - max(band.trigger, -band.trigger_below)
    if step == 0.0:
        return 0.0 if room >= 0.0 else 1.0
    return min(band.expected_hedges_per_day * overshoot_probability(max(room, 0.0) / step), 1.0)


def overdue_orders(state: EngineState, config: EngineConfig, now: np.datetime64, reasons: list[Why]) -> list[str]:
    """Alerts for orders that neither filled nor were refused in time; none is ever sent again."""
    if config.order_timeout is None:
        return []
    late = [o for o in state.orders if float((now - o.sent_at) / np.timedelta64(1, "ns")) * 1e-9 > config.order_timeout]
    if late:
        reasons.append(Why.ORDER_OVERDUE)
    return [
        f"Order {order.order_id}: {order.remaining:+d} {order.symbol} neither filled nor refused; it is not sent again."
        for order in late
    ]


def warnings_of(config: EngineConfig, rows: Sequence[GroupDecision]) -> tuple[str, ...]:
    """What people should know of the decision."""
    found = []
    for row in rows:
        if row.coverage > 1.0:
            found.append(f"{row.underlying}: {row.coverage:.0%} of the delta is hedged: a net opposite position.")
        if row.coverage < 1.0:
            left = 1.0 - row.coverage
            found.append(
                f"{row.underlying}: {row.coverage:.0%} of the delta is hedged: {left:.0%} of its standard deviation and "
                f"{left * left:.0%} of its variance stay."
            )
        if Why.DEFAULT_RISK_AVERSION in row.reasons:
            found.append(f"{row.underlying}: the policy names no limit of risk; a risk aversion of 1e-6 is assumed.")
    if config.mode is Mode.ADVISORY:
        found.append("Advisory: nothing is sent, orders are advice.")
    return tuple(found)


def valid_until(inputs: EngineInputs, config: EngineConfig, state: EngineState) -> np.datetime64:
    """The earliest instant at which something that was taken as fixed moves by itself: at most a day ahead."""
    now = inputs.as_of
    ends = [now + _DAY]
    edge = next_edge(config.windows, now)
    if edge is not None:
        ends.append(edge)
    if state.override is not None:
        ends.append(state.override.override.expires_at)
    if state.breaker.until is not None:
        ends.append(state.breaker.until)
    for reading in inputs.books:
        policy = config.policy_of(reading.underlying)
        if policy.max_age is not None:
            ends.append(reading.market_as_of + np.timedelta64(round(policy.max_age * 1e9), "ns"))
        if policy.clock_interval is not None:
            ends.append(now + np.timedelta64(round(policy.clock_interval * 1e9), "ns"))
        ends += [i.expires_at for i in reading.instruments if i.expires_at is not None and i.expires_at > now]
    return min(ends)


def override_profit(kept: OverrideState | None) -> float | None:
    """Of the hedge under the override less that of its shadow, currency."""
    return None if kept is None else kept.profit
