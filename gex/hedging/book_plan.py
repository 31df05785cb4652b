"""The hedge of a book on several underlyings: each on its own, or all together where it is known how they move."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gex.calendar import instant
from gex.columns import Floats
from gex.errors import InputError
from gex.hedging.answer import Action, HedgeOrder, Reason, instrument_state
from gex.hedging.book_part import HedgePart, PartPlan, idle_sd_per_day, planned_part, priced_instruments, vol_of
from gex.hedging.choice import Limit, limited
from gex.hedging.costs import CostLines
from gex.hedging.instruments import PricedInstrument
from gex.hedging.joint import Correlation, Exposure, JointHedge, plan_joint_hedge
from gex.hedging.policy import DEFAULT_RISK_AVERSION, HedgePolicy
from gex.hedging.sizing import clips
from gex.hedging.triggers import OrderHint, SpotTrigger, spot_triggers
from gex.portfolio.positions import joined

CROSS_HORIZON = 3.0 / 365.0  # years, within which a hedge has to pay where no band names its own
_DAY = 1.0 / 365.0
# What is said of a part whoever trades for it.
_LASTING = frozenset(
    {
        Reason.NO_INSTRUMENT,
        Reason.IN_FLIGHT,
        Reason.EVENT_AHEAD,
        Reason.NO_GAMMA,
        Reason.LIQUIDATION_NEAR,
        Reason.OUT_OF_ASYMPTOTICS,
        Reason.UNPRICED_POSITIONS,
        Reason.APPROXIMATE_POSITIONS,
        Reason.DEFAULT_RISK_AVERSION,
        Reason.DIRECTIONAL,
    }
)
_LARGEST_AVERSION = 1.0  # 1/currency, beyond which no budget is looked for


@dataclass(frozen=True, eq=False, kw_only=True)
class BookPlan:
    """The hedge of the whole; money in the one currency of all parts."""

    action: Action
    as_of: np.datetime64
    parts: tuple[PartPlan, ...]
    orders: tuple[HedgeOrder, ...]
    limits: tuple[Limit, ...]
    warnings: tuple[str, ...]
    joint: JointHedge | None  # None where every part is hedged on its own
    risk_aversion: float | None
    horizon: float  # years
    costs: CostLines
    net_value: float | None  # of the orders against doing nothing
    residual_sd_per_day: float  # currency
    unhedged_sd_per_day: float  # of the books alone


def plan_book(
    parts: Sequence[HedgePart],
    policy: HedgePolicy,
    *,
    correlations: Mapping[tuple[str, str], Correlation] | None = None,
    as_of: np.datetime64 | None = None,
) -> BookPlan:
    """The hedge of all parts. Without `correlations` each has its own bands, and a budget of risk is shared out equally.

    With them one allocation decides, over the longest horizon of the bands: what may be hedged with another underlying is
    what its correlation's interval allows (`plan_joint_hedge`). Bands and triggers of each part stay those of its own
    instruments. Rules in units of one underlying (cap, thresholds, target) are refused, because a book has no such unit.
    """
    if policy.delta_cap is not None or policy.thresholds is not None or policy.target_delta != 0.0:
        raise InputError(
            "policy: delta_cap, thresholds and target_delta are units of one underlying, and the book has "
            f"{len(parts)}: expected risk_aversion or residual_sd_budget"
        )
    if policy.equity_coin != 0.0:
        raise InputError("policy.equity_coin: coins of which underlying? Expected them with the part that they are")
    if not any(part.instruments for part in parts):
        raise InputError("instruments: expected at least one, got none")
    shared = policy
    if policy.residual_sd_budget is not None:
        shared = replace(policy, residual_sd_budget=policy.residual_sd_budget / max(len(parts), 1))
    known = [part.risk.as_of for part in parts if part.risk is not None]
    if not known:
        raise InputError("book: expected positions on at least one underlying, got none")
    now = max(known) if as_of is None else instant(as_of)  # of chains of several instants the latest
    plans = [planned_part(part, shared, now) for part in parts]
    if not correlations:
        return _apart(parts, plans, policy, now)
    held = [plan for plan in plans if plan.plan is not None and plan.plan.action is Action.HOLD]
    if held or not all(math.isfinite(plan.mishedge) for plan in plans):
        names = ", ".join(plan.underlying for plan in held)
        return replace(
            _apart(parts, plans, policy, now),
            action=Action.HOLD,
            orders=(),
            costs=CostLines(),
            net_value=None,
            warnings=(f"Nothing is traded together until the market of {names or 'every part'} can be trusted.",),
        )
    return _together(parts, plans, policy, correlations, now)


def _apart(
    parts: Sequence[HedgePart], plans: Sequence[PartPlan], policy: HedgePolicy, as_of: np.datetime64
) -> BookPlan:
    """Every part on its own: the sums of their plans. Their risks are added, because nothing is known of how they move."""
    own = [plan.plan for plan in plans if plan.plan is not None]
    orders = tuple(order for plan in own for order in plan.orders)
    values = [plan.net_value for plan in own if plan.net_value is not None]
    is_held = any(plan.action is Action.HOLD for plan in own)
    return BookPlan(
        action=Action.TRADE if orders else Action.HOLD if is_held else Action.NO_TRADE,
        as_of=as_of,
        parts=tuple(plans),
        orders=orders,
        limits=(),
        warnings=tuple(dict.fromkeys(text for plan in own for text in plan.warnings)),
        joint=None,
        risk_aversion=policy.risk_aversion,
        horizon=max((plan.horizon for plan in own), default=0.0),
        costs=sum((plan.costs for plan in own), CostLines()),
        net_value=math.fsum(values) if values else None,
        residual_sd_per_day=math.fsum(
            plan.plan.residual_sd_per_day if plan.plan is not None else idle_sd_per_day(part, plan, policy)
            for part, plan in zip(parts, plans, strict=True)
        ),
        unhedged_sd_per_day=math.fsum(
            plan.plan.unhedged_sd_per_day if plan.plan is not None else idle_sd_per_day(part, plan, policy)
            for part, plan in zip(parts, plans, strict=True)
        ),
    )


def _together(
    parts: Sequence[HedgePart],
    plans: Sequence[PartPlan],
    policy: HedgePolicy,
    correlations: Mapping[tuple[str, str], Correlation],
    as_of: np.datetime64,
) -> BookPlan:
    exposures = tuple(
        Exposure(
            underlying=part.underlying,
            mishedge=plan.mishedge,
            spot=plan.spot,
            vol=vol_of(part, plan, policy),
            instruments=priced_instruments(part, as_of),
        )
        for part, plan in zip(parts, plans, strict=True)
    )
    horizons = [
        plan.plan.band.horizon
        for plan in plans
        if plan.plan is not None and plan.plan.band is not None and 0.0 < plan.plan.band.horizon < math.inf
    ]
    # A shorter one would let the cost of one part veto what its own band asks for.
    horizon = max(horizons, default=CROSS_HORIZON)
    aversion, joint = _within_budget(exposures, policy, correlations, horizon)
    orders, limits, holding = _orders(exposures, joint, policy, horizon)
    costs = sum((order.costs for order in orders), CostLines())
    value = _net_value(joint, holding, costs)
    warnings: tuple[str, ...] = ()
    if not policy.has_risk_limit:
        warnings = (f"The policy names no limit of risk: a risk aversion of {DEFAULT_RISK_AVERSION:g} is assumed.",)
    if orders and value < 0.0:  # tickets and impact, which the allocation does not see, cost more than it is worth
        orders, costs, holding, value = (), CostLines(), joint.problem.held, 0.0
        warnings += ("The hedge of the whole costs more than it is worth over its horizon: nothing is traded.",)
    traded = {order.symbol: order.contracts for order in orders}
    moved = np.zeros(len(parts))
    np.add.at(moved, np.array(joint.owners), holding - joint.problem.held)
    return BookPlan(
        action=Action.TRADE if orders else Action.NO_TRADE,
        as_of=as_of,
        parts=tuple(
            _after(exposure, plan, float(units), traded, policy)
            for exposure, plan, units in zip(exposures, plans, moved, strict=True)
        ),
        orders=orders,
        limits=limits,
        warnings=warnings
        + tuple(f"An order was cut short by the {limit.value.replace('_', ' ')}." for limit in limits),
        joint=joint,
        risk_aversion=aversion,
        horizon=horizon,
        costs=costs,
        net_value=value,
        residual_sd_per_day=math.sqrt(joint.problem.variance(holding) * _DAY),
        unhedged_sd_per_day=_unhedged_sd(joint, plans),
    )


def _within_budget(
    exposures: Sequence[Exposure],
    policy: HedgePolicy,
    correlations: Mapping[tuple[str, str], Correlation],
    horizon: float,
) -> tuple[float, JointHedge]:
    """(γ, its allocation): the desk's own, or the smallest that keeps the budget; the largest tried where none does."""

    def solved(aversion: float) -> JointHedge:
        return plan_joint_hedge(exposures, risk_aversion=aversion, horizon=horizon, correlations=correlations)

    low = DEFAULT_RISK_AVERSION if policy.risk_aversion is None else policy.risk_aversion
    found, budget = solved(low), policy.residual_sd_budget
    if budget is None or (policy.risk_aversion is not None and found.sd_per_day <= budget):
        return low, found
    high = low
    if found.sd_per_day > budget:
        while found.sd_per_day > budget and high < _LARGEST_AVERSION:
            low, high = high, high * 10.0
            found = solved(high)
    else:
        while found.sd_per_day <= budget and low > 1e-15:
            low, high = low / 10.0, low
            found = solved(low)
        found = solved(high)
    for _ in range(12):  # to a fifth of a per cent of γ
        middle = math.sqrt(low * high)
        tried = solved(middle)
        if tried.sd_per_day <= budget:
            high, found = middle, tried
        else:
            low = middle
    return high, found


