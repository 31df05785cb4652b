"""Malformed messages on every call of the contract: the right status, and a server as before."""

import asyncio

import pytest
from gexapi.v1 import exposure_pb2, exposure_pb2_grpc

from tests.server.fuzz_calls import fuzz, resident_mebibytes
from tests.server.fuzzing import ALL
from tests.server.requests import chain_message
from tests.server.running import RunningServer

COUNT = 12  # on every call; make fuzz sends 10,000
GROWTH = 150.0  # MiB of buffers, remembered answers and code that ran for the first time


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 'audit.db'}"
    with RunningServer(audit_url=url, heartbeat_seconds=0.2) as running:
        running.event("serving")
        yield running


def test_malformed_messages_get_the_right_status_on_every_call_and_leave_the_server_as_it_was(server):
    question = exposure_pb2.ComputeExposureRequest(chain=chain_message(options=200))
    with server.channel() as channel:
        stub = exposure_pb2_grpc.ExposureServiceStub(channel)
        before = stub.ComputeExposure(question, timeout=60.0)
        resident = resident_mebibytes(server.process.pid)
        counts, defects = asyncio.run(fuzz(server.event("listening")["address"], COUNT))
        assert defects == []
        assert set(counts) == set(ALL)
        assert all(sum(statuses.values()) == COUNT for statuses in counts.values())
        assert all(statuses["INVALID_ARGUMENT"] for statuses in counts.values()), "noise is refused on every call"
        assert server.events("defect") == []
        assert server.process.poll() is None
        assert resident_mebibytes(server.process.pid) - resident < GROWTH
        assert stub.ComputeExposure(question, timeout=60.0) == before
