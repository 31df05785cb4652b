"""A server inside this process, on a thread with a loop of its own: at once there, without compiling anything."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Self

import grpc
from gex_server.assembly import Parts, assembled
from gex_server.settings import Settings
from gex_server.tracing import Tracing

SECONDS = 60.0


class LocalServer:
    """Use as a context manager; `parts` are the server's own."""

    def __init__(self, *, tracing: Tracing | None = None, **settings: Any) -> None:
        self._settings = Settings(**({"port": 0} | settings))
        self._tracing = tracing
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self.address = ""
        self.parts: Parts

    def channel(self) -> grpc.Channel:
        """A channel without encryption."""
        return grpc.insecure_channel(self.address, [("grpc.use_local_subchannel_pool", 1)])

    def on_loop(self, function: Callable[[], Any]) -> Any:
        """What a function returns that is called on the server's loop."""

        async def call() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(SECONDS)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(SECONDS)
        if self._error is not None:
            raise self._error
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(SECONDS)

    async def _serve(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        try:
            self.parts = assembled(self._settings, self._tracing)
            port = self.parts.listener.listen()
            await self.parts.listener.server.start()
            await self.parts.health.set(is_serving=True)
        except BaseException as error:
            self._error = error
            self._ready.set()
            return
        self.address = f"127.0.0.1:{port}"
        following = asyncio.create_task(self.parts.listener.follow_token_file())
        self._ready.set()
        await self._ending.wait()
        following.cancel()
        self.parts.runtime.admission.turn_away()
        await self.parts.listener.server.stop(0.0)
        await asyncio.to_thread(self.parts.runtime.pool.close)
