"""Milliseconds of every stage as one line of JSON: what `compare` starts once for each side of each round.

    python benchmarks/stage_times.py TREE OPTIONS [SECONDS_A_STAGE]

TREE's own `gex` is timed (its folders come first on PYTHONPATH) by the harness that lies beside this file.
"""

import importlib.util
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

HARNESS = Path(__file__).resolve().parent
SECONDS_A_STAGE = 0.25
LEAST_RUNS = 12


def _harness(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"harness_{name}", HARNESS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"no {name}.py beside {__file__}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def least_milliseconds(run: Callable[[], object], seconds: float = SECONDS_A_STAGE) -> float:
    """The least CPU time of a run: whatever else the machine does can only add to it."""
    run()
    seen, ends = [], time.thread_time() + seconds
    while len(seen) < LEAST_RUNS or time.thread_time() < ends:
        started = time.thread_time_ns()
        run()
        seen.append(time.thread_time_ns() - started)
    return min(seen) / 1e6


def main() -> None:
    tree, options = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    import gex

    if tree not in Path(gex.__file__).resolve().parents:
        raise SystemExit(f"expected the gex of {tree}, got {gex.__file__}")
    harness = _harness("stages")
    _harness("timing").pinned()
    found = harness.stages(harness.sample_bytes(options))
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else SECONDS_A_STAGE
    print(json.dumps({stage.name: least_milliseconds(stage.run, seconds) for stage in found}))


if __name__ == "__main__":
    main()
