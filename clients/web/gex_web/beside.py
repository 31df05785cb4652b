"""The page beside a server: a process of its own, so that no map it encodes delays an answer, and one that ends with it.

    with PageBeside(port=8050, server="unix:/run/gex.sock", name="127.0.0.1:50051"): ...

The page calls the server by a unix socket, where no certificate is in the way and tokens are asked for as everywhere.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
from typing import Self

from gexapi.v1 import hedge_pb2

from gex_web.running import bound_socket, built, run
from gex_web.settings import WebSettings

STOP_SECONDS = 20.0


class PageBeside:
    """A page on loopback from `with` to its end. OSError where the port is taken, before anything is begun.

    `plan` is the hedge of a book that the page follows, `hedge` the name of a kept one whose decisions it lists.
    """

    def __init__(
        self, *, port: int, server: str, name: str, plan: hedge_pb2.PlanHedgeRequest | None = None, hedge: str = ""
    ) -> None:
        built()
        settings = WebSettings(server=server, server_name=name, port=port, plan=plan, hedge=hedge)
        self._bound = bound_socket(settings)
        self._settings = settings
        self._is_ending = False

    def __enter__(self) -> Self:
        number = self._bound.fileno()
        asked = ["--server", self._settings.server, "--name", self._settings.server_name, "--socket", str(number)]
        with tempfile.TemporaryFile() as told:  # without a name: positions are for nobody else to read
            handed = [number]
            if self._settings.plan is not None:
                told.write(self._settings.plan.SerializeToString())
                told.seek(0)
                handed.append(told.fileno())
                asked += ["--plan", str(told.fileno())]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gex_web.beside", *asked, f"--hedge={self._settings.hedge}"],
                stdin=subprocess.PIPE,
                pass_fds=handed,
                start_new_session=True,  # a Ctrl-C in the terminal reaches the server alone, which then ends both
            )
        self._bound.close()
        threading.Thread(target=self._follow, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ending = True
        assert self._process.stdin is not None
        self._process.stdin.close()  # what it is told by; so it ends too where this process is killed
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _follow(self) -> None:
        code = self._process.wait()
        if not self._is_ending:
            print(f"gex serve: the page ended with code {code}; the server goes on", file=sys.stderr, flush=True)


def main() -> None:
    """Serve on a socket that was handed over, until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--plan", type=int)
    parser.add_argument("--hedge", default="")
    asked = parser.parse_args()
    plan = None
    if asked.plan is not None:
        with os.fdopen(asked.plan, "rb") as told:
            plan = hedge_pb2.PlanHedgeRequest.FromString(told.read())
    bound = socket.socket(fileno=asked.socket)
    token = os.environ.get("GEX_TOKEN") or None
    settings = WebSettings(
        server=asked.server,
        server_name=asked.name,
        port=bound.getsockname()[1],
        token=token,
        plan=plan,
        hedge=asked.hedge,
    )

    def listening(address: str) -> None:
        print(f"gex serve: the page is at {address}", file=sys.stderr, flush=True)

    run(settings, listening, bound=bound, until=sys.stdin.buffer.read)


if __name__ == "__main__":
    main()
