"""Does `bench-compare` find a planted fifth, and does it pass an unchanged commit ten times out of ten?

    make bench-guard        fifteen minutes on an idle machine; writes whole/guard.json, which RESULTS.md shows

HEAD is checked out twice. In one of them a stage is made to take a fifth longer, by spinning for a fifth of the CPU time
that the call took; then the unchanged tree is compared with itself again and again. Exit code 1 where the guard fails
either way.
"""

import argparse
import datetime as dt
import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.compare import HERE, ROUNDS, Verdict, checked_out, compared, timed, verdicts
from benchmarks.whole.machine import commit

STAGE, PLANTED = "surface", 0.2
OPTIONS, SECONDS = 2_000, 0.06
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


def compared_with_itself(tree: Path, rounds: int) -> list[Verdict]:
    """As `compared`, both sides the same files: processes of their own all the same."""
    seen = [(timed(tree, OPTIONS, SECONDS), timed(tree, OPTIONS, SECONDS)) for _ in range(rounds)]
    return verdicts([pair if number % 2 == 0 else pair[::-1] for number, pair in enumerate(seen)])


def main() -> int:
    parser = argparse.ArgumentParser(description="Try the speed guard.")
    parser.add_argument("--times", type=int, default=10, help="that the unchanged commit is compared with itself")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gex-guard-") as name:
        base = checked_out("HEAD", Path(name, "base"))
        slow = planted(base, Path(name, "slow"))
        found = compared(base, slow, asked.rounds, OPTIONS, SECONDS)
        seen = next(one for one in found if one.stage == STAGE)
        others = [one.stage for one in found if one.is_slower and one.stage != STAGE]
        print(
            f"planted {PLANTED:.0%} in {STAGE}: ratio {seen.ratio:.3f}, {'SLOWER' if seen.is_slower else 'not found'}",
            flush=True,
        )
        passed, worst = 0, 0.0
        for time in range(asked.times):
            again = compared_with_itself(base, asked.rounds)
            slower = [one.stage for one in again if one.is_slower]
            passed += not slower
            worst = max(worst, *(abs(one.ratio - 1.0) for one in again))
            print(f"unchanged, {time + 1} of {asked.times}: {', '.join(slower) or 'passed'}", flush=True)
    said = {
        "measured_on": dt.datetime.now(dt.UTC).date().isoformat(),
        "commit": commit(),
        "stage": STAGE,
        "planted": PLANTED,
        "ratio": seen.ratio,
        "found": int(seen.is_slower),
        "others": ", ".join(others),
        "passed": passed,
        "rounds": asked.times,
        "largest_median_off": worst,
    }
    (HERE / "benchmarks" / "whole" / "guard.json").write_text(json.dumps(said, indent=1) + "\n")
    print(json.dumps(said))
    return int(not seen.is_slower or passed < asked.times or bool(others))


if __name__ == "__main__":
    sys.exit(main())
