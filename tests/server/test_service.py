"""A real server asked over loopback: its answers are those of this process, byte for byte."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import grpc
import numpy as np
import pytest
from gex_server.answers.chain import chain_answer, published
from gex_server.answers.exposure import compute_exposure
from gex_server.answers.hedge import plan_hedge
from gex_server.answers.risk import compute_risk
from gex_server.answers.scenarios import compute_scenarios
from gex_server.answers.surface import compute_surface
from gex_server.answers.vol_points import evaluate_vols
from gex_server.answers.vols import compute_vols
from gexapi.v1 import (
    chain_pb2,
    exposure_pb2,
    hedge_pb2_grpc,
    risk_pb2,
    risk_pb2_grpc,
    surface_pb2,
    surface_pb2_grpc,
)
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from tests.server.asking import SECONDS, as_sent, failure, publish
from tests.server.requests import all_positionings, book_message, chain_message, hedge_message

SERVICES = {
    f"gexapi.v1.{name}" for name in ("ChainService", "SurfaceService", "ExposureService", "RiskService", "HedgeService")
}


# health and reflection


def test_every_service_is_serving_once_the_kernels_are_warm(channel):
    health = health_pb2_grpc.HealthStub(channel)
    for name in ("", *SERVICES):
        status = health.Check(health_pb2.HealthCheckRequest(service=name), timeout=SECONDS).status
        assert status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_lists_every_service(channel):
    assert set(ProtoReflectionDescriptorDatabase(channel).get_services()) >= SERVICES


# answers are those of this process


def test_exposure_of_a_chain_sent_along_is_the_local_one(exposures):
    request = exposure_pb2.ComputeExposureRequest(chain=chain_message(), settings=all_positionings())
    remote = exposures.ComputeExposure(request, timeout=SECONDS)
    assert [book.positioning for book in remote.books] == [
        "oi_calls_long_puts_short",
        "oi_calls_short_puts_long",
        "everyone_long",
    ]
    assert remote.SerializeToString(deterministic=True) == compute_exposure(request).SerializeToString(
        deterministic=True
    )


def test_exposure_of_a_kept_chain_is_the_local_one_but_for_its_revision(chains, exposures):
    message = chain_message(underlying="KEPT")
    assert publish(chains, message).revision == 1
    kept = exposures.GetExposure(
        exposure_pb2.GetExposureRequest(underlying="KEPT", settings=all_positionings()), timeout=SECONDS
    )
    assert (kept.revision, kept.provenance.revision) == (1, 1)
    local = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=message, settings=all_positionings()))
    assert as_sent(kept) == as_sent(local)


@pytest.mark.parametrize("kind", ["index", "crypto"])
def test_vols_are_the_local_ones_sent_along_or_kept(channel, chains, kind):
    stub = surface_pb2_grpc.SurfaceServiceStub(channel)
    message = chain_message(kind=kind)
    local = compute_vols(surface_pb2.ComputeVolsRequest(chain=message))
    remote = stub.ComputeVols(surface_pb2.ComputeVolsRequest(chain=message), timeout=SECONDS)
    assert remote.SerializeToString(deterministic=True) == local.SerializeToString(deterministic=True)
    publish(chains, message)
    kept = stub.ComputeVols(surface_pb2.ComputeVolsRequest(underlying=message.underlying), timeout=SECONDS)
    assert kept.options.SerializeToString() == local.options.SerializeToString()


def test_risk_is_the_local_one_sent_along_or_kept(channel, chains):
    stub = risk_pb2_grpc.RiskServiceStub(channel)
    message = chain_message(underlying="RISKY")
    request = risk_pb2.ComputeRiskRequest(book=book_message(message), chains=[message])
    local = compute_risk(request)
    assert local.totals[0].position_count == 4
    remote = stub.ComputeRisk(request, timeout=SECONDS)
    assert remote.SerializeToString(deterministic=True) == local.SerializeToString(deterministic=True)
    error, info, _ = failure(lambda: stub.ComputeRisk(risk_pb2.ComputeRiskRequest(book=request.book), timeout=SECONDS))
    assert (error.code(), info.reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_UNDERLYING")
    publish(chains, message)
    kept = stub.ComputeRisk(risk_pb2.ComputeRiskRequest(book=request.book), timeout=SECONDS)
    assert kept.markets[0].revision == 1
    assert kept.positions.SerializeToString() == local.positions.SerializeToString()


def test_a_hedge_is_the_local_one_sent_along_or_kept(channel, chains):
    stub = hedge_pb2_grpc.HedgeServiceStub(channel)
    message = chain_message(underlying="HEDGED")
    request = hedge_message(message)
    local = plan_hedge(request)
    assert local.action in ("trade", "no_trade")
    assert local.reasons
    remote = stub.PlanHedge(request, timeout=SECONDS)
    assert remote.SerializeToString(deterministic=True) == local.SerializeToString(deterministic=True)
    publish(chains, message)
    kept = stub.PlanHedge(hedge_message(message, send=False), timeout=SECONDS)
    assert kept.revision == 1
    assert [(o.instrument, o.contracts) for o in kept.orders] == [(o.instrument, o.contracts) for o in local.orders]


def test_a_chain_is_read_back_as_it_was_published(chains):
    message = chain_message(underlying="BACK")
    answer = publish(chains, message)
    assert (answer.row_count, answer.kept_row_count) == (len(message.strike), len(message.strike) - dropped(answer))
    back = chains.GetChain(chain_pb2.GetChainRequest(underlying="BACK"), timeout=SECONDS)
    assert back.chain.SerializeToString(deterministic=True) == message.SerializeToString(deterministic=True)
    parsed, cleaned = published(chain_pb2.PublishChainRequest(chain=message))
    local = chain_answer(parsed, cleaned, 1)
    assert back.rejects == local.rejects == answer.rejects
    assert len(back.rejected_rows.row) == sum(reject.count for reject in answer.rejects)


def dropped(answer):
    return sum(reject.count for reject in answer.rejects if reject.drops_row)


def test_what_is_kept_is_listed_by_name_with_its_age(chains):
    publish(chains, chain_message(underlying="LISTED"))
    listed = chains.ListUnderlyings(chain_pb2.ListUnderlyingsRequest(), timeout=SECONDS).underlyings
    assert [one.underlying for one in listed] == sorted(one.underlying for one in listed)
    one = next(one for one in listed if one.underlying == "LISTED")
    assert (one.revision, one.spot > 0.0, one.staleness.age_seconds != 0.0) == (1, True, True)


def test_a_minimum_revision_is_waited_for_until_the_deadline(chains, exposures):
    publish(chains, chain_message(underlying="WAITED"))
    later = exposures.GetExposure.future(
        exposure_pb2.GetExposureRequest(underlying="WAITED", min_revision=2), timeout=SECONDS
    )
    publish(chains, chain_message(underlying="WAITED", seed=8))
    assert later.result(SECONDS).revision == 2
    error, _, _ = failure(
        lambda: exposures.GetExposure(exposure_pb2.GetExposureRequest(underlying="WAITED", min_revision=9), timeout=0.2)
    )
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_publish_that_expects_another_revision_is_aborted(chains):
    request = chain_pb2.PublishChainRequest(chain=chain_message(underlying="CONFLICT"), expected_revision=3)
    error, info, _ = failure(lambda: chains.PublishChain(request, timeout=SECONDS))
    assert (error.code(), info.reason) == (grpc.StatusCode.ABORTED, "REVISION_CONFLICT")


# malformed requests


def fault(name, values):
    def change(message):
        message.ClearField(name)
        getattr(message, name).extend(values(list(getattr(chain_message(), name))))

    return change


def replaced(row, value):
    return lambda values: [*values[:row], value, *values[row + 1 :]]


FAULTS = [
    (fault("bid", lambda values: values[:-1]), "INVALID_ARGUMENT", "chain.bid"),
    (fault("strike", replaced(7, float("nan"))), "INVALID_ARGUMENT", "chain.strike[7]"),
    (fault("ask", replaced(11, -0.05)), "INVALID_ARGUMENT", "chain.ask[11]"),
    (fault("right", replaced(5, 9)), "INVALID_ARGUMENT", "chain.right[5]"),
    (fault("expiry_index", replaced(3, 500)), "INVALID_ARGUMENT", "chain.expiry_index[3]"),
]


@pytest.mark.parametrize(("change", "code", "field"), FAULTS)
def test_a_malformed_chain_is_refused_by_column_and_row_and_the_kept_one_stays(chains, exposures, change, code, field):
    before = publish(chains, chain_message(underlying="STAYS")).revision
    message = chain_message(underlying="STAYS")
    change(message)
    for call in (
        lambda: publish(chains, message),
        lambda: exposures.ComputeExposure(exposure_pb2.ComputeExposureRequest(chain=message), timeout=SECONDS),
    ):
        error, info, fields = failure(call)
        assert error.code() is grpc.StatusCode[code]
        assert fields[0].startswith(field)
        assert info.reason == "INVALID_COLUMN"
        assert info.metadata["row"].isdigit()
    assert chains.GetChain(chain_pb2.GetChainRequest(underlying="STAYS"), timeout=SECONDS).revision == before


def test_a_chain_without_rows_or_with_a_million_is_refused_and_the_kept_one_stays(chains):
    before = publish(chains, chain_message(underlying="SIZES")).revision
    message = chain_message(underlying="SIZES")
    columns = ("row", "expiry_index", "strike", "right", "bid", "ask", "last", "volume", "open_interest", "quoted_at")
    for name in (*columns, "source_vol", "source_delta", "source_gamma"):
        message.ClearField(name)
    error, _, fields = failure(lambda: publish(chains, message))
    assert (error.code(), fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["chain.strike[0]"])
    message.strike.extend(np.ones(1_000_000))
    message.right.extend(np.ones(1_000_000, int))
    message.expiry_index.extend(np.zeros(1_000_000, int))
    error, info, fields = failure(lambda: publish(chains, message))
    assert (error.code(), info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_LARGE")
    assert fields == ["chain.strike[60000]"]
    assert chains.GetChain(chain_pb2.GetChainRequest(underlying="SIZES"), timeout=SECONDS).revision == before


def test_a_chain_of_which_nothing_survives_cleaning_is_refused(chains):
    message = chain_message(underlying="GONE")
    message.as_of.seconds += 20 * 366 * 86_400
    error, info, _ = failure(lambda: publish(chains, message))
    assert (error.code(), info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NO_QUOTES")
    assert "expired" in error.details()


def test_bytes_that_are_no_message_are_refused(channel):
    call = channel.unary_unary("/gexapi.v1.ExposureService/ComputeExposure")
    error, info, _ = failure(lambda: call(b"\xff\xff\xff", timeout=SECONDS))
    assert (error.code(), info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT")
    deep = b""
    for _ in range(2_000):
        deep = b"\x3a" + bytes([0x80 | len(deep) & 0x7F, len(deep) >> 7 & 0x7F]) + deep if len(deep) < 16_000 else deep
    assert failure(lambda: call(deep, timeout=SECONDS))[0].code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_deadline_that_is_too_short_ends_the_call(exposures):
    request = exposure_pb2.ComputeExposureRequest(chain=chain_message(options=20_000))
    error, _, _ = failure(lambda: exposures.ComputeExposure(request, timeout=0.005))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_field_that_is_not_built_is_refused_by_name(exposures):
    settings = exposure_pb2.ExposureSettings(analysis={"events": [{"name": "fomc"}]})
    request = exposure_pb2.ComputeExposureRequest(chain=chain_message(), settings=settings)
    error, _, fields = failure(lambda: exposures.ComputeExposure(request, timeout=SECONDS))
    assert (error.code(), fields) == (grpc.StatusCode.UNIMPLEMENTED, ["settings.analysis.events"])


def test_kept_chains_have_the_surface_and_scenarios_of_this_process(channel, chains):
    message = chain_message(underlying="SHAPED")
    publish(chains, message)
    surfaces, risks = surface_pb2_grpc.SurfaceServiceStub(channel), risk_pb2_grpc.RiskServiceStub(channel)
    request = surface_pb2.GetSurfaceRequest(chain=message)
    sent = surfaces.GetSurface(request, timeout=SECONDS)
    assert sent.SerializeToString() == compute_surface(request).SerializeToString()
    kept = surfaces.GetSurface(surface_pb2.GetSurfaceRequest(underlying="SHAPED"), timeout=SECONDS)
    assert kept.revision == kept.provenance.revision == 1
    assert [piece.SerializeToString() for piece in kept.slices] == [piece.SerializeToString() for piece in sent.slices]

    points = {"expiry_index": [kept.slices[0].expiry_index], "log_moneyness": [0.01]}
    here = surfaces.EvaluateVols(surface_pb2.EvaluateVolsRequest(underlying="SHAPED", **points), timeout=SECONDS)
    there = evaluate_vols(surface_pb2.EvaluateVolsRequest(chain=message, **points))
    assert (here.vol, here.revision) == (there.vol, 1)

    grid = {"book": book_message(message), "spot_move": [-0.01, 0.01], "shocks": ["crash"]}
    kept_grid = risks.ComputeScenarios(risk_pb2.ComputeScenariosRequest(**grid), timeout=SECONDS)
    sent_grid = compute_scenarios(risk_pb2.ComputeScenariosRequest(**grid, chains=[message]))
    assert list(kept_grid.profit) == list(sent_grid.profit)
    assert kept_grid.markets[0].revision == 1


def test_buf_looks_around_and_asks_without_a_file_of_the_contract(server, chains):
    beside = Path(sys.executable).with_name("buf")
    program = str(beside) if beside.exists() else shutil.which("buf")
    if program is None:
        pytest.skip("buf is not installed")
    publish(chains, chain_message(underlying="BY HAND"))
    address = server.event("listening")["address"]

    def curl(*what):
        command = [program, "curl", "--protocol", "grpc", "--http2-prior-knowledge", *what]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS).stdout

    assert "gexapi.v1.ExposureService/GetExposure" in curl("--list-methods", f"http://{address}").split()
    asked = '{"underlying": "BY HAND", "settings": {"omit_map": true, "omit_profile": true}}'
    answer = json.loads(curl("-d", asked, f"http://{address}/gexapi.v1.ExposureService/GetExposure"))
    assert (answer["underlying"], int(answer["revision"])) == ("BY HAND", 1)
    assert answer["provenance"]["staleness"]["surfaceAgeSeconds"] > 0.0
