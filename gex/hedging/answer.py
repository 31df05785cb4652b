"""What a plan says, in whatever it ends."""

import enum
import math
from dataclasses import dataclass, field

import numpy as np

from gex.hedging.bands import Band
from gex.hedging.costs import DAYS_PER_YEAR, CostLines
from gex.hedging.hedged_book import HedgedBook
from gex.hedging.instruments import InstrumentFault, PricedInstrument
from gex.hedging.liquidation import liquidation_distance
from gex.hedging.triggers import OrderHint, SpotTrigger
from gex.portfolio.positions import Unpriced


class Action(enum.Enum):
    """What the plan comes to."""

    TRADE = "trade"
    NO_TRADE = "no_trade"
    HOLD = "hold"  # the input cannot be trusted: nothing is done, and someone must look


class Reason(enum.Enum):
    """Why, stable on the wire."""

    INSIDE_BAND = "inside_band"
    OUTSIDE_BAND = "outside_band"
    DELTA_CAP = "delta_cap"  # the mishedge was beyond the cap
    IN_FLIGHT = "in_flight"  # orders sent and not confirmed are counted as filled
    CAP_UNTIL_FILLS = "cap_until_fills"  # beyond the cap if none of them fills
    CAP_BELOW_LOT = "cap_below_lot"  # whole contracts cannot keep the cap
    UNEXPRESSIBLE = "unexpressible"  # less than half of the smallest order
    MARGIN_LIMIT = "margin_limit"
    POSITION_LIMIT = "position_limit"
    ORDER_LIMIT = "order_limit"
    LIQUIDATION_LIMIT = "liquidation_limit"
    LIQUIDATION_NEAR = "liquidation_near"  # what is held is liquidated nearer than the policy allows
    COST_EXCEEDS_VALUE = "cost_exceeds_value"  # what the policy demands costs more than it is worth at the γ it implies
    NO_GAMMA = "no_gamma"  # the book is linear: only its target can move
    NO_TRIGGER_IN_RANGE = "no_trigger_in_range"
    EVENT_AHEAD = "event_ahead"
    CARRY_TILT = "carry_tilt"
    DEFAULT_RISK_AVERSION = "default_risk_aversion"  # the policy names no limit of risk
    DIRECTIONAL = "directional"  # more than the book's delta is hedged
    OUT_OF_ASYMPTOTICS = "out_of_asymptotics"
    UNPRICED_POSITIONS = "unpriced_positions"
    APPROXIMATE_POSITIONS = "approximate_positions"
    NOTHING_PRICED = "nothing_priced"
    NO_INSTRUMENT = "no_instrument"  # nothing may be traded on this underlying itself
    HEDGED_TOGETHER = "hedged_together"  # its orders are part of one hedge of several underlyings
    BAD_NUMBER = "bad_number"
    STALE_CHAIN = "stale_chain"
    STALE_QUOTE = "stale_quote"
    CROSSED_QUOTE = "crossed_quote"
    EXPIRED_INSTRUMENT = "expired_instrument"
    NO_PRICE = "no_price"


class ValidUntil(enum.Enum):
    """What ends the validity of a plan."""

    TRIGGER_TIME = "trigger_time"
    EVENT = "event"
    EXPIRY = "expiry"
    DATA = "data"
    CLOCK = "clock"


@dataclass(frozen=True, kw_only=True)
class HedgeOrder:
    """One order to send now."""

    symbol: str
    contracts: int  # signed, + buys
    clips: tuple[int, ...]  # signed, in the order to send them; they sum to `contracts`
    units: float  # of underlying that they add
    notional: float  # currency, signed
    expected_price: float  # mid, currency per unit
    order_hint: OrderHint
    costs: CostLines
    resting_cost: float | None = None  # if it rests and is met: maker's fee and ticket, currency; None: not known


