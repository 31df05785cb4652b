"""A real server in a process of its own, on a port that the system chooses."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import grpc

START_SECONDS = 180.0  # kernels may have to be compiled
STOP_SECONDS = 60.0
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class RunningServer:
    """`python -m gex_server.main` with settings from keyword arguments; use as a context manager."""

    command: tuple[str, ...] = ("-m", "gex_server.main")

    def __init__(self, **settings: object) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GEX_")}
        # What a machine full of tests cannot do in 50 ms is not to be shed.
        chosen = {"port": 0, "longest_wait_seconds": 60.0} | settings
        own = {f"GEX_{name.upper()}": str(value) for name, value in chosen.items()}
        self.process = subprocess.Popen(
            [sys.executable, *self.command], env=clean | own, stderr=subprocess.PIPE, text=True
        )
        self.log: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                self.log.append(json.loads(line))
            except json.JSONDecodeError:  # not of the log, or torn by what a library writes between: read on
                self.log.append({"event": line.rstrip()})

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log entries of that name so far."""
        return [entry for entry in self.log if entry["event"] == name]

    def event(self, name: str, seconds: float = START_SECONDS) -> dict[str, Any]:
        """The first log entry of that name, waiting for it."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            found = next((entry for entry in self.log if entry["event"] == name), None)
            if found is not None:
                return found
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.01)
        raise AssertionError(f"no {name!r} from the server: {self.log}")

    def channel(self) -> grpc.Channel:
        """A channel to it, once it listens."""
        return grpc.insecure_channel(self.event("listening")["address"], options=OPTIONS)

    def terminate(self) -> None:
        """SIGTERM, without waiting."""
        self.process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """Its exit code, waiting for the end."""
        return self.process.wait(STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(5.0)
        if self.process.stderr is not None:
            self.process.stderr.close()


class RunningShards(RunningServer):
    """`gex serve --shards N`, on ports that were free a moment ago; `addresses` are those of the shards."""

    def __init__(self, count: int, **settings: object) -> None:
        port = _free_ports(count + 1)
        self.command = ("-m", "gex_cli.main", "serve", "--shards", str(count))
        self.addresses = [f"127.0.0.1:{port + 1 + shard}" for shard in range(count)]
        super().__init__(port=port, **settings)

    def replace(self) -> None:
        """Have every process replaced, and wait until they are."""
        before = len(self.events("all shards replaced"))
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(self.events("all shards replaced")) > before, START_SECONDS)


def _free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    for _ in range(100):
        with contextlib.ExitStack() as held:
            first = held.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                for further in range(1, count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port + further))
            except (OSError, OverflowError):
                continue
            return port
    raise AssertionError("no ports in a row are free")


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return once `condition` holds; fail where it does not in time."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)
