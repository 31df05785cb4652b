"""The no-trade band: trade when the mishedge leaves it, and no further than its target.

The mishedge X = delta + hedge − target, in units of underlying, moves with volatility v = |Γ|Sσ. Users seldom know their
risk aversion γ: they state a budget, a cap or thresholds, and are told the γ these imply and which of them bound.
"""

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from scipy.optimize import brentq

from gex.errors import InputError
from gex.hedging.closed_forms import (
    OVERSHOOT,
    OVERSHOOT_95,
    poll_shift,
    whalley_wilmott_edge,
    whalley_wilmott_target,
    zakamouline_band,
)
from gex.hedging.costs import DAYS_PER_YEAR, CostCurve
from gex.hedging.events import gap_band_factor, gap_severity
from gex.hedging.policy import DEFAULT_RISK_AVERSION, BandRule, CapConfidence, HedgePolicy
from gex.kernels.hedging import optimal_band, scale_of_risk, scale_of_trigger

_SECONDS_PER_YEAR = DAYS_PER_YEAR * 86_400.0
_STILL = 1e-9  # of a lot: a mishedge that moves less in a year does not move
_LEAST_SQUARE = 1e-200  # of gamma: below it its square loses digits
_LOG_AVERSION = 200.0  # γ is searched for in e^±200


class Binding(enum.Enum):
    """What set the width of the band."""

    COST = "cost"  # the desk's own risk aversion against its costs
    SD_BUDGET = "sd_budget"
    CAP = "cap"
    THRESHOLDS = "thresholds"
    CLOCK = "clock"
    LOT = "lot"  # half of the smallest order
    POLL = "poll"  # looked at too seldom: more than half of the band is kept back for the overshoot
    MARGIN = "margin"  # the order was cut to the margin there is


@dataclass(frozen=True, kw_only=True)
class Mishedge:
    """How the mishedge moves: what a band needs to know of the book."""

    spot: float
    gamma: float  # of the covered part of the book, units per currency; the sign does not matter
    vol: float  # decimal per √year, of spot
    time_to_expiry: float = math.inf  # years; of the gamma, for Zakamouline's rule
    delta_range: float = math.inf  # units over which gamma may be taken as constant

    @property
    def volatility(self) -> float:
        """v = |Γ|Sσ, units per √year."""
        return abs(self.gamma) * self.spot * self.vol if self.gamma != 0.0 else 0.0  # vol may be NaN without gamma


@dataclass(frozen=True, kw_only=True)
class Band:
    """A no-trade band and what it is expected to do. All levels are signed values of the mishedge, in units.

    Trade when X ≥ trigger, landing on target; or when X ≤ trigger_below, landing on target_below. Unless thresholds are
    asymmetric these are the negatives. A target may lie across zero where one lot is longer than the band.
    """

    trigger: float
    target: float
    trigger_below: float
    target_below: float
    bound_by: Binding
    risk_aversion: float | None  # γ given or implied, 1/currency; None where none is implied
    continuous_trigger: float  # before the poll correction
    continuous_trigger_below: float
    mishedge_volatility: float  # v, units per √year
    expected_hedges_per_year: float
    mean_square: float  # time average of X², units²
    trading_cost_per_year: float  # currency
    is_out_of_asymptotics: bool = (
        False  # wider than the range over which gamma is constant: a closed form cannot be trusted
    )

    @property
    def expected_hedges_per_day(self) -> float:
        """Trades a calendar day once inside the band."""
        return self.expected_hedges_per_year / DAYS_PER_YEAR

    @property
    def horizon(self) -> float:
        """H* = (a + b)²/(6v²) years, at which the net value of hedging is 0 exactly at the trigger; inf where v = 0."""
        total = 0.5 * (self.continuous_trigger - self.continuous_trigger_below + self.target - self.target_below)
        return total * total / (6.0 * self.mishedge_volatility**2) if self.mishedge_volatility > 0.0 else math.inf

    def residual_sd_per_day(self, spot: float, vol: float) -> float:
        """Sσ√(E[X²]/365): sd of the daily P&L of the mishedge, currency."""
        return spot * vol * math.sqrt(self.mean_square / DAYS_PER_YEAR)

    def contains(self, mishedge: float) -> bool:
        """True strictly inside: nothing is traded."""
        return self.trigger_below < mishedge < self.trigger


