import numpy as np
import pytest
from gex_cli.options import ChainFile
from gex_cli.requests import surface_request
from gex_cli.surface_curve import vols
from gex_cli.surface_picture import chosen
from gex_cli.surface_tables import how, print_check, verdict
from gex_cli.terminal import console
from gex_server.answers.surface import compute_surface
from gex_server.answers.vol_points import evaluate_vols
from gexapi.v1 import surface_pb2
from google.protobuf import json_format


def test_a_drawn_smile_is_the_surface_that_the_server_evaluates(sample_file):
    request = surface_request(ChainFile(path=sample_file))
    response = compute_surface(request)
    k = np.linspace(-0.6, 0.4, 41)  # past the knots of the short slices on both sides
    for smile in response.slices[::5]:
        asked = surface_pb2.EvaluateVolsRequest(
            chain=request.chain, expiry_index=[smile.expiry_index] * len(k), log_moneyness=k
        )
        time = response.expiries[smile.expiry_index].time_to_expiry
        np.testing.assert_allclose(vols(smile, time, k), evaluate_vols(asked).vol, rtol=1e-12)


def test_json_is_the_response_of_the_service(gex, sample_file):
    ran = gex("surface", sample_file, "--json")
    response = json_format.Parse(ran.out, surface_pb2.GetSurfaceResponse())
    assert (ran.err, ran.out.count("\n")) == ("", 1)
    assert response.slices
    assert response.is_certified
    assert not response.quote_arbitrages  # not asked for


def test_a_server_gives_the_same_surface(gex, sample_file, address):
    for options in (("--json",), ("--check", "--json"), ()):
        here, there = gex("surface", sample_file, *options), gex("surface", sample_file, *options, "--server", address)
        assert here.code == 0
        assert here.out == there.out


def test_people_see_a_row_a_slice_in_eighty_columns(gex, sample_file):
    ran = gex("surface", sample_file)
    answer = gex("surface", sample_file, "--json").answer
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "…" not in ran.out
    rows = [line for line in ran.out.splitlines() if line.startswith("SPX") and " yes " in line]
    assert len(rows) == len(answer["slices"])
    assert f"Certified: {len(rows)} of {len(rows)} slices proven" in ran.out


def test_a_surface_that_is_not_proven_says_so():
    response = surface_pb2.GetSurfaceResponse()
    response.slices.add().certificate.is_certified = True
    response.slices.add()
    assert verdict(response) == "NOT certified: 1 of 2 slices proven"
    assert verdict(surface_pb2.GetSurfaceResponse()) == "No expiry has a slice."


def test_a_slice_older_than_the_quotes_tells_its_age():
    response = surface_pb2.GetSurfaceResponse()
    response.provenance.as_of.seconds = 100_000
    smile = response.slices.add(flags=["stale"])
    smile.certificate.rung = "carried"
    smile.fitted_at.seconds = 100_000 - 7_200
    assert how(smile, response) == "carried, stale, 2.0 h old"


def test_a_bid_above_every_price_of_a_lower_call_is_found_and_named(gex, sample_file):
    answer = gex("surface", sample_file, "--check", "--json").answer
    found = answer["quote_arbitrages"]
    assert {one["kind"] for one in found} <= {"vertical", "butterfly", "calendar", "parity"}
    assert all(one["profit"] > 0.0 and len(one["row"]) >= 2 for one in found)
    out = gex("surface", sample_file, "--check").out
    largest = max(one["profit"] for one in found if one["kind"] == "vertical")
    assert f"vertical {largest:.4g}: sell SPX" in out
    assert "Least repair:" in out


def test_a_sure_gain_is_what_its_quotes_leave(gex, sample_file):
    """A vertical sold at its bid and bought at its ask keeps at least the difference, in the quotes of the file."""
    chain = surface_request(ChainFile(path=sample_file)).chain
    bid, ask, rows = np.asarray(chain.bid), np.asarray(chain.ask), list(chain.row)
    strike = np.asarray(chain.strike)
    for one in gex("surface", sample_file, "--check", "--json").answer["quote_arbitrages"]:
        if one["kind"] == "vertical":
            sold, bought = (rows.index(row) for row in one["row"])
            width = abs(strike[sold] - strike[bought])
            left = bid[sold] - ask[bought]
            # either the dearer costs less than the cheaper, or it costs more than their distance (discounting: 10 %)
            assert one["profit"] == pytest.approx(left, rel=0.1) or one["profit"] == pytest.approx(
                left - width, rel=0.1
            )


def test_clean_quotes_are_said_to_be_clean(capsys):
    print_check(console(), surface_pb2.GetSurfaceResponse())
    assert capsys.readouterr().out.strip() == "No static arbitrage among the quotes."


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_picture_is_drawn(gex, sample_file, tmp_path, suffix, magic):
    path = tmp_path / f"surface.{suffix}"
    ran = gex("surface", sample_file, "--json", "--png", path)
    assert ran.answer["slices"]
    assert f"drawn: {path}" in ran.err
    assert path.read_bytes().startswith(magic)


def test_drawn_smiles_are_spread_from_the_first_to_the_last():
    smiles = [surface_pb2.SurfaceSlice() for _ in range(20)]
    for smile in smiles[:-1]:
        smile.quality.quote_count = 50
    assert chosen(smiles, 4) == [0, 6, 12, 18]
    assert chosen(smiles[:1]) == [0]


@pytest.mark.parametrize("options", [("--png", "x.doc"), ("--source", "nobody"), ("--as-of", "yesterday")])
def test_bad_input_is_one_line_and_code_two(gex, sample_file, options):
    ran = gex("surface", sample_file, *options)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert gex("surface", sample_file.with_name("absent.csv")).code == 2


@pytest.mark.real_data
def test_a_real_surface_is_certified_inside_its_quotes(gex, real_data):
    file = real_data / "cboe_csv" / "spx_20230914.csv.gz"
    answer = gex("surface", file, "--check", "--json").answer
    assert answer["is_certified"]
    assert len(answer["slices"]) == len(answer["expiries"])
    assert answer["quality"]["inside_share"] > 0.99
    # SPX 2025-12-19 12,000: the put is bid 15 above what the call's ask and the forward make it
    assert [one["kind"] for one in answer["quote_arbitrages"]] == ["parity"]
