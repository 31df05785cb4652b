"""The service from wire to wire over sizes of 100 to 50,000 options, one caller, loopback.

pytest benchmarks/test_service.py --benchmark-enable --benchmark-group-by=group --benchmark-columns=median,min,rounds

A real server in a process of its own; the bytes of a request are made once. Percentiles, the open loop and shedding:
`make latency`.
"""

import grpc
import pytest

from benchmarks.latency import paths, requests
from benchmarks.latency.pinned import pinned_server
from benchmarks.stages import SIZES
from benchmarks.whole.way import UNLIMITED

PUBLISH = "/gexapi.v1.ChainService/PublishChain"
EXPOSURE = "/gexapi.v1.ExposureService/GetExposure"


@pytest.fixture(scope="module")
def channel():
    with (
        pinned_server(cores=1, **paths.temporary_audit()) as server,
        grpc.insecure_channel(server.event("listening")["address"], options=UNLIMITED) as made,
    ):
        yield made


@pytest.mark.benchmark(group="nothing asked")
def test_empty_unary(benchmark, channel):
    call = channel.unary_unary("/gexapi.v1.ChainService/ListUnderlyings")
    benchmark(call, b"")


@pytest.mark.benchmark(group="ComputeExposure, the chain in the request")
@pytest.mark.parametrize("options", SIZES)
def test_compute_exposure(benchmark, channel, options):
    call, request = channel.unary_unary(paths.COMPUTE), requests.compute_request(options)
    benchmark.extra_info["request_bytes"] = len(request)
    assert len(benchmark(call, request)) > 1_000


@pytest.mark.benchmark(group="PublishChain")
@pytest.mark.parametrize("options", SIZES)
def test_publish(benchmark, channel, options):
    call = channel.unary_unary(PUBLISH)
    request = requests.publish_request(options, f"P{options}").SerializeToString()
    assert benchmark(call, request)


@pytest.mark.benchmark(group="GetExposure of a kept chain, remembered")
@pytest.mark.parametrize("options", SIZES)
def test_exposure_of_a_kept_chain(benchmark, channel, options):
    name = f"K{options}"
    channel.unary_unary(PUBLISH)(requests.publish_request(options, name).SerializeToString())
    request = requests.exposure_pb2.GetExposureRequest(underlying=name).SerializeToString()
    assert len(benchmark(channel.unary_unary(EXPOSURE), request)) > 1_000
