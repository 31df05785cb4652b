"""The policy as it stands at one instant: what regimes, windows, overrides and the breaker make of the desk's own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gex.hedging.engine.config import EngineConfig, Indicator
from gex.hedging.engine.inputs import BookReading
from gex.hedging.engine.state import BreakerState, Override, RegimeState
from gex.hedging.policy import HedgePolicy

_STATE_OF = {
    Indicator.VOLATILITY: "high_volatility",
    Indicator.LIQUIDITY: "low_liquidity",
    Indicator.CORRELATION: "low_correlation",
}


@dataclass(frozen=True, kw_only=True)
class Adapted:
    """One underlying's policy now."""

    policy: HedgePolicy
    vol: float  # of risk: implied, or realised where that is higher and volatility is stressed
    widening: float  # of the band, by the breaker
    hold_factor: float  # on the minimum hold, by the breaker


def stressed(regimes: Sequence[RegimeState], breaker: BreakerState) -> frozenset[Indicator]:
    """The regimes that count as stressed: those that are, and those the open breaker holds."""
    found = {regime.indicator for regime in regimes if regime.is_stressed}
    return frozenset(found | (set(breaker.held) if breaker.is_open else set()))


def adapted(
    config: EngineConfig,
    reading: BookReading,
    active: frozenset[Indicator],
    breaker: BreakerState,
    gap_sd: float,
    override: Override | None,
    liquidation_distance: float | None,
) -> Adapted:
    """The desk's policy with what may change by itself: σ, η, clips, coverage, gaps, a forced target; nothing else.

    Volatility changes σ alone: at a given γ the band stays where it is, because it does not contain σ.
    """
    policy = config.policy_of(reading.underlying)
    vol = policy.vol if policy.vol is not None else reading.vol
    if Indicator.VOLATILITY in active and reading.realised_vol_short is not None:
        vol = max(vol, reading.realised_vol_short) if math.isfinite(vol) else reading.realised_vol_short
    changes: dict[str, object] = {}
    states = {_STATE_OF[indicator] for indicator in active}
    table = [share for name, share in config.regimes.coverage if name in states]
    if table:
        changes["coverage"] = max(table)
    if Indicator.LIQUIDITY in active:
        changes["impact_prefactor"] = policy.impact_prefactor * config.regimes.impact_factor
        if policy.max_clip is not None:
            changes["max_clip"] = max(int(policy.max_clip * config.regimes.clip_factor), 1)
    if gap_sd > 0.0:
        changes["event_gap_sd"] = math.hypot(policy.event_gap_sd, gap_sd)
    if override is not None and override.kind == "force_target" and override.target_delta is not None:
        changes["target_delta"] = override.target_delta
    if liquidation_distance is not None:
        changes["liquidation_distance"] = max(liquidation_distance, policy.liquidation_distance or 0.0)
    return Adapted(
        policy=replace(policy, **changes) if changes else policy,  # type: ignore[arg-type]
        vol=vol,
        widening=config.breaker.band_factor if breaker.is_open else 1.0,
        hold_factor=config.breaker.hold_factor if breaker.is_open else 1.0,
    )
