"""Is this commit slower than another? Both are timed in one run, turn and turn about; absolute times are not compared.

    make bench-compare BASE=main~5

The base is checked out into a folder of its own and timed by this commit's harness, so that an edit of the harness is not
taken for one of the code. A pair is a process of each side on one core; they take turns, `ROUNDS` rounds in changing
order, and a figure of a process is its least CPU time over the rounds: what else the machine does can only add, and what
lasts (another clock, a neighbour) meets both. `PAIRS` pairs of new processes follow one another, because where a process
happens to lie in memory moves its figures for all its life.

SLOWER: at least `NEEDED` of the pairs say more than `LIMIT`. Where ln(head ÷ base) of a pair strays by σ, an unchanged
stage is called slower with P(Bin(5, 1 − Φ(ln 1.1 / σ)) ≥ 4) and one slower by a fifth is missed with
P(Bin(5, Φ(ln(1.1 / 1.2) / σ)) ≥ 2): 3e-8 and 0.2 % at σ = 4 %, which is a busy machine. `make bench-guard` measures σ.
Exit code 1 where a stage is slower.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

LIMIT = 1.10
PAIRS, NEEDED = 5, 4
ROUNDS = 8
OPTIONS = 5_000
SECONDS = 0.01  # of CPU a stage and round
HERE = Path(__file__).resolve().parents[1]

Figures = Mapping[str, float]  # milliseconds by stage


class TimedTree:
    """A process that times the stages of the code in `tree` whenever it is told to."""

    def __init__(self, tree: Path, sizes: Sequence[int], seconds: float) -> None:
        folders = [tree, tree / "server", tree / "clients/python", tree / "clients/cli", tree / "clients/web"]
        path = os.pathsep.join(str(folder) for folder in folders)
        command = [sys.executable, str(HERE / "benchmarks/stage_times.py"), str(tree), str(seconds), *map(str, sizes)]
        self._process = subprocess.Popen(
            command,
            env=os.environ | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONWARNINGS": "ignore"},
            cwd=tree,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> None:
        """Until every stage has run once."""
        self._line()

    def round(self) -> Figures:
        """Every stage once more."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: Figures = json.loads(self._line())
        return found

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the timed process ended with code {self._process.wait()}")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()


def paired(
    base: Path, head: Path, sizes: Sequence[int], *, rounds: int = ROUNDS, seconds: float = SECONDS
) -> tuple[Figures, Figures]:
    """(base, head) milliseconds of every stage and size: the least of two processes that took turns."""
    with ExitStack() as stack:
        both = [stack.enter_context(TimedTree(tree, sizes, seconds)) for tree in (base, head)]
        for side in both:  # they start at once and are not timed before both stand
            side.wait()
        seen: list[list[Figures]] = [[], []]
        for number in range(rounds):
            for at in (0, 1) if number % 2 == 0 else (1, 0):
                seen[at].append(both[at].round())
    return least(seen[0]), least(seen[1])


def least(rounds: Sequence[Figures]) -> Figures:
    """The least of each figure."""
    return {name: min(one[name] for one in rounds) for name in rounds[0] if all(name in one for one in rounds)}


@dataclass(frozen=True)
class Verdict:
    """One stage over all pairs. `ratio`: median of head ÷ base, 1.2 is a fifth slower."""

    stage: str
    base_milliseconds: float
    head_milliseconds: float
    ratios: tuple[float, ...]
    is_slower: bool

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)


def verdicts(pairs: Sequence[tuple[Figures, Figures]]) -> list[Verdict]:
    """What the pairs say of each stage that both sides have; (base, head) in milliseconds."""
    names = [name for name in pairs[0][1] if all(name in side for one in pairs for side in one)]
    found = []
    for name in names:
        ratios = tuple(head[name] / base[name] for base, head in pairs)
        found.append(
            Verdict(
                stage=name,
                base_milliseconds=min(base[name] for base, _ in pairs),
                head_milliseconds=min(head[name] for _, head in pairs),
                ratios=ratios,
                is_slower=sum(one > LIMIT for one in ratios) >= needed(len(pairs)),
            )
        )
    return found


def needed(pairs: int) -> int:
    """How many of so many pairs have to say slower: four of five."""
    return math.ceil(NEEDED / PAIRS * pairs)


def error_rates(deviation: float, planted: float, pairs: int = PAIRS) -> tuple[float, float]:
    """(false alarm, miss) of one stage where ln(ratio) of a pair is normal with that deviation; `planted` 0.2: a fifth."""
    normal = statistics.NormalDist(0.0, max(deviation, 1e-9))
    alarm = _at_least(needed(pairs), pairs, 1.0 - normal.cdf(math.log(LIMIT)))
    unseen = normal.cdf(math.log(LIMIT / (1.0 + planted)))
    return alarm, _at_least(pairs - needed(pairs) + 1, pairs, unseen)


def _at_least(least_count: int, count: int, share: float) -> float:
    """P(Bin(count, share) ≥ least_count)."""
    return sum(math.comb(count, k) * share**k * (1.0 - share) ** (count - k) for k in range(least_count, count + 1))


def compared(
    base: Path, head: Path, sizes: Sequence[int], *, pairs: int = PAIRS, rounds: int = ROUNDS
) -> list[Verdict]:
    """What so many pairs say of two trees."""
    return verdicts([paired(base, head, sizes, rounds=rounds) for _ in range(pairs)])


def checked_out(reference: str, folder: Path) -> Path:
    """The files of a commit, as git has them."""
    archive = subprocess.run(["git", "archive", reference], cwd=HERE, check=True, capture_output=True).stdout
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the speed of this tree with that of another commit.")
    parser.add_argument("base", help="a commit, or a folder that holds a tree")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="of processes")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of a pair")
    parser.add_argument("--options", type=int, default=OPTIONS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gex-base-") as folder:
        base = (
            Path(asked.base).resolve() if Path(asked.base).is_dir() else checked_out(asked.base, Path(folder, "base"))
        )
        found = compared(base, HERE, [asked.options], pairs=asked.pairs, rounds=asked.rounds)
    print(f"{'stage':20}{'base ms':>10}{'head ms':>10}{'ratio':>8}   least–most of {asked.pairs} pairs")
    for one in found:
        print(
            f"{one.stage:20}{one.base_milliseconds:10.3f}{one.head_milliseconds:10.3f}{one.ratio:8.3f}   "
            f"{min(one.ratios):.3f}–{max(one.ratios):.3f}{'   SLOWER' if one.is_slower else ''}"
        )
    return int(any(one.is_slower for one in found))


if __name__ == "__main__":
    sys.exit(main())
