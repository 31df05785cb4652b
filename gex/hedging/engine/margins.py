"""Rule 3, second half: a leg that would be liquidated too near is made smaller, as far as the cap allows."""

import math
from dataclasses import replace

from gex.hedging.engine.adaptation import Adapted
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.groups import Group, PricedBook
from gex.hedging.instruments import PricedInstrument
from gex.hedging.liquidation import liquidation_distance, required_distance


def least_distance(config: EngineConfig, vol: float, *, is_cascade: bool) -> float | None:
    """ln distance to liquidation that is demanded now: k·σ·√H, wider while a cascade is possible; None: none is."""
    limits = config.limits
    if limits.liquidation_deviations is None or not math.isfinite(vol):
        return None
    least = required_distance(vol, limits.liquidation_horizon, deviations=limits.liquidation_deviations)
    return max(least * config.cascade.distance_factor, math.log1p(config.cascade.jump)) if is_cascade else least


def reduced_legs(
    group: Group, adapted: Adapted, coins: float
) -> tuple[Group, tuple[tuple[PricedInstrument, int], ...], tuple[str, ...]]:
    """(group after the reductions, what to trade for them, alerts): legs nearer to liquidation than the policy allows.

    A leg is cut to the largest size that is far enough, but never so far that the mishedge passes the cap; what stays
    near is an alert, because only collateral or another instrument can mend it.
    """
    least, cap = adapted.policy.liquidation_distance, adapted.policy.delta_cap
    if least is None:
        return group, (), ()
    trades, alerts, rows = [], [], []
    mishedge = group.delta(adapted.policy.coverage) + coins - adapted.policy.target_delta
    for priced in group.book.priced:
        held, end = priced.instrument.held, priced.liquidation_price()
        if held == 0 or liquidation_distance(priced.price, end) >= least:
            rows.append(priced)
            continue
        sign = -1 if held > 0 else 1
        wanted = _smallest_cut(priced, sign, least)
        if cap is not None:
            room = max(cap - sign * mishedge, 0.0) if sign * mishedge > -cap else math.inf
            lots = math.floor(room / priced.lot_units + 1e-9) if math.isfinite(room) else wanted
            wanted = min(wanted, lots * priced.instrument.lot)
        name = priced.instrument.symbol
        distance = liquidation_distance(priced.price, end)
        alerts.append(
            f"{name} is liquidated {distance:.1%} from its price, nearer than {least:.1%}: "
            + (f"{wanted} contracts are closed" if wanted else "nothing can be closed within the delta cap")
            + "; add collateral or hedge with another instrument."
        )
        if wanted:
            trades.append((priced, sign * wanted))
            mishedge += sign * wanted * priced.units_per_contract
        after = replace(
            priced.instrument,
            position=priced.instrument.position + sign * wanted,
            maximum_position=max(held + sign * wanted, 0) if held > 0 else priced.instrument.maximum_position,
            minimum_position=min(held + sign * wanted, 0) if held < 0 else priced.instrument.minimum_position,
        )
        rows.append(replace(priced, instrument=after))
    if not alerts:
        return group, (), ()
    book = PricedBook(reading=group.book.reading, priced=tuple(rows), faults=group.book.faults)
    members = tuple((book, ratio) if one is group.book else (one, ratio) for one, ratio in group.members)
    return Group(book=book, members=members), tuple(trades), tuple(alerts)


def _smallest_cut(priced: PricedInstrument, sign: int, least: float) -> int:
    """Fewest contracts to close, in lots, until liquidation is far enough; all of them at the most."""
    lot = priced.instrument.lot
    low, high = 0, abs(priced.instrument.held) // lot
    while high - low > 1:
        middle = (low + high) // 2
        far = liquidation_distance(priced.price, priced.liquidation_price(sign * middle * lot)) >= least
        low, high = (low, middle) if far else (middle, high)
    return high * lot
