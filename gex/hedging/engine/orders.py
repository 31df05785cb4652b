"""Rule 9: from contracts to orders. One clip at a time, so that the next is decided anew; beyond the cap all at once."""

import math
from collections.abc import Sequence

from gex.hedging.costs import CostLines
from gex.hedging.engine.breaker import COSTLY
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.decision import EngineOrder, Why
from gex.hedging.engine.judgement import Judgement, order_costs
from gex.hedging.engine.state import EngineState
from gex.hedging.engine.venues import split_by_venue
from gex.hedging.instruments import PricedInstrument
from gex.hedging.sizing import clips
from gex.hedging.triggers import OrderHint


def issued(
    judgement: Judgement,
    forced: Sequence[tuple[PricedInstrument, int]],
    config: EngineConfig,
    state: EngineState,
    number: int,
    first: int,
    *,
    equity: float | None,
    leverage: float | None,
    notional_held: float,
) -> tuple[tuple[EngineOrder, ...], tuple[Why, ...]]:
    """The orders of one group, numbered from `first`, and the limits that cut them.

    `forced` come before all, to keep a leg from liquidation. The cap is above every limit but margin.
    """
    reasons: list[Why] = []
    chosen = list(forced) + list(
        split_by_venue(judgement.contracts, judgement.group.book.priced, judgement.adapted, judgement.motion)
    )
    room = _room(config, state, first)
    orders: list[EngineOrder] = []
    for place, (priced, wanted) in enumerate(chosen):
        is_free = judgement.is_beyond_cap or place < len(forced)
        n = wanted
        largest = _largest_clip(priced, config, judgement)
        if not is_free:
            if largest is not None and abs(n) > largest:
                n = int(math.copysign(largest, n))
                reasons.append(Why.MAXIMUM_CLIP)
            if leverage is not None and equity is not None:
                n, cut = _within_leverage(priced, n, equity, leverage, notional_held)
                if cut:
                    reasons.append(Why.LEVERAGE)
            if n and room <= 0:
                reasons.append(Why.ORDER_RATE)
                n = 0
        if n == 0:
            continue
        sizes = clips(n, largest)
        room -= len(sizes)
        held = priced.instrument.held
        notional_held += (abs(held + n) - abs(held)) * priced.notional
        orders.append(_order(judgement, priced, n, sizes, state, f"{config.hedge}-{number}-{first + len(orders)}"))
    return tuple(orders), tuple(dict.fromkeys(reasons))


def _order(
    judgement: Judgement,
    priced: PricedInstrument,
    n: int,
    sizes: tuple[int, ...],
    state: EngineState,
    order_id: str,
) -> EngineOrder:
    horizon = judgement.choice.horizon if judgement.choice is not None else 0.0
    costly = state.breaker.is_open and any(cause in COSTLY for cause in state.breaker.causes)
    must = judgement.is_beyond_cap or judgement.motion.gamma < 0.0
    is_passive = costly and not judgement.is_beyond_cap
    costs = order_costs(priced, n, horizon, judgement.adapted, judgement.motion)
    ticket = judgement.adapted.policy.ticket
    if is_passive:
        carried = CostLines(funding=costs.funding, basis=costs.basis, roll=costs.roll, borrow=costs.borrow)
        costs = priced.resting_lines(n, ticket=ticket) + carried
    return EngineOrder(
        order_id=order_id,
        underlying=judgement.group.book.reading.underlying,
        symbol=priced.instrument.symbol,
        contracts=n,
        clips=sizes,
        units=n * priced.units_per_contract,
        notional=n * priced.notional,
        expected_price=priced.price,
        order_hint=OrderHint.MARKET if must else OrderHint.LIMIT,
        is_passive=is_passive,
        costs=costs,
        resting_cost=priced.resting_cost(n, ticket=ticket),
    )


def _room(config: EngineConfig, state: EngineState, sent_now: int) -> int:
    """Orders that may still be sent within the hour."""
    if config.maximum_orders_per_hour is None:
        return 1_000_000_000
    return config.maximum_orders_per_hour - len(state.order_times) - sent_now + 1


def _largest_clip(priced: PricedInstrument, config: EngineConfig, judgement: Judgement) -> int | None:
    """Contracts of one clip, in whole lots: the policy's own, and a share of the depth."""
    sizes: list[float] = []
    if judgement.adapted.policy.max_clip is not None:
        sizes.append(judgement.adapted.policy.max_clip)
    depth = priced.instrument.depth
    if depth is not None and depth > 0.0:
        sizes.append(depth * (1.0 if config.depth_share is None else config.depth_share))
    if not sizes:
        return None
    lot = priced.instrument.lot
    return max(int(min(sizes)) // lot, 1) * lot


def _within_leverage(
    priced: PricedInstrument, n: int, equity: float, most: float, notional_held: float
) -> tuple[int, bool]:
    """The part of an order that keeps the notional of all legs within `most` times equity; reducing is always allowed."""
    held = priced.instrument.held
    free = max(-held if n > 0 else held, 0)  # closes what is held the other way
    mirror = min(abs(n), 2 * free)  # up to the mirror image no leg grows
    room = (max(equity, 0.0) * most - notional_held) / priced.notional
    allowed = mirror + max(math.floor(room + 1e-9), 0)
    if abs(n) <= allowed:
        return n, False
    allowed -= allowed % priced.instrument.lot
    return int(math.copysign(allowed, n)) if allowed else 0, True
