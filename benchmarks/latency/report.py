"""make latency: every path against its target, the fan-out and the load curve, as Markdown, JSON and a picture.

The server has one core and this process another; run it on an idle machine. Each path is measured several times and the
median run counts.
"""

import argparse
import datetime as dt
import json
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.latency import paths
from benchmarks.latency.curve import Load, curve, tail_ratio
from benchmarks.latency.fan_out import FanOut, fan_out
from benchmarks.latency.picture import draw
from benchmarks.latency.pinned import cores, on_cores, pinned_server
from benchmarks.latency.requests import SMALL, WHOLE
from benchmarks.latency.timeline import PERCENTILES, Latencies

FOLDER = Path(__file__).resolve().parents[1]
CURVES = {"ComputeExposure, 2,000 options": (2_000, 0.02), "ComputeExposure, 20,000 options": (WHOLE, 0.05)}


# Why a target is not reached where it is not, and what would come next; printed below the table for what was missed.
NEXT = {
    "empty unary": "grpc.aio's own round trip is most of it in any form; callers who need less keep a stream open",
    "bidi": "a tick is decoded, applied, given a revision and acknowledged behind grpc.aio's own echo; reading and writing "
    "of sessions beside grpc.aio would save a task switch a message",
    "push of": "from the stamp in the answer it is two task switches in Python, grpc.aio's write and the reader's loop; the "
    "next step is that the broadcast writes to the streams",
    "ComputeExposure": "nearly all of it is the fit of the surface and the repriced profile, kernels on one core",
    "fan-out": "each message is a slot, the waking of a coroutine and a write of grpc.aio beside what the exposure takes; "
    "shards carry the next 50",
    "p99": "kernel thread and event loop share one core here; the queue itself is bounded by what work takes",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A path, the figures that are asked of it, and its runs."""

    name: str
    p50: float | None  # milliseconds asked for
    p99: float | None
    runs: Sequence[Latencies]

    def milliseconds(self, percentile: float) -> float:
        """Median of the runs."""
        return statistics.median(run.milliseconds(percentile) for run in self.runs)

    def best(self) -> float:
        """Least p50 of the runs: what other work on the machine disturbed least."""
        return min(run.milliseconds(50.0) for run in self.runs)


def rows(runs: int, share: float) -> list[Row]:
    """Every path, each `runs` times with `share` of the full count of calls."""

    def of(name: str, p50: float | None, p99: float | None, count: int, work: Callable[[int], Latencies]) -> Row:
        return Row(name=name, p50=p50, p99=p99, runs=[work(max(int(share * count), 20)) for _ in range(runs)])

    found = []
    with pinned_server(cores=1, **paths.temporary_audit()) as server:
        at = server.event("listening")["address"]
        found.append(of("empty unary, Python client", 0.5, None, 3_000, lambda n: paths.empty_unary(at, n)))
    # every run has a server of its own: sequences and kept hedges begin anew
    for name, p50, p99, count, path in (
        ("bidi: spot tick on StreamUpdates to its acknowledgement", 0.22, None, 3_000, paths.small_bidi),
        ("spot tick on HedgeSession to its decision", 2.0, None, 1_000, paths.hedge_tick),
        ("push of an exposure to its watcher, one way", 0.3, None, 1_000, paths.push),
        ("push after 50 ms of silence (heartbeat)", None, None, 200, paths.push_after_silence),
        (f"ComputeExposure of {WHOLE:,} options, wire to wire", 25.0, 40.0, 150, paths.whole_chain),
        (f"spot tick to a watcher's exposure, {SMALL} options recomputed", None, None, 200, paths.tick_to_watcher),
    ):
        taken = []
        for _ in range(runs):
            with pinned_server(cores=1, **paths.temporary_audit()) as server:
                at = server.event("listening")["address"]
                taken.append(paths.run(path(at, max(int(share * count), 20))))
        found.append(Row(name=name, p50=p50, p99=p99, runs=taken))
    with on_cores(cores()[-1:]):
        found.append(of("codec of 5,000 rows × 18 columns, CPU time", 0.15, None, 2_000, paths.codec))
    return found


def fanned_out(seconds: float) -> FanOut:
    """50 watchers x 100 updates a second."""
    import asyncio

    with pinned_server(cores=1) as server:
        return asyncio.run(fan_out(server.event("listening")["address"], server.process.pid, seconds=seconds))


def curves(seconds: float) -> dict[str, list[Load]]:
    """The load curve of a small and of a whole chain; the server sheds once the first in its queue waited so long."""
    import asyncio

    result = {}
    for name, (options, wait) in CURVES.items():
        with pinned_server(cores=1, longest_wait_seconds=wait) as server:
            at = server.event("listening")["address"]
            alone = paths.run(paths.whole_chain(at, 60, options)).milliseconds(50.0)
            result[f"{name} (sheds after {1e3 * wait:g} ms)"] = asyncio.run(
                curve(at, 1e3 / alone, options=options, seconds=seconds)
            )
    return result


def as_json(found: list[Row], fan: FanOut, loads: dict[str, list[Load]]) -> dict[str, Any]:
    """Everything that was measured, for programs."""
    return {
        "measured_on": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {len(cores())} cores, Python {platform.python_version()}",
        "paths_ms": {
            row.name: {
                "asked_p50": row.p50,
                "asked_p99": row.p99,
                "least_p50": row.best(),
                "calls": sum(run.count for run in row.runs),
                **{f"p{percentile:g}": row.milliseconds(percentile) for percentile in PERCENTILES},
            }
            for row in found
        },
        "fan_out": {
            "watchers": fan.watchers,
            "ticks_per_second": fan.ticks_per_second,
            "delivered_share": fan.delivered_share,
            "skipped": fan.skipped,
            "age_ms": {f"p{percentile:g}": fan.ages.milliseconds(percentile) for percentile in PERCENTILES},
            "server_cpu_share": fan.server_cpu_share,
        },
        "curves": {
            name: {
                "p99_past_saturation_over_unloaded": tail_ratio(points),
                "loads": [
                    {
                        "offered_per_second": load.offered,
                        "answered_per_second": load.throughput,
                        "shed_share": load.shed_share,
                        **{
                            f"p{percentile:g}_ms": load.latencies.milliseconds(percentile) for percentile in PERCENTILES
                        },
                    }
                    for load in points
                ],
            }
            for name, points in loads.items()
        },
    }


def as_markdown(facts: dict[str, Any]) -> str:
    """The report for people."""
    text = f"""# Latency of the service

`make latency`, {facts["measured_on"]}, {facts["machine"]}: the server on one core, the load generator on
another, loopback, an HDR histogram of three digits. Each path: median of several runs; *least* is the p50 of the best run.

| path | asked p50 / p99 | p50 | least | p90 | p99 | p99.9 | calls |
|---|---|---|---|---|---|---|---|
"""
    for name, row in facts["paths_ms"].items():
        asked = " / ".join("–" if row[key] is None else f"≤ {row[key]:g}" for key in ("asked_p50", "asked_p99"))
        figures = " | ".join(f"{row[key]:.3f}" for key in ("p50", "least_p50", "p90", "p99", "p99.9"))
        text += f"| {name} | {asked} ms | {figures} | {row['calls']:,} |\n"
    text += _missed(facts)
    fan, age = facts["fan_out"], facts["fan_out"]["age_ms"]
    text += f"""
**{fan["watchers"]} watchers × {fan["ticks_per_second"]:.0f} updates/s on one core** ({SMALL} options, each tick computed):
{100.0 * fan["delivered_share"]:.1f} % of all revisions delivered to all watchers, {fan["skipped"]:,} skipped for newer ones;
age when read p50 {age["p50"]:.2f} ms, p99 {age["p99"]:.2f} ms; {100.0 * fan["server_cpu_share"]:.0f} % of the server's core.

## Open loop, from idle to past saturation
Calls begin on a Poisson timetable whether or not earlier ones were answered; latency counts from the due instant.

![throughput and latency](latency/curve.png)
"""
    for name, one in facts["curves"].items():
        ratio = one["p99_past_saturation_over_unloaded"]
        text += f"""
**{name}**: p99 of accepted calls past saturation is at most {ratio:.2f} × the unloaded one (asked: ≤ 3).

| offered/s | answered/s | shed | p50 ms | p99 ms |
|---|---|---|---|---|
"""
        for load in one["loads"]:
            text += f"| {load['offered_per_second']:.1f} | {load['answered_per_second']:.1f} "
            text += f"| {100.0 * load['shed_share']:.1f} % | {load['p50_ms']:.2f} | {load['p99_ms']:.2f} |\n"
    return text


def _missed(facts: dict[str, Any]) -> str:
    """A line for every target that was not reached, with the next step; nothing where all were."""
    found = [
        (name, f"{row[key]:.3f} ms, asked {row[f'asked_{key}']:g}")
        for name, row in facts["paths_ms"].items()
        for key in ("p50", "p99")
        if row[f"asked_{key}"] is not None and row[key] > row[f"asked_{key}"]
    ]
    if facts["fan_out"]["delivered_share"] < 0.995:
        found.append(("fan-out", f"{100.0 * facts['fan_out']['delivered_share']:.1f} % delivered"))
    for name, one in facts["curves"].items():
        if one["p99_past_saturation_over_unloaded"] > 3.0:
            found.append((f"p99, {name}", f"{one['p99_past_saturation_over_unloaded']:.2f} ×, asked 3"))
    lines = [f"- {name}: {figure}; {_next(name)}." for name, figure in found]
    return "\nNot reached in this run:\n" + "\n".join(lines) + "\n" if lines else ""


def _next(name: str) -> str:
    return next((text for start, text in NEXT.items() if name.startswith(start)), "not looked into yet")


def main() -> None:
    """Measure, write, say where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each path")
    parser.add_argument("--share", type=float, default=1.0, help="of the calls of a full run")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each load of a curve, and of the fan-out")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where LATENCY.md goes")
    asked = parser.parse_args()
    found = rows(asked.runs, asked.share)
    fan = fanned_out(asked.seconds)
    loads = curves(asked.seconds)
    (asked.folder / "latency").mkdir(exist_ok=True)
    facts = as_json(found, fan, loads)
    (asked.folder / "latency" / "latency.json").write_text(json.dumps(facts, indent=1) + "\n")
    draw(loads, asked.folder / "latency" / "curve.png")
    text = as_markdown(facts)
    (asked.folder / "LATENCY.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
