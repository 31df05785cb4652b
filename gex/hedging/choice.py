"""Which instruments to trade and how many contracts of each: one ladder of contract sizes, the cheapest that does it."""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gex.hedging.bands import Band, Binding, Mishedge, find_band, widened
from gex.hedging.costs import DAYS_PER_YEAR, CostCurve, CostLines
from gex.hedging.instruments import PricedInstrument
from gex.hedging.liquidation import liquidation_distance
from gex.hedging.policy import HedgePolicy
from gex.hedging.sizing import greedy_contracts, landing_contracts

_DAY = 1.0 / DAYS_PER_YEAR


class Limit(enum.Enum):
    """What cut an order short."""

    MARGIN = "margin_limit"
    POSITION = "position_limit"
    ORDER = "order_limit"
    LIQUIDATION = "liquidation_limit"  # more would be liquidated too near


@dataclass(frozen=True, kw_only=True)
class HedgeChoice:
    """One ladder with its band and the contracts of each rung, signed; all zero inside the band."""

    ladder: tuple[PricedInstrument, ...]
    curve: CostCurve  # that the band was found with
    band: Band
    contracts: tuple[int, ...]
    costs: tuple[CostLines, ...]  # of each rung's order, trading and carry over the horizon
    horizon: float  # years that the carry is counted for
    limits: tuple[Limit, ...]

    @property
    def units(self) -> float:
        """Units of underlying that the orders add."""
        return math.fsum(n * p.units_per_contract for n, p in zip(self.contracts, self.ladder, strict=True))

    @property
    def total(self) -> CostLines:
        """The orders' cost by line."""
        return sum(self.costs, CostLines())


def choose_hedge(
    ladders: Sequence[tuple[PricedInstrument, ...]],
    delta: float,
    mishedge: Mishedge,
    policy: HedgePolicy,
    *,
    widening: float = 1.0,
) -> HedgeChoice:
    """The hedge of the mishedge `delta` (units) on the ladder that removes a unit of it for the least money.

    It is traded as soon as the band of any ladder is left: what cannot be done cheaply with one contract is no reason to
    leave undone what another does. Costs and carry are compared a unit removed, over one horizon. Where no band is left,
    the ladder that will be the first to trade; one that its limits cut short gives way to one that is not. `widening`
    multiplies the triggers, up to the cap.
    """
    choices = [_on_ladder(ladder, delta, mishedge, policy, widening) for ladder in ladders]
    horizon = max((choice.horizon for choice in choices), default=_DAY)

    def rank(choice: HedgeChoice) -> tuple[bool, bool, float, float]:
        if not any(choice.contracts):
            reach = choice.band.trigger if delta > 0.0 else -choice.band.trigger_below
            return True, bool(choice.limits), reach, choice.curve.proportional
        rungs = [(n, p) for n, p in zip(choice.contracts, choice.ladder, strict=True) if n]
        carry = math.fsum(p.carry(n, horizon).carry for n, p in rungs)
        # Funding that may come otherwise is a risk as any: (γ/2)·variance is what it costs the desk.
        sd = math.fsum(p.carry_sd(n, horizon) for n, p in rungs)
        risk = 0.5 * (choice.band.risk_aversion or 0.0) * sd * sd
        return False, bool(choice.limits), (choice.total.trading + carry + risk) / abs(choice.units), 0.0

    return min(choices, key=rank)


def _on_ladder(
    ladder: tuple[PricedInstrument, ...], delta: float, mishedge: Mishedge, policy: HedgePolicy, widening: float
) -> HedgeChoice:
    curve, band = _best_rung(ladder, mishedge, policy)
    if widening != 1.0:
        band = widened(band, curve, widening, math.inf if policy.delta_cap is None else policy.delta_cap)
    horizon = band.horizon if 0.0 < band.horizon < math.inf else _DAY
    contracts: tuple[int, ...] = (0,) * len(ladder)
    limits: tuple[Limit, ...] = ()
    if not band.contains(delta):
        target = band.target if delta > 0.0 else -band.target_below
        sizes = [priced.lot_units for priced in ladder]
        if policy.trade_fraction is None:
            lots = landing_contracts(delta, target, sizes)
        else:
            lots = greedy_contracts(-policy.trade_fraction * delta, sizes)
        wanted = tuple(n * priced.instrument.lot for n, priced in zip(lots, ladder, strict=True))
        contracts, limits = limited(wanted, ladder, policy)
        if Limit.MARGIN in limits:
            band = replace(band, bound_by=Binding.MARGIN)
    costs = tuple(
        _curve(priced, mishedge, policy).lines(n * priced.units_per_contract) + priced.carry(n, horizon)
        for n, priced in zip(contracts, ladder, strict=True)
    )
    return HedgeChoice(
        ladder=ladder, curve=curve, band=band, contracts=contracts, costs=costs, horizon=horizon, limits=limits
    )


