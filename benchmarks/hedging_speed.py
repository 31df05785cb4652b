"""How long 50,000 hedged paths take here and elsewhere, in one run; and whether time is linear and memory bounded."""

import resource
import time
import warnings
from collections.abc import Callable, Iterator

from benchmarks.markdown import number, table
from benchmarks.peers.hedging import MAKERS
from benchmarks.test_backtest import PATHS, STEPS, call
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulation import summarise
from gex.kernels.compiling import warm

WANTED = 0.6


def least(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """(CPU seconds of the process, seconds of the clock), the least of the rounds after one that warms up."""
    work()
    found = []
    for _ in range(rounds):
        clock, cpu = time.perf_counter(), time.process_time()
        work()
        found.append((time.process_time() - cpu, time.perf_counter() - clock))
    return min(one[0] for one in found), min(one[1] for one in found)


def scaling() -> list[list[str]]:
    """Rows of the second table; memory is the high-water mark of the process, above that of a first small run."""
    rule = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=1.0)
    summarise(call(), rule, 65_536)
    size, rows = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
    for count in (100_000, 1_000_000):
        cpu = time.process_time()
        summarise(call(), rule, count)
        cpu = time.process_time() - cpu
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - size) / 1024.0
        rows.append([f"{count:,}", number(cpu, 2), f"{1e6 * cpu / count:.2f}", number(more, 1)])
    return rows


def speed() -> Iterator[str]:
    """The tables."""
    warm()
    grown = scaling()  # before anything larger has raised the mark of the process's memory
    rule = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=1.0)
    yield f"One short call, {PATHS:,} paths × {STEPS} steps, one thread, least of five rounds (peers: of two), in one run:"
    yield ""
    rows, first = [], 0.0
    for name, ticket in (("(a, b)", 0.0), ("(a, b) with a ticket", 0.002)):
        simulation = call(ticket)
        cpu, clock = least(lambda simulation=simulation: summarise(simulation, rule, PATHS), 5)
        first = first or cpu
        rows.append([f"gex, {name}: tails and cost by line as well", number(cpu), number(clock), f"{cpu / first:.1f}"])
    for make in MAKERS:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a peer's docstrings do not compile without one
                peer = make()[0]
                cpu, clock = least(lambda peer=peer: peer.answer(PATHS, STEPS), 2)
        except ImportError as error:
            rows.append([f"{make.__name__}: not installed ({error.name})", "–", "–", "–"])
            continue
        rows.append([peer.name, number(cpu), number(clock), f"{cpu / first:.1f}"])
    yield from table(["what", "CPU seconds", "seconds of the clock", "times the first"], rows)
    said = "reached" if first <= WANTED else "not reached"
    yield f"Wanted: {WANTED:g} s of one core for the first line: {said}."
    yield ""
    yield "Paths are taken in chunks of 65,536; what is kept of them is sums and a histogram:"
    yield ""
    yield from table(["paths", "CPU seconds", "µs a path", "resident memory grew by, MB"], grown)
