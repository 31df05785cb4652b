"""Hedges as values: what to trade now, and when to ask again."""

import numpy as np
from gexapi.v1 import hedge_pb2

from gex_client.risk import RiskMarket, UnpricedPosition
from gex_client.view import Floats, View


class HedgeCosts(View, of=hedge_pb2.HedgeCosts):
    """Expected cost by line, currency, positive is paid."""

    __slots__ = ()

    total: float
    fee: float
    spread: float
    impact: float
    ticket: float
    funding: float
    basis: float
    roll: float
    borrow: float
    currency: str


class HedgeOrder(View, of=hedge_pb2.HedgeOrder):
    """An order: signed whole contracts, + buys."""

    __slots__ = ()

    instrument: str
    contracts: float
    units: float
    notional: float
    expected_price: float
    clips: Floats
    order_hint: str
    exact_contracts: float
    costs: HedgeCosts | None
    order_id: str
    resting_cost: float | None


class HedgeBand(View, of=hedge_pb2.HedgeBand):
    """The no-trade band around the target, units of underlying."""

    __slots__ = ()

    trigger: float
    target: float
    bound_by: str
    continuous_trigger: float
    lower: float
    upper: float
    lower_target: float
    upper_target: float
    implied_risk_aversion: float | None
    tilt: float
    proportional_cost: float | None
    fixed_cost: float | None
    impact_cost: float | None
    lot: float | None
    event_factor: float | None
    is_out_of_asymptotics: bool


class SpotTrigger(View, of=hedge_pb2.SpotTrigger):
    """A spot price at which the repriced book crosses an edge of the band."""

    __slots__ = ()

    price: float
    direction: str
    mishedge: float
    probability_per_day: float | None
    order_units: float
    instrument_price: Floats
    order_hint: str


class CrossJudgement(View, of=hedge_pb2.CrossJudgement):
    """Whether instruments of another underlying are worth hedging with, by their correlation."""

    __slots__ = ()

    hedged_with: str
    correlation: float
    correlation_low: float
    break_even: float
    beta: float
    verdict: str


class UnderlyingHedge(View, of=hedge_pb2.UnderlyingHedge):
    """The hedge of one underlying."""

    __slots__ = ()

    underlying: str
    book_delta: float
    hedge_delta: float
    mishedge: float
    residual_delta: float
    band: HedgeBand | None
    triggers: tuple[SpotTrigger, ...]
    reasons: tuple[str, ...]
    book_gamma: float
    spot: float
    cross: tuple[CrossJudgement, ...]


class InstrumentState(View, of=hedge_pb2.InstrumentState):
    """What the plan knows of an instrument."""

    __slots__ = ()

    instrument: str
    units_per_contract: float
    price: float
    position: float
    position_after: float
    cost_per_unit: float
    carry_per_day: float
    liquidation_price: float | None
    liquidation_distance: float | None
    reasons: tuple[str, ...]
    carry_standard_deviation_per_day: float | None


class AllocationCertificate(View, of=hedge_pb2.AllocationCertificate):
    """Optimality of an allocation over several instruments."""

    __slots__ = ()

    lower_bound: float
    objective: float
    objective_unhedged: float
    gradient: Floats
    cost: Floats
    is_optimal: bool
    violation: float


class Regime(View, of=hedge_pb2.Regime):
    """A regime with its evidence."""

    __slots__ = ()

    indicator: str
    state: str
    value: float
    enter: float
    leave: float
    since: np.datetime64 | None
    effects: tuple[str, ...]


class HedgePlan(View, of=hedge_pb2.PlanHedgeResponse):
    """The hedge of a book; "do nothing" has all the same fields."""

    __slots__ = ()

    orders: tuple[HedgeOrder, ...]
    residual_delta: float
    band: HedgeBand | None
    trigger_prices: Floats
    triggers: tuple[SpotTrigger, ...]
    costs: HedgeCosts | None
    reasons: tuple[str, ...]
    action: str
    as_of: np.datetime64 | None
    book_delta: float
    hedge_delta: float
    target_delta: float
    mishedge: float
    book_gamma: float
    spot: float
    volatility: float
    trigger_time: np.datetime64 | None
    trigger_vol_up: float | None
    trigger_vol_down: float | None
    valid_until: np.datetime64 | None
    valid_until_reason: str
    ask_again_seconds: float | None
    net_value: float | None
    horizon_seconds: float | None
    expected_hedges_per_day: float | None
    residual_standard_deviation_per_day: float | None
    unhedged_standard_deviation_per_day: float | None
    expected_cost_per_day: float | None
    breach_probability_per_day: float | None
    cost_per_risk_removed: float | None
    hedges: tuple[UnderlyingHedge, ...]
    instruments: tuple[InstrumentState, ...]
    certificate: AllocationCertificate | None
    unpriced: tuple[UnpricedPosition, ...]
    warnings: tuple[str, ...]
    regimes: tuple[Regime, ...]
    policy_model: str
    mode: str
    input_hash: str
    revision: int
    markets: tuple[RiskMarket, ...]
