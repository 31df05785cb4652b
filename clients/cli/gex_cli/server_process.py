"""A server in a process of its own, on a port of loopback that the system chooses, ended by SIGTERM."""

import json
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Self

from gex_client import Client, ServerError

from gex_cli.terminal import progress

START_LIMIT = 1_800.0  # seconds: a first start compiles every kernel, and a busy machine takes its time for that
TELL_SECONDS = 5.0  # of silence before it is said what is waited for, and again every three times as long
STOP_LIMIT = 20.0


class ServerProcess:
    """`with ServerProcess() as server:` runs a server at `server.address`; its exit code is `server.exit_code` after."""

    def __init__(self) -> None:
        self.address = ""
        self.exit_code: int | None = None
        self._log: list[str] = []
        self._listening = threading.Event()

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "gex_cli.main", "serve", "--host", "127.0.0.1", "--port", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self._wait_until_serving()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> int:
        """End the server with SIGTERM and wait until it has drained; its exit code."""
        if self.exit_code is None:
            self._process.terminate()
            try:
                self.exit_code = self._process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self.exit_code = self._process.wait()
            self._reader.join(STOP_LIMIT)
            if self._process.stderr is not None:
                self._process.stderr.close()
        return self.exit_code

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _read(self) -> None:
        """Follow the log: one JSON object a line, the address in that of "listening"."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._log.append(line.rstrip())
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("event") == "listening":
                self.address = str(entry["address"])
                self._listening.set()
        self._listening.set()

    def _wait_until_serving(self) -> None:
        began = time.monotonic()
        tell_at = began + TELL_SECONDS
        self._listening.wait(START_LIMIT)
        if self.address:
            with Client(self.address) as client:
                while time.monotonic() < began + START_LIMIT and self._process.poll() is None:
                    if client.is_serving():
                        return
                    if time.monotonic() > tell_at:
                        seconds = time.monotonic() - began
                        progress(f"compiling kernels, {seconds:.0f} s; later starts find them compiled")
                        tell_at = time.monotonic() + 3.0 * TELL_SECONDS
                    time.sleep(0.05)
        last = self._log[-1] if self._log else "it said nothing"
        raise ServerError(f"the server did not start: {last}")