def find_band(mishedge: Mishedge, curve: CostCurve, policy: HedgePolicy) -> Band:
    """The band of `policy` for orders that cost `curve`, corrected for an event ahead, the polling interval and the lot."""
    if mishedge.volatility <= _STILL * curve.lot or mishedge.gamma**2 < _LEAST_SQUARE:
        mishedge = replace(mishedge, gamma=0.0)
    above, below, bound_by, aversion = _continuous(mishedge, curve, policy)
    if policy.event_gap_sd > 0.0 and mishedge.gamma != 0.0:
        above = _before_gap(above, mishedge, policy.event_gap_sd)
        below = _negated(_before_gap(_negated(below), mishedge, policy.event_gap_sd))
    shift = poll_shift(mishedge.volatility, policy.poll_interval / _SECONDS_PER_YEAR)
    floor = 0.5 * curve.lot
    used_above, used_below = max(above[0] - shift, floor), min(below[0] + shift, -floor)
    if used_above == floor and above[0] > 0.0 and above[0] - shift < floor:
        bound_by = Binding.LOT
    elif shift > 0.5 * above[0]:
        bound_by = Binding.POLL
    band = Band(
        trigger=used_above,
        target=min(above[1], used_above),
        trigger_below=used_below,
        target_below=max(below[1], used_below),
        bound_by=bound_by,
        risk_aversion=aversion,
        continuous_trigger=used_above + shift,
        continuous_trigger_below=used_below - shift,
        mishedge_volatility=mishedge.volatility,
        expected_hedges_per_year=0.0,
        mean_square=0.0,
        trading_cost_per_year=0.0,
        is_out_of_asymptotics=max(used_above, -used_below) > mishedge.delta_range,
    )
    if policy.rule is BandRule.CLOCK:
        return _clock_statistics(band, curve, policy)
    hedges, mean_square, cost = band_statistics(band, curve)
    return replace(band, expected_hedges_per_year=hedges, mean_square=mean_square, trading_cost_per_year=cost)


def widened(band: Band, curve: CostCurve, factor: float, cap: float = math.inf) -> Band:
    """The band with its triggers `factor` times as far out, but not beyond ±cap; its landings stay where they are."""
    above, below = (max(edge, min(edge * factor, cap)) for edge in (band.trigger, -band.trigger_below))
    shift = band.continuous_trigger - band.trigger
    wider = replace(
        band,
        trigger=above,
        trigger_below=-below,
        continuous_trigger=above + shift,
        continuous_trigger_below=-below - shift,
    )
    hedges, mean_square, cost = band_statistics(wider, curve)
    return replace(wider, expected_hedges_per_year=hedges, mean_square=mean_square, trading_cost_per_year=cost)


def band_statistics(band: Band, curve: CostCurve) -> tuple[float, float, float]:
    """Hedges a year, time-averaged X² (units²) and trading cost a year (currency) of a driftless mishedge in `band`.

    From a landing y inside (l, u) the exit takes (u − y)(y − l)/v² years and ∫X²dt is (L(y) − y⁴)/(6v²), L the chord of
    x⁴; the two landings are weighted by how often each side is left. For ±a, ±b: v²/(a² − b²) and (a² + b²)/6.
    """
    low, high, variance = band.continuous_trigger_below, band.continuous_trigger, band.mishedge_volatility**2
    width = high - low
    if not width > 0.0:
        return math.inf if variance > 0.0 else 0.0, 0.0, math.inf if variance > 0.0 and curve.cost(1.0) > 0.0 else 0.0
    from_high = min(band.target, high - curve.lot)
    from_low = max(band.target_below, low + curve.lot)
    if not (low < from_high < high and low < from_low < high):
        if from_high >= high and from_low <= low:  # both sides trade to the edge in infinitesimal steps: reflection
            turnover = variance / width
            cost = math.inf if curve.ticket > 0.0 and variance > 0.0 else curve.proportional * turnover
            return math.inf if variance > 0.0 else 0.0, (high**3 - low**3) / (3.0 * width), cost
        step = 1e-9 * width  # one side reflects: the limit of very small orders
        from_high, from_low = (min(max(y, low + step), high - step) for y in (from_high, from_low))
    up_from_high, up_from_low = (from_high - low) / width, (from_low - low) / width
    share_high = up_from_low / (1.0 - up_from_high + up_from_low)  # of all trades, those made at the upper trigger
    seconds = squares = cost = 0.0
    for share, landing, edge in ((share_high, from_high, high), (1.0 - share_high, from_low, low)):
        chord = low**4 + (high**4 - low**4) * (landing - low) / width
        seconds += share * (high - landing) * (landing - low)
        squares += share * (chord - landing**4) / 6.0
        cost += share * curve.cost(edge - landing)
    return variance / seconds, squares / seconds, cost * variance / seconds


