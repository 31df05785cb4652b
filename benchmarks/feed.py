"""A live feed at full rate through a websocket on this machine: is anything lost, does memory grow, how late is it?

Run as `python benchmarks/feed.py` (5,000 updates a second for 60 seconds). A process of its own plays the exchange: nine
tickers of 880 options to one trade, one update a message, each with its time of sending. This process receives, keeps the
chain current and builds the message of a publication every second, as `gex feed` does. A receiver that cannot keep up
makes the sender late (TCP holds it back), which is counted too. Exit code 1 where an update is lost, the sender is late by
more than a second or memory grows by more than two per cent after the first third.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from gex_cli.feeding import LiveFeed
from gexapi.v1.chain_pb2 import Chain
from websockets.asyncio.server import ServerConnection, serve

from gex.io.deribit_feed import FeedUpdate
from gex.io.live_chain import LiveChain

STRIKES = range(40_000, 150_000, 2_750)  # forty
EXPIRIES = (
    "30JAN26", "27FEB26", "27MAR26", "24APR26", "29MAY26", "26JUN26", "31JUL26", "28AUG26", "25SEP26", "30OCT26", "25DEC26",
)  # fmt: skip
NAMES = [f"BTC-{expiry}-{strike}-{right}" for expiry in EXPIRIES for strike in STRIKES for right in "CP"]
FIRST_MILLISECONDS = 1767607887000  # 2026-01-05T10:11:27Z; times of sending count from here
TRADE_EVERY = 10
BURST_SECONDS = 0.01


def listing() -> bytes:
    """A book summary of all options."""
    quotes = {"bid_price": 0.05, "ask_price": 0.051, "mark_price": 0.0505, "open_interest": 10.0, "volume": 1.0}
    index = {"underlying_price": 95_000.0, "estimated_delivery_price": 95_000.0}
    return json.dumps(
        [{"instrument_name": name, "creation_timestamp": FIRST_MILLISECONDS, **quotes, **index} for name in NAMES]
    ).encode()


def message(number: int, milliseconds: int) -> str:
    """The message with that number, from 0."""
    time_of = FIRST_MILLISECONDS + milliseconds
    name = NAMES[number * 7 % len(NAMES)]
    if number % TRADE_EVERY == 0:  # all trades are of one instrument, so that a lost one is seen in its numbers
        return (
            '{"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.option.BTC.100ms","data":[{"trade_seq":'
            f'{number // TRADE_EVERY + 1},"trade_id":"{number}","timestamp":{time_of},"tick_direction":2,"price":0.0505,'
            f'"mark_price":0.0505,"iv":50.1,"instrument_name":"{NAMES[0]}","index_price":95000.0,"direction":"buy",'
            '"contracts":0.1,"amount":0.1}]}}'
        )
    bid = 0.01 + number % 1000 / 1e5
    return (
        f'{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"ticker.{name}.100ms","data":{{"timestamp":{time_of}'
        f',"state":"open","stats":{{"high":0.06,"low":0.04,"price_change":1.2,"volume":33.1,"volume_usd":1234.5}},'
        f'"greeks":{{"delta":0.51,"gamma":2e-05,"vega":91.2,"theta":-60.1,"rho":12.3}},"index_price":95000.0,'
        f'"instrument_name":"{name}","last_price":0.05,"settlement_price":0.049,"min_price":0.001,"max_price":0.2,'
        f'"open_interest":10.0,"mark_price":0.0505,"best_ask_price":{bid + 0.001:.5f},"best_bid_price":{bid:.5f},'
        '"interest_rate":0.0,"mark_iv":50.1,"bid_iv":49.9,"ask_iv":50.3,"underlying_price":95000.0,'
        '"underlying_index":"SYN","estimated_delivery_price":95000.0,"best_ask_amount":5.1,"best_bid_amount":7.2}}}'
    )


def send(pipe: Connection, rate: int, count: int) -> None:
    """Play the exchange: `count` messages at `rate` a second, then say how late the latest was."""

    async def play(connection: ServerConnection) -> None:
        started, number, latest = time.monotonic(), 0, 0.0
        pipe.send(started)
        while number < count:
            due = min(count, int((time.monotonic() - started) * rate) + 1)
            latest = max(latest, time.monotonic() - started - number / rate)
            while number < due:
                await connection.send(message(number, round(1e3 * (time.monotonic() - started))))
                number += 1
            await asyncio.sleep(BURST_SECONDS)
        pipe.send((time.monotonic() - started, latest))

    async def handle(connection: ServerConnection) -> None:
        async for text in connection:
            request = json.loads(text)
            await connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": "ok"}))
            if request["method"] == "public/subscribe" and "trades.option.BTC.100ms" in request["params"]["channels"]:
                playing.append(asyncio.create_task(play(connection)))

    playing: list[asyncio.Task[None]] = []

    async def main() -> None:
        async with serve(handle, "127.0.0.1", 0, compression=None) as server:
            pipe.send(next(iter(server.sockets)).getsockname()[1])
            await asyncio.to_thread(pipe.recv)

    asyncio.run(main())


class TimedChain(LiveChain):
    """A chain that notes how late its updates are."""

    def __init__(self, count: int) -> None:
        super().__init__("BTC", listing())
        self.started: float | None = None
        self.late = np.full(count, np.nan)  # seconds; all of its memory is taken now
        self.seen = 0

    def apply(self, updates: tuple[FeedUpdate, ...]) -> int:
        """Take updates, and the delay of the first."""
        if self.started is not None and updates and self.seen < len(self.late):
            sent = int(updates[0].time.astype("datetime64[ms]").astype(np.int64)) - FIRST_MILLISECONDS
            self.late[self.seen] = time.monotonic() - self.started - sent / 1e3
            self.seen += 1
        return super().apply(updates)


class Sink:
    """The end of the line: publications are serialised and counted."""

    def __init__(self) -> None:
        self.bytes = 0

    async def publish_chain(self, chain: Chain, *, timeout: float) -> None:  # noqa: ARG002
        """Take a chain."""
        self.bytes += len(chain.SerializeToString())


def megabytes() -> float:
    """Resident memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


