"""The load of calls is what their metrics say."""

import pytest
from gex_server.call_load import CallLoad, call_loads
from gex_server.metrics import Metrics


def test_a_quantile_lies_on_a_line_between_two_bounds():
    load = CallLoad(below={0.1: 8.0, 0.2: 10.0, float("inf"): 10.0})
    assert load.quantile(0.5) == pytest.approx(0.1 * 5 / 8)
    assert load.quantile(0.9) == pytest.approx(0.15)


def test_beyond_the_last_bound_and_without_calls_there_is_none():
    assert CallLoad().quantile(0.5) is None
    assert CallLoad(below={0.1: 1.0, float("inf"): 10.0}).quantile(0.5) is None


def test_calls_are_counted_by_how_they_ended():
    metrics = Metrics()
    for code, seconds in (("OK", 0.0015), ("OK", 0.0015), ("CANCELLED", 0.0015), ("INTERNAL", 0.0015)):
        metrics.call_seconds.labels("A.B", code).observe(seconds)
    metrics.calls_in_flight.labels("A.C").inc(3)
    metrics.calls_shed.labels("A.B", "OVERLOADED").inc(2)
    loads = call_loads(metrics)
    assert (loads["A.B"].count, loads["A.B"].failed_count, loads["A.B"].shed_count) == (4, 1, 2)
    assert loads["A.C"].in_flight == 3
    assert loads["A.B"].quantile(0.5) == pytest.approx(0.0015)
