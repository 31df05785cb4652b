"""A server on this machine that speaks Deribit's websocket protocol, and misbehaves on command."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve

from tests.io.deribit_messages import snapshot


@dataclass
class Script:
    """What the server does: `plans[n]` is played on the n-th connection after the subscription, then it is closed.

    A plan's element is a message to send (a dict), "snapshot" (sent again when the client joins a book anew), or "cut".
    """

    plans: list[list[object]]
    refuse_first_subscription: bool = False
    subscriptions: list[list[str]] = field(default_factory=list)
    answers_to_test_requests: int = 0


@asynccontextmanager
async def deribit_server(script: Script) -> Iterator[str]:
    """The address of a running server."""
    plans = iter(script.plans)
    refused = False

    async def handle(connection: ServerConnection) -> None:
        nonlocal refused
        plan = next(plans, [])
        started = False
        async for message in connection:
            request = json.loads(message)
            method, params = request["method"], request["params"]
            if method == "public/test":
                script.answers_to_test_requests += 1
            if method == "public/subscribe":
                if script.refuse_first_subscription and not refused:
                    refused = True
                    error = {"code": 10028, "message": "too_many_requests", "data": {"wait": 0.01}}
                    await connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}))
                    continue
                script.subscriptions.append(params["channels"])
                await connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": params["channels"]}))
                if started:  # a book joined again
                    await connection.send(json.dumps(snapshot(change_id=1000)))
                    continue
                started = True
                asyncio.get_running_loop().create_task(play(connection, plan))

    async def play(connection: ServerConnection, plan: list[object]) -> None:
        for step in plan:
            if step == "cut":
                connection.transport.abort()
                return
            await connection.send(step if isinstance(step, str) else json.dumps(step))
        await asyncio.sleep(0.05)
        await connection.close()

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"
