"""A book of several coins: hedged through Bitcoin by beta while that pays, on their own where they decouple."""

from dataclasses import replace

import numpy as np
import pytest

from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Why
from gex.hedging.engine.inputs import BookReading, CorrelationReading, EngineInputs
from gex.hedging.engine.state import EngineState, opening_state
from gex.hedging.policy import HedgePolicy
from tests.hedging.engine.worlds import START, book, config, filled, perpetual

RULES = config(policy=HedgePolicy(risk_aversion=1e-5), minimum_hold=0.0)


def coin(name: str, delta: float, spot: float, vol: float, *, own: bool = False) -> BookReading:
    """A book on a coin; with instruments of its own where `own`."""
    rows = (perpetual(name, size=1.0, spot=spot, bps=20.0),) if own else ()
    return replace(book(delta, spot=spot, gamma=1e-6, vol=vol, instruments=rows), underlying=name)


def world(
    rho: float, *, count: int = 500, own: bool = False, delta: float = 2_000.0, seconds: float = 0.0
) -> EngineInputs:
    """Bitcoin flat with a perpetual, and 2,000 SOL at 150: β = ρ·0.9/0.6 of 300,000 USD."""
    at = START + np.timedelta64(round(seconds), "s")
    books = (replace(book(0.0, gamma=1e-9), as_of=at), replace(coin("SOL", delta, 150.0, 0.9, own=own), as_of=at))
    link = CorrelationReading(hedged="SOL", hedge="BTC", value=rho, count=count)
    return EngineInputs(as_of=at, books=books, correlations=(link,))


def run(
    inputs: EngineInputs, state: EngineState | None = None, rules: EngineConfig = RULES
) -> tuple[dict[str, int], set[Why], EngineState]:
    decision, after = decide(inputs, rules, state or opening_state())
    return {order.symbol: order.contracts for order in decision.orders}, set(decision.reasons), filled(after)


def test_a_coin_without_contracts_is_hedged_by_its_beta_to_bitcoin() -> None:
    """ρ = 0.9: β = 1.35; 2,000·150·1.35/60,000 = 6.75 coins sold, less the band."""
    orders, reasons, _ = run(world(0.9))
    assert Why.CROSS_HEDGE in reasons
    assert set(orders) == {"PERP"}
    assert orders["PERP"] == pytest.approx(-6_750, abs=700)
    decision, _ = decide(world(0.9), RULES, opening_state())
    assert decision.groups[0].members == ("BTC", "SOL")
    assert decision.groups[0].book_delta == pytest.approx(6.75)


def test_a_decoupled_coin_is_hedged_on_its_own_and_leaves_bitcoin_alone() -> None:
    orders, reasons, _ = run(world(0.2, own=True))
    assert Why.DECOUPLED in reasons
    assert set(orders) == {"SOL"}
    assert orders["SOL"] == pytest.approx(-2_000, abs=700)


def test_a_decoupled_coin_without_contracts_says_that_nothing_hedges_it() -> None:
    orders, reasons, _ = run(world(0.2))
    assert {Why.DECOUPLED, Why.NO_INSTRUMENT} <= reasons
    assert not orders


def test_few_observations_do_not_count_as_much() -> None:
    """ρ̂ = 0.9 of eight observations: the low end of its interval is 0.53, and that is what must pay."""
    decision, _ = decide(world(0.9, count=8), RULES, opening_state())
    many, _ = decide(world(0.9, count=500), RULES, opening_state())
    low = {r.indicator.value: r.value for r in decision.regimes}["correlation"]
    high = {r.indicator.value: r.value for r in many.regimes}["correlation"]
    assert low == pytest.approx(0.53, abs=0.01)
    assert high == pytest.approx(0.882, abs=0.005)


def test_a_dear_own_contract_gives_way_to_bitcoin_only_where_the_rest_of_the_risk_is_worth_it() -> None:
    """The own contract costs 15,000 USD of 300,000, the cross hedge 225 and the risk it leaves (γ/2)(1 − ρ²)σ²H.

    That is 60 USD at γ = 1e-5 and 60,000 at 1e-2.
    """
    dear = world(0.995, own=True)
    wide = replace(dear.books[1], instruments=(perpetual("SOL", size=1.0, spot=150.0, bps=500.0),))
    crossed = replace(dear, books=(dear.books[0], wide))
    assert set(run(crossed)[0]) == {"PERP"}
    careful = config(policy=HedgePolicy(risk_aversion=1e-2), minimum_hold=0.0)
    assert "SOL" in run(crossed, rules=careful)[0], "who bears no risk takes the contract without a residual"


def test_a_cross_hedge_that_decouples_is_unwound_and_not_begun_again_within_its_dwell() -> None:
    orders, _, state = run(world(0.9))
    assert orders["PERP"] < 0
    orders, reasons, state = run(world(0.2, seconds=60.0), state)
    assert Why.DECOUPLED in reasons
    assert orders["PERP"] > 0, "what hedged the coin is closed"
    orders, reasons, state = run(world(0.9, seconds=120.0), state)
    assert Why.CROSS_HEDGE not in reasons
    assert not orders
    _, reasons, _ = run(world(0.9, seconds=86_400.0 + 120.0), state)
    assert Why.CROSS_HEDGE in reasons


def test_between_break_even_and_its_margin_a_cross_hedge_is_kept_and_not_begun() -> None:
    """ρ_be = √(2C/(γσ²H)) with C = ρ·|β-hedge|·λ: found by trying; held it stays, not held it is not begun (§7)."""
    found = None
    for rho in np.arange(0.05, 0.95, 0.01):
        decision, _ = decide(world(float(rho)), RULES, opening_state())
        (link,) = [r for r in decision.regimes if r.indicator.value == "correlation"]
        if link.enter < link.value < link.enter + 0.05:
            found = float(rho)
            break
    assert found is not None
    assert Why.CROSS_HEDGE not in run(world(found))[1]
    _, _, state = run(world(0.9))
    assert Why.CROSS_HEDGE in run(world(found, seconds=60.0), state)[1]
