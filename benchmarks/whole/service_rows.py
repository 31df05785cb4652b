"""A real server from wire to wire: whole chains of every size in one call, updates, many subscribers, two shards.

    python -m benchmarks.whole.service_rows        one line of JSON

The server has one core and this process another; milliseconds on the wall, closed loop, one caller. `make latency` says
more (percentiles of every path, open loop, shedding).
"""

import asyncio
import json
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import grpc
import numpy as np

from benchmarks.latency import paths, requests, two_shards
from benchmarks.latency.fan_out import FanOut, fan_out
from benchmarks.latency.pinned import cores, pinned_server
from benchmarks.latency.stalled import stalled
from benchmarks.stages import SIZES
from benchmarks.whole.way import UNLIMITED, ways

WATCHERS = (1, 10, 25, 50)
FRONT = "haproxy"


def computed(address: str, options: int, seconds: float = 1.5) -> dict[str, float]:
    """ComputeExposure of a chain in the request, nothing left out of the answer."""
    request = requests.compute_request(options)
    with grpc.insecure_channel(address, options=UNLIMITED) as channel:
        call = channel.unary_unary(paths.COMPUTE)
        answer = call(request)
        seen, ends = [], time.perf_counter() + seconds
        while len(seen) < 5 or (time.perf_counter() < ends and len(seen) < 400):
            began = time.perf_counter()
            call(request)
            seen.append(1e3 * (time.perf_counter() - began))
    return {
        "median_ms": statistics.median(seen),
        "least_ms": min(seen),
        "calls": len(seen),
        "request_bytes": len(request),
        "answer_bytes": len(answer),
    }


def unary_throughput(address: str, seconds: float = 2.0, in_flight: int = 16) -> float:
    """Empty calls a second that one core answers to so many callers."""

    async def main() -> float:
        ends, count = time.perf_counter() + seconds, 0

        async def ask(call: Any) -> None:
            nonlocal count
            while time.perf_counter() < ends:
                await call(b"")
                count += 1

        async with grpc.aio.insecure_channel(address) as channel:
            call = channel.unary_unary("/gexapi.v1.ChainService/ListUnderlyings")
            await call(b"")
            began = time.perf_counter()
            await asyncio.gather(*(ask(call) for _ in range(in_flight)))
            return count / (time.perf_counter() - began)

    return asyncio.run(main())


def watched(runs: Sequence[FanOut]) -> dict[str, Any]:
    """Every count of subscribers, and the line through all runs: CPU of the server over messages delivered.

    All runs tick at one rate, so what a tick itself costs is in the constant, and the slope is the cost of one message
    more to one subscriber more.
    """
    delivered = [one.ticks_per_second * one.delivered_share * one.watchers for one in runs]
    slope, fixed = np.polyfit(delivered, [one.server_cpu_share for one in runs], 1)

    def mean(count: int, figure: Callable[[FanOut], float]) -> float:
        return statistics.fmean(figure(one) for one in runs if one.watchers == count)

    return {
        "watchers": {
            count: {
                "server_cpu_share": mean(count, lambda one: one.server_cpu_share),
                "delivered_share": mean(count, lambda one: one.delivered_share),
                "age_p50_ms": mean(count, lambda one: one.ages.milliseconds(50.0)),
                "ticks_per_second": mean(count, lambda one: one.ticks_per_second),
            }
            for count in sorted({one.watchers for one in runs})
        },
        "fan_out_us": 1e6 * float(slope),
        "fan_out_fixed_share": float(fixed),
    }


def shards() -> dict[str, Any]:
    """Calls a second of one server on one core and of two shards on two, or why there is no figure."""
    if shutil.which(FRONT) is None or len(cores()) < 2:
        return {"shards_absent": f"{FRONT} is not installed" if len(cores()) > 1 else "one core only"}
    one, two = two_shards.measured(4.0, 2, FRONT)
    return {"shards": {"1": statistics.median(one), "2": statistics.median(two)}}


def main() -> None:
    found: dict[str, Any] = {}
    with pinned_server(cores=1, metrics_port=0, **paths.temporary_audit()) as server:
        at, metrics = server.event("listening")["address"], server.event("metrics")["address"]
        found["empty_unary_ms"] = paths.empty_unary(at, 1_000).milliseconds(50.0)
        found["empty_unary_per_second"] = unary_throughput(at)
        found["way_ms"] = ways(at, metrics)
        found["compute_exposure"] = {size: computed(at, size) for size in SIZES}
    with pinned_server(cores=1, **paths.temporary_audit()) as server:
        at = server.event("listening")["address"]
        found["spot_tick_acknowledged_ms"] = asyncio.run(paths.small_bidi(at, 1_000)).milliseconds(50.0)
        one = asyncio.run(stalled(at, server.process.pid))
        found["stalled"] = {"messages_behind": one.messages_behind, "grown_mebibytes": one.grown_mebibytes}
    with pinned_server(cores=1) as server:
        at, process = server.event("listening")["address"], server.process.pid
        asyncio.run(fan_out(at, process, watchers=1, seconds=1.0, name="WARM"))
        runs = [
            asyncio.run(fan_out(at, process, watchers=count, seconds=3.0, name=f"FAN{number}"))
            for number, count in enumerate((*WATCHERS, *reversed(WATCHERS)))  # there and back: what drifts cancels
        ]
    print(json.dumps(found | watched(runs) | shards()))


if __name__ == "__main__":
    main()
