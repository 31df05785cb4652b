"""The answer: what to trade now in whole contracts, what is left, and when to ask again.

"Do nothing" is an answer with all the same fields. Bad or stale input never liquidates: it holds, and says why.
"""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gex.calendar import YEAR, instant
from gex.errors import InputError
from gex.hedging.bands import Band, Mishedge, carry_tilt
from gex.hedging.choice import HedgeChoice, choose_hedge
from gex.hedging.closed_forms import overshoot_probability
from gex.hedging.costs import DAYS_PER_YEAR, CostLines, net_hedge_value
from gex.hedging.hedged_book import HedgedBook
from gex.hedging.instruments import HedgeInstrument, InstrumentFault, PricedInstrument, ladders, priced_instrument
from gex.hedging.policy import AccountUnit, BandRule, HedgePolicy
from gex.hedging.sizing import clips
from gex.hedging.triggers import OrderHint, SpotTrigger, spot_triggers, time_trigger, vol_triggers
from gex.portfolio.linear import LinearPositions
from gex.portfolio.positions import Unpriced, joined
from gex.portfolio.risk import PortfolioRisk

_SECONDS_PER_YEAR = DAYS_PER_YEAR * 86_400.0


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
    LIMITED = "limited"  # an order was cut short; the limit is named beside
    MARGIN_LIMIT = "margin_limit"
    POSITION_LIMIT = "position_limit"
    ORDER_LIMIT = "order_limit"
    COST_EXCEEDS_VALUE = "cost_exceeds_value"  # what the policy demands costs more than it is worth at the γ it implies
    NO_GAMMA = "no_gamma"  # the book is linear: only its target can move
    NO_TRIGGER_IN_RANGE = "no_trigger_in_range"
    EVENT_AHEAD = "event_ahead"
    CARRY_TILT = "carry_tilt"
    DIRECTIONAL = "directional"  # more than the book's delta is hedged
    OUT_OF_ASYMPTOTICS = "out_of_asymptotics"
    UNPRICED_POSITIONS = "unpriced_positions"
    APPROXIMATE_POSITIONS = "approximate_positions"
    NOTHING_PRICED = "nothing_priced"
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
    fault: InstrumentFault | None = None


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
    hedged_book: HedgedBook | None  # after the orders: reprices the mishedge anywhere; None on a hold

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


def plan_hedge(
    risk: PortfolioRisk,
    instruments: Sequence[HedgeInstrument],
    policy: HedgePolicy,
    *,
    as_of: np.datetime64 | None = None,
) -> HedgePlan:
    """The hedge of `risk` with `instruments` under `policy`; `as_of` is the instant of deciding, that of the chain if None.

    Pure: the same arguments give the same plan. What is in flight counts as filled, so that asking twice orders once.
    """
    if not instruments:
        raise InputError("instruments: expected at least one, got none")
    symbols = [instrument.symbol for instrument in instruments]
    if len(set(symbols)) != len(symbols):
        raise InputError(f"instruments: expected different names, got {symbols}")
    now = risk.as_of if as_of is None else instant(as_of)
    carry = risk.repricer.carry
    states = [priced_instrument(i, spot=risk.spot, carry=carry, as_of=now, max_age=policy.max_age) for i in instruments]
    priced = [state for state in states if isinstance(state, PricedInstrument)]
    faults = {s: state for s, state in zip(symbols, states, strict=True) if isinstance(state, InstrumentFault)}
    alarms = _alarms(risk, policy, now, faults)
    book_delta = float(risk.book_delta([risk.spot], skew_stickiness=policy.skew_stickiness)[0])
    held = joined([p.table(p.instrument.held) for p in priced]) if priced else LinearPositions.empty(risk.spot)
    if not alarms and not math.isfinite(book_delta):
        alarms.append((Reason.BAD_NUMBER, "The delta of the book is not a number."))
    if alarms:
        return _held_plan(risk, instruments, states, now, alarms, book_delta)
    book = HedgedBook(
        repricer=risk.repricer,
        hedge=held,
        coverage=policy.coverage,
        target_delta=policy.target_delta,
        skew_stickiness=policy.skew_stickiness,
        account_unit=policy.account_unit if _is_coin_account(risk, instruments) else AccountUnit.COIN,
        equity_coin=policy.equity_coin,
    )
    return _decided(risk, priced, policy, now, book, book_delta)


