import numpy as np
import pytest
from gexapi.v1 import risk_pb2
from google.protobuf import json_format


def risk(gex, sample_file, book_file, *options):
    return gex("risk", sample_file, "--positions", book_file, *options)


def test_short_calls_are_a_debt_with_negative_delta_and_gamma(gex, sample_file, book_file):
    ran = risk(gex, sample_file, book_file, "--json")
    assert ran.out.count("\n") == 1
    response = json_format.Parse(ran.out, risk_pb2.ComputeRiskResponse())
    total = response.totals[0]
    assert total.group == "total"
    assert (total.value < 0.0, total.delta < 0.0, total.gamma < 0.0, total.theta_per_day > 0.0) == (True,) * 4
    # ten calls of a hundred units near the money: between 40 and 60 % of them
    assert 400.0 < -total.delta < 600.0
    assert response.positions.price[0] * -10 * 100 == pytest.approx(total.value, rel=1e-12)
    assert [one.group for one in response.totals] == ["total", "underlying", "expiry"]


def test_a_server_gives_the_same_risk(gex, sample_file, book_file, address):
    for options in (("--json", "--scenarios", "--shock", "crash"), ("--scenarios",)):
        here = risk(gex, sample_file, book_file, *options)
        there = risk(gex, sample_file, book_file, *options, "--server", address)
        assert here.code == 0
        assert here.out == there.out


def test_people_see_sums_positions_and_scenarios_in_eighty_columns(gex, sample_file, book_file):
    ran = risk(gex, sample_file, book_file, "--scenarios", "--shock", "crash", "--shock", "weekend_gap")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    for words in (
        "Book, 1 positions",
        "vega, per vol point",
        "Positions",
        "If spot and volatility move",
        "weekend_gap",
        "-10 %",
    ):
        assert words in ran.out, words


def test_scenarios_are_those_that_were_asked_for(gex, sample_file, book_file):
    asked = ("--spot-move", "-2", "--spot-move", "0", "--days", "1", "--json")
    ran = risk(gex, sample_file, book_file, *asked)
    _, line = ran.out.splitlines()
    response = json_format.Parse(line, risk_pb2.ComputeScenariosResponse())
    np.testing.assert_allclose(response.spot_move, [-0.02, 0.0])
    assert list(response.seconds) == [86_400.0] * 2
    assert response.profit[0] > response.profit[1] > 0.0  # short calls gain from a fall, and from a day


def test_what_nothing_moves_earns_nothing(gex, sample_file, book_file):
    _, line = risk(gex, sample_file, book_file, "--spot-move", "0", "--json").out.splitlines()
    assert json_format.Parse(line, risk_pb2.ComputeScenariosResponse()).profit[0] == pytest.approx(0.0, abs=1e-6)


def test_a_future_in_the_book_has_its_multiplier_of_delta(gex, sample_file, instruments_file, tmp_path):
    book = tmp_path / "book.csv"
    book.write_text("symbol,contracts\nES,2\n")
    answer = risk(gex, sample_file, book, "--instruments", instruments_file, "--json").answer
    line, spot = answer["linear"][0], answer["markets"][0]["spot"]
    assert line["delta"] == pytest.approx(2 * 50 * line["price"] / spot, rel=1e-12)  # carry: dF/dS = F/S
    assert risk(gex, sample_file, book, "--instruments", instruments_file).code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("symbol,contracts\n", "expected at least one position"),
        ("symbol,contracts\nES,2\n", "neither an option nor a listed instrument"),
        ("root,expiry,strike,right,contracts\nSPX,2024-07-19,5400,X,1\n", "expected C or P"),
    ],
)
def test_a_bad_book_is_one_line_and_code_two(gex, sample_file, tmp_path, text, words):
    book = tmp_path / "book.csv"
    book.write_text(text)
    ran = risk(gex, sample_file, book)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert words in ran.err


def test_an_unknown_shock_is_refused_by_name(gex, sample_file, book_file):
    ran = risk(gex, sample_file, book_file, "--shock", "flood")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "shocks[0]" in ran.err


