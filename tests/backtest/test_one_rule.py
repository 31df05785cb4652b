"""The rule that simulations run is the rule of `decide`: the band, the landing and the orders are equal step by step."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulation import traced
from gex.hedging.bands import Band, Mishedge, find_band
from gex.hedging.costs import CostCurve, net_hedge_value
from gex.hedging.engine.config import BreakerRule, EngineConfig, Mode, RegimeRule, RegimeTable
from gex.hedging.engine.decide import decide
from gex.hedging.engine.inputs import BookReading, EngineInputs
from gex.hedging.engine.state import opening_state
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import BandRule, HedgePolicy
from gex.hedging.sizing import landing_contracts
from gex.kernels.hedge_paths import TRACE_AFTER, TRACE_BEFORE, TRACE_DELTA, TRACE_GAMMA, TRACE_SPOT, TRACE_TRIGGER
from gex.kernels.hedge_rules import corrected_band, landing_order, rule_band
from gex.portfolio.linear import LinearKind
from tests.backtest.simulations import short_call

POLL = 0.25 / 250  # years
SECONDS = 365.0 * 86_400.0
RULES = {
    Rule.WHALLEY_WILMOTT_EDGE: BandRule.WHALLEY_WILMOTT_EDGE,
    Rule.WHALLEY_WILMOTT_TARGET: BandRule.WHALLEY_WILMOTT_TARGET,
    Rule.ZAKAMOULINE: BandRule.ZAKAMOULINE,
    Rule.COST_OPTIMAL: BandRule.COST_OPTIMAL,
}


def policy(rule: Rule, risk_aversion: float, poll: float) -> HedgePolicy:
    return HedgePolicy(rule=RULES[rule], risk_aversion=risk_aversion, poll_interval=poll * SECONDS)


def band_of(step: np.ndarray, left: float, rule: Rule, risk_aversion: float, curve: CostCurve, poll: float) -> Band:
    motion = Mishedge(spot=step[TRACE_SPOT], gamma=step[TRACE_GAMMA], vol=0.3, time_to_expiry=left)
    return find_band(motion, curve, policy(rule, risk_aversion, poll))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("ticket", "impact", "lot", "poll"), [(0.0, 0.0, 0.0, 0.0), (0.01, 0.001, 0.05, POLL)])
def test_each_simulated_step_is_that_of_find_band(
    rule: Rule, ticket: float, impact: float, lot: float, poll: float
) -> None:
    """Every look of 40 paths: trigger to 1e-9, order to 1e-9 of a unit."""
    steps = 50
    call = short_call(steps=steps, ticket=ticket, impact=impact, lot=lot, starts_hedged=False)
    trace = traced(call, HedgeRule(rule=rule, risk_aversion=2.0, poll_interval=poll), 40)
    assert compare(trace, call.grid.time, rule, 2.0, ticket, impact, lot, poll) == 40 * steps


def compare(
    trace: np.ndarray,
    time: np.ndarray,
    rule: Rule,
    risk_aversion: float,
    ticket: float,
    impact: float,
    lot: float,
    poll: float,
) -> int:
    """Steps at which simulation and planner were found equal."""
    count = 0
    for path in trace:
        for place, step in enumerate(path[:-1]):
            curve = CostCurve(
                fee=0.0, half_spread=1e-3 * step[TRACE_SPOT], impact=impact * step[TRACE_SPOT], ticket=ticket, lot=lot
            )
            band = band_of(step, time[-1] - time[place], rule, risk_aversion, curve, poll)
            mishedge = step[TRACE_DELTA] + step[TRACE_BEFORE]
            if step[TRACE_GAMMA] ** 2 > 1e-20:  # below it the planner says that nothing moves
                assert step[TRACE_TRIGGER] == pytest.approx(band.trigger, rel=1e-9, abs=1e-12)
            order = 0.0
            if not band.contains(mishedge):
                if lot > 0.0:
                    target = band.target if mishedge > 0.0 else -band.target_below
                    order = landing_contracts(mishedge, target, [lot])[0] * lot
                    if abs(step[TRACE_AFTER] - step[TRACE_BEFORE] - order) > 1e-9:
                        order = shortened(order, mishedge, band, curve, step, risk_aversion)
                else:
                    order = (band.target if mishedge > 0.0 else band.target_below) - mishedge
            assert step[TRACE_AFTER] - step[TRACE_BEFORE] == pytest.approx(order, abs=1e-9)
            count += 1
    return count


def shortened(
    order: float, mishedge: float, band: Band, curve: CostCurve, step: np.ndarray, risk_aversion: float
) -> float:
    """One lot less, as the engine orders where the whole is worth less than nothing over H* and the shorter one more."""

    def worth(units: float) -> float:
        shift = band.continuous_trigger - band.trigger
        return net_hedge_value(
            math.copysign(abs(mishedge) + shift, mishedge),
            mishedge + units,
            spot=step[TRACE_SPOT],
            vol=0.3,
            risk_aversion=risk_aversion,
            horizon=band.horizon,
            cost=curve.cost(units),
        )

    shorter = order - math.copysign(curve.lot, order)
    return shorter if worth(order) < 0.0 and worth(shorter) > worth(order) else order


@given(
    rule=st.sampled_from([Rule.WHALLEY_WILMOTT_EDGE, Rule.WHALLEY_WILMOTT_TARGET, Rule.COST_OPTIMAL]),
    gamma=st.floats(1e-3, 10.0),
    mishedge=st.floats(-5.0, 5.0),
    aversion=st.floats(1e-3, 1e3),
    ticket=st.sampled_from([0.0, 0.01, 1.0]),
    impact=st.sampled_from([0.0, 0.02]),
    lot=st.sampled_from([0.0, 0.01, 0.5]),
    poll=st.sampled_from([0.0, 1e-3]),
)
def test_any_band_and_landing_are_those_of_the_planner(
    rule: Rule, gamma: float, mishedge: float, aversion: float, ticket: float, impact: float, lot: float, poll: float
) -> None:
    parameters = HedgeRule(rule=rule, risk_aversion=aversion, vol=0.3).parameters(short_call().book)
    curve = CostCurve(fee=0.02, half_spread=0.08, impact=impact, ticket=ticket, lot=lot)
    ours = rule_band(RULES_CODE[rule], parameters, 100.0, gamma, 0.25, 0.0, False, ticket, 0.1, impact, lot)
    ours = corrected_band(*ours, gamma * 100.0 * 0.3, poll, lot)
    band = find_band(Mishedge(spot=100.0, gamma=gamma, vol=0.3), curve, policy(rule, aversion, poll))
    assert ours == pytest.approx((band.trigger, band.target), rel=1e-9, abs=1e-12)
    if lot > 0.0:
        lots = landing_contracts(mishedge, band.target, [lot])[0] if mishedge else 0
        assert landing_order(mishedge, ours[1], lot) == pytest.approx(lots * lot, abs=1e-9)


RULES_CODE = {rule: HedgeRule(rule=rule).kernel_rule for rule in RULES}
START = np.datetime64("2024-01-01T00:00:00", "ns")


def test_simulated_paths_walked_by_decide_itself_trade_the_same_contracts() -> None:
    """60 paths × 20 looks, whole contracts of 0.01 units, decisions filled at once."""
    lot, steps, paths = 0.01, 20, 60
    call = short_call(steps=steps, lot=lot, ticket=0.002, starts_hedged=False)
    rule = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=2.0)
    trace = traced(call, rule, paths)
    silent = RegimeRule(is_active=False)
    config = EngineConfig(
        policy=HedgePolicy(risk_aversion=2.0, ticket=0.002),
        mode=Mode.LIVE,
        minimum_hold=0.0,
        has_cost_gate=False,
        regimes=RegimeTable(volatility=silent, liquidity=silent, correlation=silent),
        breaker=BreakerRule(most_switches=10_000, most_reversals=10_000),
    )
    compared = 0
    for path in trace:
        state = opening_state()
        for place, step in enumerate(path[:-1]):
            if step[TRACE_GAMMA] ** 2 < 1e-12:
                continue
            held = round(step[TRACE_BEFORE] / lot)
            future = HedgeInstrument(
                symbol="F",
                kind=LinearKind.LINEAR,
                multiplier=lot,
                half_spread_bps=10.0,
                price=step[TRACE_SPOT],
                position=held,
            )
            state = opening_state((future,))
            as_of = START + np.timedelta64(round(call.grid.time[place] * SECONDS * 1e9), "ns")
            reading = BookReading(
                underlying="X",
                spot=step[TRACE_SPOT],
                delta=step[TRACE_DELTA],
                gamma=step[TRACE_GAMMA],
                vol=0.3,
                as_of=as_of,
                time_to_expiry=call.grid.time[-1] - call.grid.time[place],
                instruments=(future,),
            )
            decision, _ = decide(EngineInputs(as_of=as_of, books=(reading,)), config, state)
            wanted = round((step[TRACE_AFTER] - step[TRACE_BEFORE]) / lot)
            assert sum(order.contracts for order in decision.orders) == wanted
            compared += 1
    assert compared > 0.9 * paths * steps


def test_a_mishedge_that_is_not_a_number_orders_nothing() -> None:
    assert math.isnan(landing_order(math.nan, 0.0, 0.0))
