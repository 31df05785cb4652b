"""The newest event of each kind, for any number of readers of any pace."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """One server-sent event, encoded once for all who read it."""

    kind: str
    body: bytes  # as it goes over the wire
    number: int  # grows with every event of a slot board
    event_id: str = ""  # what a browser repeats when it connects again; "" where it does not matter


def event_text(kind: str, data: bytes, event_id: str = "") -> bytes:
    """An event of the text/event-stream format (WHATWG HTML, section 9.2). `data` must be one line.

    >>> event_text("beat", b"{}", "7")
    b'event: beat\\nid: 7\\ndata: {}\\n\\n'
    """
    head = f"event: {kind}\n" + (f"id: {event_id}\n" if event_id else "")
    return head.encode() + b"data: " + data + b"\n\n"


class Slots:
    """One slot a kind of event: what is put replaces what nobody took, so a slow reader is stale and never costs memory."""

    def __init__(self) -> None:
        self._events: dict[str, Event] = {}
        self._count = 0
        self._changed = asyncio.Event()
        self.is_closed = False

    def put(self, kind: str, data: bytes, event_id: str = "") -> None:
        """Fill the slot of `kind` and wake all readers."""
        self._count += 1
        self._events[kind] = Event(kind, event_text(kind, data, event_id), self._count, event_id)
        self._wake()

    def drop(self, kind: str) -> None:
        """Empty the slot of `kind`: what it said no longer holds."""
        self._events.pop(kind, None)

    def close(self) -> None:
        """No more events come: readers end."""
        self.is_closed = True
        self._wake()

    def newest(self, kind: str) -> Event | None:
        """What stands in a slot."""
        return self._events.get(kind)

    def newer(self, taken: Mapping[str, int]) -> list[Event]:
        """The events that a reader has not taken, oldest first; `taken` is its last number of each kind."""
        fresh = [event for event in self._events.values() if event.number > taken.get(event.kind, 0)]
        return sorted(fresh, key=lambda event: event.number)

    async def wait(self, taken: Mapping[str, int], seconds: float) -> list[Event]:
        """Those events once there are any; [] after `seconds` of silence or when closed."""
        fresh = self.newer(taken)
        if fresh or self.is_closed:
            return fresh
        changed = self._changed
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            return []
        return self.newer(taken)

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
