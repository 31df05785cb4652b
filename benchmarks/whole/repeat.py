"""Two runs of one commit: how far apart they are where nothing differs.

A run is `PROCESSES` processes; a process of each run at a time, turn and turn about on one core (see `compare`), so that
what lasts on the machine meets both. A figure is the median over a run's processes of the least CPU time of its rounds.
"""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.compare import HERE, paired
from benchmarks.stages import SIZES

PROCESSES = 8
ROUNDS = 10
SECONDS = 0.003  # of CPU a stage, size and round
NOISE = 10.0  # per cent: the stated noise of every figure


def apart(one: Sequence[Mapping[str, float]], other: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Per cent between two runs, each the figures of its processes."""
    first, second = typical(one), typical(other)
    percent = {name: 100.0 * (second[name] / first[name] - 1.0) for name in first}
    return {
        "percent": percent,
        "worst_percent": max(abs(value) for value in percent.values()),
        "median_percent": statistics.median(abs(value) for value in percent.values()),
        "processes": len(one),
    }


def typical(processes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median over processes of each figure: the least of them is the luck of one that lies well in memory."""
    return {name: statistics.median(one[name] for one in processes) for name in processes[0]}


def share_within(percent: Mapping[str, float]) -> float:
    """Per cent of the figures that differ by no more than NOISE."""
    return 100.0 * statistics.fmean(abs(value) <= NOISE for value in percent.values())


def repeated() -> dict[str, Any]:
    """Every stage and size of this tree, twice."""
    runs = [paired(HERE, HERE, SIZES, rounds=ROUNDS, seconds=SECONDS) for _ in range(PROCESSES)]
    return apart([one for one, _ in runs], [other for _, other in runs])