def _decided(
    risk: PortfolioRisk,
    priced: list[PricedInstrument],
    policy: HedgePolicy,
    now: np.datetime64,
    book: HedgedBook,
    book_delta: float,
) -> HedgePlan:
    """The plan where everything is known: band, orders, then the triggers of what is left."""
    motion = _motion(risk, policy)
    mishedge = float(book.mishedge([risk.spot])[0])
    choice = choose_hedge(ladders(priced), mishedge, motion, policy)
    tilt = _tilt(choice, motion, policy)
    if tilt != 0.0:
        book = replace(book, target_delta=policy.target_delta + tilt)
        mishedge -= tilt
        choice = choose_hedge(ladders(priced), mishedge, motion, policy)
    band = choice.band
    traded = {p.instrument.symbol: n for p, n in zip(choice.ladder, choice.contracts, strict=True)}
    after = replace(
        book, hedge=joined([p.table(p.instrument.held + traded.get(p.instrument.symbol, 0)) for p in priced])
    )
    residual = float(after.mishedge([risk.spot])[0])
    triggers = spot_triggers(
        after, band, low=policy.scan_low * risk.spot, high=policy.scan_high * risk.spot, vol=motion.vol
    )
    elapsed = time_trigger(after, band)
    up, down = vol_triggers(after, band)
    trigger_time = None if elapsed is None else _later(risk.as_of, elapsed)
    until, until_reason = _valid_until(risk, priced, policy, now, trigger_time)
    orders = _orders(choice, motion, policy, beyond_cap=_beyond(mishedge, policy))
    costs = choice.total
    net_value = None
    if band.risk_aversion is not None and math.isfinite(motion.vol) and math.isfinite(band.horizon):
        net_value = net_hedge_value(
            mishedge,
            residual,
            spot=risk.spot,
            vol=motion.vol,
            risk_aversion=band.risk_aversion,
            horizon=band.horizon,
            cost=costs.total,
        )
    reasons, warnings = _reasons(risk, priced, policy, choice, motion, mishedge, triggers, net_value, tilt)
    sd = motion.spot * motion.vol / math.sqrt(DAYS_PER_YEAR)
    return HedgePlan(
        action=Action.TRADE if orders else Action.NO_TRADE,
        orders=orders,
        instruments=tuple(
            InstrumentState(
                symbol=p.instrument.symbol,
                price=p.price,
                units_per_contract=p.units_per_contract,
                position=p.instrument.held,
                position_after=p.instrument.held + traded.get(p.instrument.symbol, 0),
                cost_per_unit=p.curve(vol=motion.vol).proportional,
                carry_per_day=p.carry(1.0, 1.0 / DAYS_PER_YEAR).carry / p.units_per_contract,
            )
            for p in priced
        ),
        reasons=reasons,
        warnings=warnings,
        as_of=now,
        spot=risk.spot,
        vol=motion.vol,
        book_delta=book_delta,
        book_gamma=risk.book_gamma(skew_stickiness=policy.skew_stickiness),
        hedge_delta=float(book.hedge.delta().sum()),
        target_delta=book.target_delta,
        tilt=tilt,
        mishedge=mishedge,
        residual_delta=residual,
        band=band,
        triggers=triggers,
        trigger_time=trigger_time,
        trigger_vol_up=up,
        trigger_vol_down=down,
        valid_until=until,
        valid_until_reason=until_reason,
        costs=costs,
        horizon=choice.horizon,
        net_value=net_value,
        expected_hedges_per_day=band.expected_hedges_per_day,
        residual_sd_per_day=sd * (abs(residual) if motion.gamma == 0.0 else math.sqrt(band.mean_square)),
        unhedged_sd_per_day=sd * abs(book_delta),
        expected_cost_per_day=band.trading_cost_per_year / DAYS_PER_YEAR,
        breach_probability_per_day=_breach_probability(band, policy),
        unpriced=risk.unpriced,
        hedged_book=after,
    )


