"""The breaker: what opens it, what it holds, when it closes. It never forbids reducing risk beyond the cap."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gex.hedging.engine.config import BreakerRule, Indicator
from gex.hedging.engine.state import BreakerState

SWITCHES, REVERSALS, BUDGET, SLIPPAGE = "regime_switches", "side_reversals", "cost_budget", "slippage"
COSTLY = (BUDGET, SLIPPAGE)
"""Causes that also make the engine passive and reduce-only, until it closes."""

_SECOND = 10**9
_FORGOTTEN = 10.0  # cool-downs without an opening after which the next one is the first again


def kept(times: Sequence[int], now: int, window: float) -> tuple[int, ...]:
    """The instants within the last `window` seconds."""
    oldest = now - round(window * _SECOND)
    return tuple(t for t in times if t >= oldest)


def judged(
    state: BreakerState,
    now: np.datetime64,
    rule: BreakerRule,
    *,
    switched: Sequence[Indicator],
    cost_today: float,
    budget: float | None,
    resets: bool,
) -> tuple[BreakerState, bool]:
    """The breaker at an instant, and whether it closed just now.

    More than `most_switches` regime switches or `most_reversals` reversals within the window, a budget spent, or slippage
    beyond the model open it; a new cause while it is open keeps it open anew. The regimes that switched are held stressed.
    Who resets it by hand gives the day a new budget.
    """
    at = int(now.astype("datetime64[ns]").astype(np.int64))
    state = replace(
        state,
        switches=kept((*state.switches, *[at] * len(switched)), at, rule.window),
        reversals=kept(state.reversals, at, rule.window),
        held=tuple(sorted({*state.held, *switched}, key=lambda i: i.value)) if switched else state.held,
        forgiven=cost_today if resets else state.forgiven if cost_today >= state.forgiven else 0.0,  # 0: another day
    )
    closed = False
    if state.is_open and (resets or (not rule.is_reset_by_hand and state.until is not None and now >= state.until)):
        state = replace(state, causes=(), until=None, held=(), switches=(), reversals=(), slippage=())
        closed = True
    found = causes_of(state, rule, cost_today=cost_today, budget=budget)
    fresh = tuple(cause for cause in found if cause not in state.causes)
    if not found and not state.is_open and not state.switches:
        state = replace(state, held=())
    if fresh:
        openings = state.openings + 1
        since = state.opened_at
        pause = rule.cooldown * 2.0 ** (openings - 1)
        if since is not None and float((now - since) / np.timedelta64(1, "ns")) * 1e-9 > _FORGOTTEN * min(
            pause, rule.longest_cooldown
        ):
            openings, pause = 1, rule.cooldown
        pause = min(pause, rule.longest_cooldown)
        state = replace(
            state,
            causes=(*state.causes, *fresh),
            opened_at=now,
            until=now + np.timedelta64(round(pause * _SECOND), "ns"),
            openings=openings,
        )
        closed = False
    return state, closed


def causes_of(state: BreakerState, rule: BreakerRule, *, cost_today: float, budget: float | None) -> tuple[str, ...]:
    """What speaks for opening it now."""
    causes = []
    if len(state.switches) > rule.most_switches:
        causes.append(SWITCHES)
    if len(state.reversals) > rule.most_reversals:
        causes.append(REVERSALS)
    if budget is not None and cost_today - state.forgiven > budget:
        causes.append(BUDGET)
    if rule.slippage_factor is not None and len(state.slippage) >= rule.slippage_orders:
        last = state.slippage[-rule.slippage_orders :]
        expected, realised = math.fsum(e for e, _ in last), math.fsum(r for _, r in last)
        if realised > rule.slippage_factor * expected:
            causes.append(SLIPPAGE)
    return tuple(causes)
