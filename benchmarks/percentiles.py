"""Times of a call: on the wall, and of its own thread, which a machine busy with other things lengthens less."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Times:
    """Seconds of repeated calls, one row a call."""

    wall: np.ndarray
    own: np.ndarray  # CPU time of the calling thread

    def row(self, unit: float) -> str:
        """Percentiles of both, in `unit`s a second: own p50, p99, worst, then those of the wall."""
        own, wall = (np.percentile(seconds, [50, 99, 100]) * unit for seconds in (self.own, self.wall))
        return " ".join(f"{value:9.2f}" for value in (*own, *wall))


HEAD = "{:26s} {:6s} {:>29s} {:>29s}".format("", "", "own CPU: p50, p99, worst", "wall: p50, p99, worst")


def timed(call: Callable[[], object], count: int) -> Times:
    """So many calls, timed one by one."""
    wall, own = np.empty(count), np.empty(count)
    for i in range(count):
        begin, begin_own = time.perf_counter(), time.thread_time()
        call()
        own[i], wall[i] = time.thread_time() - begin_own, time.perf_counter() - begin
    return Times(wall, own)


def joined(parts: list[Times]) -> Times:
    """All calls of several."""
    return Times(np.concatenate([one.wall for one in parts]), np.concatenate([one.own for one in parts]))
