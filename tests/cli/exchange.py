"""Deribit on this machine: the listing over HTTP and the websocket beside it, on one port, misbehaving on command."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response


@dataclass
class Exchange:
    """`plans[n]` is played on the n-th connection once it has subscribed; the last one stays open until its client leaves.

    An element of a plan is a message (a dict), "cut" (the connection breaks), a number (seconds to wait) or a callable
    that is called. Books are opened by a snapshot whenever they are joined.
    """

    listing: list[dict[str, Any]]
    plans: list[list[Any]]
    refuse_subscriptions: int = 0  # as many are answered with "too many requests"
    refuse_handshakes: int = 0  # as many are answered with 429
    snapshots: dict[str, dict[str, Any]] = field(default_factory=dict)  # by channel
    subscriptions: list[list[str]] = field(default_factory=list)
    left: list[list[str]] = field(default_factory=list)
    test_answers: int = 0
    host: str = ""

    def respond(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path.startswith("/api/v2/public/get_book_summary_by_currency?currency=BTC"):
            body = json.dumps({"jsonrpc": "2.0", "result": self.listing}).encode()
            return Response(200, "OK", Headers({"Content-Length": str(len(body)), "Connection": "close"}), body)
        if request.path != "/ws/api/v2":
            return connection.respond(HTTPStatus.NOT_FOUND, "not here\n")
        if self.refuse_handshakes:
            self.refuse_handshakes -= 1
            return connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "slower\n")
        return None

    async def handle(self, connection: ServerConnection) -> None:
        playing = None
        try:
            async for message in connection:
                request = json.loads(message)
                method, params = request["method"], request["params"]
                if method == "public/test":
                    self.test_answers += 1
                if method == "public/subscribe" and self.refuse_subscriptions:
                    self.refuse_subscriptions -= 1
                    error = {"code": 10028, "message": "too_many_requests", "data": {"wait": 0.01}}
                    await connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}))
                    continue
                await connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": "ok"}))
                if method == "public/unsubscribe":
                    self.left.append(params["channels"])
                if method == "public/subscribe":
                    self.subscriptions.append(params["channels"])
                    for channel in params["channels"]:
                        if channel in self.snapshots:
                            await connection.send(json.dumps(self.snapshots[channel]))
                    if playing is None:
                        plan = self.plans.pop(0) if len(self.plans) > 1 else self.plans[0]
                        playing = asyncio.create_task(self.play(connection, plan))
        finally:
            if playing is not None:
                playing.cancel()

    async def play(self, connection: ServerConnection, plan: list[Any]) -> None:
        for step in plan:
            if step == "cut":
                connection.transport.abort()
                return
            if callable(step):
                step()
            elif isinstance(step, dict):
                await connection.send(json.dumps(step))
            else:
                await asyncio.sleep(step)


@contextmanager
def running(exchange: Exchange) -> Iterator[Exchange]:
    """Serve in a thread of its own; `host` is where."""
    started, loop = threading.Event(), asyncio.new_event_loop()
    ended: asyncio.Event = asyncio.Event()

    async def main() -> None:
        async with serve(
            exchange.handle, "127.0.0.1", 0, process_request=exchange.respond, compression=None, close_timeout=0.1
        ) as server:
            exchange.host = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            started.set()
            await ended.wait()

    def work() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(main())

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(10.0)
    try:
        yield exchange
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10.0)