def _orders(
    exposures: Sequence[Exposure], joint: JointHedge, policy: HedgePolicy, horizon: float
) -> tuple[tuple[HedgeOrder, ...], tuple[Limit, ...], Floats]:
    """Orders within the limits of margin, position and liquidation, and the holdings they lead to, units a ladder."""
    wanted = {order.symbol: order.contracts for order in joint.orders}
    priced = {p.instrument.symbol: (p, one) for one in exposures for p in one.instruments}
    holding = joint.problem.held.copy()
    orders: list[HedgeOrder] = []
    limits: list[Limit] = []
    free = policy.margin_available
    for k, names in enumerate(joint.ladders):
        ladder = tuple(priced[name][0] for name in names)
        left = policy if free is None else replace(policy, margin_available=free)
        contracts, cut = limited(tuple(wanted.get(name, 0) for name in names), ladder, left)
        limits.extend(cut)
        for p, n in zip(ladder, contracts, strict=True):
            if n == 0:
                continue
            held = p.instrument.held
            if free is not None and p.instrument.margin:
                free = max(free - p.instrument.margin * max(abs(held + n) - abs(held), 0), 0.0)
            holding[k] += n * p.units_per_contract
            orders.append(_order(p, n, priced[p.instrument.symbol][1], policy, horizon))
    return tuple(orders), tuple(dict.fromkeys(limits)), holding