def _held_plan(
    risk: PortfolioRisk,
    instruments: Sequence[HedgeInstrument],
    states: Sequence[PricedInstrument | InstrumentFault],
    now: np.datetime64,
    alarms: list[tuple[Reason, str]],
    book_delta: float,
) -> HedgePlan:
    """Nothing is traded and nothing is promised."""
    rows, hedge_delta = [], 0.0
    for instrument, state in zip(instruments, states, strict=True):
        units = state.units_per_contract if isinstance(state, PricedInstrument) else math.nan
        hedge_delta += instrument.held * units if instrument.held else 0.0
        rows.append(
            InstrumentState(
                symbol=instrument.symbol,
                price=state.price if isinstance(state, PricedInstrument) else math.nan,
                units_per_contract=units,
                position=instrument.held,
                position_after=instrument.held,
                cost_per_unit=math.nan,
                carry_per_day=math.nan,
                fault=None if isinstance(state, PricedInstrument) else state,
            )
        )
    return HedgePlan(
        action=Action.HOLD,
        orders=(),
        instruments=tuple(rows),
        reasons=tuple(dict.fromkeys(reason for reason, _ in alarms)),
        warnings=tuple(text for _, text in alarms),
        as_of=now,
        spot=risk.spot,
        vol=math.nan,
        book_delta=book_delta,
        book_gamma=math.nan,
        hedge_delta=hedge_delta,
        target_delta=math.nan,
        tilt=0.0,
        mishedge=math.nan,
        residual_delta=math.nan,
        band=None,
        triggers=(),
        trigger_time=None,
        trigger_vol_up=None,
        trigger_vol_down=None,
        valid_until=now,
        valid_until_reason=ValidUntil.DATA,
        costs=CostLines(),
        horizon=0.0,
        net_value=None,
        expected_hedges_per_day=0.0,
        residual_sd_per_day=math.nan,
        unhedged_sd_per_day=math.nan,
        expected_cost_per_day=0.0,
        breach_probability_per_day=None,
        unpriced=risk.unpriced,
        hedged_book=None,
    )


def _alarms(
    risk: PortfolioRisk, policy: HedgePolicy, now: np.datetime64, faults: dict[str, InstrumentFault]
) -> list[tuple[Reason, str]]:
    """Everything that makes a decision impossible."""
    alarms = [
        (Reason(fault.value), f"{symbol}: {fault.value.replace('_', ' ')}; nothing is traded until it is mended.")
        for symbol, fault in faults.items()
    ]
    if not (math.isfinite(risk.spot) and risk.spot > 0.0):
        alarms.append((Reason.BAD_NUMBER, f"The spot of the chain is {risk.spot}."))
    if policy.max_age is not None:
        age = float((now - risk.as_of) / np.timedelta64(1, "ns")) * 1e-9
        if not age <= policy.max_age:
            alarms.append((Reason.STALE_CHAIN, f"The chain is {age:g} s old, more than {policy.max_age:g}."))
    if risk.unpriced and not risk.is_priced.any() and len(risk.linear) == 0:
        alarms.append((Reason.NOTHING_PRICED, "No position of the book could be priced."))
    return alarms


def _is_coin_account(risk: PortfolioRisk, instruments: Sequence[HedgeInstrument]) -> bool:
    from_hedge = any(instrument.kind.name == "INVERSE" for instrument in instruments)
    return risk.is_coin_settled or from_hedge


