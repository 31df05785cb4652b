"""RESULTS.md: a target is judged by its figure, and what was not measured says so instead of vanishing."""

import pytest

from benchmarks.whole.bounds import STAGES, bound_milliseconds
from benchmarks.whole.tables import markdown
from benchmarks.whole.targets import TARGETS, outcomes

MACHINE = {
    "commit": "abc", "processor": "a processor", "cores": 2, "clock_gigahertz": 3.0, "nanoseconds_of_a_dependent_fma": 1.3,
    "memory_gibibytes": 4.0, "load_at_start": 0.0, "python": "3.11", "system": "Linux", "versions": {"numpy": "2"},
}  # fmt: skip
FACTS = {
    "measured_on": "2026-11-21", "seconds_in_all": 1.0, "machine": MACHINE,
    "rates": {"multiply_adds_per_ns": 10.0, "copied_bytes_per_ns": 10.0}, "failed": {"service": "no port"},
}  # fmt: skip


def test_a_part_that_failed_is_a_line_of_the_page_and_its_targets_are_not_measured() -> None:
    page = markdown(FACTS)
    assert "**service failed**: no port" in page
    assert page.count("not measured") == len(TARGETS)
    assert "## Service" in page and "Not measured: no figure for 'service'" in page  # noqa: PT018


@pytest.mark.parametrize(("inside", "verdict"), [(0.99, True), (0.97, False)])
def test_a_least_is_a_least(inside: float, verdict: bool) -> None:
    facts = {"surface": {"whole": {"inside": inside}}}
    (one,) = [found for found in outcomes(facts) if found.target.what == "quotes inside bid and ask"]
    assert one.is_met is verdict


@pytest.mark.parametrize(("seconds", "verdict"), [(4.9, True), (5.1, False)])
def test_a_most_is_a_most(seconds: float, verdict: bool) -> None:
    facts = {"universe": {"1": {"american": {"wall_seconds": seconds}}}}
    (one,) = [found for found in outcomes(facts) if found.target.what.endswith("American")]
    assert one.is_met is verdict
    assert one.target.if_missed


def test_the_bound_is_the_longer_of_arithmetic_and_memory() -> None:
    fast_memory = bound_milliseconds("greeks", 1_000, {"multiply_adds_per_ns": 10.0, "copied_bytes_per_ns": 1e9})
    slow_memory = bound_milliseconds("greeks", 1_000, {"multiply_adds_per_ns": 10.0, "copied_bytes_per_ns": 1.0})
    assert fast_memory == pytest.approx(STAGES["greeks"].multiply_adds * 1_000 / 10.0 / 1e6)
    assert slow_memory == pytest.approx(STAGES["greeks"].bytes * 1_000 / 1e6)
