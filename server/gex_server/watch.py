"""The latest value of each of several sources, for one reader that may be slow."""

import asyncio
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LatestValues(Generic[K, V]):
    """One slot a key. A value that is put before the last one was taken replaces it: nothing ever queues."""

    def __init__(self) -> None:
        self._slots: dict[K, V] = {}
        self._filled = asyncio.Event()

    def put(self, key: K, value: V) -> None:
        """Fill the slot of `key`; it keeps its turn among the others."""
        self._slots[key] = value
        self._filled.set()

    async def take(self) -> tuple[K, V]:
        """The slot that has been filled for longest, emptied; waits while all are empty."""
        while not self._slots:
            self._filled.clear()
            await self._filled.wait()
        key = next(iter(self._slots))
        return key, self._slots.pop(key)
