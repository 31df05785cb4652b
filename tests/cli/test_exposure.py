import gzip

import numpy as np
import pytest
from gex_cli.heat_map import ROWS, map_cells
from gex_server.answers.exposure import compute_exposure
from gexapi.v1 import common_pb2, exposure_pb2
from google.protobuf import json_format

from gex.sample import sample_chain, sample_csv
from tests.server.requests import chain_message

CALLS_LONG = "oi_calls_long_puts_short"


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "calls", "puts", "net"),
    [("spx_20220205", 62.879722, -82.035865, -19.156144), ("spx_20221212", None, None, -1.075157)],
)
def test_printed_greeks_sum_to_the_published_totals(gex, real_data, name, calls, puts, net):
    file = real_data / "cboe_csv" / f"{name}.csv.gz"
    book = gex("exposure", file, "--greeks", "source", "--positioning", CALLS_LONG, "--json").answer["books"][0]
    assert book["gamma_exposure_per_percent"] / 1e9 == pytest.approx(net, abs=5e-7)  # published to six decimals
    if calls is not None:
        assert book["call_gamma_exposure_per_percent"] / 1e9 == pytest.approx(calls, abs=5e-7)
        assert book["put_gamma_exposure_per_percent"] / 1e9 == pytest.approx(puts, abs=5e-7)


@pytest.mark.real_data
def test_expired_rows_are_counted_and_contribute_nothing(gex, real_data):
    answer = gex("exposure", real_data / "cboe_csv" / "spx_20221212.csv.gz", "--greeks", "source", "--json").answer
    expired = next(one for one in answer["rejects"] if one["reason"] == "expired")
    assert (expired["count"], expired["drops_row"]) == (286, True)
    assert answer["provenance"]["kept_row_count"] + 286 == answer["provenance"]["row_count"]


def test_json_is_the_response_of_the_service(gex, sample_file):
    ran = gex("exposure", sample_file, "--json")
    response = json_format.Parse(ran.out, exposure_pb2.ComputeExposureResponse())
    assert ran.err == ""
    assert ran.out.count("\n") == 1
    assert response.underlying == "SPX"
    assert response.books[0].map.strike
    assert ran.answer["revision"] == "0"


@pytest.mark.parametrize("greeks", ["computed", "source"])
def test_a_server_gives_the_same_answer(gex, sample_file, address, greeks):
    positionings = ("--positioning", CALLS_LONG, "--positioning", "oi_customers_long_all")
    asked = ("exposure", sample_file, "--greeks", greeks, *positionings)
    here, there = gex(*asked, "--json"), gex(*asked, "--json", "--server", address)
    assert here.code == 0
    assert here.out == there.out
    assert gex(*asked).out == gex(*asked, "--server", address).out


def test_a_gz_file_is_read_like_the_file(gex, sample_file, tmp_path):
    packed = tmp_path / "sample.csv.gz"
    packed.write_bytes(gzip.compress(sample_file.read_bytes()))
    assert gex("exposure", packed, "--json").out == gex("exposure", sample_file, "--json").out


def test_options_reach_the_answer(gex, sample_file):
    told = ("--rate", "0.03", "--as-of", "2024-06-12T15:00:00Z", "--source", "cboe", "--json")
    provenance = gex("exposure", sample_file, *told).answer["provenance"]
    assert provenance["discount_source"] == "rate"
    assert provenance["as_of"] == "2024-06-12T15:00:00Z"
    assert provenance["positionings"] == [CALLS_LONG]


def test_another_spot_is_used_where_it_is_given(gex, sample_file):
    answer = gex("exposure", sample_file, "--spot", "5400", "--json").answer
    assert (answer["spot"], answer["provenance"]["spot_source"]) == (5400.0, "request")
    assert "spot: as given" in gex("exposure", sample_file, "--spot", "5400").out


def test_every_positioning_is_a_book_and_said_once(gex, sample_file):
    names = ["oi_customers_long_all", CALLS_LONG, "oi_customers_long_all"]
    options = [part for name in names for part in ("--positioning", name)]
    answer = gex("exposure", sample_file, *options, "--json").answer
    assert [book["positioning"] for book in answer["books"]] == names[:2]
    assert answer["spread"]["sign_agrees"] in (True, False)


def test_people_see_totals_levels_map_and_assumptions_in_eighty_columns(gex, sample_file):
    ran = gex(
        "exposure",
        sample_file,
        "--as-of",
        "2024-06-12T14:30:00Z",
        "--positioning",
        CALLS_LONG,
        "--positioning",
        "oi_customers_long_all",
    )
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    for words in (
        "as of 2024-06-12 14:30:00 UTC",
        "rows dropped: expired",
        "bn USD",
        "gamma flip",
        "call wall",
        "0DTE share of gross",
        "USD per 1 %",
        "dealers own every open call and are short every open put",
        "put-call parity",
        "implied by the chain",
        "sticky_strike",
    ):
        assert words in " ".join(ran.out.split()), words


