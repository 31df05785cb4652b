"""Is this commit slower than another? Both are timed in one run, turn and turn about; absolute times are not compared.

    make bench-compare BASE=main~5

The base is checked out into a folder of its own and timed by this commit's harness in processes of its own, so that an
edit of the harness is not taken for one of the code. A round is one process of each; the order changes from round to
round. A stage's figure of a process is the least CPU time of many runs, which other work on the machine can only raise.
SLOWER: the median over rounds of (head ÷ base) is past `LIMIT` and at least three quarters of the rounds say so; an
unchanged commit passes because noise has to agree with itself in most rounds. Exit code 1 where a stage is slower.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 1.10
AGREEING = 0.75
ROUNDS = 8
OPTIONS = 5_000
SECONDS_A_STAGE = 0.25
HERE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Verdict:
    """One stage over all rounds. `ratio`: median of head ÷ base, 1.2 is a fifth slower."""

    stage: str
    base_milliseconds: float
    head_milliseconds: float
    ratio: float
    least: float
    most: float
    is_slower: bool


def verdicts(rounds: Sequence[tuple[Mapping[str, float], Mapping[str, float]]], limit: float = LIMIT) -> list[Verdict]:
    """What the rounds say of each stage that both sides have; `rounds` are (base, head) in milliseconds."""
    names = [name for name in rounds[0][1] if all(name in side for one in rounds for side in one)]
    found = []
    for name in names:
        ratios = [head[name] / base[name] for base, head in rounds]
        ratio = statistics.median(ratios)
        agreeing = sum(one > limit for one in ratios) >= AGREEING * len(ratios)
        found.append(
            Verdict(
                stage=name,
                base_milliseconds=min(base[name] for base, _ in rounds),
                head_milliseconds=min(head[name] for _, head in rounds),
                ratio=ratio,
                least=min(ratios),
                most=max(ratios),
                is_slower=ratio > limit and agreeing,
            )
        )
    return found


def timed(tree: Path, options: int, seconds: float = SECONDS_A_STAGE) -> dict[str, float]:
    """Milliseconds of every stage of the code in `tree`, measured by this harness in a process of its own."""
    folders = [tree, tree / "server", tree / "clients/python", tree / "clients/cli", tree / "clients/web"]
    path = os.pathsep.join(str(folder) for folder in folders)
    environment = os.environ | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    command = [sys.executable, str(HERE / "benchmarks/stage_times.py"), str(tree), str(options), str(seconds)]
    done = subprocess.run(command, env=environment, cwd=tree, check=True, capture_output=True, text=True)
    times: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return times


def compared(base: Path, head: Path, rounds: int, options: int, seconds: float = SECONDS_A_STAGE) -> list[Verdict]:
    """Time both trees, in turns."""
    for tree in (base, head):
        timed(tree, 100)  # compiles
    seen = []
    for number in range(rounds):
        order = (base, head) if number % 2 == 0 else (head, base)
        by_tree = {tree: timed(tree, options, seconds) for tree in order}
        seen.append((by_tree[base], by_tree[head]))
    return verdicts(seen)


def checked_out(reference: str, folder: Path) -> Path:
    """The files of a commit, as git has them."""
    archive = subprocess.run(["git", "archive", reference], cwd=HERE, check=True, capture_output=True).stdout
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the speed of this tree with that of another commit.")
    parser.add_argument("base", help="a commit, or a folder that holds a tree")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--options", type=int, default=OPTIONS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gex-base-") as folder:
        base = (
            Path(asked.base).resolve() if Path(asked.base).is_dir() else checked_out(asked.base, Path(folder, "base"))
        )
        found = compared(base, HERE, asked.rounds, asked.options)
    print(f"{'stage':14}{'base ms':>10}{'head ms':>10}{'ratio':>8}   least–most of {asked.rounds} rounds")
    for one in found:
        print(
            f"{one.stage:14}{one.base_milliseconds:10.3f}{one.head_milliseconds:10.3f}{one.ratio:8.3f}   "
            f"{one.least:.3f}–{one.most:.3f}{'   SLOWER' if one.is_slower else ''}"
        )
    return int(any(one.is_slower for one in found))


if __name__ == "__main__":
    sys.exit(main())
