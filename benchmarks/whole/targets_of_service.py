"""What the service is asked for: paths, ways of whole chains, subscribers, overload, shards."""

from collections.abc import Iterator

from benchmarks.whole.target import Facts, Target, at, latency

EMPTY = "empty unary, Python client"
TICK = "bidi: spot tick on StreamUpdates to its acknowledgement"
PUSH = "push of an exposure to its watcher, one way"
CODEC = "codec of 5,000 rows × 18 columns, CPU time"
WHOLE = "ComputeExposure of 20,000 options, wire to wire"
DECISION = "spot tick on HedgeSession to its decision"

UNARY = (
    "grpcio's own round trip is most of it: an echo in Python without gex costs as much in any of its forms. Next: a "
    "stream, kept open, for who needs less."
)
SESSION = (
    "what is timed is not an echo: a tick is decoded, applied to the kept chain, given a revision and acknowledged, behind "
    "grpc.aio's own round trip. Next: reading and writing of sessions beside grpc.aio, without a task switch a message."
)
PUSHED = (
    "from the stamp in the encoded answer it goes over the broadcast to the slot of the watch, wakes its coroutine, and "
    "through grpc.aio's write and the reader's loop, two task switches in Python. Next: the broadcast writes to the streams."
)
COLUMNS = (
    "18 columns of doubles and five more come back where the reference sent ten, with clocks and forwards of up to 60 "
    "expiries, rejects and provenance as messages built one by one; the columns are copied into the message, out of it, and "
    "by gRPC. Next: the bytes of the answer written from the arrays at once."
)


def _overload(facts: Facts) -> float:
    return max(float(one["p99_past_saturation_over_unloaded"]) for one in facts["latency"]["curves"].values())


def _shards(facts: Facts) -> float:
    found = facts["service"]["shards"]
    return float(found["2"] / found["1"])


def _ways() -> Iterator[Target]:
    limits = {500: (0.65, 1.0), 5_000: (1.1, 1.5), 10_000: (1.6, 2.2)}
    for percentile, which in (("p50", 0), ("p99", 1)):
        for size, asked in limits.items():
            yield Target(
                page="service.md",
                what=f"chain of {size:,} in, columns out, without the kernels, {percentile}",
                limit=asked[which],
                unit="ms",
                measured_by="service",
                figure=at("service", "way_ms", "columns", str(size), percentile),
                if_missed=COLUMNS if (size, percentile) == (500, "p50") else "as at 500, p50.",
            )


def _path(page: str, what: str, limit: float, name: str, key: str, if_missed: str = "") -> Target:
    return Target(
        page=page,
        what=what,
        limit=limit,
        unit="ms",
        measured_by="LATENCY.md",
        figure=latency(name, key),
        if_missed=if_missed,
    )


SERVICE = (
    _path("service.md", "empty unary, p50", 0.5, EMPTY, "p50", UNARY),
    _path("service.md", "empty unary, p99", 0.8, EMPTY, "p99", "as its p50."),
    _path("service.md", "small request and reply on a stream, p50", 0.22, TICK, "p50", SESSION),
    _path("service.md", "small request and reply on a stream, p99", 0.35, TICK, "p99", "as its p50."),
    *_ways(),
    _path(
        "service.md",
        "codec at 5,000 rows",
        0.15,
        CODEC,
        "p50",
        "upb's copies of eighteen columns, into the message and out of it, are nearly all of it. Next: columns read from "
        "the bytes of the request.",
    ),
    _path("service.md", "push to a subscriber, one way, p50", 0.2, PUSH, "p50", PUSHED),
    _path("service.md", "push to a subscriber, one way, p99", 0.3, PUSH, "p99", "as its p50."),
    Target(
        page="service.md",
        what="fan-out, CPU a message and further subscriber (slope over 1 to 50)",
        limit=45.0,
        unit="µs",
        measured_by="service",
        figure=at("service", "fan_out_us"),
        if_missed="one serialisation serves all; what is left is a slot, the waking of a coroutine and a write of grpc.aio "
        "for each. Next: subscribers of one connection served by one task.",
    ),
    Target(
        page="service.md",
        what="stalled subscriber: messages behind",
        limit=40.0,
        measured_by="service",
        figure=at("service", "stalled", "messages_behind"),
    ),
    Target(
        page="service.md",
        what="stalled subscriber: growth of the server's memory",
        limit=1.0,
        unit="MiB",
        measured_by="service",
        figure=at("service", "stalled", "grown_mebibytes"),
        if_missed="resident memory of the whole process over 400 ticks: the allocator's, not the subscriber's slot of one "
        "message. Next: the same over more ticks, where it has to stand still.",
    ),
    _path(
        "issue 8",
        "whole chain of 20,000, wire to wire, p50",
        25.0,
        WHOLE,
        "p50",
        "nearly all of it is the analysis itself: fit, sums, profile and levels on one core. Next: the profile of 400 spots "
        "computed only where it is asked for.",
    ),
    _path("issue 8", "whole chain of 20,000, wire to wire, p99", 40.0, WHOLE, "p99", "as its p50."),
    _path("issue 8", "spot tick on a hedge to its decision, p50", 2.0, DECISION, "p50", SESSION),
    _path("issue 8", "push to a subscriber, one way, p50", 0.3, PUSH, "p50", PUSHED),
    Target(
        page="issue 8",
        what="50 watchers × 100 updates/s on one core: delivered",
        limit=99.0,
        unit="%",
        measured_by="LATENCY.md",
        figure=at("latency", "fan_out", "delivered_share", scale=100.0),
        is_least=True,
        if_missed="the kernels of a tick and fifty writes share one core; newer revisions take the place of older ones. "
        "Next: a core for kernels, or shards.",
    ),
    Target(
        page="issue 8",
        what="p99 of accepted calls past saturation over unloaded",
        limit=3.0,
        unit="×",
        measured_by="LATENCY.md",
        figure=_overload,
        if_missed="kernel thread and event loop share a core. Next: calls shed earlier, by a shorter wait.",
    ),
    Target(
        page="issue 8",
        what="two shards on two cores over one server on one",
        limit=1.8,
        unit="×",
        measured_by="service",
        figure=_shards,
        is_least=True,
        if_missed="callers and front take their time of the same two cores. Next: measured from another machine.",
    ),
)
