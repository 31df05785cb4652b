"""Real chains through a real server: published figures, and the answers of this process byte for byte."""

import pytest
from gex_server.answers.exposure import compute_exposure
from gex_server.wire.chain import chain_from_proto, chain_to_proto
from gexapi.v1 import (
    chain_pb2,
    chain_pb2_grpc,
    common_pb2,
    exposure_pb2,
    exposure_pb2_grpc,
    hedge_pb2,
    hedge_pb2_grpc,
)

from gex.io.detect import read_chain
from tests.server.asking import as_sent
from tests.server.wire.test_chain import assert_same

SECONDS = 120.0
PRINTED = exposure_pb2.ExposureSettings(
    positionings=[{"model": "oi_calls_long_puts_short"}], greeks_source=common_pb2.GREEKS_SOURCE_SOURCE
)

pytestmark = pytest.mark.real_data


def message_of(real_data, name):
    message = chain_pb2.Chain()
    chain_to_proto(read_chain(real_data / "cboe_csv" / f"{name}.csv.gz"), message)
    return message


# billions of dollars per 1 %, to the six decimals of reference/exposure.md 8.5
@pytest.mark.parametrize(
    ("name", "calls", "puts", "net"),
    [("spx_20220205", 62.879722, 82.035865, -19.156144), ("spx_20221212", 83.689083, 84.764240, -1.075157)],
)
def test_sums_of_printed_gamma_are_the_published_ones_and_those_of_this_process(
    channel, real_data, name, calls, puts, net
):
    message = message_of(real_data, name)
    chain_pb2_grpc.ChainServiceStub(channel).PublishChain(chain_pb2.PublishChainRequest(chain=message), timeout=SECONDS)
    stub = exposure_pb2_grpc.ExposureServiceStub(channel)
    kept = stub.GetExposure(exposure_pb2.GetExposureRequest(underlying="SPX", settings=PRINTED), timeout=SECONDS)
    book = kept.books[0]
    assert book.call_gamma_exposure_per_percent / 1e9 == pytest.approx(calls, abs=1e-6)
    assert book.put_gamma_exposure_per_percent / 1e9 == pytest.approx(-puts, abs=1e-6)
    assert book.gamma_exposure_per_percent / 1e9 == pytest.approx(net, abs=1e-6)
    local = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=message, settings=PRINTED))
    assert as_sent(kept) == as_sent(local)


def test_a_whole_real_chain_comes_back_column_by_column(real_data):
    chain = read_chain(real_data / "cboe_csv" / "spx_20230914.csv.gz")
    message = chain_pb2.Chain()
    chain_to_proto(chain, message)
    assert_same(chain, chain_from_proto(chain_pb2.Chain.FromString(message.SerializeToString())))


def test_ten_short_calls_at_the_money_are_hedged_by_buying_whole_futures(channel, real_data):
    message = message_of(real_data, "spx_20230914")
    request = hedge_pb2.PlanHedgeRequest(chains=[message])
    request.book.expiries.add(root="SPXW", expiry="2023-10-20")
    for name, value in (("expiry_index", 0), ("strike", 4505.0), ("right", 1), ("contract_count", -10.0)):
        getattr(request.book.options, name).append(value)
    for symbol, multiplier in (("ES", 50.0), ("MES", 5.0)):
        request.instruments.add(
            symbol=symbol,
            underlying="SPX",
            kind=hedge_pb2.INSTRUMENT_KIND_INDEX,
            multiplier=multiplier,
            fee_per_contract=1.2,
            half_spread_bps=0.3,
        ).settlement.FromJsonString("2023-12-15T14:30:00Z")
    plan = hedge_pb2_grpc.HedgeServiceStub(channel).PlanHedge(request, timeout=SECONDS)
    assert -600.0 < plan.book_delta < -450.0  # ten short calls of delta near one half, 100 a contract
    assert all(order.contracts > 0 and order.contracts.is_integer() for order in plan.orders)
    assert abs(plan.residual_delta) < plan.band.trigger
    assert plan.trigger_prices[0] < plan.spot < plan.trigger_prices[-1]
    for trigger in plan.triggers:
        assert abs(trigger.mishedge) == pytest.approx(plan.band.trigger, abs=1e-6)
    # asked again after the fills, nothing more is due
    for instrument in request.instruments:
        instrument.position = sum(o.contracts for o in plan.orders if o.instrument == instrument.symbol)
    again = hedge_pb2_grpc.HedgeServiceStub(channel).PlanHedge(request, timeout=SECONDS)
    assert (again.action, len(again.orders)) == ("no_trade", 0)
    assert again.residual_delta == pytest.approx(plan.residual_delta, abs=1e-9)
