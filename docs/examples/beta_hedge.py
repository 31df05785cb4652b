"""A book of two coins hedged to Bitcoin by beta while that pays, and on its own where it decouples: beta_hedge.py."""

import numpy as np

from gex.hedging.engine.config import EngineConfig, Mode
from gex.hedging.engine.decide import decide
from gex.hedging.engine.inputs import BookReading, CorrelationReading, EngineInputs
from gex.hedging.engine.state import opening_state
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import HedgePolicy
from gex.portfolio.linear import LinearKind

NOW = np.datetime64("2026-06-01T08:00:00", "ns")


def coin(name: str, delta: float, spot: float, vol: float, spread_bps: float) -> BookReading:
    """A book of `delta` coins with a perpetual of one coin to hedge it, `spread_bps` wide."""
    half = 0.5 * spread_bps * 1e-4 * spot
    perpetual = HedgeInstrument(
        symbol=f"{name}-PERP",
        kind=LinearKind.LINEAR,
        multiplier=0.001 if name == "BTC" else 1.0,
        bid=spot - half,
        ask=spot + half,
        fee_bps=5.0,
    )
    return BookReading(
        underlying=name, spot=spot, delta=delta, gamma=1e-6, vol=vol, as_of=NOW, instruments=(perpetual,)
    )


def main() -> None:
    """Two correlations, two hedges."""
    rules = EngineConfig(mode=Mode.LIVE, policy=HedgePolicy(risk_aversion=1e-6))
    books = (coin("BTC", 0.0, 60_000.0, 0.6, 1.0), coin("SOL", 2_000.0, 150.0, 0.9, 100.0))
    for value in (0.95, 0.3):
        link = CorrelationReading(hedged="SOL", hedge="BTC", value=value, count=500)
        decision, _ = decide(EngineInputs(as_of=NOW, books=books, correlations=(link,)), rules, opening_state())
        orders = ", ".join(f"{order.contracts:+d} {order.symbol}" for order in decision.orders) or "nothing"
        evidence = next(regime for regime in decision.regimes if regime.indicator.value == "correlation")
        print(f"correlation {value:g}, low end {evidence.value:.3f} against break-even {evidence.enter:.3f}: {orders}")


if __name__ == "__main__":
    main()
