"""What venues and desks say of a hedge beside prices and sizes."""

import pytest
from gex_server.answers.hedge import plan_hedge
from gex_server.errors import FieldError
from gex_server.wire.hedge import instrument_from_proto, policy_from_proto
from gexapi.v1 import hedge_pb2

from gex.hedging.policy import CapConfidence
from tests.server.requests import chain_message, hedge_message


def instrument(**given):
    return hedge_pb2.HedgeInstrument(symbol="ES", kind=hedge_pb2.INSTRUMENT_KIND_LINEAR, multiplier=50.0, **given)


def test_what_a_venue_says_of_funding_fees_and_liquidation_is_taken():
    given = instrument(
        maker_fee_bps=-0.5, expected_funding_rate=2e-4, funding_standard_deviation=1e-4, carry_rate=0.03, position=-10,
        entry_price=5000.0, maintenance_margin=0.005, liquidation_price=5500.0, wallet=1.0,
    )  # fmt: skip
    found = instrument_from_proto(given, "here")
    assert (found.maker_fee_bps, found.expected_funding_rate, found.funding_sd, found.carry_rate) == (
        -0.5, 2e-4, 1e-4, 0.03,
    )  # fmt: skip
    assert found.wallet == pytest.approx(5500.0 * 500.0 * 1.005 - 5000.0 * 500.0)  # the venue's number wins over 1.0
    with pytest.raises(FieldError, match=r"no position that could be liquidated") as caught:
        instrument_from_proto(instrument(liquidation_price=5500.0), "here")
    assert caught.value.field == "here.liquidation_price"


def test_a_cap_may_leave_room_for_95_of_100_overshoots():
    policy = policy_from_proto(hedge_pb2.HedgePolicy(cap_confidence="p95"), "policy")
    assert policy.cap_confidence is CapConfidence.P95
    with pytest.raises(FieldError, match="expected one of mean, p95, got 'p99'"):
        policy_from_proto(hedge_pb2.HedgePolicy(cap_confidence="p99"), "policy")


def test_an_answer_says_what_resting_would_cost_and_how_sure_the_carry_is():
    request = hedge_message(chain_message(options=1_000))
    before = plan_hedge(request)
    for one in request.instruments:
        one.maker_fee_bps, one.funding_standard_deviation = 1.0, 1e-4
    answer = plan_hedge(request)
    assert answer.orders
    assert all(order.HasField("resting_cost") and order.resting_cost > 0.0 for order in answer.orders)
    assert all(state.carry_standard_deviation_per_day > 0.0 for state in answer.instruments)
    assert not any(order.HasField("resting_cost") for order in before.orders)
