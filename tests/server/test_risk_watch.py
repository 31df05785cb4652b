"""Watching a book: the risk of the newest chains, whatever happens to them."""

import grpc
import pytest
from gex_server.answers.risk import compute_risk
from gexapi.v1 import chain_pb2, risk_pb2
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tests.server.requests import book_message, chain_message

SECONDS = 60.0


def publish(chains, message):
    chains.PublishChain(chain_pb2.PublishChainRequest(chain=message), timeout=SECONDS)
    return message


def watch(risks, book, **options):
    return risks.WatchRisk(risk_pb2.WatchRiskRequest(book=book, **options), timeout=SECONDS)


def next_risk(stream):
    return next(message for message in stream if message.WhichOneof("event") == "risk")


def test_the_risk_of_what_is_kept_comes_first_and_then_that_of_every_change(chains, risks):
    first = publish(chains, chain_message(underlying="HELD"))
    book = book_message(first)
    stream = watch(risks, book)
    message = next_risk(stream)
    assert (message.risk.markets[0].revision, message.as_of) == (1, first.as_of)
    sent = compute_risk(risk_pb2.ComputeRiskRequest(book=book, chains=[first]))
    assert message.risk.totals[0].SerializeToString() == sent.totals[0].SerializeToString()
    publish(chains, chain_message(underlying="HELD", seed=8))
    assert next_risk(stream).risk.markets[0].revision == 2
    stream.cancel()


def test_a_watch_waits_for_every_underlying_of_the_book_and_its_silence_has_a_heartbeat(chains, risks):
    first = publish(chains, chain_message(underlying="HERE"))
    second = chain_message(underlying="SOON")
    book = book_message(first)
    book.linear.add(symbol="NQ", underlying="SOON", kind="future", contract_count=1.0, multiplier=20.0)
    stream = watch(risks, book, heartbeat_seconds=0.1)
    assert next(stream).WhichOneof("event") == "heartbeat"
    publish(chains, second)
    assert {market.underlying for market in next_risk(stream).risk.markets} == {"HERE", "SOON"}
    publish(chains, chain_message(underlying="HERE", seed=9))
    revisions = {market.underlying: market.revision for market in next_risk(stream).risk.markets}
    assert revisions == {"HERE": 2, "SOON": 1}
    stream.cancel()


def test_a_watch_resumes_after_the_revisions_already_seen(chains, risks):
    first = publish(chains, chain_message(underlying="AGAIN"))
    stream = watch(risks, book_message(first), after_revision={"AGAIN": 1}, heartbeat_seconds=0.1)
    assert next(stream).WhichOneof("event") == "heartbeat"
    publish(chains, chain_message(underlying="AGAIN", seed=8))
    assert next_risk(stream).risk.markets[0].revision == 2
    stream.cancel()


def test_a_revision_of_an_earlier_life_of_the_server_is_not_waited_for(chains, risks):
    first = publish(chains, chain_message(underlying="REBORN"))
    stream = watch(risks, book_message(first), after_revision={"REBORN": 1_000})
    assert next_risk(stream).risk.markets[0].revision == 1
    stream.cancel()


@pytest.mark.parametrize(
    ("request_", "code", "field"),
    [
        (risk_pb2.WatchRiskRequest(), grpc.StatusCode.INVALID_ARGUMENT, "book"),
        (risk_pb2.WatchRiskRequest(book={}, book_name="desk"), grpc.StatusCode.INVALID_ARGUMENT, "book_name"),
        (risk_pb2.WatchRiskRequest(heartbeat_seconds=0.0), grpc.StatusCode.INVALID_ARGUMENT, "heartbeat_seconds"),
        (risk_pb2.WatchRiskRequest(min_interval_seconds=-1), grpc.StatusCode.INVALID_ARGUMENT, "min_interval_seconds"),
    ],
)
def test_a_watch_that_makes_no_sense_is_refused(risks, request_, code, field):
    with pytest.raises(grpc.RpcError) as caught:
        next(risks.WatchRisk(request_, timeout=SECONDS))
    violations = error_details_pb2.BadRequest()
    for detail in rpc_status.from_call(caught.value).details:
        detail.Unpack(violations)
    assert (caught.value.code(), [one.field for one in violations.field_violations]) == (code, [field])
