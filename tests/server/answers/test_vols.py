import numpy as np
import pytest
from gex_server.answers.vols import compute_vols
from gex_server.errors import FieldError
from gex_server.wire.chain import chain_from_proto
from gex_server.wire.vols import STATUSES, VOLS
from gexapi.v1 import common_pb2, surface_pb2

from gex.greeks import Greeks, spot_greeks
from gex.implied import VolStatus
from gex.pipeline import analyse
from gex.quote_vols import QuoteVols
from tests.server.requests import chain_message

CHAIN = chain_message(options=1_000)
ANALYSIS = analyse(chain_from_proto(CHAIN))
ANSWER = compute_vols(surface_pb2.ComputeVolsRequest(chain=CHAIN))
OPTIONS = ANSWER.options


def column(name):
    return np.asarray(getattr(OPTIONS, name))


def test_no_column_of_a_domain_type_is_left_out():
    assert set(QuoteVols.column_names()) == {*VOLS, "status", "is_out_of_the_money", "is_american"}
    assert set(Greeks.column_names()) <= set(surface_pb2.OptionVols.DESCRIPTOR.fields_by_name)
    assert set(STATUSES) == set(VolStatus)
    assert len(set(STATUSES.values())) == len(STATUSES)


def test_rows_are_those_of_the_cleaned_chain_in_its_order():
    quotes = ANALYSIS.cleaned.quotes
    np.testing.assert_array_equal(column("row"), quotes.row)
    np.testing.assert_array_equal(column("strike"), quotes.strike)
    np.testing.assert_array_equal(column("right") == common_pb2.RIGHT_CALL, quotes.right > 0)
    assert list(OPTIONS.expiry) == [ANSWER.expiries[i].expiry for i in OPTIONS.expiry_index]
    lengths = {len(getattr(OPTIONS, field.name)) for field in OPTIONS.DESCRIPTOR.fields}
    assert lengths == {len(quotes)}


def test_volatilities_and_their_status_are_those_of_the_library():
    for name in VOLS:
        np.testing.assert_array_equal(column(name), getattr(ANALYSIS.vols, name))
    found = column("status") == surface_pb2.VOL_STATUS_OK
    np.testing.assert_array_equal(found, ANALYSIS.vols.status == VolStatus.OK)
    assert 0 < np.count_nonzero(found) < len(found)


def test_greeks_are_taken_at_the_surface_which_is_also_given():
    quotes, forwards = ANALYSIS.cleaned.quotes, ANALYSIS.forwards
    state = [ANSWER.expiries[i] for i in OPTIONS.expiry_index]
    greeks = spot_greeks(
        ANSWER.spot,
        np.array([s.forward for s in state]),
        column("strike"),
        np.array([s.time_to_expiry for s in state]),
        column("vol"),
        quotes.right,
        np.array([s.discount_factor for s in state]),
    )
    for name in Greeks.column_names():
        np.testing.assert_array_equal(column(name), getattr(greeks, name), err_msg=name)
    assert np.isfinite(forwards.forward).any()


def test_at_a_quoted_strike_the_surface_lies_between_bid_and_ask_of_the_option_out_of_the_money():
    both = ANALYSIS.vols.is_out_of_the_money & np.isfinite(column("mid_vol"))
    vol, bid, ask = (column(name)[both] for name in ("vol", "bid_vol", "ask_vol"))
    assert np.mean((vol >= bid - 1e-9) & (vol <= ask + 1e-9)) > 0.95
    assert ANSWER.provenance.surface_model == "certified"
    assert ANSWER.provenance.surface_is_certified
    assert {state.surface_rung for state in ANSWER.expiries if state.is_certified} >= {"fitted"}


def test_straight_lines_run_through_the_mid_of_the_option_out_of_the_money():
    settings = common_pb2.AnalysisSettings(surface_model="broken_line")
    answer = compute_vols(surface_pb2.ComputeVolsRequest(chain=CHAIN, settings=settings))
    vol, mid = np.asarray(answer.options.vol), np.asarray(answer.options.mid_vol)
    both = ANALYSIS.vols.is_out_of_the_money & np.isfinite(mid)
    np.testing.assert_allclose(vol[both], mid[both], rtol=1e-12)
    assert answer.provenance.surface_model == "broken_line"
    assert not answer.provenance.surface_is_certified
    assert {state.surface_rung for state in answer.expiries} == {""}


def test_a_request_without_a_market_is_refused():
    with pytest.raises(FieldError, match="chain"):
        compute_vols(surface_pb2.ComputeVolsRequest())


def test_provenance_counts_the_rows_with_a_volatility():
    assert ANSWER.provenance.used_row_count == np.count_nonzero(np.isfinite(column("vol")))
