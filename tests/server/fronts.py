"""A front before two shards: HAProxy or Envoy with the configuration that is delivered, on ports of this test."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.server.running import wait_until

DEPLOY = Path(__file__).resolve().parents[2] / "server" / "deploy"


def binary(name: str) -> str | None:
    """The program, beside this Python or on the PATH; None where it is not there."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


class Front:
    """A running front; `address` is where it listens."""

    def __init__(self, name: str, shards: list[str], folder: Path) -> None:
        self.address = f"127.0.0.1:{_free_port()}"
        program = binary(name)
        assert program is not None
        self._log = (folder / f"{name}.log").open("w+")
        own = {"GEX_FRONT": self.address, "GEX_SHARD_0": shards[0], "GEX_SHARD_1": shards[1]}
        if name == "haproxy":
            command = [program, "-f", str(DEPLOY / "haproxy.cfg")]
        else:
            file = folder / "envoy.yaml"
            file.write_text(_moved((DEPLOY / "envoy.yaml").read_text(), self.address, shards))
            command = [program, "-c", str(file), "--concurrency", "1", "--use-dynamic-base-id", "--log-level", "error"]
        self._process = subprocess.Popen(command, env=os.environ | own, stdout=self._log, stderr=self._log)
        wait_until(lambda: self._listens() or self._process.poll() is not None, 60.0)
        if self._process.poll() is not None:
            self._log.seek(0)
            raise AssertionError(f"{name} ended: {self._log.read()[-2_000:]}")

    def _listens(self) -> bool:
        host, _, port = self.address.rpartition(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def _moved(text: str, front: str, shards: list[str]) -> str:
    """The delivered configuration with the ports of this test; everything else as it is."""
    for delivered, here in zip((50060, 50052, 50053), (front, *shards), strict=True):
        place = f"port_value: {delivered} "
        assert text.count(place) == 1
        text = text.replace(place, f"port_value: {here.rpartition(':')[2]} ")
    return text.replace("port_value: 50069 ", f"port_value: {_free_port()} ")


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
