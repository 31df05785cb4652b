"""Small worlds for tests of the engine: one book on one coin, a perpetual to hedge it with."""

from dataclasses import replace

import numpy as np

from gex.hedging.engine.config import EngineConfig, Mode
from gex.hedging.engine.fills import Fill, apply_fill
from gex.hedging.engine.inputs import BookReading, EngineInputs
from gex.hedging.engine.state import EngineState
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import HedgePolicy
from gex.portfolio.linear import LinearKind

START = np.datetime64("2024-03-01T00:00:00", "ns")
SECOND = np.timedelta64(1, "s")
HOUR = np.timedelta64(1, "h")
SPOT = 60_000.0


def perpetual(
    symbol: str = "PERP", *, size: float = 0.001, spot: float = SPOT, bps: float = 5.0, **terms: object
) -> HedgeInstrument:
    """A linear perpetual whose λ is `bps` of `spot`: half of it spread, half fee."""
    half = 0.5 * bps * 1e-4 * spot
    values: dict[str, object] = {"bid": spot - half, "ask": spot + half, "fee_bps": 0.5 * bps, **terms}
    return HedgeInstrument(symbol=symbol, kind=LinearKind.LINEAR, multiplier=size, **values)  # type: ignore[arg-type]


def book(
    delta: float = 5.3,
    *,
    spot: float = SPOT,
    gamma: float = -5e-4,
    vol: float = 0.6,
    at: np.datetime64 = START,
    instruments: tuple[HedgeInstrument, ...] | None = None,
    **terms: object,
) -> BookReading:
    """The book of the reference's vectors: Γ = 5e-4, σ = 0.6, S = 60,000, so v = 18 units/√year."""
    rows = (perpetual(spot=spot),) if instruments is None else instruments
    return BookReading(  # type: ignore[arg-type]
        underlying="BTC", spot=spot, delta=delta, gamma=gamma, vol=vol, as_of=at, instruments=rows, **terms
    )


def inputs(*books: BookReading, **terms: object) -> EngineInputs:
    return EngineInputs(as_of=books[0].as_of, books=books, **terms)  # type: ignore[arg-type]


def config(*, mode: Mode = Mode.LIVE, **terms: object) -> EngineConfig:
    values: dict[str, object] = {"policy": HedgePolicy(risk_aversion=1e-6), **terms}
    return EngineConfig(mode=mode, **values)  # type: ignore[arg-type]


def filled(state: EngineState, *, price: float | None = None, at: np.datetime64 | None = None) -> EngineState:
    """All orders in flight filled, at the mid they were decided on unless a price is given."""
    for order in state.orders:
        fill = Fill(
            fill_id=f"fill-{order.order_id}",
            order_id=order.order_id,
            symbol=order.symbol,
            contracts=order.remaining,
            filled_at=order.sent_at if at is None else at,
            price=order.reference_price if price is None else price,
        )
        state, _ = apply_fill(state, fill)
    return state


def later(reading: BookReading, seconds: float, **changes: object) -> BookReading:
    return replace(reading, as_of=reading.as_of + np.timedelta64(round(seconds * 1e9), "ns"), **changes)  # type: ignore[arg-type]