def _best_rung(ladder: tuple[PricedInstrument, ...], mishedge: Mishedge, policy: HedgePolicy) -> tuple[CostCurve, Band]:
    """The band of the rung with which the desk's limits can be met and cost plus risk a year is least."""
    ranked = []
    for priced in ladder:
        curve = _curve(priced, mishedge, policy)
        band = find_band(mishedge, curve, policy)
        cap, budget = policy.delta_cap, policy.residual_sd_budget
        misses = cap is not None and max(band.trigger, -band.trigger_below) > cap * (1.0 + 1e-9)
        if budget is not None and math.isfinite(mishedge.vol):
            misses |= band.residual_sd_per_day(mishedge.spot, mishedge.vol) > budget * (1.0 + 1e-9)
        risk = 0.0
        if policy.risk_aversion is not None and math.isfinite(mishedge.vol):
            risk = 0.5 * policy.risk_aversion * (mishedge.spot * mishedge.vol) ** 2 * band.mean_square
        ranked.append((misses, band.trading_cost_per_year + risk, curve.lot, curve, band))
    *_, curve, band = min(ranked, key=lambda entry: entry[:3])
    return curve, band


def _curve(priced: PricedInstrument, mishedge: Mishedge, policy: HedgePolicy) -> CostCurve:
    return priced.curve(vol=mishedge.vol, impact_prefactor=policy.impact_prefactor, ticket=policy.ticket)


def limited(
    wanted: tuple[int, ...], ladder: tuple[PricedInstrument, ...], policy: HedgePolicy
) -> tuple[tuple[int, ...], tuple[Limit, ...]]:
    """The orders that limits of size, position and margin leave, in whole lots; never the other way round."""
    contracts, limits = [], []
    free = math.inf if policy.margin_available is None else policy.margin_available
    for n, priced in zip(wanted, ladder, strict=True):
        instrument = priced.instrument
        held, size, sign = instrument.held, abs(n), 1 if n > 0 else -1
        if instrument.maximum_order is not None and size > instrument.maximum_order:
            size = instrument.maximum_order
            limits.append(Limit.ORDER)
        end = instrument.maximum_position if sign > 0 else instrument.minimum_position
        room = math.inf if end is None else max(sign * (end - held), 0)
        if size > room:
            size = int(room)
            limits.append(Limit.POSITION)
        if instrument.margin:
            # Reducing a position needs no margin: only contracts beyond the mirror image of what is held do.
            free_of_margin = max(-sign * held, 0) * 2
            opening = max(size - free_of_margin, 0)
            affordable = math.floor(free / instrument.margin + 1e-9) if math.isfinite(free) else opening
            if opening > affordable:
                opening = affordable
                size = free_of_margin + opening
                limits.append(Limit.MARGIN)
            free -= opening * instrument.margin
        if size and policy.liquidation_distance is not None:
            safe = _safe_size(priced, size, sign, policy.liquidation_distance)
            if safe < size:
                size = safe
                limits.append(Limit.LIQUIDATION)
        size -= size % instrument.lot
        contracts.append(sign * size)
    return tuple(contracts), tuple(dict.fromkeys(limits))


def _safe_size(priced: PricedInstrument, size: int, sign: int, least: float) -> int:
    """The most contracts up to `size` after which liquidation is no nearer than `least`; reducing is always safe."""
    held = priced.instrument.held

    def is_safe(n: int) -> bool:
        after = held + sign * n
        if held * after >= 0 and abs(after) <= abs(held):
            return True
        return liquidation_distance(priced.price, priced.liquidation_price(sign * n)) >= least

    if is_safe(size):
        return size
    low, high = 0, size  # beyond what closes the position, more is nearer
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_safe(middle) else (low, middle)
    return low
