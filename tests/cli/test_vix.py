"""`gex vix` gives the closes that Cboe published, and any other chain's index."""

import math

import pytest

TERM_NUMBERS = {"time_to_expiry", "rate", "forward", "strike", "strike_count", "variance"}
TERM_FIELDS = TERM_NUMBERS | {"root", "expiry", "settlement"}


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "close", "tolerance"),
    [
        (
            "spx_20220205",
            23.22,
            0.03,
        ),  # VIX closes, Cboe; the chain is delayed by 15 minutes like the index's own inputs
        ("spx_20230414", 17.07, 0.03),
        ("spx_20230417", 16.95, 0.05),
        ("spx_20230506", 17.19, 0.03),
        ("spx_20230520", 16.81, 0.03),
        ("spx_20230914", 12.82, 0.03),
    ],
)
def test_the_official_closes_come_out_of_the_raw_chains(gex, real_data, name, close, tolerance):
    answer = gex("vix", real_data / "cboe_csv" / f"{name}.csv.gz", "--json").answer
    assert answer["value"] == pytest.approx(close, abs=tolerance)
    assert answer["near"].keys() == answer["next"].keys() == TERM_FIELDS
    assert answer["near"]["time_to_expiry"] * 365 <= 30 < answer["next"]["time_to_expiry"] * 365


@pytest.mark.real_data
def test_a_coin_settled_chain_has_an_index_too(gex, real_data):
    answer = gex("vix", real_data / "deribit_ticker_20200521", "--json")
    assert answer.code == 2  # a folder
    path = next((real_data / "deribit_book_summary_eth_20240108").glob("*.gz"))
    answer = gex("vix", path, "--json").answer
    assert (answer["underlying"], answer["near"]["rate"]) == ("ETH", 0.0)
    assert 30.0 < answer["value"] < 100.0


def test_the_index_lies_between_its_terms_as_their_total_variance_says(gex, sample_file):
    answer = gex("vix", sample_file, "--json").answer
    near, after = answer["near"], answer["next"]
    term = answer["term_days"] / 365.0
    share = (after["time_to_expiry"] - term) / (after["time_to_expiry"] - near["time_to_expiry"])
    total = share * near["time_to_expiry"] * near["variance"]
    total += (1.0 - share) * after["time_to_expiry"] * after["variance"]
    assert answer["value"] == pytest.approx(100.0 * math.sqrt(total / term), rel=1e-12)
    for each in (near, after):
        assert each["strike"] <= each["forward"] < each["strike"] + 100.0


def test_another_term_and_a_rate_are_taken(gex, sample_file):
    answer = gex("vix", sample_file, "--term-days", 45, "--rate", "0.03", "--json").answer
    assert answer["term_days"] == 45.0
    assert answer["near"]["rate"] == answer["next"]["rate"] == 0.03
    assert answer["near"]["time_to_expiry"] * 365 <= 45 < answer["next"]["time_to_expiry"] * 365


def test_people_read_a_table(gex, sample_file):
    ran = gex("vix", sample_file)
    value = gex("vix", sample_file, "--json").answer["value"]
    assert ran.code == 0
    assert f"SPX volatility index over 30 days: {value:.2f}" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    for word in ("near", "next", "forward", "strike", "variance", "implied by the chain's put-call parity"):
        assert word in ran.out
    assert "as given" in gex("vix", sample_file, "--rate", "0.05").out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--term-days", "0"], "--term-days"),
        (["--term-days", "nan"], "--term-days"),
        (["--term-days", "20000"], "20000 days"),
        (["--rate", "5"], "0.05 is 5 %"),
        (["--rate", "nan"], "--rate"),
    ],
)
def test_a_question_without_an_answer_is_refused_in_one_line(gex, sample_file, options, words):
    ran = gex("vix", sample_file, *options)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert words in ran.err
    assert "internal error" not in ran.err
