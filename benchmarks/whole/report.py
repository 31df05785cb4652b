"""make bench: everything in one run, at most ten minutes on two idle cores: RESULTS.md, RESULTS.json, whole/scaling.png.

    python -m benchmarks.whole.report [--underlyings 6000] [--seconds 0.15] [--only [PART ...]] [--folder FOLDER]

Each part has a process of its own; one that fails says so in the table and the run goes on. `--only` measures the parts
that are named, none where none is, and keeps the others' figures from the RESULTS.json that is there, with the commit that
each is of. LATENCY (`make latency`) and the guard (`make bench-guard`) are read from their own files: they take longer than
this run may.
"""

import argparse
import datetime as dt
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.kernels_report import START
from benchmarks.peers.environments import absence, interpreter
from benchmarks.whole.bounds import rates
from benchmarks.whole.machine import commit, machine
from benchmarks.whole.pictures import draw
from benchmarks.whole.processes import HERE, PartFailedError, part
from benchmarks.whole.repeat import repeated
from benchmarks.whole.tables import markdown

FOLDER = HERE / "benchmarks"
CHAIN = "spx_20230914"
AS_OF = "2023-09-14T20:15:00"


def real_chain() -> Path | None:
    """The recorded chain, where the machine has it."""
    folder = Path(os.environ.get("GEX_REAL_DATA", HERE.parent / "shared" / "data")) / "cboe_csv"
    path = folder / f"{CHAIN}.csv.gz"
    return path if path.exists() else None


def end_to_end() -> dict[str, Any]:
    chain = real_chain()
    part("benchmarks.whole.end_to_end", str(chain or ""), "1", core=-1)  # compiles what is not in the cache yet
    found: dict[str, Any] = part("benchmarks.whole.end_to_end", str(chain or ""), core=-1)
    found["chain"] = CHAIN if chain else "embedded sample of 20,000"
    python = interpreter("vectorized")
    if python is None or chain is None:
        found["glued_absent"] = absence("vectorized") if python is None else "no recorded chain: set GEX_REAL_DATA"
    else:
        try:
            found["glued"] = part("benchmarks.whole.glued", str(chain), AS_OF, "5", python=python, core=-1)
        except PartFailedError as error:
            found["glued_absent"] = str(error)
    return found


def universe(underlyings: int) -> dict[str, Any]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    arguments = ("--json", "--underlyings", str(underlyings), "--cores")
    return {str(n): part("benchmarks.universe", *arguments, str(n)) for n in (1, 2) if n <= cores}


def start() -> dict[str, float]:
    """Seconds of a new process from its start to its first implied volatilities, the best of five."""
    seen = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-W", "ignore", "-c", START], check=True, capture_output=True, cwd=HERE)
        seen.append(time.perf_counter() - began)
    return {"seconds": min(seen)}


def parts(underlyings: int, seconds: float) -> dict[str, Callable[[], Any]]:
    """Every part by its name, in the order of the run."""
    chain = real_chain()
    return {
        "start": start,
        "end_to_end": end_to_end,
        "kernels": lambda: part("benchmarks.whole.kernel_rows"),
        "surface": lambda: part("benchmarks.whole.surface_rows", str(chain or "")),
        "growth": lambda: part("benchmarks.whole.growth", str(seconds), core=-1),
        "noise": repeated,
        "backtest": lambda: part("benchmarks.whole.backtest_rows", core=-1),
        "service": lambda: part("benchmarks.whole.service_rows"),
        "universe": lambda: universe(underlyings),
    }


def beside() -> dict[str, Any]:
    """What other commands have measured."""
    found = {}
    for name, path in (("latency", FOLDER / "latency" / "latency.json"), ("guard", FOLDER / "whole" / "guard.json")):
        if path.exists():
            found[name] = json.loads(path.read_text())
    return found


def write(measured: dict[str, Any], folder: Path) -> None:
    """The three files: what this command has measured, and what others have."""
    facts = measured | {"seconds_in_all": round(sum(measured["seconds"].values()), 1)} | beside()
    (folder / "whole").mkdir(parents=True, exist_ok=True)
    text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    (folder / "RESULTS.json").write_text(text)
    facts = json.loads(text)  # keys as programs read them
    draw(facts, folder / "whole" / "scaling.png")
    (folder / "RESULTS.md").write_text(markdown(facts))


def _cpu_seconds() -> float:
    """What processes that have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure everything.")
    parser.add_argument("--underlyings", type=int, default=6_000)
    parser.add_argument("--seconds", type=float, default=0.15, help="of CPU a stage and size")
    parser.add_argument(
        "--only", nargs="*", choices=sorted(parts(0, 0.0)), help="parts to measure anew; none: write only"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where RESULTS.md goes")
    asked = parser.parse_args()
    kept = asked.folder / "RESULTS.json"
    facts: dict[str, Any] = {}
    if asked.only is not None and kept.exists():
        facts = json.loads(kept.read_text())
    else:
        facts = {"measured_on": dt.datetime.now(dt.UTC).date().isoformat(), "machine": machine(), "rates": rates()}
    for name in asked.only or ():
        facts.pop(name, None)  # a part that fails has no figure, not an old one
    now = commit()
    failed, seconds, commits = (facts.setdefault(name, {}) for name in ("failed", "seconds", "commits"))
    for name, work in parts(asked.underlyings, asked.seconds).items():
        if asked.only is not None and name not in asked.only:
            continue
        started, spent = time.perf_counter(), _cpu_seconds()
        failed.pop(name, None)
        try:
            facts[name] = work()
        except (PartFailedError, subprocess.SubprocessError, KeyError, OSError, RuntimeError) as error:
            failed[name] = f"{type(error).__name__}: {error}"
        seconds[name], commits[name] = round(time.perf_counter() - started, 1), now
        spent = _cpu_seconds() - spent
        print(f"{name}: {seconds[name]:.0f} s, {spent:.0f} s of CPU {failed.get(name, '')}", flush=True)
        write(facts, asked.folder)  # after each part: an interrupted run keeps what it has
    write(facts, asked.folder)
    print(f"{sum(seconds.values()):.0f} s; {asked.folder / 'RESULTS.md'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
