"""What the engine says; "do nothing" has all the same fields, and never comes without a reason."""

import enum
from dataclasses import dataclass, field

import numpy as np

from gex.hedging.answer import Action
from gex.hedging.bands import Band
from gex.hedging.costs import CostLines
from gex.hedging.engine.config import Mode
from gex.hedging.engine.inputs import InputInstants
from gex.hedging.engine.state import BreakerState, Override, RegimeState
from gex.hedging.triggers import OrderHint, SpotTrigger


class Why(enum.Enum):
    """Reasons of a decision, stable on the wire, in the order of the rules."""

    # 1 validity: hold, and someone must look
    BAD_NUMBER = "bad_number"
    STALE_CHAIN = "stale_chain"
    STALE_QUOTE = "stale_quote"
    CROSSED_QUOTE = "crossed_quote"
    EXPIRED_INSTRUMENT = "expired_instrument"
    NO_PRICE = "no_price"
    NOTHING_PRICED = "nothing_priced"
    CLOCK_WENT_BACK = "clock_went_back"
    POSITION_MISMATCH = (
        "position_mismatch"  # the venue states another position: two hedge one book, or a fill is missing
    )
    # 2 mode and override
    ADVISORY = "advisory"
    FROZEN = "frozen"
    OVERRIDE = "override"
    OVERRIDE_ENDED = "override_ended"
    # 3 cap and liquidation
    DELTA_CAP = "delta_cap"  # beyond the cap, everything in flight counted as filled
    CAP_UNTIL_FILLS = "cap_until_fills"  # beyond the cap if none of what is in flight fills
    CAP_NOT_KEPT = "cap_not_kept"  # still beyond the cap after this decision
    LIQUIDATION_NEAR = "liquidation_near"
    # 4 breaker
    BREAKER_OPEN = "breaker_open"
    BREAKER_RESET = "breaker_reset"
    # 5 band
    INSIDE_BAND = "inside_band"
    OUTSIDE_BAND = "outside_band"
    EVENT_AHEAD = "event_ahead"
    DIRECTIONAL = "directional"
    OUT_OF_ASYMPTOTICS = "out_of_asymptotics"
    DEFAULT_RISK_AVERSION = "default_risk_aversion"
    # 6, 7
    MINIMUM_HOLD = "minimum_hold"
    COST_GATE = "cost_gate"
    # 8 allocation and lots
    UNEXPRESSIBLE = "unexpressible"
    NO_INSTRUMENT = "no_instrument"
    CROSS_HEDGE = "cross_hedge"
    DECOUPLED = "decoupled"
    # 9 limits
    IN_FLIGHT = "in_flight"
    ORDER_OVERDUE = "order_overdue"
    MAXIMUM_CLIP = "maximum_clip"
    ORDER_RATE = "order_rate"
    MARGIN_LIMIT = "margin_limit"
    POSITION_LIMIT = "position_limit"
    ORDER_LIMIT = "order_limit"
    LIQUIDATION_LIMIT = "liquidation_limit"
    LEVERAGE = "leverage"
    DRAWDOWN = "drawdown"
    REDUCE_ONLY = "reduce_only"
    REJECTED_LATELY = "rejected_lately"
    CASCADE_STRESS = "cascade_stress"


@dataclass(frozen=True, kw_only=True)
class EngineOrder:
    """One order to send now, its id the same whenever the decision is made again."""

    order_id: str
    underlying: str
    symbol: str
    contracts: int  # signed, + buys
    clips: tuple[int, ...]  # in the order to send them; they sum to `contracts`
    units: float  # of the underlying, signed
    notional: float  # currency, signed
    expected_price: float  # mid
    order_hint: OrderHint
    is_passive: bool  # rest it: the breaker saw slippage or an overspent budget
    costs: CostLines  # expected, trading and carry over the horizon; as a maker where it is passive
    resting_cost: float | None = None  # if it rests and is met, currency; None: no maker's fee is known


@dataclass(frozen=True, kw_only=True)
class GroupDecision:
    """One hedge: an underlying, and those hedged through it. Units are of that underlying."""

    underlying: str
    members: tuple[str, ...]  # underlyings hedged with it, itself first
    coverage: float
    book_delta: float
    book_gamma: float
    hedge_delta: float  # held, in flight counted as filled
    target_delta: float
    mishedge: float
    mishedge_unfilled: float  # if nothing in flight fills
    residual_delta: float  # after the orders
    band: Band | None
    spot: float
    vol: float  # used for risk
    horizon: float  # H*, years
    net_value: float | None  # of the orders, or of those that a rule refused, against doing nothing
    costs: CostLines  # of the same orders
    reasons: tuple[Why, ...]
    residual_sd_per_day: float
    unhedged_sd_per_day: float
    breach_probability_per_day: float | None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A stress that is reported with its evidence and foretells nothing."""

    name: str  # "dealer_gamma", "cascade"
    is_active: bool
    evidence: tuple[tuple[str, float], ...]
    effects: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DecidedMarket:
    """The market of one underlying as a decision saw it: its spot, and of when that is what the decision rests on."""

    underlying: str
    spot: float
    instants: InputInstants
    oldest_instrument: np.datetime64 | None  # the oldest quote of what may be traded on it; None: none says when


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The answer to one evaluation."""

    number: int  # from 1, without gaps
    as_of: np.datetime64
    trigger: str
    action: Action
    mode: Mode
    orders: tuple[EngineOrder, ...]
    groups: tuple[GroupDecision, ...]
    reasons: tuple[Why, ...]  # of all groups, never empty
    alerts: tuple[str, ...]  # someone must look
    warnings: tuple[str, ...]  # sentences for people
    regimes: tuple[RegimeState, ...]
    breaker: BreakerState
    override: Override | None
    override_profit: float | None  # of the override so far against the shadow, currency
    shadow_orders: tuple[tuple[str, float], ...]  # units by underlying that would have been traded without it
    scenarios: tuple[Scenario, ...]
    costs: CostLines  # expected, of all orders
    valid_until: np.datetime64
    markets: tuple[DecidedMarket, ...] | None = None  # None: the inputs said of no market of when they are
    triggers: tuple[SpotTrigger, ...] = field(default=(), compare=False)  # only where they were asked for

    def group(self, underlying: str) -> GroupDecision:
        """The hedge of one underlying."""
        return next(group for group in self.groups if underlying in group.members)
