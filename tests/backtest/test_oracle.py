"""The dynamic programme against published figures, its own grids, and the rules it referees."""

import math
from itertools import pairwise

import pytest

from gex.backtest.oracle import OptimalHedge, OracleSettings, optimal_hedge
from gex.backtest.processes import MarketProcess, TimeGrid
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulated_book import SimulatedOption
from gex.backtest.simulation import Execution, Simulation, Terminal, summarise

STEPS, DAY = 28, 1.0 / 365.0
DRIFT = -0.5 * 0.04 * (30.0 / 365.0) / STEPS  # the public benchmark's: that of 30 days over 28 steps


def of_benchmark(risk_aversion: float, **settings: int) -> OptimalHedge:
    """S = K = 1, σ = 0.2, λ = 10 bp, as the public no-transaction-band code draws its paths."""
    return optimal_hedge(
        risk_aversion=risk_aversion,
        cost=1e-3,
        vol=0.2,
        step_years=DAY,
        step_count=STEPS,
        log_drift=DRIFT,
        settings=OracleSettings(**settings) if settings else None,
    )


def benchmark_market() -> Simulation:
    """First trade charged, no unwind."""
    extra = DRIFT / DAY + 0.5 * 0.04  # what the process needs beside its own −σ²/2
    return Simulation(
        process=MarketProcess(vol=0.2, drift=extra),
        grid=TimeGrid.even(STEPS * DAY, STEPS),
        book=(SimulatedOption(strike=1.0, right=1, units=-1.0, vol=0.2, expiry_step=STEPS),),
        execution=Execution(half_spread=1e-3, terminal=Terminal.KEEP),
        spot=1.0,
        seed=17,
    )


# The reference's premiums of 30 to 180 steps were found with straight lines between the nodes, which adds
# ½·Γ·(node distance)²/6 = 3.2e-7 a step (Γ = 7, 1,201 nodes over 14 sd); ours are cubic.
INTERPOLATION = 3.2e-7
FRICTIONLESS = 0.0220962  # Black–Scholes over 28 days: what the simulation takes for the option's price


@pytest.mark.parametrize(("risk_aversion", "premium"), [(1.0, 0.022537), (10.0, 0.023203), (100.0, 0.024439)])
def test_premiums_of_the_public_benchmark(risk_aversion: float, premium: float) -> None:
    """hedging.md §9; at γ = 10 ours. The last digits there are of a coarser quadrature at the payoff's kink."""
    assert of_benchmark(risk_aversion).premium == pytest.approx(premium, abs=2e-6)


def test_the_published_network_is_within_three_hundredths_of_a_percent_of_the_optimum_at_gamma_1() -> None:
    """0.0225441 against 0.022539: but never hedging is worth 0.0226081, so that the whole range to win is 0.3 %."""
    best = of_benchmark(1.0).premium
    assert best < 0.0225441 < best * 1.0003
    assert (0.0226081 - best) / best < 0.0032


@pytest.mark.parametrize("risk_aversion", [1.0, 100.0])
def test_the_premium_does_not_depend_on_the_grids(risk_aversion: float) -> None:
    fine = of_benchmark(risk_aversion, node_count=1001, hedge_count=841)
    assert of_benchmark(risk_aversion).premium == pytest.approx(fine.premium, abs=5e-7)


def test_half_widths_with_the_poll_shift_do_not_depend_on_the_steps() -> None:
    """γ = 50, 30 days: 0.0625 at 30 steps and 0.0875 at 180; with 0.5826·v√Δt both are 0.105, to half a hedge step each."""
    years = 30 * DAY
    widths = []
    for steps, printed, premium in ((30, 0.0625, 0.02472), (180, 0.0875, 0.02460)):
        found = optimal_hedge(risk_aversion=50.0, cost=1e-3, vol=0.2, step_years=years / steps, step_count=steps)
        assert found.half_width == pytest.approx(printed, abs=0.0026)
        assert found.premium == pytest.approx(premium - INTERPOLATION * steps, abs=3e-5)
        widths.append(found.half_width + 0.5826 * 1.39097 * math.sqrt(years / steps))
    assert widths[0] == pytest.approx(widths[1], abs=0.003)


