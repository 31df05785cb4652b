"""Throughput and latency of an open loop from idle to far past saturation."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import grpc.aio
from gex_client.channel import channel_options

from benchmarks.latency import requests
from benchmarks.latency.open_loop import offer
from benchmarks.latency.paths import COMPUTE
from benchmarks.latency.timeline import Latencies

LOADS = (0.1, 0.25, 0.5, 0.7, 0.85, 1.0, 1.25, 1.5, 2.0)  # of what one caller after the other gets through
ONCE = ("grpc.enable_retries", 0)  # who is shed does not come back: the offered load is what is said
CONNECTIONS = 4


@dataclass(frozen=True)
class Load:
    """What became of calls offered at one rate."""

    share: float  # of the rate that one caller after the other reaches
    offered: float  # calls a second
    seconds: float
    latencies: Latencies

    @property
    def throughput(self) -> float:
        """Answered calls a second."""
        return self.latencies.count / self.seconds

    @property
    def shed_share(self) -> float:
        """Refused calls of all."""
        refused = sum(self.latencies.refused.values())
        return refused / max(refused + self.latencies.count, 1)


async def curve(
    address: str, capacity: float, *, options: int, seconds: float, loads: tuple[float, ...] = LOADS
) -> list[Load]:
    """Each load for so many seconds, on connections of their own as several clients would have them."""
    request = requests.compute_request(options)
    channels = [
        grpc.aio.insecure_channel(address, [*channel_options(), ONCE, ("grpc.channel_id", i)])
        for i in range(CONNECTIONS)
    ]
    calls: list[Callable[[bytes], Awaitable[bytes]]] = [channel.unary_unary(COMPUTE) for channel in channels]
    turn = itertools.cycle(calls)
    found = []
    for share in loads:
        rate = share * capacity
        latencies = await offer(lambda _: next(turn)(request), rate=rate, seconds=seconds, warm_up=0.5)
        unexpected = set(latencies.refused) - {"SHED"}
        if unexpected:
            raise AssertionError(f"calls ended otherwise than answered or shed: {latencies.refused}, {latencies.said}")
        found.append(Load(share, rate, seconds - 0.5, latencies))
    for channel in channels:
        await channel.close()
    return found


def tail_ratio(loads: list[Load]) -> float:
    """Largest p99 of accepted calls at or past saturation over the p99 of the lightest load."""
    past = [load for load in loads if load.share >= 1.0]
    return max(load.latencies.milliseconds(99.0) for load in past) / loads[0].latencies.milliseconds(99.0)
