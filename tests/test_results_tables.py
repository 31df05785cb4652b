"""RESULTS.md: a target is judged by its figure, what was not measured says so, and nothing is named that is not there."""

import re
from pathlib import Path

import pytest

from benchmarks.latency.fan_out import FanOut
from benchmarks.latency.timeline import Latencies
from benchmarks.whole.bounds import STAGES, bound_milliseconds
from benchmarks.whole.processes import PartFailedError, part
from benchmarks.whole.repeat import apart
from benchmarks.whole.service_rows import watched
from benchmarks.whole.tables import markdown
from benchmarks.whole.target import Target, latency
from benchmarks.whole.targets import HELD, TARGETS, outcomes
from benchmarks.whole.targets_of_service import CODEC, DECISION, EMPTY, PUSH, TICK, WHOLE

ROOT = Path(__file__).resolve().parents[1]
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


def test_a_part_of_another_commit_is_told() -> None:
    assert "Measured at another commit: noise def." in markdown(FACTS | {"commits": {"service": "abc", "noise": "def"}})


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


def test_no_two_targets_have_one_name_and_no_reason_has_a_figure_that_another_run_would_change() -> None:
    names = [(target.page, target.what) for target in TARGETS]
    assert len(set(names)) == len(names)
    for target in TARGETS:
        assert not re.search(r"\d\s*(ms|µs|ns|%)", target.if_missed.replace("some 4 %", "")), target.what


@pytest.mark.parametrize("name", [CODEC, DECISION, EMPTY, PUSH, TICK, WHOLE])
def test_the_paths_of_targets_are_those_that_make_latency_writes(name: str) -> None:
    report = (ROOT / "benchmarks" / "latency" / "report.py").read_text()
    assert name.replace("20,000", "{WHOLE:,}") in report
    target = Target(page="", what="", limit=1.0, measured_by="", figure=latency(name, "p50"))
    assert target.figure({"latency": {"paths_ms": {name: {"p50": 0.25}}}}) == 0.25


@pytest.mark.parametrize("held", HELD, ids=lambda held: held.test.rpartition("::")[2])
def test_an_accuracy_that_a_test_holds_names_a_test_that_is_there(held) -> None:
    file, _, name = held.test.partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE)


def test_a_part_that_does_not_end_is_ended_and_told() -> None:
    with pytest.raises(PartFailedError, match=r"http\.server: not done after 0\.5 s"):
        part("http.server", "0", seconds=0.5)


def test_the_bound_is_the_longer_of_arithmetic_and_memory() -> None:
    fast_memory = bound_milliseconds("greeks", 1_000, {"multiply_adds_per_ns": 10.0, "copied_bytes_per_ns": 1e9})
    slow_memory = bound_milliseconds("greeks", 1_000, {"multiply_adds_per_ns": 10.0, "copied_bytes_per_ns": 1.0})
    assert fast_memory == pytest.approx(STAGES["greeks"].multiply_adds * 1_000 / 10.0 / 1e6)
    assert slow_memory == pytest.approx(STAGES["greeks"].bytes * 1_000 / 1e6)


def test_two_runs_are_as_far_apart_as_their_middle_processes() -> None:
    """One process that lies well, or badly, in memory is no difference between runs."""
    one = [{"parse, 100": parse, "clean, 100": clean} for parse, clean in ((1.0, 1.0), (0.5, 1.1), (2.0, 0.9))]
    other = [{"parse, 100": parse, "clean, 100": clean} for parse, clean in ((1.2, 5.0), (1.1, 0.95), (1.3, 0.95))]
    found = apart(one, other)
    assert found["percent"] == {"parse, 100": pytest.approx(20.0), "clean, 100": pytest.approx(-5.0)}
    assert found["worst_percent"] == pytest.approx(20.0)
    assert found["median_percent"] == pytest.approx(12.5)


def test_the_cost_of_a_message_is_the_slope_whatever_a_tick_costs() -> None:
    def with_watchers(count: int, delivered: int) -> FanOut:
        ages = Latencies()
        ages.took(0.005)
        per_second = 100.0 * count * delivered / (count * 400)
        return FanOut(
            watchers=count, ticks_per_second=100.0, offered=count * 400, delivered=delivered, skipped=0,
            ages=ages, server_cpu_share=0.4 + 42e-6 * per_second,
        )  # fmt: skip

    found = watched([with_watchers(1, 400), with_watchers(10, 3_900), with_watchers(50, 19_000), with_watchers(1, 400)])
    assert list(found["watchers"]) == [1, 10, 50]
    assert found["fan_out_us"] == pytest.approx(42.0)
    assert found["fan_out_fixed_share"] == pytest.approx(0.4)
