import numpy as np
import pytest
from gex_client.routing import METADATA_KEY, routing_metadata, shard_of, underlyings_of
from gexapi.v1 import chain_pb2, exposure_pb2, hedge_pb2, risk_pb2


def test_names_are_spread_over_the_shards_and_always_the_same():
    names = [f"NAME{i}" for i in range(2_000)]
    shares = np.bincount([shard_of(name, 4) for name in names])
    assert shares.min() > 400
    assert [shard_of("SPX", 2), shard_of("BTC", 2)] == [1, 0]
    assert {shard_of(name, 1) for name in names} == {0}


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        (exposure_pb2.GetExposureRequest(underlying="SPX"), ("SPX",)),
        (chain_pb2.PublishChainRequest(chain={"underlying": "BTC"}), ("BTC",)),
        (exposure_pb2.WatchExposureRequest(watches=[{"underlying": "SPX"}, {"underlying": "NDX"}]), ("SPX", "NDX")),
        (
            hedge_pb2.PlanHedgeRequest(
                book={
                    "expiries": [{"underlying": "SPX"}, {"underlying": "SPX"}],
                    "linear": [{"underlying": "ETH"}],
                },
                instruments=[{"underlying": "BTC"}],
            ),
            ("SPX", "ETH", "BTC"),
        ),
        (risk_pb2.ComputeRiskRequest(), ()),
        (chain_pb2.ListUnderlyingsRequest(), ()),
    ],
)
def test_a_request_says_which_chains_it_needs(request_, names):
    assert underlyings_of(request_) == names
    assert routing_metadata(request_) == (((METADATA_KEY, names[0]),) if names else ())


def test_a_name_that_metadata_cannot_hold_is_left_to_the_server():
    assert routing_metadata(exposure_pb2.GetExposureRequest(underlying="é\n")) == ()
