"""The part of RESULTS.md about the service."""

from typing import Any

from benchmarks.markdown import number, table

Facts = dict[str, Any]
ANSWERS = {"columns": "columns of ComputeVols", "lean": "sums and levels", "whole": "nothing left out"}


def service(facts: Facts) -> list[str]:
    found = facts["service"]
    rows = [
        [
            f"{int(size):,}",
            number(one["median_ms"], 2),
            number(one["least_ms"], 2),
            f"{one['request_bytes']:,}",
            f"{one['answer_bytes']:,}",
            str(one["calls"]),
        ]
        for size, one in found["compute_exposure"].items()
    ]
    watchers = [
        [
            count,
            f"{100 * one['server_cpu_share']:.0f} %",
            f"{100 * one['delivered_share']:.1f} %",
            number(one["age_p50_ms"], 2),
            number(one["ticks_per_second"], 0),
        ]
        for count, one in found["watchers"].items()
    ]
    ways = [
        [
            ANSWERS[kind],
            f"{int(size):,}",
            number(one["p50"], 2),
            number(one["p99"], 2),
            number(one["least"], 2),
            number(one["call_p50"], 2),
            f"{one['request_bytes']:,}",
            f"{one['answer_bytes']:,}",
        ]
        for kind, sizes in found["way_ms"].items()
        for size, one in sizes.items()
    ]
    return [
        "## Service",
        "",
        (
            "A real server on one core, the caller on another, loopback. ComputeExposure with the whole chain in the request, "
            "nothing left out of the answer; wall."
        ),
        "",
        *table(["options", "median ms", "least ms", "bytes in", "bytes out", "calls"], rows),
        (
            f"Empty unary {found['empty_unary_ms']:.3f} ms, spot tick to its acknowledgement "
            f"{found['spot_tick_acknowledged_ms']:.3f} ms; {found['empty_unary_per_second']:,.0f} empty calls/s of 16 callers on one core. "
            "Percentiles, open loop and shedding: [LATENCY.md](LATENCY.md)."
        ),
        "",
        (
            "What a call takes besides its kernels: its clock less the server's own stage times of that call "
            "(`benchmarks/whole/way.py`). *Columns* is what the reference measured, a chain in and columns out, and is held "
            "against the target; the answers of ComputeExposure are other work. Encoding and decoding by the caller counts."
        ),
        "",
        *table(["answer", "options", "p50 ms", "p99 ms", "least ms", "call p50 ms", "bytes in", "bytes out"], ways),
        *table(["subscribers at 100 updates/s", "server's core", "delivered", "age p50 ms", "updates/s"], watchers),
        (
            f"A message to one subscriber more costs the server {found['fan_out_us']:.1f} µs of CPU: the slope of its CPU over messages "
            f"delivered; the ticks themselves, 400 options each, take {100 * found['fan_out_fixed_share']:.0f} % of a core."
        ),
        "",
        _shards(found),
        "",
    ]


def _shards(found: Facts) -> str:
    if "shards" not in found:
        return f"Two shards were not measured: {found['shards_absent']}."
    one, two = found["shards"]["1"], found["shards"]["2"]
    return (
        f"Two shards behind HAProxy on two cores answer {two:,.0f} calls/s beside {one:,.0f} of one server on one: "
        f"{two / one:.2f} × (`python -m benchmarks.latency.two_shards`)."
    )