def test_the_centre_of_the_band_moves_as_a_higher_volatility_would() -> None:
    """At S = 0.95/0.97/1/1.03/1.05: +0.011/+0.010/+0.001/−0.006/−0.010 off the Black–Scholes delta, ± half a step."""
    years = 30 * DAY
    found = optimal_hedge(risk_aversion=50.0, cost=1e-3, vol=0.2, step_years=years / 180, step_count=180)
    stdev = 0.2 * math.sqrt(years)
    for spot, printed in ((0.95, 0.011), (0.97, 0.010), (1.0, 0.001), (1.03, -0.006), (1.05, -0.010)):
        delta = 0.5 * math.erfc(-(math.log(spot) / stdev + 0.5 * stdev) / math.sqrt(2.0))
        assert found.centre(spot) - delta == pytest.approx(printed, abs=0.0026)


def test_the_band_grows_with_the_cube_root_of_costs_and_the_excess_with_the_power_two_thirds() -> None:
    """120 steps, λ = 1.25, 2.5, 5, 10 bp: half-widths + 0.0212 in ratios of 1.26; excess over frictionless near 1.6."""
    years, costs = 30 * DAY, (1.25e-4, 2.5e-4, 5e-4, 1e-3)
    settings = OracleSettings(node_count=401)
    found = [
        optimal_hedge(risk_aversion=50.0, cost=c, vol=0.2, step_years=years / 120, step_count=120, settings=settings)
        for c in (0.0, *costs)
    ]
    half = [one.half_width for one in found[1:]]
    for width, printed in zip(half, (0.0325, 0.0463, 0.0638, 0.0850), strict=True):
        assert width == pytest.approx(printed, abs=0.0026)
    for small, wide in pairwise(half):
        assert (wide + 0.0212) / (small + 0.0212) == pytest.approx(2 ** (1 / 3), rel=0.06)  # half a step each
    excess = [one.premium_hedged - found[0].premium_hedged for one in found[1:]]
    ratios = [wide / small for small, wide in pairwise(excess)]
    assert all(first > second > 2 ** (2 / 3) for first, second in pairwise(ratios))  # from above, as steps are few
    assert ratios[-1] == pytest.approx(2 ** (2 / 3), rel=0.03)
    # Hedging 120 times leaves an sd of √(π/4)·vega·σ/√N: half its square times γ is the premium without costs.
    residual = math.sqrt(math.pi / 4) * 0.114368 * 0.2 / math.sqrt(120)
    assert found[0].premium == pytest.approx(0.022873 + 25.0 * residual**2, abs=1e-5)
    for one, printed in zip(found, (0.022993, 0.023314, 0.023547, 0.023944, 0.024620), strict=True):
        assert one.premium == pytest.approx(printed - INTERPOLATION * 120, abs=3e-6)


@pytest.mark.parametrize("risk_aversion", [10.0, 100.0])
def test_no_rule_beats_the_optimum_and_the_optimum_is_worth_what_it_promises(risk_aversion: float) -> None:
    """Certainty equivalents on common paths: never hedging, BS, Whalley–Wilmott, Zakamouline (printed: hedging.md §9)."""
    market, best = benchmark_market(), of_benchmark(risk_aversion)
    count = 60_000
    own = summarise(market, best.rule(-1.0, 1.0), count, risk_aversion=risk_aversion)
    assert own.certainty_cost is not None
    worth = FRICTIONLESS + own.certainty_cost
    # (1/γ) log E exp(−γ·profit): error sd(exp)/(γ·mean·√n), about the sd of the profit/√n where γ·sd is small
    error = own.sd / math.sqrt(count) * math.exp(0.5 * (risk_aversion * own.sd) ** 2)
    assert worth == pytest.approx(best.premium, abs=4 * error)
    printed = {10.0: {"clock": 0.024260, "whalley_wilmott_edge": 0.023283, "zakamouline": 0.02324, "unhedged": 0.0288766},
               100.0: {"clock": 0.024921, "whalley_wilmott_edge": 0.024795, "zakamouline": 0.02449}}  # fmt: skip
    for rule in (Rule.UNHEDGED, Rule.CLOCK, Rule.WHALLEY_WILMOTT_EDGE, Rule.ZAKAMOULINE, Rule.COST_OPTIMAL):
        found = summarise(market, HedgeRule(rule=rule, risk_aversion=risk_aversion), count, risk_aversion=risk_aversion)
        assert found.certainty_cost is not None
        assert found.certainty_cost > own.certainty_cost, rule  # common paths: the difference is far above its error
        if rule.value in printed[risk_aversion] and rule is not Rule.UNHEDGED:
            assert FRICTIONLESS + found.certainty_cost == pytest.approx(
                printed[risk_aversion][rule.value], abs=9e-5
            )  # there they see τ from 30 days
