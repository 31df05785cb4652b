"""Which calls a server that is going down still takes, and what becomes of the others.

Of calls that arrive while gRPC shuts a server down some are cancelled, and a caller cannot tell that from an answer.
So the last ones are held: while they wait their callers send nothing new. Then they are either turned away with
UNAVAILABLE, which a client may try again elsewhere, or handed on to the process that takes over.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from gex_server.errors import DrainingError
from gex_server.relay import Relay


class Admission:
    """Open, then holding, then either turning away, handing on or open again."""

    def __init__(self) -> None:
        self._is_holding = False
        self._in_work = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._decided = asyncio.Event()
        self._successor: Relay | None = None
        self.turned_away = asyncio.Event()  # set: streams end
        self._readers: set[asyncio.Task[object]] = set()  # tasks that wait for their caller's next message

    @property
    def in_work(self) -> int:
        """Calls that have entered and not left, streams included."""
        return self._in_work

    def hold(self) -> None:
        """From now on calls wait at the door."""
        self._is_holding = True

    def end_streams(self) -> None:
        """Streams end with UNAVAILABLE; their clients come back, to whoever then serves."""
        self.turned_away.set()
        for task in self._readers:
            task.cancel()

    def turn_away(self) -> None:
        """Send away those who wait, and whoever comes after them; streams end."""
        self.end_streams()
        self._decided.set()

    def hand_on(self, successor: Relay) -> None:
        """Whoever waits, and comes after, is answered by the process that took over."""
        self._successor = successor
        self.turn_away()

    def open_again(self) -> None:
        """Nobody took over: take calls as before."""
        self._is_holding = False
        self.turned_away.clear()
        waiting, self._decided = self._decided, asyncio.Event()
        waiting.set()

    async def enter(self) -> Relay | None:
        """Pass at once while the door is open: None. Else wait: the successor who answers, or a DrainingError."""
        while self._is_holding:
            decided = self._decided
            await decided.wait()
            if self._is_holding:
                if self._successor is not None:
                    return self._successor
                raise DrainingError("draining: the server is going down, ask another one")
        self._in_work += 1
        self._idle.clear()
        return None

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Around a wait that ends with a DrainingError once streams end; costs no task, since there is one a message."""
        if self.turned_away.is_set():
            raise DrainingError("draining: the server is going down, send the rest to another one")
        task = asyncio.current_task()
        assert task is not None
        self._readers.add(task)
        try:
            yield
        except asyncio.CancelledError as error:
            if self.turned_away.is_set() and task.cancelling() == 1:  # it was us, and nobody else
                task.uncancel()
                raise DrainingError("draining: the server is going down, send the rest to another one") from error
            raise
        finally:
            self._readers.discard(task)

    def leave(self) -> None:
        """A call that had entered is over."""
        self._in_work -= 1
        if not self._in_work:
            self._idle.set()

    async def idle(self) -> None:
        """Wait until nobody who entered is left."""
        await self._idle.wait()