def _clock_statistics(band: Band, curve: CostCurve, policy: HedgePolicy) -> Band:
    """Back to the target each h years: X² averages v²h/2, the mean order is v√(2h/π)."""
    interval = (policy.clock_interval or 0.0) / _SECONDS_PER_YEAR
    order = band.mishedge_volatility * math.sqrt(2.0 * interval / math.pi)
    return replace(
        band,
        expected_hedges_per_year=1.0 / interval,
        mean_square=0.5 * band.mishedge_volatility**2 * interval,
        trading_cost_per_year=curve.cost(order) / interval,
    )


def _continuous(
    mishedge: Mishedge, curve: CostCurve, policy: HedgePolicy
) -> tuple[tuple[float, float], tuple[float, float], Binding, float | None]:
    """(trigger, target) above and below, what bound them and the risk aversion, as if watched without pause."""
    cap = _cap_of(mishedge, curve, policy)
    if policy.thresholds is not None:
        (low, high), (target_low, target_high) = policy.thresholds, policy.threshold_targets
        bound_by = Binding.CAP if max(high, -low) > cap else Binding.THRESHOLDS
        high, low = min(high, cap), max(low, -cap)
        above, below = (high, min(target_high, high)), (low, max(target_low, low))
        return above, below, bound_by, implied_risk_aversion(0.5 * (high - low), mishedge, curve)
    if policy.rule is BandRule.CLOCK:
        half = min(0.5 * curve.lot, cap)
        return (half, min(0.0, half)), (-half, 0.0), Binding.CLOCK, None
    if mishedge.gamma == 0.0:  # it does not move: round to the nearest lot and be done
        half = 0.5 * curve.lot
        return (half, -half), (-half, half), Binding.LOT, policy.risk_aversion
    (trigger, target), bound_by, aversion = _symmetric(mishedge, curve, policy, cap)
    return (trigger, target), (-trigger, -target), bound_by, aversion


def _cap_of(mishedge: Mishedge, curve: CostCurve, policy: HedgePolicy) -> float:
    """The widest continuous trigger that keeps the cap at detection: D less what the poll correction does not cover.

    The correction takes 0.5826·v√Δt off every trigger; with P95 the rest of 1.58·v√Δt comes off the cap before it.
    """
    if policy.delta_cap is None:
        return math.inf
    if policy.cap_confidence is CapConfidence.MEAN:
        return policy.delta_cap
    mean = poll_shift(mishedge.volatility, policy.poll_interval / _SECONDS_PER_YEAR)
    room = policy.delta_cap - mean * (OVERSHOOT_95 / OVERSHOOT - 1.0)
    return max(room, min(0.5 * curve.lot, policy.delta_cap))


def _symmetric(
    mishedge: Mishedge, curve: CostCurve, policy: HedgePolicy, cap: float
) -> tuple[tuple[float, float], Binding, float | None]:
    """The strictest of what the policy asks for, by the risk aversion each implies."""
    scale = 12.0 * mishedge.gamma**2

    def band(aversion: float) -> tuple[float, float]:
        return rule_band(policy.rule, aversion, mishedge, curve)

    candidates: list[tuple[float, Binding]] = []
    if policy.risk_aversion is not None:
        candidates.append((policy.risk_aversion, Binding.COST))
    elif not policy.has_risk_limit:
        candidates.append((DEFAULT_RISK_AVERSION, Binding.COST))
    if policy.residual_sd_budget is not None:
        risk = policy.residual_sd_budget * math.sqrt(DAYS_PER_YEAR) / (mishedge.spot * mishedge.vol)
        candidates.append((_aversion_of(risk, band, policy.rule, curve, scale, is_trigger=False), Binding.SD_BUDGET))
    if math.isfinite(cap):
        candidates.append((_aversion_of(cap, band, policy.rule, curve, scale, is_trigger=True), Binding.CAP))
    aversion, bound_by = max(candidates, key=lambda candidate: candidate[0])
    if math.isinf(aversion) or aversion == 0.0:  # stricter than whole lots can be, or free
        half = 0.5 * curve.lot
        return (half, -half), Binding.LOT, None
    trigger, target = band(aversion)
    if target < 0.0 and bound_by is Binding.COST:
        bound_by = Binding.LOT
    return (trigger, target), bound_by, aversion


