"""The stages of one tree, timed a round at a time as told: what `compare` starts once for each side of a pair.

    python benchmarks/stage_times.py TREE SECONDS SIZE [SIZE ...]

TREE's own `gex` is timed (its folders come first on PYTHONPATH) by the harness that lies beside this file. Once every
stage of every size has run, the line `ready` goes out; each line that comes in is answered by a round, one line of JSON:
{"parse, 5000": milliseconds, ...}, the least CPU time in `SECONDS` of each.
"""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

HARNESS = Path(__file__).resolve().parent


def _harness(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"harness_{name}", HARNESS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"no {name}.py beside {__file__}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    tree, seconds, sizes = Path(sys.argv[1]).resolve(), float(sys.argv[2]), [int(size) for size in sys.argv[3:]]
    import gex

    if tree not in Path(gex.__file__).resolve().parents:
        raise SystemExit(f"expected the gex of {tree}, got {gex.__file__}")
    stages, timing = _harness("stages"), _harness("timing")
    work = {f"{stage.name}, {size}": stage.run for size in sizes for stage in stages.stages(stages.sample_bytes(size))}
    once = {name: timing.least_milliseconds(run, 0.0) for name, run in work.items()}
    timing.pinned()  # only now: both sides of a pair set up at once, on all cores, and take turns on one
    print("ready", flush=True)
    for _ in sys.stdin:
        found = {name: timing.least_milliseconds(run, seconds, once=once[name]) for name, run in work.items()}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