def _motion(risk: PortfolioRisk, policy: HedgePolicy) -> Mishedge:
    """How the mishedge moves under the policy's coverage and smile dynamic."""
    vol = policy.vol if policy.vol is not None else risk.implied_vol()
    if not math.isfinite(vol):
        vol = _at_the_money_vol(risk)
    gamma = policy.coverage * risk.book_gamma(skew_stickiness=policy.skew_stickiness)
    time = risk.gamma_time()
    reach = math.inf
    if gamma != 0.0 and math.isfinite(time):
        reach = abs(gamma) * risk.spot * vol * math.sqrt(time)
        reach = min(reach, 0.5 * float(np.abs(risk.repricer.units).sum()))
    return Mishedge(
        spot=risk.spot,
        gamma=gamma,
        vol=vol,
        time_to_expiry=time if math.isfinite(time) else math.inf,
        delta_range=reach,
    )


def _at_the_money_vol(risk: PortfolioRisk) -> float:
    """Of the first expiry that is alive; NaN where there is none."""
    forwards = risk.surface.forwards
    alive = np.flatnonzero((forwards.time_to_expiry > 0.0) & np.isfinite(forwards.forward))
    if len(alive) == 0:
        return math.nan
    first = alive[np.argmin(forwards.time_to_expiry[alive])]
    return float(risk.surface.vol(np.array([first], np.int32), np.zeros(1))[0])


def _tilt(choice: HedgeChoice, motion: Mishedge, policy: HedgePolicy) -> float:
    """Shift of the centre by the carry of the instrument, kept so small that band and tilt stay within the cap."""
    aversion = choice.band.risk_aversion
    if not policy.carry_tilt or aversion is None or not math.isfinite(motion.vol):
        return 0.0
    priced = choice.ladder[0]
    per_unit = priced.carry(1.0, 1.0 / DAYS_PER_YEAR).carry * DAYS_PER_YEAR / priced.units_per_contract
    room = math.inf if policy.delta_cap is None else max(policy.delta_cap - choice.band.trigger, 0.0)
    return carry_tilt(per_unit, spot=motion.spot, vol=motion.vol, risk_aversion=aversion, cap=room)


def _beyond(mishedge: float, policy: HedgePolicy) -> bool:
    return policy.delta_cap is not None and abs(mishedge) > policy.delta_cap


def _orders(choice: HedgeChoice, motion: Mishedge, policy: HedgePolicy, *, beyond_cap: bool) -> tuple[HedgeOrder, ...]:
    """The orders that trade. Long gamma may rest against the move; short gamma, or a broken cap, must not wait."""
    hint = OrderHint.MARKET if motion.gamma < 0.0 or beyond_cap else OrderHint.LIMIT
    orders = []
    for n, priced, costs in zip(choice.contracts, choice.ladder, choice.costs, strict=True):
        if n == 0:
            continue
        sizes = [size for size in (policy.max_clip, priced.instrument.depth) if size is not None]
        orders.append(
            HedgeOrder(
                symbol=priced.instrument.symbol,
                contracts=n,
                clips=clips(n, min(sizes) if sizes else None),
                units=n * priced.units_per_contract,
                notional=n * priced.notional,
                expected_price=priced.price,
                order_hint=hint,
                costs=costs,
            )
        )
    return tuple(orders)


def _later(as_of: np.datetime64, years: float) -> np.datetime64:
    later: np.datetime64 = as_of + np.timedelta64(round(years * float(YEAR / np.timedelta64(1, "ns"))), "ns")
    return later


def _valid_until(
    risk: PortfolioRisk,
    priced: Sequence[PricedInstrument],
    policy: HedgePolicy,
    now: np.datetime64,
    trigger_time: np.datetime64 | None,
) -> tuple[np.datetime64, ValidUntil]:
    """The earliest of what ends the plan."""
    ends: list[tuple[np.datetime64, ValidUntil]] = []
    if trigger_time is not None:
        ends.append((trigger_time, ValidUntil.TRIGGER_TIME))
    if policy.event_at is not None and policy.event_at > now:
        ends.append((policy.event_at, ValidUntil.EVENT))
    if policy.rule is BandRule.CLOCK and policy.clock_interval is not None:
        ends.append((_later(now, policy.clock_interval / _SECONDS_PER_YEAR), ValidUntil.CLOCK))
    if policy.max_age is not None:
        ends.append((_later(risk.as_of, policy.max_age / _SECONDS_PER_YEAR), ValidUntil.DATA))
    times = risk.repricer.time_to_expiry
    if len(times):
        ends.append((_later(risk.as_of, float(times.min())), ValidUntil.EXPIRY))
    ends.extend((p.instrument.expires_at, ValidUntil.EXPIRY) for p in priced if p.instrument.expires_at is not None)
    if not ends:
        return _later(now, 1.0 / DAYS_PER_YEAR), ValidUntil.DATA  # nothing ages here but the price itself: a day
    return min(ends, key=lambda end: end[0])