async def measure(pipe: Connection, rate: int, count: int) -> bool:
    port = await asyncio.to_thread(pipe.recv)
    chain, sink = TimedChain(count), Sink()
    feed = LiveFeed(live=chain, url=f"ws://127.0.0.1:{port}", tell=print, listing=listing)
    running = asyncio.create_task(
        feed.run(sink, interval=1.0, relist_seconds=1e6, count=None, published=lambda _: None)
    )
    chain.started = await asyncio.to_thread(pipe.recv)
    processor, seconds = time.process_time(), count / rate
    memory = []
    while feed.report.updates < count and time.monotonic() < chain.started + seconds + 30.0:
        await asyncio.sleep(0.25)
        memory.append(megabytes())
    took, processor = time.monotonic() - chain.started, time.process_time() - processor
    sending, latest = await asyncio.to_thread(pipe.recv)
    await asyncio.sleep(0.5)  # an update too many would show
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    late = 1e3 * np.nanquantile(chain.late, [0.5, 0.99, 1.0])
    counts, report = feed.feed.counts, feed.report
    third = len(memory) // 3
    before, after = np.median(memory[third : third + 8]), np.median(memory[-8:])
    lost = count - report.updates + counts.missing_trades + counts.duplicates + counts.unreadable
    print(f"sent      {count:,} updates of {len(NAMES)} options in {sending:.1f} s ({count / sending:,.0f} a second)")
    print(f"received  {report.updates:,}; lost, doubled or unreadable {lost}; connections {report.loop.connections}")
    print(f"late      median {late[0]:.1f} ms, 99 % {late[1]:.1f} ms, worst {late[2]:.0f} ms")
    print(f"sender    late by {1e3 * latest:.0f} ms at most")
    print(f"published {report.publications} chains, {sink.bytes / 2**20:.1f} MiB")
    print(f"memory    {before:.1f} MiB after a third, {after:.1f} MiB at the end")
    print(f"processor {100.0 * processor / took:.0f} % of one core, {1e6 * processor / count:.0f} us an update")
    return lost == 0 and latest < 1.0 and after < 1.02 * before


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rate", type=int, default=5_000, help="updates a second")
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    sender = multiprocessing.get_context("spawn").Process(
        target=send, args=(theirs, given.rate, given.rate * given.seconds), daemon=True
    )
    sender.start()
    held = asyncio.run(measure(ours, given.rate, given.rate * given.seconds))
    ours.send("done")
    sender.join(10.0)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
