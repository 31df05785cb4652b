"""What a server counts about itself, for Prometheus. A test compares the names with docs/operations.md."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric

T = TypeVar("T")

CALL_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STAGE_SECONDS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
MOST_UNDERLYINGS = 200  # named one by one; a scrape stays small where thousands are kept


@dataclass(frozen=True, kw_only=True)
class KeptFacts:
    """What is told of one kept underlying."""

    underlying: str
    revision: int
    age_seconds: float
    surface_age_seconds: float | None = None
    rungs: tuple[tuple[str, int], ...] = ()  # (name, slices) of its last surface


class StateFacts(Protocol):
    """How the log of changes does."""

    @property
    def failed_seconds(self) -> float:
        """For how long the disk has refused; 0 where it does not."""
        ...

    @property
    def waiting_count(self) -> int:
        """Changes not written yet."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...


class Metrics:
    """The metrics of one server process, in a registry of their own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.call_seconds = Histogram(
            "gex_call_seconds",
            "Time of a call to its status.",
            ("call", "code"),
            buckets=CALL_SECONDS,
            registry=registry,
        )
        self.calls_in_flight = Gauge("gex_calls_in_flight", "Calls in work, streams too.", ("call",), registry=registry)
        self.calls_shed = Counter(
            "gex_calls_shed",
            "Calls turned away: OVERLOADED, RATE_LIMITED, DRAINING.",
            ("call", "reason"),
            registry=registry,
        )
        self.calls_denied = Counter(
            "gex_calls_denied", "Calls of callers not known or not allowed.", ("reason",), registry=registry
        )
        self.rows_received = Counter("gex_rows_received", "Rows of chains and updates in requests.", registry=registry)
        self.stage_seconds = Histogram(
            "gex_stage_seconds", "Time of one stage of an answer.", ("stage",), buckets=STAGE_SECONDS, registry=registry
        )
        self.kernel_wait_seconds = Histogram(
            "gex_kernel_wait_seconds", "Time that a job waited for a thread.", buckets=STAGE_SECONDS, registry=registry
        )
        self.kernels_admitted = Gauge(
            "gex_kernels_admitted", "Jobs in work or waiting for a thread.", registry=registry
        )
        self.conflated = Counter(
            "gex_watch_conflated",
            "Values that a newer one replaced before a reader took them.",
            ("call",),
            registry=registry,
        )
        self.reload_failures = Counter(
            "gex_reload_failures", "Changed token or TLS files that could not be used.", registry=registry
        )
        self.serving = Gauge("gex_serving", "1 while health says SERVING.", registry=registry)
        self.info = Gauge("gex_info", "Always 1; its label is the version.", ("version",), registry=registry)

    def timed(self, stage: str, work: Callable[[], T]) -> Callable[[], T]:
        """The same work, its time counted under the name of its stage."""

        def counted() -> T:
            with self.stage_seconds.labels(stage).time():
                return work()

        return counted

    def shed_count(self) -> dict[tuple[str, str], int]:
        """Calls turned away by (call, reason)."""
        return _totals(self.calls_shed)

    def watch(
        self,
        kept: Callable[[], Iterable[KeptFacts]],
        chain_count: Callable[[], int],
        state: Callable[[], StateFacts] | None = None,
    ) -> None:
        """Tell of kept chains, and of the disk that they are written to, at every scrape."""
        self.registry.register(KeptCollector(kept, chain_count, state))

    def serve(self, host: str, port: int) -> tuple[WSGIServer, int]:
        """Answer scrapes on a port of their own, in a thread; (the server, to be shut down, its port)."""
        server, _ = start_http_server(port, host, self.registry)
        return server, int(server.server_port)


class Collector(Protocol):
    """What a registry asks at a scrape."""

    def collect(self) -> Iterable[Metric]:
        """The metrics now."""


class KeptCollector:
    """Gauges of the kept chains, computed when they are asked for: no label outlives its chain."""

    def __init__(
        self,
        kept: Callable[[], Iterable[KeptFacts]],
        chain_count: Callable[[], int],
        state: Callable[[], StateFacts] | None = None,
    ) -> None:
        self._kept, self._chain_count, self._state = kept, chain_count, state

    def collect(self) -> Iterable[Metric]:
        """The gauges, of at most MOST_UNDERLYINGS chains."""
        if self._state is not None:
            state = self._state()
            for name, text, value in (
                ("failed_seconds", "Time for which the disk has refused changes.", state.failed_seconds),
                ("waiting", "Changes that are kept and not written yet.", state.waiting_count),
                ("bytes", "Size of the log of changes.", state.size),
            ):
                gauge = GaugeMetricFamily(f"gex_state_{name}", text)
                gauge.add_metric((), value)
                yield gauge
        count = GaugeMetricFamily("gex_chains_kept", "Underlyings of which a chain is kept.")
        count.add_metric((), self._chain_count())
        revision = GaugeMetricFamily("gex_chain_revision", "Revision of the kept chain.", labels=("underlying",))
        age = GaugeMetricFamily("gex_chain_age_seconds", "Age of the kept quotes.", labels=("underlying",))
        surface_age = GaugeMetricFamily(
            "gex_surface_age_seconds", "Age of the quotes under the last certified surface.", labels=("underlying",)
        )
        slices = GaugeMetricFamily(
            "gex_surface_slices", "Slices of the last surface by rung of the ladder.", labels=("underlying", "rung")
        )
        for facts in self._kept():
            revision.add_metric((facts.underlying,), facts.revision)
            age.add_metric((facts.underlying,), facts.age_seconds)
            if facts.surface_age_seconds is not None:
                surface_age.add_metric((facts.underlying,), facts.surface_age_seconds)
            for rung, slice_count in facts.rungs:
                slices.add_metric((facts.underlying, rung), slice_count)
        yield from (count, revision, age, surface_age, slices)


def _totals(counter: Counter) -> dict[Any, int]:
    (family,) = counter.collect()
    names = counter._labelnames
    return {
        tuple(sample.labels[name] for name in names): int(sample.value)
        for sample in family.samples
        if sample.name.endswith("_total")
    }