@pytest.mark.real_data
def test_a_position_that_is_not_listed_is_said_to_be_in_no_sum(gex, real_data, tmp_path):
    book = tmp_path / "book.csv"
    book.write_text("root,expiry,strike,right,contracts\nSPX,2023-10-20,4500,P,5\nSPX,2023-10-20,4501.5,P,5\n")
    ran = gex("risk", real_data / "cboe_csv" / "spx_20230914.csv.gz", "--positions", book)
    assert ran.code == 0
    assert "not priced:" in ran.out
    assert "Book, 1 of 2 positions" in ran.out


BOOK_OF_TWO = """symbol,root,expiry,strike,right,contracts,account,entry_price
,SPXW,{expiry},{strike},C,-10,desk-1,50
,NDXP,{expiry},{strike},P,4,desk-2,20
,NDXP,{expiry},-3,P,4,desk-2,20
,NDXP,{expiry},{strike},Q,4,desk-2,20
ES,,,,,3,desk-1,5400
"""


def two_chains(sample_file, book_file, tmp_path):
    """The sample under two names, and a book over both with two bad lines."""
    other = tmp_path / "ndx.csv"
    other.write_text(sample_file.read_text().replace("SPXW", "NDXP").replace("SPX", "NDX"))
    _, expiry, strike, *_ = book_file.read_text().splitlines()[1].split(",")
    book = tmp_path / "two.csv"
    book.write_text(BOOK_OF_TWO.format(expiry=expiry, strike=strike))
    return other, book


def test_a_book_over_two_chains_is_summed_by_underlying_account_term_and_beta(
    gex, sample_file, book_file, instruments_file, tmp_path
):
    other, book = two_chains(sample_file, book_file, tmp_path)
    options = ("--chain", other, "--instruments", instruments_file, "--beta-to", "SPX", "--beta", "NDX=1.2:0.05")
    ran = risk(gex, sample_file, book, *options)
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    for words in (
        "By underlying, USD",
        "By account, USD",
        "desk-2",
        "By term, USD",
        "As if all were SPX",
        "NDX: surface",
    ):
        assert words in ran.out, words
    answer = risk(gex, sample_file, book, *options, "--json").answer
    by_name = {(one["group"], one.get("name", "")): one for one in answer["totals"]}
    total, accounts = by_name["total", ""], [by_name["account", name] for name in ("desk-1", "desk-2")]
    for name in ("value", "delta_notional", "vega_per_vol_point"):
        assert sum(one[name] for one in accounts) == pytest.approx(total[name], rel=1e-9)
    spx, ndx = (by_name["underlying", name]["delta"] for name in ("SPX", "NDX"))
    # both samples have one spot, so a unit of the one is 1.2 of the other
    assert answer["beta_weighted"]["delta"] == pytest.approx(spx + 1.2 * ndx, rel=1e-9)
    assert answer["beta_weighted"]["standard_error"] == pytest.approx(abs(0.05 * ndx), rel=1e-9)
    profit = sum(one["value"] for one in accounts) - (-10 * 100 * 50 + 4 * 100 * 20)
    assert total["profit"] == pytest.approx(profit, rel=1e-9)


def test_sums_are_in_the_currency_asked_for(gex, sample_file, book_file):
    dollars = risk(gex, sample_file, book_file, "--json").answer["totals"][0]
    euros = risk(gex, sample_file, book_file, "--currency", "EUR", "--exchange-rate", "USD=0.9", "--json").answer[
        "totals"
    ][0]
    assert euros["currency"] == "EUR"
    assert euros["value"] == pytest.approx(0.9 * dollars["value"], rel=1e-12)
    ran = risk(gex, sample_file, book_file, "--currency", "EUR", "--exchange-rate", "USD=?")
    assert (ran.code, ran.err.count("\n")) == (2, 1)


def test_bad_lines_are_told_and_the_good_ones_count(gex, sample_file, book_file, instruments_file, tmp_path):
    other, book = two_chains(sample_file, book_file, tmp_path)
    ran = risk(gex, sample_file, book, "--chain", other, "--instruments", instruments_file, "--json")
    assert ran.answer["totals"][0]["position_count"] == 3
    assert "two.csv: 2 of 5 lines are not in the book" in ran.err
    assert "line 4, column strike: expected a positive number, got '-3'" in ran.err
    assert "line 5, column right: expected C or P, got 'Q'" in ran.err
