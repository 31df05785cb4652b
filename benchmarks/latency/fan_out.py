"""Many watchers of one chain that ticks: what is delivered, what is skipped, how old it is, and what it costs."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import grpc.aio
from gex_client.channel import channel_options
from gexapi.v1 import chain_pb2, chain_pb2_grpc, exposure_pb2

from benchmarks.latency import requests
from benchmarks.latency.timeline import Latencies

NAME = "FAN"


@dataclass(frozen=True, kw_only=True)
class FanOut:
    """What a fan-out came to; ages count from the acknowledged tick to the message read by each watcher."""

    watchers: int
    ticks_per_second: float
    offered: int  # revisions x watchers
    delivered: int
    skipped: int  # revisions that the newest took the place of, all watchers
    ages: Latencies
    server_cpu_share: float  # of one core, while it ran

    @property
    def delivered_share(self) -> float:
        """Messages delivered of those offered."""
        return self.delivered / self.offered


async def fan_out(
    address: str, process: int, *, watchers: int = 50, rate: float = 100.0, seconds: float = 10.0, name: str = NAME
) -> FanOut:
    """Tick a kept chain `rate` times a second for so long, with so many watchers on connections of their own.

    `name`: of the chain, and of the sender of its ticks; another one for each run on one server.
    """
    ages, delivered, skipped = Latencies(), 0, 0
    sent: dict[int, float] = {}  # by revision: each tick makes the next one
    channels = [
        grpc.aio.insecure_channel(address, [*channel_options(), ("grpc.channel_id", i)]) for i in range(watchers + 1)
    ]
    call = channels[-1].stream_stream("/gexapi.v1.ChainService/StreamUpdates")
    stub = chain_pb2_grpc.ChainServiceStub(channels[-1])
    published = await stub.PublishChain(requests.publish_request(requests.SMALL, name))
    watch = requests.sums_only(name).SerializeToString()
    ready: set[int] = set()
    all_ready = asyncio.Event()

    async def follow(number: int) -> None:
        nonlocal delivered, skipped
        reads = channels[number].unary_stream("/gexapi.v1.ExposureService/WatchExposure")(watch)
        while (raw := await reads.read()) is not grpc.aio.EOF:
            now = time.perf_counter()
            message = exposure_pb2.WatchExposureResponse.FromString(raw)
            if number not in ready:
                ready.add(number)
                if len(ready) == watchers:
                    all_ready.set()
                continue
            if message.HasField("exposure"):
                delivered, skipped = delivered + 1, skipped + message.skipped_count
                ages.took(now - sent[message.revision])

    following = [asyncio.create_task(follow(number)) for number in range(watchers)]
    try:
        await asyncio.wait_for(all_ready.wait(), 60.0)
        stream, tick = call(), requests.ticks(f"fan-out {name}", name)
        before, began = _cpu_seconds(process), time.perf_counter()
        count = int(rate * seconds)
        for number in range(count):
            due = began + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0.0))
            sent[published.revision + number + 1] = time.perf_counter()
            await stream.write(next(tick))
            answer = chain_pb2.StreamUpdatesResponse.FromString(await stream.read())
            if answer.revision != published.revision + number + 1:
                raise AssertionError("a tick did not make the next revision")
        took = time.perf_counter() - began
        spent = _cpu_seconds(process) - before
        await asyncio.sleep(0.3)  # the last revision on its way
        await stream.done_writing()
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        for channel in channels:
            await channel.close()
    return FanOut(
        watchers=watchers,
        ticks_per_second=count / took,
        offered=count * watchers,
        delivered=delivered,
        skipped=skipped,
        ages=ages,
        server_cpu_share=spent / took,
    )


def _cpu_seconds(process: int) -> float:
    """User and system time that a process has had."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100.0
