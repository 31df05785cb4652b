"""Run the gateway until SIGTERM or SIGINT."""

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

import uvicorn

from gex_web.application import STATIC, Gateway
from gex_web.settings import WebSettings

_BACKLOG = 256


class _Server(uvicorn.Server):
    """uvicorn, ended by our own signal handlers, its streams first."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None are taken here: uvicorn would raise them again, and a drained gateway ends with exit code 0."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, for they would be waited for."""
        await self._gateway.close()
        await super().shutdown(sockets)


def run(
    settings: WebSettings,
    listening: Callable[[str], None] = lambda _: None,
    *,
    bound: socket.socket | None = None,
    until: Callable[[], object] | None = None,
) -> None:
    """Serve until told to end, or `until` returns; `listening` is called with the address of the page.

    OSError where the port is taken; `bound` is a socket that has it already.
    """
    built()
    with bound or bound_socket(settings) as taken:
        port = taken.getsockname()[1]
        name = f"[{settings.host}]" if ":" in settings.host else settings.host
        listening(f"http://{name}:{port}/")
        asyncio.run(_serve(settings, taken, until))


def built() -> None:
    """Raise a FileNotFoundError that says what to do where the page is not there."""
    if not (STATIC / "index.html").is_file():
        raise FileNotFoundError(2, "the page is not built: run `make web` (it needs Node)", str(STATIC / "index.html"))


async def _serve(settings: WebSettings, bound: socket.socket, until: Callable[[], object] | None) -> None:
    gateway = Gateway(settings)
    config = uvicorn.Config(
        gateway.application(),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        ws="none",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
    )
    server = _Server(config, gateway)

    def end() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        if sys.platform == "win32":
            signal.signal(number, lambda *_: end())
        else:
            asyncio.get_running_loop().add_signal_handler(number, end)
    if until is not None:
        threading.Thread(target=_then, args=(until, end), daemon=True).start()
    await server.serve(sockets=[bound])


def _then(first: Callable[[], object], second: Callable[[], None]) -> None:
    first()
    second()


def bound_socket(settings: WebSettings) -> socket.socket:
    """A socket that listens where the settings say; OSError where the port is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((settings.host, settings.port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"port {settings.port}: {error.strerror}; choose another with --port") from error
    return bound
