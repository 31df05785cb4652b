"""The latest value of each of several sources, for one reader that may be slow."""

import asyncio
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LatestValues(Generic[K, V]):
    """One slot a key. A value that is put before the last one was taken replaces it: nothing ever queues. One reader."""

    def __init__(self) -> None:
        self._slots: dict[K, V] = {}
        self._closed: set[K] = set()  # slots that hold the last word
        self._waiting: asyncio.Future[None] | None = None

    def put_last(self, key: K, value: V) -> None:
        """Fill the slot of `key` with what no later value replaces before it is taken."""
        self.put(key, value)
        self._closed.add(key)

    def put(self, key: K, value: V) -> None:
        """Fill the slot of `key`; it keeps its turn among the others."""
        if key in self._closed:
            return
        self._slots[key] = value
        if self._waiting is not None:
            _wake(self._waiting)

    async def take(self) -> tuple[K, V]:
        """The slot that has been filled for longest, emptied; waits while all are empty."""
        taken = await self.take_within(None)
        assert taken is not None
        return taken

    async def take_within(self, seconds: float | None) -> tuple[K, V] | None:
        """The same; None where all stay empty for so long."""
        if not self._slots:
            loop = asyncio.get_running_loop()
            self._waiting = waiting = loop.create_future()
            timer = None if seconds is None else loop.call_later(seconds, _wake, waiting)
            try:
                await waiting
            finally:
                self._waiting = None
                if timer is not None:
                    timer.cancel()
            if not self._slots:
                return None
        key = next(iter(self._slots))
        self._closed.discard(key)
        return key, self._slots.pop(key)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
