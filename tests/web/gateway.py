"""A real gateway in a process of its own, on a port that the system chooses."""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any, Self

START_SECONDS = 60.0
STOP_SECONDS = 30.0


class RunningGateway:
    """`gex web` with these arguments; use as a context manager."""

    def __init__(self, server: str, *arguments: object, port: int = 0, **environment: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GEX_")}
        command = [sys.executable, "-m", "gex_cli.main", "web", "--server", server, "--port", port, *arguments]
        self.process = subprocess.Popen(
            [str(part) for part in command], env=clean | environment, stderr=subprocess.PIPE, text=True
        )
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.log.extend(line.rstrip() for line in self.process.stderr)

    @property
    def url(self) -> str:
        """The address of the page, once it is served; ends in a slash."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            for line in list(self.log):
                if "the page is at " in line:
                    return line.partition("the page is at ")[2].split()[0]
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.01)
        raise AssertionError(f"the gateway did not start: {self.log}")

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rstrip("/").rpartition(":")[2])

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        if self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(STOP_SECONDS)
        assert self.process.stderr is not None
        self.process.stderr.close()