def _breach_probability(band: Band, policy: HedgePolicy) -> float | None:
    """Triggers a day times the probability that the overshoot at a poll reaches from the trigger to the cap."""
    if policy.delta_cap is None:
        return None
    step = band.mishedge_volatility * math.sqrt(policy.poll_interval / _SECONDS_PER_YEAR)
    room = policy.delta_cap - max(band.trigger, -band.trigger_below)
    if step == 0.0:
        return 0.0 if room >= 0.0 else 1.0
    return min(band.expected_hedges_per_day * overshoot_probability(max(room, 0.0) / step), 1.0)


def _reasons(
    risk: PortfolioRisk,
    priced: Sequence[PricedInstrument],
    policy: HedgePolicy,
    choice: HedgeChoice,
    motion: Mishedge,
    mishedge: float,
    triggers: tuple[SpotTrigger, ...],
    net_value: float | None,
    tilt: float,
) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    """Why the plan is what it is; never empty."""
    band, reasons, warnings = choice.band, [], []

    def add(reason: Reason, warning: str | None = None) -> None:
        reasons.append(reason)
        if warning is not None:
            warnings.append(warning)

    inside = band.contains(mishedge)
    add(Reason.INSIDE_BAND if inside else Reason.OUTSIDE_BAND)
    if _beyond(mishedge, policy):
        add(Reason.DELTA_CAP)
    if not inside and not any(choice.contracts) and not choice.limits:
        add(Reason.UNEXPRESSIBLE)
    for limit in choice.limits:
        add(Reason(limit.value), f"An order was cut short by the {limit.value.replace('_', ' ')}.")
    in_flight = math.fsum(p.instrument.in_flight * p.units_per_contract for p in priced)
    if any(p.instrument.in_flight for p in priced):
        add(Reason.IN_FLIGHT)
        if _beyond(mishedge - in_flight, policy) and not _beyond(mishedge, policy):
            add(Reason.CAP_UNTIL_FILLS, "Beyond the delta cap if none of the orders in flight fills.")
    if policy.delta_cap is not None and max(band.trigger, -band.trigger_below) > policy.delta_cap:
        add(Reason.CAP_BELOW_LOT, f"Whole contracts cannot keep a cap of {policy.delta_cap:g} units.")
    if not inside and net_value is not None and net_value < 0.0:
        add(Reason.COST_EXCEEDS_VALUE)
    if motion.gamma == 0.0:
        add(Reason.NO_GAMMA)
    if not triggers:
        add(Reason.NO_TRIGGER_IN_RANGE)
    if policy.event_gap_sd > 0.0:
        add(Reason.EVENT_AHEAD)
    if tilt != 0.0:
        add(Reason.CARRY_TILT, f"The centre of the band is shifted by {tilt:+g} units for carry: that is a position.")
    if policy.coverage > 1.0:
        add(Reason.DIRECTIONAL, f"{policy.coverage:.0%} of the book's delta is hedged: a net opposite position.")
    if band.is_out_of_asymptotics:
        add(Reason.OUT_OF_ASYMPTOTICS, "The band is wider than the range over which gamma is constant.")
    if risk.unpriced:
        add(Reason.UNPRICED_POSITIONS)
        warnings.extend(f"Not priced, in no total: {unpriced.message}" for unpriced in risk.unpriced)
    if risk.is_approximate.any():
        count = int(risk.is_approximate.sum())
        add(Reason.APPROXIMATE_POSITIONS, f"{count} American positions are valued without early exercise.")
    return tuple(reasons), tuple(warnings)
