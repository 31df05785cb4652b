"""Where kernels run: a few threads beside the event loop, and no longer queue than can be worked off in time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gex_server.deadlines import Deadline
from gex_server.errors import OverloadedError

T = TypeVar("T")


class KernelPool:
    """`cores` threads: kernels release the GIL, and more threads than cores only lengthen the tail."""

    def __init__(self, *, cores: int, waiting_limit: int, inline_rows: int) -> None:
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="gex-kernel")
        self._waiting_limit = waiting_limit
        self._inline_rows = inline_rows
        self._admitted = 0

    async def run(self, work: Callable[[], T], *, rows: int, deadline: Deadline | None = None) -> T:
        """The result of `work`, a job on so many rows; short ones run here and now, the hop costs 0.1 ms."""
        if deadline is not None:
            deadline.check()
        if rows <= self._inline_rows:
            return work()
        if self._admitted >= self._waiting_limit:
            raise OverloadedError(f"overloaded: {self._admitted} kernels are in work or waiting")

        def in_time() -> T:
            if deadline is not None:
                deadline.check()
            return work()

        self._admitted += 1
        future = self._threads.submit(in_time)
        loop = asyncio.get_running_loop()
        # counted until the thread is done with it, also where the caller has left
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._left))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Wait for what is in work."""
        self._threads.shutdown(wait=True)

    def _left(self) -> None:
        self._admitted -= 1
