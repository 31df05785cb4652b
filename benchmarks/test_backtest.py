"""50,000 paths × 250 steps of one short call under a band, beside pfhedge and numpy in one run; up to 10⁶ paths.

pytest benchmarks/test_backtest.py --benchmark-enable --benchmark-group-by=group --benchmark-columns=min,median,rounds

Wanted on one core: 0.6 s with the (a, b) policy. The clock of the benchmark is CPU time of the process, because other work
may share the core; everything runs on one thread.
"""

import resource
import time

import numpy as np
import pytest

from benchmarks.peers.hedging import numpy_whole_array, pfhedge
from gex.backtest.oracle import optimal_hedge
from gex.backtest.processes import MarketProcess, TimeGrid
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulated_book import SimulatedOption
from gex.backtest.simulation import Execution, Simulation, Terminal, summarise
from gex.kernels.compiling import warm

PATHS, STEPS = 50_000, 250
pytestmark = pytest.mark.benchmark(timer=time.process_time)


def call(ticket: float = 0.0, *, lines: int = 1, marks: bool = False) -> Simulation:
    strikes = np.linspace(80.0, 120.0, lines) if lines > 1 else [100.0]
    book = tuple(
        SimulatedOption(strike=float(k), right=1, units=-1.0 / lines, vol=0.3, expiry_step=STEPS) for k in strikes
    )
    return Simulation(
        process=MarketProcess(vol=0.3),
        grid=TimeGrid.even(0.25, STEPS),
        book=book,
        execution=Execution(half_spread=1e-3, ticket=ticket, starts_hedged=True, terminal=Terminal.KEEP),
        spot=100.0,
        wants_marks=marks,
    )


@pytest.fixture(scope="module", autouse=True)
def compiled():
    warm()


@pytest.mark.benchmark(group="50,000 paths x 250 steps")
@pytest.mark.parametrize("ticket", [0.0, 0.002])
def test_cost_optimal(benchmark, ticket):
    """The (a, b) policy, without and with a ticket; summed up into tails and cost by line as well."""
    rule = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=1.0)
    found = benchmark.pedantic(summarise, args=(call(ticket), rule, PATHS), rounds=5, warmup_rounds=1)
    assert found.path_count == PATHS


@pytest.mark.benchmark(group="50,000 paths x 250 steps")
def test_whalley_wilmott_with_drawdowns(benchmark):
    """Every step marked, for the drawdown inside each path."""
    rule = HedgeRule(rule=Rule.WHALLEY_WILMOTT_EDGE, risk_aversion=1.0)
    benchmark.pedantic(summarise, args=(call(marks=True), rule, PATHS), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="50,000 paths x 250 steps")
def test_a_book_of_twenty_options(benchmark):
    rule = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=1.0)
    benchmark.pedantic(summarise, args=(call(lines=20), rule, PATHS), rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="50,000 paths x 250 steps")
@pytest.mark.filterwarnings("ignore")  # pfhedge's docstrings do not compile without one
@pytest.mark.parametrize("make", [pfhedge, numpy_whole_array])
def test_peers(benchmark, make):
    try:
        peer = make()[0]
    except ImportError as error:
        pytest.skip(str(error))
    benchmark.extra_info["peer"] = peer.name
    found = benchmark.pedantic(peer.answer, args=(PATHS, STEPS), rounds=3, warmup_rounds=1)
    assert np.std(found) > 0.0


@pytest.mark.benchmark(group="paths x 250 steps")
@pytest.mark.parametrize("paths", [100, 1_000, 5_000, 20_000, 50_000])
def test_over_paths(benchmark, paths):
    rule = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=1.0)
    found = benchmark.pedantic(summarise, args=(call(), rule, paths), rounds=5, warmup_rounds=1)
    assert found.path_count == paths


@pytest.mark.benchmark(group="2,000 paths x 250 steps of a book")
@pytest.mark.parametrize("options", [1, 5, 20, 100])
def test_over_options(benchmark, options):
    rule = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=1.0)
    benchmark.pedantic(summarise, args=(call(lines=options), rule, 2_000), rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="scaling")
@pytest.mark.parametrize("count", [100_000, 1_000_000])
def test_time_is_linear_and_memory_bounded(benchmark, count):
    """The largest resident size is recorded; it does not grow from 10⁵ to 10⁶ paths by more than the histogram's noise."""
    rule = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=1.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    benchmark.pedantic(summarise, args=(call(), rule, count), rounds=1)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    benchmark.extra_info["grown_kilobytes"] = grown
    assert grown < 100_000


@pytest.mark.benchmark(group="dynamic programme")
@pytest.mark.parametrize("steps", [28, 180])
def test_oracle(benchmark, steps):
    arguments = {"risk_aversion": 10.0, "cost": 1e-3, "vol": 0.2, "step_years": 30 / 365 / steps, "step_count": steps}
    benchmark.pedantic(optimal_hedge, kwargs=arguments, rounds=3, warmup_rounds=1)
