"""Where kernels run: a few threads beside the event loop, and no longer queue than can be worked off in time.

A queue that grows makes everyone late, also those who would have been served. So work is refused where it would wait longer
than `longest_wait`: for what is in work and before it, by the time that jobs of their size took lately. Sizes are told apart
since a whole chain costs a hundred times what a single slice does. And whatever was expected, once the first in the queue
has waited so long, nothing more is taken.
"""

import asyncio
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from gex_server.deadlines import Deadline
from gex_server.errors import OverloadedError
from gex_server.metrics import Metrics

T = TypeVar("T")
NEW_WEIGHT = 0.1  # of the newest job in the mean time of its size


@dataclass(eq=False)
class Job:
    """One piece of work."""

    size: int  # power of two of its rows
    expected: float  # seconds
    since: float  # monotonic seconds at which it began to wait, then at which it was begun


class KernelPool:
    """`cores` threads: kernels release the GIL, and more threads than cores only lengthen the tail."""

    def __init__(
        self,
        *,
        cores: int,
        waiting_limit: int,
        inline_rows: int,
        longest_wait: float = math.inf,
        metrics: Metrics | None = None,
    ) -> None:
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="gex-kernel")
        self._cores = cores
        self._waiting_limit = waiting_limit
        self._inline_rows = inline_rows
        self._longest_wait = longest_wait  # seconds
        self._metrics = metrics or Metrics()
        self._admitted = 0
        self._lock = threading.Lock()  # guards what follows
        self._waiting: dict[Job, None] = {}  # that no thread has begun, the oldest first
        self._running: dict[Job, None] = {}
        self._ahead = 0.0  # expected seconds of those that wait
        self._took: dict[int, float] = {}  # mean seconds by size, the newest weighing most

    @property
    def admitted_count(self) -> int:
        """Jobs in work or waiting."""
        return self._admitted

    def expected_wait(self) -> float:
        """Seconds until a job that came now would begin, by what jobs of these sizes took; 0 where nothing is known."""
        now = time.monotonic()
        with self._lock:
            if len(self._running) < self._cores:
                return 0.0
            left = sum(max(job.expected - (now - job.since), 0.0) for job in self._running)
            return max(left + self._ahead, 0.0) / self._cores

    def refuse_if_late(self) -> None:
        """Raise an OverloadedError where work that came now would be late; costs nothing, so ask before parsing."""
        if self._admitted >= self._waiting_limit:
            raise OverloadedError(f"overloaded: {self._admitted} kernels are in work or waiting")
        with self._lock:
            first = next(iter(self._waiting), None)
        waited = 0.0 if first is None else time.monotonic() - first.since
        if waited > self._longest_wait:
            raise OverloadedError(f"overloaded: the first in the queue has waited for {1e3 * waited:.0f} ms")
        wait = self.expected_wait()
        if wait > self._longest_wait:
            raise OverloadedError(f"overloaded: work that came now would wait for {1e3 * wait:.0f} ms")

    async def run(self, work: Callable[[], T], *, rows: int, deadline: Deadline | None = None) -> T:
        """The result of `work`, a job on so many rows; short ones run here and now, the hop costs 0.1 ms."""
        if deadline is not None:
            deadline.check()
        if rows <= self._inline_rows:
            return work()
        self.refuse_if_late()
        job = self._waits(rows)

        def in_time() -> T:
            self._begins(job)
            try:
                if deadline is not None:
                    deadline.check()
                result = work()
            except BaseException:
                self._ends(job, is_typical=False)
                raise
            self._ends(job, is_typical=True)
            return result

        self._admitted += 1
        self._metrics.kernels_admitted.set(self._admitted)
        future = self._threads.submit(in_time)
        loop = asyncio.get_running_loop()
        # counted until the thread is done with it, also where the caller has left
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._left, job))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Wait for what is in work."""
        self._threads.shutdown(wait=True)

    def _waits(self, rows: int) -> Job:
        size = rows.bit_length()
        with self._lock:
            job = Job(size, self._took.get(size, 0.0), time.monotonic())
            self._waiting[job] = None
            self._ahead += job.expected
        return job

    def _begins(self, job: Job) -> None:
        now = time.monotonic()
        self._metrics.kernel_wait_seconds.observe(now - job.since)
        with self._lock:
            self._waits_no_more(job)
            job.since = now
            self._running[job] = None

    def _ends(self, job: Job, *, is_typical: bool) -> None:
        took = time.monotonic() - job.since
        with self._lock:
            self._running.pop(job, None)
            if is_typical:
                known = self._took.get(job.size, took)
                self._took[job.size] = known + NEW_WEIGHT * (took - known)

    def _left(self, job: Job) -> None:
        self._admitted -= 1
        self._metrics.kernels_admitted.set(self._admitted)
        with self._lock:
            self._waits_no_more(job)  # where the caller left before a thread began it

    def _waits_no_more(self, job: Job) -> None:
        if self._waiting.pop(job, job) is None:
            self._ahead -= job.expected