def _order(p: PricedInstrument, n: int, exposure: Exposure, policy: HedgePolicy, horizon: float) -> HedgeOrder:
    units = n * p.units_per_contract
    curve = p.curve(vol=exposure.vol, impact_prefactor=policy.impact_prefactor, ticket=policy.ticket)
    sizes = [size for size in (policy.max_clip, p.instrument.depth) if size is not None]
    return HedgeOrder(
        symbol=p.instrument.symbol,
        contracts=n,
        clips=clips(n, min(sizes) if sizes else None),
        units=units,
        notional=n * p.notional,
        expected_price=p.price,
        # A leg of several that rests while the others fill is a position of its own.
        order_hint=OrderHint.MARKET,
        costs=curve.lines(units) + p.carry(n, horizon),
        resting_cost=p.resting_cost(n, ticket=policy.ticket),
    )


def _net_value(joint: JointHedge, holding: Floats, costs: CostLines) -> float:
    """Risk removed over the horizon at γ, less everything the orders cost."""
    problem = joint.problem
    removed = problem.variance(problem.held) - problem.variance(holding)
    return 0.5 * problem.risk_aversion * problem.horizon * removed - costs.total


def _unhedged_sd(joint: JointHedge, plans: Sequence[PartPlan]) -> float:
    """Of the books alone, what is held as a hedge left out; currency a day."""
    exposure = np.zeros(len(joint.problem.exposure))
    exposure[: len(plans)] = [plan.mishedge - plan.hedge_delta for plan in plans]
    return math.sqrt(float(exposure @ joint.problem.covariance @ exposure) * _DAY)


def _after(
    exposure: Exposure, plan: PartPlan, units: float, traded: Mapping[str, int], policy: HedgePolicy
) -> PartPlan:
    """The part after the orders, with the triggers of its own band where it is inside."""
    residual = plan.mishedge + units
    own = plan.plan
    triggers: tuple[SpotTrigger, ...] = ()
    if own is not None and own.band is not None and own.hedged_book is not None and own.band.contains(residual):
        legs = [p.table(p.instrument.held + traded.get(p.instrument.symbol, 0)) for p in exposure.instruments]
        book = replace(own.hedged_book, hedge=joined(legs))
        low, high = policy.scan_low * plan.spot, policy.scan_high * plan.spot
        triggers = spot_triggers(book, own.band, low=low, high=high, vol=own.vol)
    lasting = tuple(reason for reason in plan.reasons if reason in _LASTING)
    states = [instrument_state(p, traded.get(p.instrument.symbol, 0), exposure.vol) for p in exposure.instruments]
    return replace(
        plan,
        residual_delta=residual,
        triggers=triggers,
        reasons=(Reason.HEDGED_TOGETHER, *lasting),
        instruments=tuple(states),
    )
