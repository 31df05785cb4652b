"""Which calls a server that is going down still takes.

Of calls that arrive while gRPC shuts a server down some are cancelled, and a caller cannot tell that from an answer.
So the last ones are held: while they wait their callers send nothing new; once every connection has been told that the
server goes (GOAWAY), they are turned away with UNAVAILABLE, which a client may try again elsewhere.
"""

import asyncio

from gex_server.errors import DrainingError


class Admission:
    """Open, then holding, then turning away."""

    def __init__(self) -> None:
        self._is_holding = False
        self.turned_away = asyncio.Event()

    def hold(self) -> None:
        """From now on calls wait at the door."""
        self._is_holding = True

    def turn_away(self) -> None:
        """Send away those who wait, and whoever comes after them; streams end."""
        self.turned_away.set()

    async def enter(self) -> None:
        """Pass at once while the door is open; a DrainingError in the end where it is not."""
        if self._is_holding:
            await self.turned_away.wait()
            raise DrainingError("draining: the server is going down, ask another one")
