"""Recorded markets made of simulated paths, for tests."""

import numpy as np

from gex.backtest.recording import HedgeTerms, Recording
from gex.backtest.replay import Strategy
from gex.hedging.engine.config import BreakerRule, EngineConfig, Mode, RegimeRule, RegimeTable
from gex.hedging.policy import HedgePolicy

START = np.datetime64("2024-01-01T00:00:00", "ns")
YEAR_NS = 365 * 86_400 * 10**9
SILENT = RegimeRule(is_active=False)


def quiet(policy: HedgePolicy, **changes: object) -> EngineConfig:
    """The engine with its band alone: no regimes, breaker, hold or gate."""
    settings = {
        "mode": Mode.LIVE,
        "minimum_hold": 0.0,
        "has_cost_gate": False,
        "regimes": RegimeTable(volatility=SILENT, liquidity=SILENT, correlation=SILENT),
        "breaker": BreakerRule(most_switches=10_000, most_reversals=10_000),
        **changes,
    }
    return EngineConfig(policy=policy, **settings)  # type: ignore[arg-type]


def strategy(name: str = "ab", *, aversion: float = 2.0, **changes: object) -> Strategy:
    return Strategy(name=name, config=quiet(HedgePolicy(risk_aversion=aversion)), **changes)  # type: ignore[arg-type]


def recorded(
    spot: np.ndarray,
    time: np.ndarray,
    delta: np.ndarray,
    gamma: np.ndarray,
    *,
    half_spread: float = 1e-3,
    lot: float = 0.01,
    vol: float = 0.3,
    **columns: object,
) -> Recording:
    """A recording of given Greeks; the book's value is left at 0."""
    zero = np.zeros(len(spot))
    values = {
        "time": START + np.round(time * YEAR_NS).astype("timedelta64[ns]"),
        "block": np.arange(len(spot)) // 10,
        "spot": spot,
        "bid": spot * (1.0 - half_spread),
        "ask": spot * (1.0 + half_spread),
        "book_profit": zero,
        "book_value": zero,
        "delta": delta,
        "gamma": gamma,
        "vol": np.full(len(spot), vol),
        "time_to_expiry": np.maximum(time[-1] - time, 1e-6),
        **columns,
    }
    return Recording(name="test", underlying="X", terms=HedgeTerms(symbol="F", multiplier=lot), **values)  # type: ignore[arg-type]


def random_recording(count: int = 200, *, seed: int = 3, **columns: object) -> Recording:
    """A book of gamma −0.05 on a diffusing spot, looked at once an hour."""
    draw = np.random.default_rng(seed)
    time = np.arange(count) / (365.0 * 24.0)
    spot = 100.0 * np.exp(np.cumsum(0.3 * np.sqrt(1.0 / 8760.0) * draw.standard_normal(count)))
    return recorded(spot, time, -0.5 - 0.05 * (spot - 100.0), np.full(count, -0.05), **columns)
