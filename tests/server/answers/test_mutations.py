"""Requests with flipped bits and missing ends: an answer, or an error of the tree, never a traceback."""

import random

import pytest
from gex_server.answers.chain import publish_answer, published
from gex_server.answers.exposure import compute_exposure
from gex_server.answers.hedge import plan_hedge
from gex_server.answers.risk import compute_risk
from gex_server.answers.vols import compute_vols
from gexapi.v1 import chain_pb2, exposure_pb2, risk_pb2, surface_pb2
from google.protobuf.message import DecodeError

from gex.errors import GexError
from tests.server.requests import all_positionings, book_message, chain_message, hedge_message

CHAIN = chain_message(options=60)
MUTATION_COUNT = 150


def publish(request):
    _, cleaned = published(request)
    return publish_answer(cleaned, 1)


CALLS = {
    "publish": (publish, chain_pb2.PublishChainRequest(chain=CHAIN)),
    "exposure": (
        compute_exposure,
        exposure_pb2.ComputeExposureRequest(chain=CHAIN, settings=all_positionings()),
    ),
    "vols": (compute_vols, surface_pb2.ComputeVolsRequest(chain=CHAIN, settings={"rate": 0.05})),
    "risk": (compute_risk, risk_pb2.ComputeRiskRequest(book=book_message(CHAIN), chains=[CHAIN])),
    "hedge": (plan_hedge, hedge_message(CHAIN)),
}


def mutated(raw, generator):
    """`raw` with a few bytes changed, most of them near the beginning where the terms are, sometimes cut short."""
    data = bytearray(raw)
    for _ in range(generator.randint(1, 4)):
        reach = len(data) if generator.random() < 0.5 else min(600, len(data))
        data[generator.randrange(reach)] = generator.randrange(256)
    return bytes(data[: generator.randrange(len(data))]) if generator.random() < 0.1 else bytes(data)


@pytest.mark.parametrize("name", CALLS)
def test_a_mutated_request_is_answered_or_refused_in_the_tree_of_errors(name):
    answer, request = CALLS[name]
    generator, raw = random.Random(20220218), request.SerializeToString()
    answered = refused = unreadable = 0
    for _ in range(MUTATION_COUNT):
        try:
            message = type(request).FromString(mutated(raw, generator))
        except DecodeError:
            unreadable += 1
            continue
        try:
            answer(message).SerializeToString()
            answered += 1
        except GexError:
            refused += 1
    assert answered > 0
    assert refused > 0
    assert answered + refused + unreadable == MUTATION_COUNT
