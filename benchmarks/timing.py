"""How kernels are timed: one pinned core, CPU time of the thread, the median of many runs, a reference loop beside it.

The clock of these machines has more than one state and other work shares the core. The reference loop is a chain of a
million dependent fused multiply-adds, four clock cycles each on the machines at hand: a figure divided by it does not
depend on the clock.
"""

import contextlib
import math
import os
import statistics
import time
from collections.abc import Callable

from gex.kernels.bits import fma
from gex.kernels.compiling import kernel

RUNS = 30
SHORTEST_SAMPLE = (
    200_000  # nanoseconds: what takes less is repeated, so that a sample outweighs the reading of the clock
)


@kernel
def _chain(count, value):
    for _ in range(count):
        value = fma(value, 0.999999, 1e-6)
    return value


def pinned() -> None:
    """Stay on one core, where the system lets us."""
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def nanoseconds(work: Callable[[], object], rows: int, runs: int = RUNS) -> float:
    """Median CPU nanoseconds a row of `runs` runs, each repeated until it takes half a millisecond."""
    work()
    started = time.thread_time_ns()
    work()
    once = max(time.thread_time_ns() - started, 1)
    repeats = max(1, 500_000 // once)
    samples = []
    for _ in range(runs):
        started = time.thread_time_ns()
        for _ in range(repeats):
            work()
        samples.append((time.thread_time_ns() - started) / repeats)
    return statistics.median(samples) / rows


def least_milliseconds(work: Callable[[], object], seconds: float = 0.15, *, once: float | None = None) -> float:
    """The least CPU milliseconds of a call over samples of `seconds` in all: what else the machine does can only add.

    `once`: what a call takes by an earlier measurement, so that it need not be found out again.
    """
    if once is None:
        work()
        started = time.thread_time_ns()
        work()
        once = (time.thread_time_ns() - started) / 1e6
    repeats = max(1, round(SHORTEST_SAMPLE / max(1e6 * once, 1.0)))
    least, ends = math.inf, time.thread_time() + seconds
    while True:
        started = time.thread_time_ns()
        for _ in range(repeats):
            work()
        least = min(least, (time.thread_time_ns() - started) / repeats)
        if time.thread_time() >= ends:
            return least / 1e6


def reference() -> float:
    """Nanoseconds of one dependent fused multiply-add."""
    return nanoseconds(lambda: _chain(1_000_000, 0.25), 1_000_000, runs=9)
