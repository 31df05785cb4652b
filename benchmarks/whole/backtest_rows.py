"""Simulated hedging of one short call under a band: ours over counts of paths, beside pfhedge and numpy in one run.

    python -m benchmarks.whole.backtest_rows        one line of JSON

CPU seconds of one thread; quality is the standard deviation and the mean of the same strategy's result, which have to
agree within sampling error.
"""

import json
import sys
import time
import warnings
from typing import Any

import numpy as np

from benchmarks.peers import available
from benchmarks.peers.environments import absence, site_packages
from benchmarks.peers.hedging import MAKERS
from benchmarks.test_backtest import PATHS, STEPS, call
from benchmarks.timing import pinned
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulation import summarise
from gex.kernels.compiling import warm

COUNTS = (1_000, 10_000, 50_000, 100_000)


def timed(work: Any, runs: int) -> tuple[float, Any]:
    found, seen = work(), []
    for _ in range(runs):
        began = time.process_time()
        found = work()
        seen.append(time.process_time() - began)
    return min(seen), found


def main() -> None:
    warnings.simplefilter("ignore")
    pinned()
    warm()
    optimal = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=1.0)
    edge = HedgeRule(rule=Rule.WHALLEY_WILMOTT_EDGE, risk_aversion=1.0)
    sizes = {count: timed(lambda count=count: summarise(call(), optimal, count), 3)[0] for count in COUNTS}
    ours, found = timed(lambda: summarise(call(), edge, PATHS), 3)
    rows = [{"name": "gex, Whalley–Wilmott", "seconds": ours, "mean": float(found.mean), "sd": float(found.sd)}]
    folder = site_packages("pfhedge")
    if folder is not None:
        sys.path.append(str(folder))
    peers, absent = available(*MAKERS)
    if folder is None and absent:
        absent = [f"pfhedge: {absence('pfhedge')}", *absent[1:]]
    for peer in peers:
        seconds, profit = timed(lambda peer=peer: peer.answer(PATHS, STEPS), 2)
        scale = 100.0 if "pfhedge" in peer.name else 1.0  # its spot is 1
        rows.append(
            {
                "name": peer.name,
                "seconds": seconds,
                "mean": scale * float(np.mean(profit)),
                "sd": scale * float(np.std(profit)),
            }
        )
    print(json.dumps({"paths": PATHS, "steps": STEPS, "sizes": sizes, "rows": rows, "absent": absent}))


if __name__ == "__main__":
    main()
