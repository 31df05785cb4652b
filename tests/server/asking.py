"""Asking a server in tests: what is published, what fails and how, and answers without what differs from day to day."""

import grpc
import pytest
from gexapi.v1 import chain_pb2
from google.rpc import error_details_pb2
from grpc_status import rpc_status

SECONDS = 60.0
AGES = ("age", "spot_age", "quotes_age", "open_interest_age", "trades_age", "surface_age")


def publish(chains, message):
    return chains.PublishChain(chain_pb2.PublishChainRequest(chain=message), timeout=SECONDS)


def failure(call):
    """The error, its ErrorInfo and its field violations, of a call that fails."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    status = rpc_status.from_call(caught.value)
    info, violations = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details if status else ():
        detail.Unpack(info)
        detail.Unpack(violations)
    return caught.value, info, [violation.field for violation in violations.field_violations]


def as_sent(answer):
    """The bytes of an answer as they would be of a chain that came with the request: no revision, no ages."""
    answer.ClearField("revision")
    answer.provenance.ClearField("revision")
    return ageless(answer)


def ageless(answer):
    """The bytes of an answer without the ages of its chain."""
    staleness = answer.provenance.staleness
    for name in AGES:
        staleness.ClearField(f"{name}_seconds")
    if not staleness.ByteSize():
        answer.provenance.ClearField("staleness")
    return answer.SerializeToString(deterministic=True)
