"""What calls come to since the process was started, read from its metrics."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gex_server.metrics import Metrics

WELL = ("OK", "CANCELLED")


@dataclass(kw_only=True)
class CallLoad:
    """The calls of one method; `below` holds (bound in seconds, calls that took no longer), bounds ascending."""

    count: int = 0
    failed_count: int = 0
    shed_count: int = 0
    in_flight: int = 0
    below: Mapping[float, float] = field(default_factory=dict)

    def quantile(self, share: float) -> float | None:
        """Seconds within which this share of the calls ended, on a line between two bounds; None where none has ended,
        or beyond the last bound.
        """
        bounds = sorted(self.below)
        total = self.below[bounds[-1]] if bounds else 0.0
        low = before = 0.0
        for bound in bounds:
            if total and self.below[bound] >= share * total:
                within = self.below[bound] - before
                return None if math.isinf(bound) else low + (bound - low) * (share * total - before) / within
            low, before = bound, self.below[bound]
        return None


def call_loads(metrics: Metrics) -> dict[str, CallLoad]:
    """The load of every call that was made, by its name."""
    loads: dict[str, CallLoad] = defaultdict(CallLoad)
    below: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for name, labels, value in _samples(metrics):
        call = labels.get("call", "")
        if name == "gex_call_seconds_count":
            loads[call].count += int(value)
            loads[call].failed_count += int(value) if labels["code"] not in WELL else 0
        elif name == "gex_call_seconds_bucket":
            below[call][float(labels["le"])] += value
        elif name == "gex_calls_in_flight":
            loads[call].in_flight = int(value)
        elif name == "gex_calls_shed_total":
            loads[call].shed_count += int(value)
    for call, bounds in below.items():
        loads[call].below = dict(bounds)
    return dict(sorted(loads.items()))


def _samples(metrics: Metrics) -> Sequence[tuple[str, Mapping[str, str], float]]:
    families = (metrics.call_seconds, metrics.calls_in_flight, metrics.calls_shed)
    return [
        (sample.name, sample.labels, sample.value)
        for family in families
        for one in family.collect()
        for sample in one.samples
    ]
