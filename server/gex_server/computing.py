"""Where kernels run: a few threads beside the event loop, and no longer queue than can be worked off in time.

A queue that grows makes everyone late, also those who would have been served. So work is refused while whoever is first
in the queue has waited longer than `longest_wait`: the wait itself is looked at, not the number of those who wait, since a
whole chain costs a hundred times what a single slice does.
"""

import asyncio
import itertools
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gex_server.deadlines import Deadline
from gex_server.errors import OverloadedError

T = TypeVar("T")


class KernelPool:
    """`cores` threads: kernels release the GIL, and more threads than cores only lengthen the tail."""

    def __init__(self, *, cores: int, waiting_limit: int, inline_rows: int, longest_wait: float = math.inf) -> None:
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="gex-kernel")
        self._waiting_limit = waiting_limit
        self._inline_rows = inline_rows
        self._longest_wait = longest_wait  # seconds
        self._admitted = 0
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting_since: dict[int, float] = {}  # jobs that no thread has begun, the oldest first

    @property
    def admitted_count(self) -> int:
        """Jobs in work or waiting."""
        return self._admitted

    def refuse_if_late(self) -> None:
        """Raise an OverloadedError where work that came now would be late; costs nothing, so ask before parsing."""
        if self._admitted >= self._waiting_limit:
            raise OverloadedError(f"overloaded: {self._admitted} kernels are in work or waiting")
        with self._lock:
            oldest = next(iter(self._waiting_since.values()), math.inf)
        waited = time.monotonic() - oldest
        if waited > self._longest_wait:
            raise OverloadedError(f"overloaded: the first in the queue has waited for {1e3 * waited:.0f} ms")

    async def run(self, work: Callable[[], T], *, rows: int, deadline: Deadline | None = None) -> T:
        """The result of `work`, a job on so many rows; short ones run here and now, the hop costs 0.1 ms."""
        if deadline is not None:
            deadline.check()
        if rows <= self._inline_rows:
            return work()
        self.refuse_if_late()

        number = next(self._numbers)

        def in_time() -> T:
            self._waits_no_more(number)
            if deadline is not None:
                deadline.check()
            return work()

        self._admitted += 1
        with self._lock:
            self._waiting_since[number] = time.monotonic()
        future = self._threads.submit(in_time)
        loop = asyncio.get_running_loop()
        # counted until the thread is done with it, also where the caller has left
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._left, number))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Wait for what is in work."""
        self._threads.shutdown(wait=True)

    def _left(self, number: int) -> None:
        self._admitted -= 1
        self._waits_no_more(number)  # where the caller left before a thread began it

    def _waits_no_more(self, number: int) -> None:
        with self._lock:
            self._waiting_since.pop(number, None)
