"""A real server from wire to wire: whole chains of every size in one call, updates, and many subscribers.

    python -m benchmarks.whole.service_rows        one line of JSON

The server has one core and this process another; milliseconds on the wall, closed loop, one caller. `make latency` says
more (percentiles, open loop, shedding).
"""

import asyncio
import json
import statistics
import time
from typing import Any

import grpc

from benchmarks.latency import paths, requests
from benchmarks.latency.fan_out import fan_out
from benchmarks.latency.pinned import pinned_server
from benchmarks.latency.stalled import stalled
from gex.kernels.compiling import warm
from gex.pipeline import analyse, dealer_exposure
from gex.sample import sample_chain

SIZES = (100, 1_000, 5_000, 20_000, 50_000)
WAYS = (500, 5_000, 10_000)
WATCHERS = (1, 10, 25, 50)
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def computed(address: str, options: int, seconds: float = 2.0) -> dict[str, float]:
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


def way(address: str, options: int) -> float:
    """Milliseconds of a call less those of the same analysis in this process: wire, codec, building of the answer."""
    chain = sample_chain(option_count=options).parsed
    inside = []
    for _ in range(40):
        began = time.perf_counter()
        dealer_exposure(analyse(chain))
        inside.append(1e3 * (time.perf_counter() - began))
    return computed(address, options)["median_ms"] - statistics.median(inside[5:])


def main() -> None:
    warm()
    found: dict[str, Any] = {"compute_exposure": {}, "way_ms": {}, "watchers": {}}
    with pinned_server(cores=1, **paths.temporary_audit()) as server:
        at = server.event("listening")["address"]
        empty = paths.empty_unary(at, 1_000)
        found["empty_unary_ms"] = empty.milliseconds(50.0)
        for size in SIZES:
            found["compute_exposure"][size] = computed(at, size)
        for size in WAYS:
            found["way_ms"][size] = way(at, size)
    with pinned_server(cores=1, **paths.temporary_audit()) as server:
        bidi = asyncio.run(paths.small_bidi(server.event("listening")["address"], 1_000))
        found["spot_tick_acknowledged_ms"] = bidi.milliseconds(50.0)
        one = asyncio.run(stalled(server.event("listening")["address"], server.process.pid))
        found["stalled"] = {"messages_behind": one.messages_behind, "grown_mebibytes": one.grown_mebibytes}
    for count in WATCHERS:
        with pinned_server(cores=1) as server:
            one = asyncio.run(
                fan_out(server.event("listening")["address"], server.process.pid, watchers=count, seconds=3.0)
            )
        found["watchers"][count] = {
            "server_cpu_share": one.server_cpu_share,
            "delivered_share": one.delivered_share,
            "age_p50_ms": one.ages.milliseconds(50.0),
            "ticks_per_second": one.ticks_per_second,
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