def test_no_colour_is_written_where_none_is_wanted(gex, sample_file, monkeypatch):
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm-256color"), ("COLORTERM", "truecolor")):
        monkeypatch.setenv(name, value)
    coloured = gex("exposure", sample_file).out
    assert ";48;2;" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    plain = gex("exposure", sample_file).out
    assert "38;" not in plain
    assert "48;" not in plain


def test_the_rows_of_the_map_sum_to_the_total():
    request = exposure_pb2.ComputeExposureRequest(chain=chain_message(options=2_000))
    response = compute_exposure(request)
    book = response.books[0]
    cells = map_cells(book, list(response.expiries), response.spot, 4)
    total = book.gamma_exposure_per_percent
    assert cells.gamma.shape == (ROWS, 5)
    np.testing.assert_allclose(cells.gamma.sum(axis=1), cells.total, rtol=1e-12)
    assert cells.total.sum() + cells.outside == pytest.approx(total, rel=1e-9)  # cancels between rows
    assert cells.strike[0] > response.spot > cells.strike[-1]


def test_a_cell_of_the_map_holds_its_strikes():
    book = exposure_pb2.ExposureBook()
    book.map.strike.extend([95.0, 99.0, 100.0, 101.0])
    book.map.expiry_index.extend([0, 0, 0, 0])
    book.map.gamma_exposure_per_percent.extend([1.0, 2.0, 4.0, 8.0])
    state = common_pb2.ExpiryState(root="SPX", expiry="2024-06-21")
    cells = map_cells(book, [state], 100.0, 3)
    assert cells.step == 1.0
    held = dict(zip(cells.strike.tolist(), cells.total.tolist(), strict=True))
    assert (held[95.0], held[99.0], held[100.0], held[101.0], held[98.0]) == (1.0, 2.0, 4.0, 8.0, 0.0)
    assert cells.columns == ("SPX\n240621",)


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_picture_is_drawn(gex, sample_file, tmp_path, suffix, magic):
    path = tmp_path / f"map.{suffix}"
    ran = gex("exposure", sample_file, "--json", "--png", path)
    assert ran.answer["books"]
    assert f"drawn: {path}" in ran.err
    assert path.read_bytes().startswith(magic)


def test_a_picture_of_another_kind_is_refused(gex, sample_file, tmp_path):
    ran = gex("exposure", sample_file, "--png", tmp_path / "map.doc")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "--png: expected a file that ends in .png" in ran.err


def written_without(path, *columns):
    lines = []
    for line in sample_csv(sample_chain(option_count=200)).splitlines():
        fields = line.split(",")
        if len(fields) == 22 and fields[0] != "Expiration Date":
            for place in columns:
                fields[place] = "0"
        lines.append(",".join(fields))
    path.write_text("\n".join(lines))
    return path


def test_a_book_without_positions_is_said_to_be_empty(gex, tmp_path):
    ran = gex("exposure", written_without(tmp_path / "closed.csv", 10, 21))
    assert ran.code == 0
    assert "none: empty book" in ran.out


def test_a_book_that_cannot_be_priced_is_no_book_of_nought(gex, tmp_path):
    ran = gex("exposure", written_without(tmp_path / "no_bids.csv", 4, 7, 15, 18))
    assert ran.code == 0
    assert "none: no vols" in ran.out
    assert "not priced" in ran.out
    assert "+0.00 USD" not in ran.out.partition("Net gamma by strike")[0]


def test_error_bars_sums_and_futures_come_where_they_are_asked_for(gex, sample_file):
    asked = ("--sign-error", "0.2", "--by", "horizon", "--by", "root", "--hedge", "ES")
    book = gex("exposure", sample_file, *asked, "--json").answer["books"][0]
    bar = book["gamma_exposure_uncertainty"]
    assert bar["mean"] == pytest.approx(0.6 * book["gamma_exposure_per_percent"], rel=1e-12)
    assert bar["standard_deviation_correlated"] > bar["standard_deviation"] > 0.0
    assert len(book["profile"]["gamma_standard_deviation"]) == len(book["profile"]["spot"])
    assert {one["group"] for one in book["groups"]} == {"horizon", "root"}
    assert [flow["move"]["spot_move"] for flow in book["flows"]] == [0.01, -0.01]
    assert all(float(flow["contracts"]).is_integer() for flow in book["flows"])
    out = gex("exposure", sample_file, *asked).out
    for words in ("error bar, per 1 %", "dealers long gamma", "flip, 5 to 95 %", "0DTE", "ES"):
        assert words in out
    assert "error bar" not in gex("exposure", sample_file).out


def test_a_hedge_that_nobody_knows_is_refused(gex, sample_file):
    ran = gex("exposure", sample_file, "--hedge", "XYZ")
    assert ran.code != 0
    assert "expected one of ES" in ran.err


def test_a_picture_has_its_band_where_signs_may_err(gex, sample_file, tmp_path):
    sizes = []
    for name, asked in (("plain.svg", ()), ("band.svg", ("--sign-error", "0.2"))):
        assert gex("exposure", sample_file, *asked, "--json", "--png", tmp_path / name).code == 0
        sizes.append((tmp_path / name).read_text())
    filled = [drawn.count("FillBetweenPolyCollection") for drawn in sizes]
    assert filled[1] > filled[0], filled
