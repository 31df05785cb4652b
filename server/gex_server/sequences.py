"""How far each sender of updates has come: every (client, sequence) is applied at most once, and in order."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass
class Client:
    """One sender; `last` is the highest sequence taken, 0 before the first."""

    last: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # several streams may carry one client

    def refusal(self, sequence: int, *, is_whole: bool = False) -> str:
        """Why a message cannot be taken now: "duplicate", or "out_of_order" where one before it is missing; else "".

        A client that this server has not heard of begins with 1, or where it is with a whole chain (`is_whole`), which
        needs nothing of what came before: that is how one goes on after the server has lost its state.
        """
        if sequence <= self.last:
            return "duplicate"
        begins = self.last == 0 and is_whole
        return "out_of_order" if sequence > self.last + 1 and not begins else ""


class Clients:
    """The senders by name; where there are more than `size`, those not heard of for longest are forgotten."""

    def __init__(self, size: int = 100_000) -> None:
        self._size = size
        self._clients: OrderedDict[str, Client] = OrderedDict()

    def __len__(self) -> int:
        return len(self._clients)

    def client(self, name: str) -> Client:
        """The sender of that name."""
        client = self._clients.setdefault(name, Client())
        self._clients.move_to_end(name)
        while len(self._clients) > self._size:
            self._clients.popitem(last=False)
        return client

    def sequences(self) -> list[tuple[str, int]]:
        """Every sender with the highest sequence taken, the one not heard of for longest first."""
        return [(name, client.last) for name, client in self._clients.items() if client.last]