@dataclass(frozen=True, kw_only=True)
class InstrumentState:
    """What the plan knows of one instrument, traded or not."""

    symbol: str
    price: float  # NaN where it has a fault
    units_per_contract: float
    position: int  # confirmed and in flight, contracts
    position_after: int
    cost_per_unit: float  # one way, fee and half spread, currency per unit of underlying
    carry_per_day: float  # of one long unit, currency, + costs
    carry_sd_per_day: float | None = None  # of the same; None: no standard deviation of funding is stated
    fault: InstrumentFault | None = None
    liquidation_price: float | None = None  # after the orders; None: never, or no wallet is known
    liquidation_distance: float | None = None  # |ln(F_liq/F)|


def instrument_state(priced: PricedInstrument, added: int, vol: float) -> InstrumentState:
    """What is known of an instrument of which `added` contracts are traded now."""
    end = priced.liquidation_price(added)
    return InstrumentState(
        symbol=priced.instrument.symbol,
        price=priced.price,
        units_per_contract=priced.units_per_contract,
        position=priced.instrument.held,
        position_after=priced.instrument.held + added,
        cost_per_unit=priced.curve(vol=vol).proportional,
        carry_per_day=priced.carry(1.0, 1.0 / DAYS_PER_YEAR).carry / priced.units_per_contract,
        carry_sd_per_day=(
            None
            if priced.instrument.funding_sd is None
            else priced.carry_sd(1.0, 1.0 / DAYS_PER_YEAR) / priced.units_per_contract
        ),
        liquidation_price=end,
        liquidation_distance=None if end is None else liquidation_distance(priced.price, end),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class HedgePlan:
    """The hedge of one book on one underlying. Units are units of underlying; a mishedge is r·delta + hedge − target."""

    action: Action
    orders: tuple[HedgeOrder, ...]
    instruments: tuple[InstrumentState, ...]
    reasons: tuple[Reason, ...]
    warnings: tuple[str, ...]  # sentences for people
    as_of: np.datetime64
    spot: float
    vol: float  # used for risk, decimal per √year; NaN for a book without options on a surface without any
    book_delta: float  # along the policy's smile dynamic; coin-settled positions net of premium
    book_gamma: float  # units per currency
    hedge_delta: float  # of what is held, confirmed and in flight
    target_delta: float  # the desk's, with the tilt
    tilt: float
    mishedge: float  # before the orders
    residual_delta: float  # after them
    band: Band | None  # None on a hold
    triggers: tuple[SpotTrigger, ...]  # all roots in the range scanned, by price
    trigger_time: np.datetime64 | None  # None: the band is not left before the last expiry
    trigger_vol_up: float | None  # decimal; None: not in the range searched
    trigger_vol_down: float | None  # decimal, negative
    valid_until: np.datetime64
    valid_until_reason: ValidUntil
    costs: CostLines  # expected, of all orders, carry over `horizon`
    horizon: float  # H* in years, a day where the band has none
    net_value: float | None  # of the orders against doing nothing; None where no risk aversion is implied
    expected_hedges_per_day: float
    residual_sd_per_day: float  # currency, of the policy from here on
    unhedged_sd_per_day: float  # currency, of the book without any hedge
    expected_cost_per_day: float  # trading, currency
    breach_probability_per_day: float | None  # that a poll finds the mishedge beyond the cap; jumps not counted
    unpriced: tuple[Unpriced, ...]
    # After the orders: reprices the mishedge anywhere; None on a hold.
    hedged_book: HedgedBook | None = field(repr=False)

    @property
    def trigger_prices(self) -> tuple[float, ...]:
        """Prices of `triggers`, ascending."""
        return tuple(trigger.price for trigger in self.triggers)

    @property
    def cost_per_risk_removed(self) -> float | None:
        """Currency paid per unit of daily standard deviation removed now; None where none is."""
        removed = abs(self.mishedge) - abs(self.residual_delta)
        sd = self.spot * self.vol * removed / math.sqrt(DAYS_PER_YEAR)
        return self.costs.total / sd if sd > 0.0 else None
