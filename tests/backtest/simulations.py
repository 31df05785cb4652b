"""Small simulations that tests share."""

from dataclasses import replace

import numpy as np

from gex.backtest.processes import MarketProcess, TimeGrid
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulated_book import SimulatedOption
from gex.backtest.simulation import Execution, Simulation, Terminal


def brownian_target(*, ticket: float = 0.0, years: float = 1.0, steps: int = 16_000, seed: int = 5) -> Simulation:
    """A mishedge that is a Brownian motion of one unit a √year, λS = 1: units·(S − 100), Sσ = 1."""
    option = SimulatedOption(strike=100.0, right=0, units=1.0, vol=0.01, expiry_step=steps)
    return Simulation(
        process=MarketProcess(vol=0.01),
        grid=TimeGrid.even(years, steps),
        book=(option,),
        execution=Execution(half_spread=0.01, ticket=ticket, starts_hedged=True, terminal=Terminal.KEEP),
        spot=100.0,
        seed=seed,
    )


def short_call(
    *,
    vol: float = 0.3,
    years: float = 0.25,
    steps: int = 250,
    cost: float = 1e-3,
    ticket: float = 0.0,
    seed: int = 3,
    strike: float = 100.0,
    **execution: object,
) -> Simulation:
    """A short call at the money, first trade free, the hedge kept at the end: the case of hedging.md §9."""
    terms = {"starts_hedged": True, "terminal": Terminal.KEEP, **execution}
    return Simulation(
        process=MarketProcess(vol=vol),
        grid=TimeGrid.even(years, steps),
        book=(SimulatedOption(strike=strike, right=1, units=-1.0, vol=vol, expiry_step=steps),),
        execution=Execution(half_spread=cost, ticket=ticket, **terms),  # type: ignore[arg-type]
        spot=100.0,
        seed=seed,
    )


def polled(rule: HedgeRule, simulation: Simulation) -> HedgeRule:
    """The rule corrected for looking once a step."""
    return replace(rule, poll_interval=float(np.diff(simulation.grid.time)[0]))


ALL_RULES = (
    HedgeRule(rule=Rule.UNHEDGED),
    HedgeRule(rule=Rule.STATIC, ratio=1.0),
    HedgeRule(rule=Rule.STOP_LOSS),
    HedgeRule(rule=Rule.CLOCK, clock_steps=5),
    HedgeRule(rule=Rule.FIXED_TARGET, half_width=0.08),
    HedgeRule(rule=Rule.FIXED_EDGE, half_width=0.08),
    HedgeRule(rule=Rule.WHALLEY_WILMOTT_EDGE, risk_aversion=1.0),
    HedgeRule(rule=Rule.WHALLEY_WILMOTT_TARGET, risk_aversion=1.0),
    HedgeRule(rule=Rule.ZAKAMOULINE, risk_aversion=1.0),
    HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=1.0),
    HedgeRule(rule=Rule.LELAND, clock_steps=5),
    HedgeRule(rule=Rule.MINIMUM_VARIANCE, risk_aversion=1.0, skew=(-0.05, 0.02, 0.01)),
    HedgeRule(rule=Rule.REGIME_ADAPTIVE, risk_aversion=1.0, stressed_multiple=4.0),
)
