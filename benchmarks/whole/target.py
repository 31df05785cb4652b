"""A figure that is asked for, where it stands among the facts of a run, and whether it is met."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Facts = dict[str, Any]
Figure = Callable[[Facts], float | None]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One figure that is asked for: at most `limit` (at least, where `is_least`).

    `if_missed` is the reason and the next step, printed only where it is missed: what is so whatever the figure is.
    """

    page: str
    what: str
    limit: float
    unit: str = ""
    measured_by: str
    figure: Figure
    stretch: float | None = None  # what the page would like besides
    is_least: bool = False
    if_missed: str = ""


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


def at(*path: Any, scale: float = 1.0) -> Figure:
    """The figure at the end of a path of keys."""

    def figure(facts: Facts) -> float | None:
        found: Any = facts
        for key in path:
            found = found[key]
        return None if found is None else scale * float(found)

    return figure


def kernel(kind: str, name: str, key: str = "nanoseconds", scale: float = 1.0) -> Figure:
    """A figure of the first row of the kernels' table of that kind whose name begins so."""

    def figure(facts: Facts) -> float | None:
        row = next(r for r in facts["kernels"]["rows"] if r["kind"] == kind and r["name"].startswith(name))
        return None if row.get(key) is None else scale * float(row[key])

    return figure


def latency(name: str, key: str) -> Figure:
    """A percentile of a path of `make latency`."""
    return at("latency", "paths_ms", name, key)
