"""One order over several venues: contracts of one size go where the next one is cheapest, within each venue's depth."""

import heapq
import math
from collections.abc import Callable, Sequence

from gex.hedging.bands import Mishedge
from gex.hedging.engine.adaptation import Adapted
from gex.hedging.instruments import PricedInstrument

_STEPS = 64  # of a large order: parts that are dealt out one by one
_SAME_SIZE = 1e-3  # of units a contract: one contract at two venues, their basis apart


def split_by_venue(
    contracts: Sequence[tuple[PricedInstrument, int]],
    instruments: Sequence[PricedInstrument],
    adapted: Adapted,
    motion: Mishedge,
) -> tuple[tuple[PricedInstrument, int], ...]:
    """The same contracts, each spread over the instruments of its kind, expiry and size by marginal cost.

    The cost of each venue is convex, so dealing the order out part by part to the cheapest next part is optimal to one
    part. A venue takes no more than its depth and its limits; a ticket is paid only where it saves more.
    """
    found: list[tuple[PricedInstrument, int]] = []
    for priced, n in contracts:
        same = [other for other in instruments if _is_same(priced, other)]
        found += _dealt(n, same, adapted, motion) if len(same) > 1 else [(priced, n)]
    merged: dict[str, tuple[PricedInstrument, int]] = {}
    for priced, n in found:
        before = merged.get(priced.instrument.symbol, (priced, 0))[1]
        merged[priced.instrument.symbol] = (priced, before + n)
    return tuple((priced, n) for priced, n in merged.values() if n)


def _is_same(one: PricedInstrument, other: PricedInstrument) -> bool:
    return (
        one.instrument.kind is other.instrument.kind
        and one.instrument.expires_at == other.instrument.expires_at
        and one.instrument.lot == other.instrument.lot
        and math.isclose(one.units_per_contract, other.units_per_contract, rel_tol=_SAME_SIZE)
    )


def _dealt(
    n: int, venues: Sequence[PricedInstrument], adapted: Adapted, motion: Mishedge
) -> list[tuple[PricedInstrument, int]]:
    lot, sign = venues[0].instrument.lot, 1 if n > 0 else -1
    lots = abs(n) // lot
    part = max(lots // _STEPS, 1)
    policy = adapted.policy
    curves = [p.curve(vol=motion.vol, impact_prefactor=policy.impact_prefactor, ticket=policy.ticket) for p in venues]
    room = [_room(p, sign) // lot for p in venues]

    def cost(i: int, count: int) -> float:
        return curves[i].cost(count * lot * venues[i].units_per_contract)

    best: list[int] | None = None
    least = math.inf
    # With a ticket each further venue must earn it: the cheapest one alone, the two cheapest, and so on.
    order = sorted(range(len(venues)), key=lambda i: (cost(i, min(lots, max(room[i], 1))), i))
    for count in range(1, len(order) + 1):
        dealt = _cheapest(lots, part, order[:count], room, cost)
        if dealt is None:
            continue
        total = math.fsum(cost(i, dealt[i]) for i in order[:count])
        if total < least - 1e-12:
            best, least = dealt, total
    if best is None:  # deeper than all venues together: everything they take, the rest at the cheapest
        best = list(room)
        best[order[0]] += lots - sum(room)
    return [(p, sign * count * lot) for p, count in zip(venues, best, strict=True) if count]


def _cheapest(
    lots: int, part: int, order: Sequence[int], room: Sequence[int], cost: Callable[[int, int], float]
) -> list[int] | None:
    """Lots by venue; None where they do not fit."""
    dealt = [0] * len(room)
    heap: list[tuple[float, int, int]] = []
    for i in order:
        step = min(part, room[i], lots)
        if step:
            heapq.heappush(heap, (cost(i, step) / step, i, step))
    left = lots
    while left and heap:
        _, i, step = heapq.heappop(heap)
        step = min(step, left)
        dealt[i] += step
        left -= step
        following = min(part, room[i] - dealt[i], left)
        if following:
            more = cost(i, dealt[i] + following) - cost(i, dealt[i])
            heapq.heappush(heap, (more / following, i, following))
    return None if left else dealt


def _room(priced: PricedInstrument, sign: int) -> int:
    """Contracts a venue takes at once: its depth, its largest order, its limit of position."""
    instrument = priced.instrument
    limits: list[float] = [instrument.depth] if instrument.depth is not None else []
    if instrument.maximum_order is not None:
        limits.append(instrument.maximum_order)
    end = instrument.maximum_position if sign > 0 else instrument.minimum_position
    if end is not None:
        limits.append(max(sign * (end - instrument.held), 0))
    return int(min(limits, default=10**12))