def rule_band(rule: BandRule, aversion: float, mishedge: Mishedge, curve: CostCurve) -> tuple[float, float]:
    """(a, b) of a cost-based rule at risk aversion γ. Rules that land on the edge are widened to whole lots (§5)."""
    gamma = abs(mishedge.gamma)
    if rule is BandRule.COST_OPTIMAL:
        scale = 12.0 * gamma * gamma / aversion
        trigger, target = optimal_band(scale, curve.ticket, curve.proportional, curve.impact, curve.lot)
        return float(trigger), float(target)
    if rule is BandRule.WHALLEY_WILMOTT_TARGET:
        return max(whalley_wilmott_target(curve.proportional, gamma, aversion), 0.5 * curve.lot), 0.0
    if rule is BandRule.WHALLEY_WILMOTT_EDGE:
        half = whalley_wilmott_edge(curve.proportional, gamma, aversion)
    elif rule is BandRule.ZAKAMOULINE:
        if not 0.0 < mishedge.time_to_expiry < math.inf:
            raise InputError(
                f"Mishedge.time_to_expiry: Zakamouline's rule needs a positive time, got {mishedge.time_to_expiry}"
            )
        fixed, width, _ = zakamouline_band(
            spot=mishedge.spot,
            gamma=gamma,
            vol=mishedge.vol,
            time_to_expiry=mishedge.time_to_expiry,
            cost_rate=curve.proportional / mishedge.spot,
            risk_aversion=aversion,
        )
        half = fixed + width
    else:
        raise InputError(f"rule: expected one that weighs risk against cost, got {rule.value}")
    return half + 0.5 * curve.lot, half - 0.5 * curve.lot


def implied_risk_aversion(trigger: float, mishedge: Mishedge, curve: CostCurve) -> float | None:
    """The γ for which `trigger` would be cost-optimal on this curve; None without costs or gamma, or inside half a lot."""
    scale = float(scale_of_trigger(trigger, curve.ticket, curve.proportional, curve.impact, curve.lot))
    if not 0.0 < scale < math.inf or mishedge.gamma == 0.0:
        return None
    return 12.0 * mishedge.gamma**2 / scale


def carry_tilt(carry_per_unit: float, *, spot: float, vol: float, risk_aversion: float, cap: float = math.inf) -> float:
    """−c/(γS²σ²): where the centre of the band moves, in units, if one more long unit costs c a year; clipped to ±cap.

    A tilt is a position and is shown as one. Funding 10.95 % a year at S = 60,000, σ = 0.6, γ = 1e-6: −5.069 units.
    """
    tilt = -carry_per_unit / (risk_aversion * (spot * vol) ** 2)
    return max(-cap, min(cap, tilt))


def _aversion_of(
    wanted: float,
    band: Callable[[float], tuple[float, float]],
    rule: BandRule,
    curve: CostCurve,
    scale: float,
    *,
    is_trigger: bool,
) -> float:
    """The γ at which the rule's trigger (or its √((a² + b²)/6)) is `wanted`; inf where only a lot stands in the way.

    Where trading is free it is 0: the least aversion hedges to the lot.
    """
    if curve.is_free:
        return 0.0
    if rule is BandRule.COST_OPTIMAL:
        solve = scale_of_trigger if is_trigger else scale_of_risk
        found = float(solve(wanted, curve.ticket, curve.proportional, curve.impact, curve.lot))
        return math.inf if found == 0.0 else scale / found

    def excess(log_aversion: float) -> float:
        a, b = band(math.exp(log_aversion))
        return (a if is_trigger else math.sqrt((a * a + b * b) / 6.0)) - wanted

    if excess(_LOG_AVERSION) >= 0.0:
        return math.inf
    if excess(-_LOG_AVERSION) <= 0.0:
        return math.exp(-_LOG_AVERSION)
    return math.exp(float(brentq(excess, -_LOG_AVERSION, _LOG_AVERSION, xtol=1e-13)))


def _before_gap(side: tuple[float, float], mishedge: Mishedge, gap_sd: float) -> tuple[float, float]:
    trigger, target = side
    if not trigger > 0.0:
        return side
    narrowed = trigger * gap_band_factor(gap_severity(mishedge.gamma, mishedge.spot, gap_sd, trigger))
    return narrowed, min(target, narrowed)


def _negated(side: tuple[float, float]) -> tuple[float, float]:
    return -side[0], -side[1]
