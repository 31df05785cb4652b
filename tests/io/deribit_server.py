"""A server on this machine that speaks Deribit's websocket protocol, and misbehaves on command."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve


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


def notification(channel: str, data: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "method": "subscription", "params": {"channel": channel, "data": data}}


def trade(sequence: int, name: str = "BTC-30JAN26-95000-C") -> dict[str, object]:
    record = {
        "trade_seq": sequence, "trade_id": str(sequence), "timestamp": 1767607887551 + sequence, "price": 0.0125,
        "instrument_name": name, "direction": "buy", "amount": 0.1,
    }  # fmt: skip
    return notification("trades.option.BTC.100ms", [record])


def snapshot(change_id: int) -> dict[str, object]:
    return book(
        {"type": "snapshot", "change_id": change_id, "bids": [["new", 100.0, 5.0]], "asks": [["new", 101.0, 7.0]]}
    )


def change(previous: int, change_id: int, bids: list[list[object]], asks: list[list[object]]) -> dict[str, object]:
    return book({"type": "change", "prev_change_id": previous, "change_id": change_id, "bids": bids, "asks": asks})


def book(data: dict[str, object]) -> dict[str, object]:
    return notification(
        "book.BTC-PERPETUAL.100ms", {"instrument_name": "BTC-PERPETUAL", "timestamp": 1767607887551} | data
    )
