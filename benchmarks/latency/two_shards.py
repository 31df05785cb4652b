"""python -m benchmarks.latency.two_shards: what two shards behind HAProxy get through, beside one server on one core.

One server has one core and its callers the other; then each shard has a core, and callers and front take what they need of
both. Each call is a question about a kept chain under settings of its own, so that every one is computed: little to send,
much to compute.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import grpc.aio
from gex_client.channel import channel_options
from gex_client.routing import METADATA_KEY
from gexapi.v1 import chain_pb2_grpc, exposure_pb2, exposure_pb2_grpc

from benchmarks.latency import requests
from benchmarks.latency.pinned import cores, pinned_server
from tests.server.fronts import Front
from tests.server.running import RunningShards

NAMES = ("SPX", "BTC")  # on different shards of two
OPTIONS = 5_000
CALLERS = 2  # at once, for each name


async def throughput(address: str, names: Sequence[str], seconds: float) -> float:
    """Answered calls a second of `CALLERS` callers a name, after every chain was published and asked once."""
    count = 0

    async def ask(stub: exposure_pb2_grpc.ExposureServiceStub, name: str, first: int, ends: float) -> None:
        nonlocal count
        number = first
        while time.perf_counter() < ends:
            number += 2 * CALLERS
            settings = exposure_pb2.ExposureSettings(omit_map=True, omit_profile=True)
            settings.analysis.rate = 0.03 + 1e-7 * number  # another analysis each time: nothing is remembered
            request = exposure_pb2.GetExposureRequest(underlying=name, settings=settings)
            await stub.GetExposure(request, metadata=((METADATA_KEY, name),))
            count += 1

    async with grpc.aio.insecure_channel(address, channel_options()) as channel:
        chains = chain_pb2_grpc.ChainServiceStub(channel)
        stub = exposure_pb2_grpc.ExposureServiceStub(channel)
        for name in names:
            await chains.PublishChain(requests.publish_request(OPTIONS, name), metadata=((METADATA_KEY, name),))
        began = time.perf_counter()
        callers = [
            ask(stub, name, 1_000 * CALLERS * at + i, began + seconds)
            for at, name in enumerate(names)
            for i in range(CALLERS)
        ]
        await asyncio.gather(*callers)
        return count / (time.perf_counter() - began)


def _pin(process: int, core: int) -> None:
    """Every thread of a process onto one core."""
    for task in Path(f"/proc/{process}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def measured(seconds: float, runs: int, front: str) -> tuple[list[float], list[float]]:
    """Calls a second of each run: of one server on one core, of two shards behind that front."""
    with pinned_server(cores=1, longest_wait_seconds=10.0) as server:
        address = server.event("listening")["address"]
        one = [asyncio.run(throughput(address, NAMES, seconds)) for _ in range(runs)]
    with (
        RunningShards(2, cores=1, longest_wait_seconds=10.0) as shards,
        tempfile.TemporaryDirectory() as folder,
    ):
        shards.event("all shards serve")
        for entry in shards.events("warm"):
            _pin(entry["pid"], cores()[entry["shard"] % len(cores())])
        with Front(front, shards.addresses, Path(folder)) as before:
            two = [asyncio.run(throughput(before.address, NAMES, seconds)) for _ in range(runs)]
    return one, two


def main() -> None:
    """Measure both, several times, and print the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--front", choices=("haproxy", "envoy"), default="haproxy")
    asked = parser.parse_args()
    one, two = measured(asked.seconds, asked.runs, asked.front)
    ratio = statistics.median(two) / statistics.median(one)
    print(f"one server on one core: {statistics.median(one):.1f} calls/s {[round(x, 1) for x in one]}")
    print(f"two shards behind {asked.front}: {statistics.median(two):.1f} calls/s {[round(x, 1) for x in two]}")
    print(f"ratio {ratio:.2f} (asked: at least 1.8)")


if __name__ == "__main__":
    main()
