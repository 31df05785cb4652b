"""What systemd is told of a service of type notify: ready, alive, stopping (sd_notify(3)); nothing elsewhere."""

import asyncio
import os
import socket
from collections.abc import Mapping


class Supervisor:
    """The socket that systemd listens on; every message is lost without one."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        microseconds = environment.get("WATCHDOG_USEC", "")
        pid = environment.get("WATCHDOG_PID", str(os.getpid()))
        is_watched = microseconds.isdigit() and pid == str(os.getpid())
        self.watchdog_seconds = int(microseconds) * 1e-6 if is_watched else None

    def tell(self, message: str) -> bool:
        """Send one state, "READY=1"; False where nobody is told."""
        if not self._address:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.sendto(message.encode(), self._address)
        except OSError:
            return False
        return True

    async def keep_alive(self) -> None:
        """Say twice in every watchdog interval that the event loop still turns."""
        if self.watchdog_seconds is None:
            return
        while True:
            self.tell("WATCHDOG=1")
            await asyncio.sleep(self.watchdog_seconds / 2.0)
