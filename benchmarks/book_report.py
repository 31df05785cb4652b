"""A book of 10,000 positions beside its peers in one run, CPU time of one thread: python benchmarks/book_report.py [PYTHON].

Wanted on one core: all Greeks in 1 ms, a grid of 21 × 11 × 5 in 250 ms, a plan with all triggers in 10 ms.
py_vollib_vectorized does not go with today's numba: PYTHON names an interpreter that has it. On Python 3.11 it is made by
pip install py_vollib_vectorized py_vollib==1.0.1 py_lets_be_rational==1.0.1 numba==0.57.1 \\
numpy==1.24.4 "scipy<1.11" "pandas<2.1".
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.peers.greeks import fast_vollib, quantlib, vollib
from benchmarks.test_portfolio import COUNT, ES, MES, POLICIES
from gex.hedging.answer import HedgePlan
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import HedgePolicy
from gex.kernels.compiling import warm
from gex.portfolio.risk import PortfolioRisk, portfolio_risk
from gex.portfolio.scenarios import scenario_grid
from tests.wide_book import wide_positions, wide_surface

AXES = (np.linspace(-0.2, 0.2, 21), np.linspace(-0.1, 0.1, 11), np.array([0.0, 1.0, 2.0, 5.0, 10.0]) / 365.0)
ELSEWHERE = """
import sys, time, numpy as np
from importlib.metadata import version
from py_vollib_vectorized import get_all_greeks
c = np.load(sys.argv[1])
flag = np.where(c["right"] > 0, "c", "p")
def answer():
    return get_all_greeks(flag, c["forward"], c["strike"], c["time"], 0.03, c["vol"], model="black", return_as="dict")
answer()
for _ in range(10):
    started = time.thread_time()
    answer()
    print((time.thread_time() - started) * 1e3)
print("py_vollib_vectorized " + version("py_vollib_vectorized") + ", numba " + version("numba"), file=sys.stderr)
"""


def timed(work: Callable[[], object], runs: int) -> list[float]:
    """CPU milliseconds of each run, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        started = time.thread_time()
        work()
        times.append((time.thread_time() - started) * 1e3)
    return times


def row(name: str, times: list[float], note: str = "") -> None:
    print(f"| {name} | {min(times):.2f} | {statistics.median(times):.2f} | {note} |", flush=True)


def main(python: str | None) -> None:
    warm()
    surface = wide_surface()
    positions = wide_positions(surface, COUNT)
    risk = portfolio_risk(positions, surface)
    print("| what | least, ms | median, ms | |\n|---|---|---|---|")
    row("gex, twelve Greeks and the totals", timed(lambda: portfolio_risk(positions, surface).totals(), 40), "wanted 1")
    columns = {
        "forward": risk.terms.forward,
        "strike": risk.positions.strike,
        "time": risk.terms.time_to_expiry,
        "vol": risk.vol,
        "right": risk.positions.right,
    }
    for make, count in ((fast_vollib, COUNT), (vollib, COUNT // 10), (quantlib, COUNT // 10)):
        try:
            peer = make()[0]
        except ImportError as error:
            print(f"| {make.__name__} | – | – | {error} |")
            continue
        given = [column[:count] for column in columns.values()]
        row(peer.name, timed(partial(peer.answer, *given), 3), f"{count} rows")
    if python is None:
        print("| py_vollib_vectorized | – | – | no interpreter with it was named |")
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "book.npz"
            np.savez(path, **columns)
            ran = subprocess.run(
                [python, "-W", "ignore", "-c", ELSEWHERE, str(path)], capture_output=True, text=True, check=True
            )
        name = ran.stderr.strip().splitlines()[-1]
        row(f"{name}, 5 numbers", [float(line) for line in ran.stdout.split()], f"{COUNT} rows")
    for stickiness in (1.0, 0.5):
        work = partial(scenario_grid, risk, *AXES, skew_stickiness=stickiness)
        row(f"grid 21 × 11 × 5, R = {stickiness:g}", timed(work, 5), "wanted 250")
    for name, policy in POLICIES.items():
        row(f"plan with all triggers: {name}", timed(partial(_fresh_plan, risk, policy), 15), "wanted 10")


def _fresh_plan(risk: PortfolioRisk, policy: HedgePolicy) -> HedgePlan:
    """From a book of which nothing was merged or repriced before."""
    return plan_hedge(replace(risk, repricer=replace(risk.repricer)), [ES, MES], policy)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
