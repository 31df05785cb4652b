"""One underlying of a book that has several: what is held, what may be traded there, and what comes of it alone."""

import math
from dataclasses import dataclass, replace

import numpy as np

from gex.errors import InputError
from gex.hedging.answer import HedgePlan, InstrumentState, Reason, instrument_state
from gex.hedging.costs import DAYS_PER_YEAR
from gex.hedging.hedged_book import HedgedBook
from gex.hedging.instruments import HedgeInstrument, InstrumentFault, PricedInstrument, priced_instrument
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import HedgePolicy
from gex.hedging.triggers import SpotTrigger
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearPositions
from gex.portfolio.risk import PortfolioRisk

_FLAT = Carry(np.zeros(1), np.zeros(1), np.zeros(1))


@dataclass(frozen=True, eq=False, kw_only=True)
class HedgePart:
    """One underlying: what is held there and what may be traded. Without `risk` only instruments are, at `spot`."""

    underlying: str
    risk: PortfolioRisk | None
    instruments: tuple[HedgeInstrument, ...] = ()
    spot: float = math.nan  # where there is no risk
    vol: float | None = None  # decimal per √year; None: of the policy, else implied by the positions
    equity_coin: float = 0.0


@dataclass(frozen=True, eq=False, kw_only=True)
class PartPlan:
    """What comes of one underlying; units are its own."""

    underlying: str
    plan: HedgePlan | None  # of its own instruments; None where it has none, or no positions
    spot: float
    book_delta: float
    book_gamma: float
    hedge_delta: float
    mishedge: float
    residual_delta: float
    triggers: tuple[SpotTrigger, ...]
    reasons: tuple[Reason, ...]
    instruments: tuple[InstrumentState, ...] = ()


def planned_part(part: HedgePart, policy: HedgePolicy, as_of: np.datetime64 | None) -> PartPlan:
    """One part hedged with its own instruments, or only measured where it has none."""
    risk = part.risk
    vol = part.vol if part.vol is not None else policy.vol
    policy = replace(policy, equity_coin=part.equity_coin, vol=vol)
    if risk is None:
        priced = priced_instruments(part, as_of)
        held = math.fsum(p.instrument.held * p.units_per_contract for p in priced)
        return PartPlan(
            underlying=part.underlying,
            plan=None,
            spot=part.spot,
            book_delta=0.0,
            book_gamma=0.0,
            hedge_delta=held,
            mishedge=held,
            residual_delta=held,
            triggers=(),
            reasons=(),
            instruments=tuple(instrument_state(p, 0, math.nan) for p in priced),
        )
    if part.instruments:
        plan = plan_hedge(risk, part.instruments, policy, as_of=as_of)
        return PartPlan(
            underlying=part.underlying,
            plan=plan,
            spot=plan.spot,
            book_delta=plan.book_delta,
            book_gamma=plan.book_gamma,
            hedge_delta=plan.hedge_delta,
            mishedge=plan.mishedge,
            residual_delta=plan.residual_delta,
            triggers=plan.triggers,
            reasons=plan.reasons,
            instruments=plan.instruments,
        )
    delta = float(risk.book_delta([risk.spot], skew_stickiness=policy.skew_stickiness)[0])
    book = HedgedBook(
        repricer=risk.repricer,
        hedge=LinearPositions.empty(risk.spot),
        coverage=policy.coverage,
        skew_stickiness=policy.skew_stickiness,
        account_unit=policy.account_unit,
        equity_coin=policy.equity_coin,
    )
    mishedge = float(book.mishedge([risk.spot])[0])
    return PartPlan(
        underlying=part.underlying,
        plan=None,
        spot=risk.spot,
        book_delta=delta,
        book_gamma=risk.book_gamma(skew_stickiness=policy.skew_stickiness),
        hedge_delta=0.0,
        mishedge=mishedge,
        residual_delta=mishedge,
        triggers=(),
        reasons=(Reason.NO_INSTRUMENT, *((Reason.UNPRICED_POSITIONS,) if risk.unpriced else ())),
    )


def priced_instruments(part: HedgePart, as_of: np.datetime64 | None) -> tuple[PricedInstrument, ...]:
    """The instruments at their prices; those of a market without positions at that market's spot and no carry."""
    risk = part.risk
    carry, spot = (_FLAT, part.spot) if risk is None else (risk.repricer.carry, risk.spot)
    now = as_of if as_of is not None else risk.as_of if risk is not None else None
    found = []
    for instrument in part.instruments:
        if now is None and instrument.expires_at is not None:
            raise InputError(f"instrument {instrument.symbol}: a dated contract of another market needs as_of")
        state = priced_instrument(
            instrument, spot=spot, carry=carry, as_of=np.datetime64(0, "ns") if now is None else now
        )
        if isinstance(state, InstrumentFault):
            raise InputError(f"instrument {instrument.symbol}: {state.value.replace('_', ' ')}")
        found.append(state)
    return tuple(found)


def vol_of(part: HedgePart, plan: PartPlan, policy: HedgePolicy) -> float:
    """Decimal per √year: what is said of the part, else of the policy, else what its positions imply."""
    for vol in (part.vol, policy.vol, None if plan.plan is None else plan.plan.vol):
        if vol is not None and math.isfinite(vol):
            return vol
    implied = math.nan if part.risk is None else part.risk.implied_vol()
    if not math.isfinite(implied):
        raise InputError(
            f"{part.underlying}: nothing says its volatility; expected one with its covariance or correlation"
        )
    return implied


def idle_sd_per_day(part: HedgePart, plan: PartPlan, policy: HedgePolicy) -> float:
    """Sd of the profit of a part that nothing is traded for, currency a day."""
    if plan.residual_delta == 0.0:
        return 0.0
    return abs(plan.residual_delta) * plan.spot * vol_of(part, plan, policy) / math.sqrt(DAYS_PER_YEAR)
