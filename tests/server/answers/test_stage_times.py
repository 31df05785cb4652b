"""The stages of an answer to a chain that came along are counted, so that what is left of a call is its way."""

import pytest
from gex_server.answers.exposure import compute_exposure
from gex_server.answers.vols import compute_vols
from gex_server.metrics import Metrics
from gexapi.v1 import exposure_pb2, surface_pb2
from prometheus_client import generate_latest

from benchmarks.whole.way import stage_seconds
from tests.server.requests import chain_message


@pytest.mark.parametrize(
    ("compute", "request_of", "stages"),
    [
        (compute_exposure, exposure_pb2.ComputeExposureRequest, {"fit", "spot", "dealers"}),
        (compute_vols, surface_pb2.ComputeVolsRequest, {"fit", "spot", "greeks"}),
    ],
)
def test_every_stage_is_counted_once_and_changes_nothing(compute, request_of, stages):
    request, metrics = request_of(chain=chain_message()), Metrics()
    answer = compute(request, timed=metrics.timed)
    assert answer == compute(request)
    counted = {
        sample.labels["stage"]: sample.value
        for family in metrics.stage_seconds.collect()
        for sample in family.samples
        if sample.name == "gex_stage_seconds_count"
    }
    assert counted == dict.fromkeys(stages, 1.0)
    told = sum(metrics.registry.get_sample_value("gex_stage_seconds_sum", {"stage": stage}) for stage in stages)
    assert stage_seconds(generate_latest(metrics.registry).decode()) == pytest.approx(told, rel=1e-12)
    assert told > 0.0
