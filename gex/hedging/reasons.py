"""Why a plan is what it is, for programs and for people."""

import math
from collections.abc import Sequence

import numpy as np

from gex.hedging.answer import Reason
from gex.hedging.choice import HedgeChoice
from gex.hedging.instruments import InstrumentFault, PricedInstrument
from gex.hedging.liquidation import liquidation_distance
from gex.hedging.policy import DEFAULT_RISK_AVERSION, HedgePolicy
from gex.hedging.triggers import SpotTrigger
from gex.portfolio.risk import PortfolioRisk


def alarms_of(
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


def is_beyond_cap(mishedge: float, policy: HedgePolicy) -> bool:
    """True where the mishedge exceeds the desk's cap."""
    return policy.delta_cap is not None and abs(mishedge) > policy.delta_cap


def plan_reasons(
    risk: PortfolioRisk,
    priced: Sequence[PricedInstrument],
    policy: HedgePolicy,
    choice: HedgeChoice,
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
    if is_beyond_cap(mishedge, policy):
        add(Reason.DELTA_CAP)
    if not inside and not any(choice.contracts) and not choice.limits:
        add(Reason.UNEXPRESSIBLE)
    for limit in choice.limits:
        add(Reason(limit.value), f"An order was cut short by the {limit.value.replace('_', ' ')}.")
    if policy.liquidation_distance is not None:
        traded = {p.instrument.symbol: n for p, n in zip(choice.ladder, choice.contracts, strict=True)}
        for p in priced:
            distance = liquidation_distance(p.price, p.liquidation_price(traded.get(p.instrument.symbol, 0)))
            if distance < policy.liquidation_distance:
                add(
                    Reason.LIQUIDATION_NEAR,
                    f"{p.instrument.symbol} is liquidated {distance:.1%} from its price: reduce it, add collateral or hedge "
                    "with another instrument.",
                )
    in_flight = math.fsum(p.instrument.in_flight * p.units_per_contract for p in priced)
    if any(p.instrument.in_flight for p in priced):
        add(Reason.IN_FLIGHT)
        if is_beyond_cap(mishedge - in_flight, policy) and not is_beyond_cap(mishedge, policy):
            add(Reason.CAP_UNTIL_FILLS, "Beyond the delta cap if none of the orders in flight fills.")
    if policy.delta_cap is not None and max(band.trigger, -band.trigger_below) > policy.delta_cap:
        add(Reason.CAP_BELOW_LOT, f"Whole contracts cannot keep a cap of {policy.delta_cap:g} units.")
    if not inside and net_value is not None and net_value < 0.0:
        add(Reason.COST_EXCEEDS_VALUE)
    if not policy.has_risk_limit:
        add(
            Reason.DEFAULT_RISK_AVERSION,
            f"The policy names no limit of risk: a risk aversion of {DEFAULT_RISK_AVERSION:g} per unit of currency is "
            "assumed; state risk_aversion, residual_sd_budget, delta_cap or thresholds.",
        )
    if band.mishedge_volatility == 0.0:
        add(Reason.NO_GAMMA)
    if not triggers:
        add(Reason.NO_TRIGGER_IN_RANGE)
    if policy.event_gap_sd > 0.0:
        add(Reason.EVENT_AHEAD)
    if tilt != 0.0:
        add(Reason.CARRY_TILT, f"The centre of the band is shifted by {tilt:+g} units for carry: that is a position.")
    if policy.trade_fraction is not None and policy.trade_fraction > 1.0 and any(choice.contracts):
        add(Reason.DIRECTIONAL, f"{policy.trade_fraction:.0%} of the mishedge is traded: it is reversed.")
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
