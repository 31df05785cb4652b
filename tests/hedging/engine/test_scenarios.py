"""Stresses with their evidence: the dealers' gamma and a cascade of liquidations, by hand; what they change and what not."""

import math
from dataclasses import replace

import pytest

from gex.hedging.engine.config import CascadeRule, RiskLimits
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Scenario, Why
from gex.hedging.engine.inputs import CascadeReading, DealerReading
from gex.hedging.engine.scenarios import cascade_conditions, dealer_scenario
from gex.hedging.engine.state import opening_state
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import HedgePolicy
from gex.portfolio.linear import LinearKind
from tests.hedging.engine.worlds import book, config, inputs, perpetual


def evidence(scenario: Scenario) -> dict[str, float]:
    return dict(scenario.evidence)


def test_dealers_short_gamma_add_their_flow_over_depth_to_volatility_and_cost() -> None:
    """200 million a percent against 400 million of depth: σ and λ one and a half times; the flip 2 % above."""
    reading = DealerReading(gamma_usd_per_percent=-2e8, flip=61_200.0, depth=4e8)
    found = dealer_scenario(reading, 60_000.0, 0.6)
    assert found.is_active
    assert evidence(found) == pytest.approx(
        {"gamma_usd_per_percent": -2e8, "flow_over_depth": 0.5, "stressed_vol": 0.9, "stressed_cost_factor": 1.5,
         "distance_to_flip": 0.02}
    )  # fmt: skip


def test_dealers_long_gamma_stress_nothing_and_unknown_depth_is_said() -> None:
    calm = dealer_scenario(DealerReading(gamma_usd_per_percent=2e8, depth=4e8), 60_000.0, 0.6)
    assert not calm.is_active
    assert evidence(calm)["stressed_vol"] == 0.6
    blind = evidence(dealer_scenario(DealerReading(gamma_usd_per_percent=-2e8), 60_000.0, 0.6))
    assert math.isnan(blind["flow_over_depth"])
    assert blind["stressed_cost_factor"] == 1.0
    assert "distance_to_flip" not in blind


def test_a_dealer_scenario_is_told_and_changes_no_order() -> None:
    world = inputs(book(5.3))
    plain, _ = decide(world, config(), opening_state())
    told, _ = decide(
        replace(world, dealer=DealerReading(gamma_usd_per_percent=-2e8, depth=4e8)), config(), opening_state()
    )
    assert told.orders == plain.orders
    assert [scenario.name for scenario in told.scenarios] == ["dealer_gamma"]
    assert told.scenarios[0].effects == ()


@pytest.mark.parametrize(
    ("reading", "holding"),
    [
        (CascadeReading(), 0),
        (CascadeReading(funding_percentile=0.96), 1),
        (CascadeReading(funding_percentile=0.03), 1),  # shorts crowd as longs do
        (CascadeReading(open_interest=2e10, depth=1e9), 1),
        (CascadeReading(open_interest=2e10), 0),  # over nothing known
        (CascadeReading(leverage=12.0, funding_percentile=0.5), 1),
        (CascadeReading(open_interest=2e10, depth=1e9, funding_percentile=0.99, leverage=12.0), 3),
    ],
)
def test_conditions_of_a_cascade_are_counted_from_what_is_known(reading: CascadeReading, holding: int) -> None:
    assert cascade_conditions(reading, CascadeRule())[0] == holding


STORM = CascadeReading(open_interest=2e10, depth=1e9, funding_percentile=0.99)


def test_the_shortfall_of_a_cascade_by_hand() -> None:
    """Long 5 coins, Γ = 0, 5 sold in a linear perpetual; ±15 %. Up: +45,000 − 45,000; down: −45,000 + 0.75·45,000.

    Down is worse: a quarter of the gaining hedge is taken away. Funding 0.3 % of 300,000 = 900. The mishedge of 1.25 is
    traded back: fee 15·1.25, half spread 15·1.25 twice as wide at a quarter of the depth.
    """
    leg = perpetual(position=-5_000)
    rules = config(policy=HedgePolicy(risk_aversion=1e-6))
    decision, _ = decide(inputs(book(5.0, gamma=0.0, instruments=(leg,)), cascade=STORM), rules, opening_state((leg,)))
    (scenario,) = decision.scenarios
    found = evidence(scenario)
    assert scenario.is_active
    assert found["shortfall"] == pytest.approx(11_250.0 + 900.0 + 1.25 * (15.0 + 2.0 * 15.0))
    assert (found["conditions"], found["interest_over_depth"], found["funding_percentile"]) == (2.0, 20.0, 0.99)
    assert scenario.effects == ("liquidation_distance", "leverage")
    assert Why.CASCADE_STRESS in decision.reasons


def test_a_leg_that_the_jump_would_liquidate_is_counted() -> None:
    leg = HedgeInstrument(
        symbol="INV", kind=LinearKind.INVERSE, multiplier=10.0, bid=59_997.0, ask=60_003.0, fee_bps=5.0, wallet=1.0,
        maintenance_margin=0.005, position=-60_000, entry_price=60_000.0,
    )  # fmt: skip
    decision, _ = decide(inputs(book(10.0, instruments=(leg,)), cascade=STORM), config(), opening_state((leg,)))
    assert evidence(decision.scenarios[0])["legs_liquidated"] == 1.0  # at 66,333, 10.6 % up
    covered = replace(leg, wallet=10.0)
    safe, _ = decide(inputs(book(10.0, instruments=(covered,)), cascade=STORM), config(), opening_state((covered,)))
    assert evidence(safe.scenarios[0])["legs_liquidated"] == 0.0


def test_below_its_conditions_a_cascade_is_told_and_changes_nothing() -> None:
    rules = config(limits=RiskLimits(max_leverage=1.0))
    world = inputs(book(5.3), equity=200_000.0, cascade=CascadeReading(funding_percentile=0.99))
    decision, _ = decide(world, rules, opening_state())
    (scenario,) = decision.scenarios
    assert not scenario.is_active
    assert scenario.effects == ()
    assert Why.CASCADE_STRESS not in decision.reasons
    plain, _ = decide(replace(world, cascade=None), rules, opening_state())
    assert decision.orders == plain.orders
