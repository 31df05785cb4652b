"""What stops a hedge from growing: loss, leverage, distance to liquidation, clips, orders an hour, rejections."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gex.hedging.engine.config import RegimeRule, RegimeTable, RiskLimits
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Why
from gex.hedging.engine.fills import Fill, apply_fill
from gex.hedging.engine.inputs import CascadeReading
from gex.hedging.engine.state import opening_state
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import HedgePolicy
from gex.portfolio.linear import LinearKind
from tests.hedging.engine.worlds import START, book, config, filled, inputs, later, perpetual

CAPPED = HedgePolicy(risk_aversion=1e-6, delta_cap=6.0)


# ── loss and drawdown ──


@pytest.mark.parametrize(
    ("limits", "equities", "word"),
    [
        (RiskLimits(max_loss=1_000.0), (10_000.0, 8_900.0), "loss"),
        (RiskLimits(max_drawdown=1_000.0), (10_000.0, 12_000.0, 10_900.0), "drawdown"),
    ],
)
def test_a_loss_beyond_its_limit_makes_hedges_only_smaller_but_for_the_cap(
    limits: RiskLimits, equities: tuple[float, ...], word: str
) -> None:
    rules, state = config(limits=limits, policy=CAPPED), opening_state()
    for i, equity in enumerate(equities):
        decision, _ = decide(inputs(later(book(4.0), 60.0 * i), equity=equity), rules, state)
        if i < len(equities) - 1:
            assert Why.DRAWDOWN not in decision.reasons
            _, state = decide(inputs(later(book(0.0), 60.0 * i), equity=equity), rules, state)
    assert {Why.DRAWDOWN, Why.REDUCE_ONLY} <= set(decision.reasons)
    assert not decision.orders
    assert any(f"The {word} of 1100" in alert for alert in decision.alerts)
    beyond, _ = decide(inputs(later(book(9.0), 600.0), equity=equities[-1]), rules, state)
    assert beyond.orders, "beyond the cap risk is reduced whatever was lost"


# ── leverage ──


def test_leverage_cuts_what_grows_and_lets_shrink() -> None:
    """One coin is 60,000: with 120,000 of equity and leverage 1 two of them may be held short."""
    rules = config(limits=RiskLimits(max_leverage=1.0), minimum_hold=0.0)
    decision, state = decide(inputs(book(9.0), equity=120_000.0), rules, opening_state())
    assert Why.LEVERAGE in decision.reasons
    assert sum(order.contracts for order in decision.orders) == -2_000
    state = filled(state)
    back, _ = decide(inputs(later(book(-9.0), 60.0), equity=120_000.0), rules, state)
    assert sum(order.contracts for order in back.orders) == 4_000  # closes two, opens two the other way
    poor, _ = decide(inputs(later(book(9.0), 60.0), equity=-5.0), rules, state)
    assert not poor.orders


def test_leverage_shrinks_in_stress_and_the_cap_goes_over_it() -> None:
    quick = RegimeRule(least_samples=2, sample_interval=1.0, dwell=0.0)
    rules = config(
        limits=RiskLimits(max_leverage=1.0, stressed_leverage=0.25), regimes=RegimeTable(volatility=quick),
        minimum_hold=0.0,
    )  # fmt: skip
    state = opening_state()
    for i, vol in enumerate((0.5, 0.52, 0.51)):
        _, state = decide(
            inputs(later(book(0.0), 60.0 * i, realised_vol_short=vol, realised_vol_long=0.5)), rules, state
        )
    reading = later(book(9.0), 300.0, realised_vol_short=1.5, realised_vol_long=0.5)
    stressed, _ = decide(inputs(reading, equity=120_000.0), rules, state)
    assert any(regime.is_stressed for regime in stressed.regimes)
    assert sum(order.contracts for order in stressed.orders) == -500
    storm = CascadeReading(open_interest=1e10, depth=1e8, funding_percentile=0.99)
    calm = later(book(9.0), 300.0, realised_vol_short=0.4, realised_vol_long=0.5)
    cascade, _ = decide(inputs(calm, equity=120_000.0, cascade=storm), rules, state)
    assert sum(order.contracts for order in cascade.orders) == -500
    capped, _ = decide(inputs(reading, equity=120_000.0), replace(rules, policy=CAPPED), state)
    assert abs(capped.groups[0].residual_delta) <= 6.0


# ── distance to liquidation ──


def coin_short(wallet: float, contracts: int = -60_000) -> HedgeInstrument:
    """An inverse perpetual of 10 USD: 60,000 contracts are 10 coins at 60,000; N = −600,000."""
    return HedgeInstrument(
        symbol="INV", kind=LinearKind.INVERSE, multiplier=10.0, bid=59_997.0, ask=60_003.0, fee_bps=5.0, wallet=wallet,
        maintenance_margin=0.005, position=contracts, entry_price=60_000.0,
    )  # fmt: skip


def test_a_leg_too_near_its_liquidation_is_cut_and_says_so() -> None:
    """One coin behind ten sold: liquidated at 66,333, ln 1.1055 = 10 % away; 20 % are demanded. The book is neutral."""
    terms = coin_short(1.0)
    rules = config(policy=HedgePolicy(risk_aversion=1e-6, liquidation_distance=0.2, delta_cap=6.0))
    decision, _ = decide(inputs(book(10.0, instruments=(terms,))), rules, opening_state((terms,)))
    assert Why.LIQUIDATION_NEAR in decision.reasons
    bought = sum(order.contracts for order in decision.orders)
    assert bought > 0
    assert bought / 6_000 <= 6.0 + 1e-9, "never beyond the cap"
    assert any("is liquidated 10.0% from its price, nearer than 20.0%" in alert for alert in decision.alerts)


def test_coin_that_covers_the_short_is_never_near() -> None:
    """W ≥ |N|/F0: a fully collateralised short in coin has no liquidation price (hedging.md §7)."""
    terms = coin_short(10.0)
    rules = config(policy=HedgePolicy(risk_aversion=1e-6, liquidation_distance=2.0))
    decision, _ = decide(inputs(book(10.0, instruments=(terms,))), rules, opening_state((terms,)))
    assert Why.LIQUIDATION_NEAR not in decision.reasons
    assert not decision.orders


def test_what_the_cap_keeps_from_closing_is_an_alert() -> None:
    terms = coin_short(1.0)
    rules = config(policy=HedgePolicy(risk_aversion=1e-6, liquidation_distance=0.2, delta_cap=3.0))
    decision, _ = decide(inputs(book(13.0, instruments=(terms,))), rules, opening_state((terms,)))
    assert any("nothing can be closed within the delta cap" in alert for alert in decision.alerts)


def test_the_distance_demanded_grows_with_volatility_and_with_a_possible_cascade() -> None:
    """k·σ·√(1 day): 4·0.6/√365 = 12.6 % is nearer than the 10 % of one coin; a cascade demands 1.5 times as much."""
    rules = config(limits=RiskLimits(liquidation_deviations=2.5), policy=HedgePolicy(risk_aversion=1e-6))
    far = coin_short(1.0)
    calm, _ = decide(inputs(book(10.0, instruments=(far,))), rules, opening_state((far,)))
    assert Why.LIQUIDATION_NEAR not in calm.reasons  # 2.5·0.6/√365 = 7.9 %
    wild, _ = decide(inputs(book(10.0, instruments=(far,), vol=0.9)), rules, opening_state((far,)))
    assert Why.LIQUIDATION_NEAR in wild.reasons  # 11.8 %
    storm = CascadeReading(open_interest=1e10, depth=1e8, funding_percentile=0.99)
    stressed, _ = decide(inputs(book(10.0, instruments=(far,)), cascade=storm), rules, opening_state((far,)))
    assert {Why.LIQUIDATION_NEAR, Why.CASCADE_STRESS} <= set(stressed.reasons)  # 15 % of a jump


# ── clips, orders an hour, refusals ──


def test_one_clip_at_a_time_and_all_at_once_beyond_the_cap() -> None:
    rules = config(policy=HedgePolicy(risk_aversion=1e-6, max_clip=500))
    decision, state = decide(inputs(book(5.3)), rules, opening_state())
    assert Why.MAXIMUM_CLIP in decision.reasons
    assert [order.contracts for order in decision.orders] == [-500]
    again, _ = decide(inputs(book(5.3)), rules, state)
    assert [order.contracts for order in again.orders] == [-500]  # decided anew, the first counted as filled
    capped = replace(rules, policy=HedgePolicy(risk_aversion=1e-6, max_clip=500, delta_cap=4.0))
    (order,) = decide(inputs(book(5.3)), capped, opening_state())[0].orders
    assert sum(order.clips) == order.contracts == -3_060
    assert max(abs(clip) for clip in order.clips) == 500


def test_a_clip_is_no_larger_than_its_share_of_the_depth() -> None:
    terms = perpetual(depth=1_000.0)
    rules = config(depth_share=0.2)
    decision, _ = decide(inputs(book(5.3, instruments=(terms,))), rules, opening_state())
    assert [order.contracts for order in decision.orders] == [-200]


def test_orders_an_hour_are_counted_and_the_cap_does_not_wait_for_them() -> None:
    rules = config(policy=replace(CAPPED, max_clip=500), maximum_orders_per_hour=2, minimum_hold=0.0)
    state, sent = opening_state(), []
    for i in range(4):
        decision, state = decide(inputs(later(book(5.3), 60.0 * i)), rules, state)
        sent.append(len(decision.orders))
    assert sent == [1, 1, 0, 0]
    assert Why.ORDER_RATE in decision.reasons
    beyond, _ = decide(inputs(later(book(9.0), 300.0)), rules, state)
    assert beyond.orders
    later_on, _ = decide(inputs(later(book(5.3), 3_700.0)), rules, state)
    assert later_on.orders


def test_a_refused_order_is_not_sent_again_until_its_pause_is_over_which_doubles() -> None:
    rules, state = config(reject_pause=60.0), opening_state()
    pauses, at = [], 0.0
    for n in range(3):
        decision, state = decide(inputs(later(book(5.3), at)), rules, state)
        (order,) = decision.orders
        fill = Fill(
            fill_id=f"r{n}", order_id=order.order_id, symbol="PERP", contracts=0, is_rejected=True,
            filled_at=START + np.timedelta64(round(at * 1e9), "ns"),
        )  # fmt: skip
        state, _ = apply_fill(state, fill, reject_pause=60.0)
        pause = 60.0 * 2.0**n
        held, _ = decide(inputs(later(book(5.3), at + pause - 1.0)), rules, state)
        assert Why.REJECTED_LATELY in held.reasons
        assert not held.orders
        pauses.append(pause)
        at += pause
    assert math.isclose(sum(pauses), 420.0)
