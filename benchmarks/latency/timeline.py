"""Latencies of many calls, kept in a histogram of high dynamic range: three digits from a microsecond to a minute."""

from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

LONGEST = 60_000_000  # microseconds
PERCENTILES = (50.0, 90.0, 99.0, 99.9)


def _histogram() -> HdrHistogram:
    return HdrHistogram(1, LONGEST, 3)


@dataclass
class Latencies:
    """What became of calls: how long the good ones took, and how many were not good, by what was said."""

    histogram: HdrHistogram = field(default_factory=_histogram)
    refused: dict[str, int] = field(default_factory=dict)  # by name of the status
    said: dict[str, str] = field(default_factory=dict)

    def took(self, seconds: float) -> None:
        """Count a call that was answered."""
        self.histogram.record_value(min(max(round(seconds * 1e6), 1), LONGEST))

    def failed(self, status: str, said: str = "") -> None:
        """Count a call that was not, and remember one text of each status."""
        self.refused[status] = self.refused.get(status, 0) + 1
        self.said.setdefault(status, said)

    @property
    def count(self) -> int:
        """Calls that were answered."""
        return int(self.histogram.get_total_count())

    def milliseconds(self, percentile: float) -> float:
        """Latency that so many percent of the answered calls did not exceed; NaN where there are none."""
        return self.histogram.get_value_at_percentile(percentile) / 1e3 if self.count else float("nan")
