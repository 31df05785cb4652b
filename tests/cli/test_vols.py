import pytest
from gexapi.v1 import surface_pb2
from google.protobuf import json_format


def test_json_has_expiries_and_option_columns(gex, sample_file):
    ran = gex("vols", sample_file, "--json")
    response = json_format.Parse(ran.out, surface_pb2.ComputeVolsResponse())
    assert len(response.options.strike) == response.provenance.kept_row_count
    expiry = ran.answer["expiries"][1]
    assert {"expiry", "settlement", "time_to_expiry", "forward", "discount_factor"} <= expiry.keys()
    assert {"expiry", "strike", "right", "bid_vol", "mid_vol", "ask_vol", "status", "delta"} <= ran.answer[
        "options"
    ].keys()
    assert ran.answer["options"]["right"][0] in ("RIGHT_CALL", "RIGHT_PUT")


def test_a_missing_volatility_is_nan_in_json(gex, sample_file):
    vols = gex("vols", sample_file, "--json").answer["options"]["mid_vol"]
    assert set(map(type, vols)) == {float, str}
    assert {value for value in vols if isinstance(value, str)} == {"NaN"}


def test_a_server_gives_the_same_vols(gex, sample_file, address):
    assert gex("vols", sample_file, "--json").out == gex("vols", sample_file, "--json", "--server", address).out


def test_people_see_expiries_and_the_options_of_those_they_name(gex, sample_file):
    ran = gex("vols", sample_file, "--expiry", "2024-06-21")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "SPX 2024-06-21: 31 of" in ran.out
    assert "SPXW 2024-06-21: 31 of" in ran.out
    assert "…" not in ran.out


def test_without_an_expiry_the_first_one_with_volatilities_is_shown(gex, sample_file):
    out = gex("vols", sample_file).out
    assert out.count("strikes nearest to") == 1


@pytest.mark.real_data
def test_a_real_chain_has_a_forward_for_every_expiry(gex, real_data):
    answer = gex("vols", real_data / "cboe_csv" / "spx_20230914.csv.gz", "--json").answer
    assert all(4400.0 < state["forward"] < 5500.0 for state in answer["expiries"])
    money = [vol for vol in answer["options"]["vol"] if not isinstance(vol, str)]
    assert 0.03 < min(money) < max(money) < 10.0  # the put at 200, one day before expiry, is offered at 2,000 %
