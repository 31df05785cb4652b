"""Every target of the reference pages, where its figure comes from, and the reason and next step where it is missed.

A target names what is asked, its limit and the path of its figure in the facts of this run (or in a generated table that it
names). What is missed keeps its reason here, so that it stays true when the tables are made again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Facts = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """One figure that is asked for: at most `limit` (at least, where `is_least`)."""

    page: str
    what: str
    limit: float
    unit: str
    measured_by: str
    figure: Callable[[Facts], float | None]
    is_least: bool = False
    if_missed: str = ""


def _kernel(kind: str, name: str, key: str = "nanoseconds", scale: float = 1.0) -> Callable[[Facts], float | None]:
    def figure(facts: Facts) -> float | None:
        row = next(r for r in facts["kernels"]["rows"] if r["kind"] == kind and r["name"].startswith(name))
        return None if row.get(key) is None else scale * float(row[key])

    return figure


def _at(*path: Any, scale: float = 1.0) -> Callable[[Facts], float | None]:
    def figure(facts: Facts) -> float | None:
        found: Any = facts
        for key in path:
            found = found[key]
        return None if found is None else scale * float(found)

    return figure


def _latency(name: str, key: str) -> Callable[[Facts], float | None]:
    return _at("latency", "paths_ms", name, key)


def _certified(facts: Facts) -> float:
    whole = facts["surface"]["whole"]
    return 100.0 * whole["certified"] / whole["expiries"]


def _fan_out(facts: Facts) -> float:
    """CPU microseconds of the server a message and further subscriber: the slope between one watcher and ten."""
    few, many = facts["service"]["watchers"]["1"], facts["service"]["watchers"]["10"]
    added = (many["server_cpu_share"] - few["server_cpu_share"]) * 1e6
    return float(added / (many["ticks_per_second"] * many["delivered_share"] * 10 - few["ticks_per_second"]))


def _largest_growth(facts: Facts) -> float:
    return max(facts["growth"]["growth"].values())


EMPTY = "empty unary, Python client"
TICK = "bidi: spot tick on StreamUpdates to its acknowledgement"
PUSH = "push to a watcher, one way"
CODEC = "codec of 5,000 rows × 18 columns, CPU time"
WHOLE = "ComputeExposure of 20,000 options, wire to wire"
DECISION = "spot tick on HedgeSession to its decision"
GRPC = (
    "grpcio's own round trip is most of it: an echo without gex takes nearly as long. Next: a raw socket beside gRPC for "
    "sessions, or the handler in the completion queue's thread."
)
SMALL_CHAINS = (
    "a small chain costs 1.2 ms of Python whatever its size (some 3,700 calls of numpy on arrays of a hundred), an American one "
    "two to seven passes of finite differences besides. Next: one batch of chains through every stage (rows of many underlyings "
    "in one column, offsets by chain), which takes the fixed part out; for American ones a boundary an expiry (Andersen, Lake, "
    "Offengenden) in place of the grid where no dividend is in the way."
)

TARGETS: tuple[Target, ...] = (
    Target("kernels.md", "13 Greeks, batch of 4,096", 30.0, "ns", "kernels", _kernel("Greeks", "gex")),
    Target("kernels.md", "implied vol cold, wide book", 55.0, "ns", "kernels", _kernel("implied vol", "gex, cold")),
    Target(
        "kernels.md", "implied vol warm, vols nearly still", 25.0, "ns", "kernels", _kernel("implied vol", "gex, warm")
    ),
    Target(
        "kernels.md",
        "implied vol, relative error, well-posed",
        1e-13,
        "",
        "kernels",
        _kernel("implied vol", "gex, cold", "worst"),
    ),
    Target(
        "kernels.md",
        "implied vol, failures on the book (hard set: KERNELS.md, 0)",
        0.0,
        "",
        "kernels",
        _kernel("implied vol", "gex, cold", "failures"),
    ),
    Target(
        "kernels.md",
        "American price with delta, gamma, theta",
        10.0,
        "µs",
        "kernels",
        _kernel("American", "gex", scale=1e-3),
    ),
    Target(
        "kernels.md", "American price, RMSE at a strike of 100", 1e-4, "", "kernels", _kernel("American", "gex", "rms")
    ),
    Target("kernels.md", "one option, one call", 3.0, "µs", "kernels", _kernel("implied vol", "gex, one", scale=1e-3)),
    Target("kernels.md", "process start to first answers, warm cache", 2.5, "s", "start", _at("start", "seconds")),
    Target(
        "surface.md",
        "warm refit of SPX with certificates, p50",
        5.0,
        "ms",
        "surface",
        _at("surface", "whole", "warm_p50_ms"),
    ),
    Target(
        "surface.md",
        "warm refit of SPX with certificates, p99",
        10.0,
        "ms",
        "surface",
        _at("surface", "whole", "warm_p99_ms"),
    ),
    Target(
        "surface.md", "touched slice with its certificate", 50.0, "µs", "surface", _at("surface", "whole", "touch_us")
    ),
    Target(
        "surface.md",
        "quotes inside bid and ask",
        98.5,
        "%",
        "surface",
        _at("surface", "whole", "inside", scale=100.0),
        True,
    ),
    Target("surface.md", "median error", 1.0, "bp", "surface", _at("surface", "whole", "median_bp")),
    Target("surface.md", "slices certified (all chains: SURFACE.md)", 100.0, "%", "surface", _certified, True),
    Target(
        "surface.md",
        "query of w, a point",
        10.0,
        "ns",
        "surface",
        _at("surface", "whole", "query_ns"),
        if_missed="points are ordered by expiry and at random in moneyness: finding the span in cache lines not seen before is half of it. "
        "Next: points sorted within the door.",
    ),
    Target(
        "exposure.md",
        "forward map of 5,000 contracts × 24 instants × 161 spots (published: 100–400 ms for 6 × 160)",
        100.0,
        "ms",
        "growth",
        _at("growth", "sizes", "forward map", "5000"),
    ),
    Target("service.md", "empty unary, p50", 0.5, "ms", "LATENCY.md", _latency(EMPTY, "p50")),
    Target("service.md", "empty unary, p99", 0.8, "ms", "LATENCY.md", _latency(EMPTY, "p99"), if_missed=GRPC),
    Target(
        "service.md",
        "small request and reply on a stream, p50",
        0.22,
        "ms",
        "LATENCY.md",
        _latency(TICK, "p50"),
        if_missed="the figure is a tick applied, made durable in the state's log and acknowledged, not an echo. "
        + GRPC,
    ),
    Target(
        "service.md",
        "small request and reply on a stream, p99",
        0.35,
        "ms",
        "LATENCY.md",
        _latency(TICK, "p99"),
        if_missed="as its p50.",
    ),
    Target(
        "service.md",
        "push to a subscriber, p50",
        0.2,
        "ms",
        "LATENCY.md",
        _latency(PUSH, "p50"),
        if_missed="the way goes through the recompute's pool and the latest-value slot: two hops between threads of 0.1 ms "
        "each besides gRPC's way. Next: short recomputes inline on the loop.",
    ),
    Target(
        "service.md",
        "push to a subscriber, p99",
        0.3,
        "ms",
        "LATENCY.md",
        _latency(PUSH, "p99"),
        if_missed="as its p50.",
    ),
    Target(
        "service.md",
        "codec at 5,000 rows",
        0.15,
        "ms",
        "LATENCY.md",
        _latency(CODEC, "p50"),
        if_missed="within one percent of the limit: upb's copy of eighteen columns is nearly all of it.",
    ),
    Target(
        "service.md",
        "chain of 500 in, answer out, without the kernels",
        0.65,
        "ms",
        "service",
        _at("service", "way_ms", "500"),
        if_missed="an answer is more than ten columns (map, profile, levels, provenance of three kinds), each message of it "
        "built in Python. Next: nested messages written as bytes, as columns are.",
    ),
    Target(
        "service.md",
        "chain of 5,000 in, answer out, without the kernels",
        1.1,
        "ms",
        "service",
        _at("service", "way_ms", "5000"),
        if_missed="as at 500.",
    ),
    Target(
        "service.md",
        "chain of 10,000 in, answer out, without the kernels",
        1.6,
        "ms",
        "service",
        _at("service", "way_ms", "10000"),
        if_missed="as at 500.",
    ),
    Target(
        "service.md",
        "fan-out, CPU a message and further subscriber",
        45.0,
        "µs",
        "service",
        _fan_out,
        if_missed="one serialisation serves all, but each subscriber is a coroutine, a slot and a write of grpc.aio: about "
        "60–90 µs in Python. Next: watchers grouped by connection.",
    ),
    Target(
        "service.md",
        "stalled subscriber: messages behind",
        40.0,
        "",
        "service",
        _at("service", "stalled", "messages_behind"),
    ),
    Target(
        "service.md",
        "stalled subscriber: growth of the server's memory",
        1.0,
        "MiB",
        "service",
        _at("service", "stalled", "grown_mebibytes"),
        if_missed="resident memory of the whole process over 400 ticks: the allocator's, not the subscriber's slot of one message.",
    ),
    Target(
        "service.md",
        "whole chain of 20,000, wire to wire, p50",
        25.0,
        "ms",
        "LATENCY.md",
        _latency(WHOLE, "p50"),
        if_missed="within a few percent of the limit, of which nine tenths are the analysis itself.",
    ),
    Target("service.md", "whole chain of 20,000, wire to wire, p99", 40.0, "ms", "LATENCY.md", _latency(WHOLE, "p99")),
    Target(
        "service.md", "spot tick on a hedge to its decision, p50", 2.0, "ms", "LATENCY.md", _latency(DECISION, "p50")
    ),
    Target(
        "hedging.md",
        "50,000 paths × 250 steps under the (a, b) policy, one core",
        0.6,
        "s",
        "backtest",
        _at("backtest", "sizes", "50000"),
    ),
    Target(
        "issue 12",
        "SPX file's bytes to surface, maps, profile, levels, hedge",
        70.0,
        "ms",
        "end to end",
        _at("end_to_end", "total_ms", "median_cpu"),
    ),
    Target(
        "issue 12",
        "of that after parsing, cold",
        40.0,
        "ms",
        "end to end",
        _at("end_to_end", "after_parsing_ms", "median_cpu"),
    ),
    Target(
        "issue 12",
        "universe recomputed on one core, European",
        5.0,
        "s",
        "universe",
        _at("universe", "1", "european", "wall_seconds"),
        if_missed=SMALL_CHAINS,
    ),
    Target(
        "issue 12",
        "universe recomputed on one core, American",
        5.0,
        "s",
        "universe",
        _at("universe", "1", "american", "wall_seconds"),
        if_missed=SMALL_CHAINS,
    ),
    Target("issue 12", "memory of it", 4.0, "GiB", "universe", _at("universe", "1", "american", "gibibytes_in_all")),
    Target(
        "issue 12",
        "growth: cost of a row, 50,000 over 1,000, the worst stage",
        1.1,
        "×",
        "growth",
        _largest_growth,
        if_missed="see the table of stages: what grows is memory, columns past the second-level cache.",
    ),
    Target(
        "issue 12",
        "two runs on one commit: worst difference of a stage",
        10.0,
        "%",
        "noise",
        _at("noise", "worst_percent"),
        if_missed="other work used the machine: load at start stands above.",
    ),
    Target("issue 12", "guard: planted fifths found, of 1", 1.0, "", "guard.json", _at("guard", "found"), True),
    Target("issue 12", "guard: unchanged commits passed, of 10", 10.0, "", "guard.json", _at("guard", "passed"), True),
)


@dataclass(frozen=True)
class Outcome:
    """A target with its figure; None where this run has none."""

    target: Target
    figure: float | None

    @property
    def is_met(self) -> bool | None:
        if self.figure is None:
            return None
        return self.figure >= self.target.limit if self.target.is_least else self.figure <= self.target.limit


def outcomes(facts: Facts) -> list[Outcome]:
    """Every target with what these facts say of it."""
    found = []
    for target in TARGETS:
        try:
            figure = target.figure(facts)
        except (KeyError, StopIteration, TypeError, ZeroDivisionError):
            figure = None
        found.append(Outcome(target, figure))
    return found
