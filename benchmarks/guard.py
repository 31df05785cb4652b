"""Does `bench-compare` find a planted fifth, and does it pass an unchanged commit ten times out of ten?

    make bench-guard        ten minutes on an idle machine; writes whole/guard.json and RESULTS.md anew

HEAD is checked out twice. In one of them a stage is made to take a fifth longer, by spinning for a fifth of the CPU time
that the call took; then the unchanged tree is compared with itself again and again. The pairs of those comparisons say how
far a ratio strays where nothing differs, and with it how often the rule of `compare` errs either way. Exit code 1 where
the guard fails either way.
"""

import argparse
import datetime as dt
import json
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.compare import HERE, LIMIT, NEEDED, PAIRS, ROUNDS, Verdict, checked_out, compared, error_rates
from benchmarks.whole.machine import commit

STAGE, PLANTED = "surface", 0.2
OPTIONS = 2_000
SLOWER = """

_fit_as_it_is = fit_surface


def fit_surface(*given, **named):  # type: ignore[no-untyped-def, no-redef]
    import time

    began = time.thread_time_ns()
    found = _fit_as_it_is(*given, **named)
    now = time.thread_time_ns()
    while time.thread_time_ns() < now + {share} * (now - began):
        pass
    return found
"""


def planted(tree: Path, folder: Path) -> Path:
    """A copy of `tree` whose surface takes a fifth longer."""
    shutil.copytree(tree, folder)
    with (folder / "gex" / "surface" / "fitting.py").open("a") as file:
        file.write(SLOWER.format(share=PLANTED))
    return folder


def rates(unchanged: Sequence[Sequence[Verdict]], pairs: int) -> dict[str, float]:
    """How far ratios of an unchanged commit stray, and what that makes of the rule's errors.

    `deviation` is that of ln(ratio) of a pair, root mean square over all stages and pairs, `worst` that of the stage that
    strays most. A false alarm is one in any stage of a comparison, each with its own deviation; a miss is that of a planted
    fifth, at the deviation of the worst stage.
    """
    strayed: dict[str, list[float]] = {}
    for found in unchanged:
        for one in found:
            strayed.setdefault(one.stage, []).extend(math.log(ratio) for ratio in one.ratios)
    by_stage = {name: math.sqrt(sum(x * x for x in all_) / len(all_)) for name, all_ in strayed.items()}
    worst = max(by_stage.values())
    passes = math.prod(1.0 - error_rates(deviation, PLANTED, pairs)[0] for deviation in by_stage.values())
    return {
        "deviation": math.sqrt(sum(one * one for one in by_stage.values()) / len(by_stage)),
        "worst_deviation": worst,
        "false_alarm": 1.0 - passes,
        "miss": error_rates(worst, PLANTED, pairs)[1],
    }


def tried(times: int, pairs: int, rounds: int) -> dict[str, Any]:
    """What the guard says of a planted fifth, and of an unchanged commit so many times."""
    with tempfile.TemporaryDirectory(prefix="gex-guard-") as name:
        base = checked_out("HEAD", Path(name, "base"))
        slow = planted(base, Path(name, "slow"))
        found = compared(base, slow, [OPTIONS], pairs=pairs, rounds=rounds)
        seen = next(one for one in found if one.stage.startswith(STAGE))
        others = [one.stage for one in found if one.is_slower and one is not seen]
        print(
            f"planted {PLANTED:.0%} in {STAGE}: ratio {seen.ratio:.3f}, {'SLOWER' if seen.is_slower else 'not found'}"
        )
        unchanged = []
        for number in range(times):
            unchanged.append(compared(base, base, [OPTIONS], pairs=pairs, rounds=rounds))
            slower = [one.stage for one in unchanged[-1] if one.is_slower]
            print(f"unchanged, {number + 1} of {times}: {', '.join(slower) or 'passed'}", flush=True)
    return {
        "stage": STAGE,
        "planted": PLANTED,
        "ratio": seen.ratio,
        "found": int(seen.is_slower),
        "others": ", ".join(others),
        "passed": sum(not any(one.is_slower for one in comparison) for comparison in unchanged),
        "times": times,
        "pairs": pairs,
        "rounds": rounds,
        "limit": LIMIT,
        "needed": NEEDED,
        "largest_median_off": max(abs(one.ratio - 1.0) for comparison in unchanged for one in comparison),
        **rates(unchanged, pairs),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Try the speed guard.")
    parser.add_argument("--times", type=int, default=10, help="that the unchanged commit is compared with itself")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--to", type=Path, default=HERE / "benchmarks" / "whole" / "guard.json")
    asked = parser.parse_args()
    began = time.perf_counter()
    said = {"measured_on": dt.datetime.now(dt.UTC).date().isoformat(), "commit": commit()}
    said |= tried(asked.times, asked.pairs, asked.rounds)
    said["seconds"] = round(time.perf_counter() - began)
    asked.to.write_text(json.dumps(said, indent=1) + "\n")
    print(json.dumps(said))
    return int(not said["found"] or said["passed"] < asked.times or bool(said["others"]))


if __name__ == "__main__":
    sys.exit(main())
