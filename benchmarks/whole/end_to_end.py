"""One chain from its file's bytes to certified surface, three dealer maps with profile and levels, and a hedge: stage times.

    python -m benchmarks.whole.end_to_end [CHAIN] [RUNS]        one line of JSON; without CHAIN the embedded sample

One pinned core. A run keeps nothing of the one before: only compiled kernels. `first` is the very first after `warm()`, with
cold caches, calendars and symbol tables; the others are medians and least of wall clock and of CPU time.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.stages import ASKED, POLICY, book_of, hedge_instrument, sample_bytes
from benchmarks.timing import pinned
from gex.cleaning import clean
from gex.forward import forward_curve
from gex.hedging.plan import plan_hedge
from gex.io.cboe_csv import parse_chain
from gex.io.detect import read_bytes
from gex.kernels.compiling import warm
from gex.pairs import pair_up
from gex.pipeline import Analysis, ChainSettings, dealer_exposure
from gex.portfolio.risk import portfolio_risk
from gex.quote_vols import quote_vols
from gex.surface.fitting import fit_surface
from gex.surface.quality import quote_errors
from gex.surface.targets import surface_targets

STAGES = ("parse", "clean", "forward", "vols", "surface", "exposure", "hedge")


def one_run(raw: bytes) -> tuple[dict[str, tuple[float, float]], dict[str, Any]]:
    """((wall, CPU) milliseconds of every stage, what came out)."""
    times: dict[str, tuple[float, float]] = {}

    def stage(name: str, work: Callable[[], Any]) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        times[name] = (1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu))
        return found

    parsed = stage("parse", lambda: parse_chain(raw))
    cleaned = stage("clean", lambda: clean(parsed))
    quotes = cleaned.quotes
    pairs, forwards = stage("forward", lambda: (made := pair_up(quotes), forward_curve(quotes, made)))
    vols = stage("vols", lambda: quote_vols(quotes, forwards))
    surface = stage("surface", lambda: fit_surface(quotes, vols, forwards))
    analysis = Analysis(
        settings=ChainSettings(), cleaned=cleaned, pairs=pairs, forwards=forwards, vols=vols, surface=surface
    )
    books = stage("exposure", lambda: dealer_exposure(analysis, ASKED))
    positions, instrument = book_of(analysis), hedge_instrument(analysis)
    plan = stage("hedge", lambda: plan_hedge(portfolio_risk(positions, surface), [instrument], POLICY))
    return times, {"analysis": analysis, "books": books, "plan": plan}


def report(raw: bytes, runs: int) -> dict[str, Any]:
    """Times and quality of that chain."""
    first, _ = one_run(raw)
    seen = [one_run(raw) for _ in range(runs)]
    last = seen[-1][1]
    surface, forwards = last["analysis"].surface, last["analysis"].forwards
    targets = surface_targets(last["analysis"].cleaned.quotes, last["analysis"].vols, forwards)
    _, error, inside, _ = quote_errors(surface, targets)
    live = np.diff(surface.start) > 0

    def total(times: dict[str, tuple[float, float]], clock: int, names: tuple[str, ...] = STAGES) -> float:
        return sum(times[name][clock] for name in names)

    after = STAGES[1:]
    return {
        "options": len(last["analysis"].cleaned.quotes),
        "expiries": int(live.sum()),
        "runs": runs,
        "stages_ms": {name: statistics.median(one[name][1] for one, _ in seen) for name in STAGES},
        "total_ms": {
            "median_wall": statistics.median(total(one, 0) for one, _ in seen),
            "median_cpu": statistics.median(total(one, 1) for one, _ in seen),
            "least_cpu": min(total(one, 1) for one, _ in seen),
            "first_wall": total(first, 0),
        },
        "after_parsing_ms": {
            "median_wall": statistics.median(total(one, 0, after) for one, _ in seen),
            "median_cpu": statistics.median(total(one, 1, after) for one, _ in seen),
            "least_cpu": min(total(one, 1, after) for one, _ in seen),
            "first_wall": total(first, 0, after),
        },
        "certified": int(surface.is_certified[live].sum()),
        "inside": float(inside.mean()),
        "median_bp": float(np.median(np.abs(error))),
        "flips": [float(flip.price) for flip in last["books"][0].profile.flips][:3],
        "futures": [order.contracts for order in last["plan"].orders],
    }


def main() -> None:
    pinned()
    warm()
    raw = read_bytes(Path(sys.argv[1])) if len(sys.argv) > 1 and sys.argv[1] else sample_bytes(20_000)
    print(json.dumps(report(raw, int(sys.argv[2]) if len(sys.argv) > 2 else 15)))


if __name__ == "__main__":
    main()
