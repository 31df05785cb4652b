"""The answer: what to trade now in whole contracts, what is left, and when to ask again.

"Do nothing" is an answer with all the same fields. Bad or stale input never liquidates: it holds, and says why.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gex.calendar import YEAR, instant
from gex.errors import InputError
from gex.hedging.answer import Action, HedgeOrder, HedgePlan, InstrumentState, Reason, ValidUntil, instrument_state
from gex.hedging.bands import Band, Mishedge, carry_tilt
from gex.hedging.choice import HedgeChoice, choose_hedge
from gex.hedging.closed_forms import overshoot_probability
from gex.hedging.costs import DAYS_PER_YEAR, CostLines, net_hedge_value
from gex.hedging.hedged_book import HedgedBook
from gex.hedging.instruments import HedgeInstrument, InstrumentFault, PricedInstrument, ladders, priced_instrument
from gex.hedging.policy import AccountUnit, BandRule, HedgePolicy
from gex.hedging.reasons import alarms_of, is_beyond_cap, plan_reasons
from gex.hedging.sizing import clips
from gex.hedging.triggers import OrderHint, spot_triggers, time_trigger, vol_triggers
from gex.portfolio.linear import LinearPositions
from gex.portfolio.positions import joined
from gex.portfolio.risk import PortfolioRisk

_SECONDS_PER_YEAR = DAYS_PER_YEAR * 86_400.0


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
    alarms = alarms_of(risk, policy, now, faults)
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
    gamma = risk.book_gamma(skew_stickiness=policy.skew_stickiness)
    motion = _motion(risk, policy, gamma)
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
    orders = _orders(choice, motion, policy, beyond_cap=is_beyond_cap(mishedge, policy))
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
    reasons, warnings = plan_reasons(risk, priced, policy, choice, mishedge, triggers, net_value, tilt)
    sd = motion.spot * motion.vol / math.sqrt(DAYS_PER_YEAR)
    return HedgePlan(
        action=Action.TRADE if orders else Action.NO_TRADE,
        orders=orders,
        instruments=tuple(instrument_state(p, traded.get(p.instrument.symbol, 0), motion.vol) for p in priced),
        reasons=reasons,
        warnings=warnings,
        as_of=now,
        spot=risk.spot,
        vol=motion.vol,
        book_delta=book_delta,
        book_gamma=gamma,
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
        residual_sd_per_day=sd * (abs(residual) if band.mishedge_volatility == 0.0 else math.sqrt(band.mean_square)),
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


def _is_coin_account(risk: PortfolioRisk, instruments: Sequence[HedgeInstrument]) -> bool:
    from_hedge = any(instrument.kind.name == "INVERSE" for instrument in instruments)
    return risk.is_coin_settled or from_hedge


def _motion(risk: PortfolioRisk, policy: HedgePolicy, book_gamma: float) -> Mishedge:
    """How the mishedge moves under the policy's coverage and smile dynamic."""
    vol = policy.vol if policy.vol is not None else risk.implied_vol()
    if not math.isfinite(vol):
        vol = _at_the_money_vol(risk)
    gamma = policy.coverage * book_gamma
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
                resting_cost=priced.resting_cost(n, ticket=policy.ticket),
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
