"""A kept hedge over a real server: decisions once and in order, also after the server was killed."""

import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import grpc
import pytest
from gex_server.audit import AuditStore
from gexapi.v1 import hedge_pb2, hedge_pb2_grpc

from gex.hedging.engine.replay import replay
from gex.sample import sample_chain
from tests.server.hedge_messages import HEDGE, configuration
from tests.server.running import RunningServer


def messages(spots: Iterable[float], first: int = 1) -> Iterator[hedge_pb2.HedgeSessionRequest]:
    start = int(sample_chain().quotes.as_of.astype("datetime64[s]").astype(int)) + 60
    for i, spot in enumerate(spots, start=first):
        request = hedge_pb2.HedgeSessionRequest(hedge=HEDGE, sequence=i)
        request.as_of.seconds = start + i
        if i == 1:
            request.configuration.CopyFrom(configuration())
        else:
            request.tick.spot["SPX"] = spot
        yield request


def test_a_killed_server_goes_on_where_its_log_ends(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    spot = sample_chain().quotes.spot
    assert spot is not None
    with RunningServer(audit_url=url) as server:
        server.event("serving")
        stub = hedge_pb2_grpc.HedgeServiceStub(server.channel())
        answers = list(stub.HedgeSession(messages([spot, spot, spot * 1.001]), timeout=60.0))
        assert [answer.sequence for answer in answers] == [1, 2, 3], answers
        assert answers[0].acknowledgement.is_applied
        assert [answer.last_sequence for answer in answers] == [1, 2, 3]
        first, second = answers[1].decision, answers[2].decision
        assert (first.decision_id, second.decision_id) == (1, 2)
        assert first.plan.orders
        assert second.previous_hash == first.hash
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(30.0)
    with RunningServer(audit_url=url) as server:
        server.event("serving")
        stub = hedge_pb2_grpc.HedgeServiceStub(server.channel())
        again = list(stub.HedgeSession(messages([spot, spot, spot * 1.001, spot * 1.002]), timeout=60.0))
        assert [answer.sequence for answer in again] == [1, 2, 3, 4], again
        assert (again[0].acknowledgement.reason, again[0].last_sequence) == ("duplicate", 3)
        assert again[1].decision.hash == first.hash
        assert [o.order_id for o in again[1].decision.plan.orders] == [o.order_id for o in first.plan.orders]
        assert again[3].decision.decision_id == 3
        order = first.plan.orders[0]
        fill = hedge_pb2.Fill(
            fill_id="f1",
            order_id=order.order_id,
            instrument="MES",
            contracts=order.contracts,
            price=order.expected_price,
        )
        fill.filled_at.CopyFrom(again[3].decision.as_of)
        taken = stub.ReportFill(hedge_pb2.ReportFillRequest(hedge=HEDGE, fill=fill), timeout=30.0)
        assert (taken.is_applied, taken.position, taken.decision_id) == (True, order.contracts, 1)
        assert not stub.ReportFill(hedge_pb2.ReportFillRequest(hedge=HEDGE, fill=fill), timeout=30.0).is_applied
        listed = stub.ListDecisions(hedge_pb2.ListDecisionsRequest(hedge=HEDGE), timeout=30.0).decisions
        assert [one.decision_id for one in listed] == [1, 2, 3]
        assert listed[0].fills[0].fill_id == "f1"
    with AuditStore(url) as audit:
        again_decided = replay(logged.entry for logged in audit.entries(HEDGE))
    assert again_decided.is_identical, again_decided.differences[:3]
    assert again_decided.decisions == 3


def test_a_hedge_that_is_not_kept_is_named(tmp_path: Path) -> None:
    with RunningServer(audit_url=f"sqlite:///{tmp_path / 'audit.db'}") as server:
        server.event("serving")
        stub = hedge_pb2_grpc.HedgeServiceStub(server.channel())
        with pytest.raises(grpc.RpcError) as raised:
            stub.ListDecisions(hedge_pb2.ListDecisionsRequest(hedge="nobody"), timeout=30.0)
        assert raised.value.code() is grpc.StatusCode.NOT_FOUND
