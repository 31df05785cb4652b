"""What goes through a pipe as CSV is what the service answers, to the last bit."""

import csv
import io

import numpy as np
import pytest


def rows(ran):
    assert ran.code == 0, ran.err
    return list(csv.DictReader(io.StringIO(ran.out)))


def column(table, name):
    return np.array([float(row[name] or "nan") for row in table])


def test_the_map_as_csv_has_a_row_a_positioning_expiry_and_strike(gex, sample_file):
    asked = ("--positioning", "oi_calls_long_puts_short", "--positioning", "oi_customers_long_all")
    table = rows(gex("exposure", sample_file, *asked, "--csv"))
    answer = gex("exposure", sample_file, *asked, "--json").answer
    names = [one["positioning"] for one in answer["books"] for _ in one["map"]["strike"]]
    assert [row["positioning"] for row in table] == names
    gamma = [value for one in answer["books"] for value in one["map"]["gamma_exposure_per_percent"]]
    np.testing.assert_array_equal(column(table, "gamma_exposure_per_percent"), np.array(gamma, float))
    first = answer["expiries"][answer["books"][0]["map"]["expiry_index"][0]]
    assert (table[0]["root"], table[0]["expiry"]) == (first["root"], first["expiry"])


def test_vols_as_csv_have_every_option_and_an_empty_field_where_there_is_none(gex, sample_file):
    table = rows(gex("vols", sample_file, "--csv"))
    options = gex("vols", sample_file, "--json").answer["options"]
    for name in ("strike", "bid_vol", "vol", "gamma"):
        np.testing.assert_array_equal(column(table, name), np.array(options[name], float))
    assert {row["right"] for row in table} == {"C", "P"}
    assert "nan" not in {value.lower() for row in table for value in row.values()}
    assert "" in {row["bid_vol"] for row in table}


def test_surfaces_have_a_row_a_slice_with_its_proof(gex, sample_file):
    table = rows(gex("surface", sample_file, "--csv"))
    slices = gex("surface", sample_file, "--json").answer["slices"]
    assert len(table) == len(slices)
    assert {row["is_certified"] for row in table} == {"true"}
    wanted = np.array([one["at_the_money_vol"] for one in slices])
    np.testing.assert_array_equal(column(table, "at_the_money_vol"), wanted)


def test_books_have_a_row_a_position_and_hedges_a_row_an_order(gex, sample_file, book_file, instruments_file):
    book = ("--positions", book_file)
    risk = gex("risk", sample_file, *book, "--json").answer
    table = rows(gex("risk", sample_file, *book, "--csv"))
    assert [row["contract_count"] for row in table] == ["-10.0"]
    np.testing.assert_array_equal(column(table, "value"), np.array(risk["positions"]["value"]))
    asked = (*book, "--instruments", instruments_file)
    plan = gex("hedge", sample_file, *asked, "--json").answer
    table = rows(gex("hedge", sample_file, *asked, "--csv"))
    assert [row["instrument"] for row in table] == [one["instrument"] for one in plan["orders"]]
    assert column(table, "contracts").tolist() == [one["contracts"] for one in plan["orders"]]


def test_scenarios_are_those_of_risk_and_have_a_row_each(gex, sample_file, book_file):
    moves = ("--spot-move", -5, "--spot-move", 5, "--days", 0, "--days", 7, "--shock", "crash")
    table = rows(gex("scenarios", sample_file, "--positions", book_file, *moves, "--csv"))
    alone = gex("scenarios", sample_file, "--positions", book_file, *moves, "--json").answer
    np.testing.assert_array_equal(column(table, "profit"), np.array(alone["profit"]))
    assert table[-1]["shock"] == "crash"
    both = gex("risk", sample_file, "--positions", book_file, *moves, "--json").out.splitlines()
    assert gex("scenarios", sample_file, "--positions", book_file, *moves, "--json").out.strip() == both[1]
    text = gex("scenarios", sample_file, "--positions", book_file, *moves).out
    for words in ("Profit", "after 7 days", "crash", "Assumed"):
        assert words in text


@pytest.mark.parametrize("command", ["exposure", "vols", "surface"])
def test_two_formats_at_once_are_refused(gex, sample_file, command):
    ran = gex(command, sample_file, "--json", "--csv")
    assert (ran.code, ran.out) == (2, "")
    assert "--json, --csv: expected one of them" in ran.err


def test_html_is_one_file_with_tables_and_picture_and_asks_nobody(gex, sample_file, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    path = tmp_path / "map.html"
    ran = gex("exposure", sample_file, "--html", path, "--json")
    assert ran.code == 0, ran.err
    text = path.read_text()
    assert text.startswith("<!doctype html>")
    assert "<svg" in text
    assert "gamma flip" in text
    assert "background-color" in text  # the shades of the map
    for outside in ("<script", "<link", "src=", "@import"):
        assert outside not in text
    bad = gex("exposure", sample_file, "--html", tmp_path / "map.txt")
    assert (bad.code, bad.out) == (2, "")
    assert "--html: expected a file that ends in .html" in bad.err


def test_hedges_and_surfaces_are_written_as_html_too(gex, sample_file, book_file, instruments_file, tmp_path):
    hedge, surface = tmp_path / "hedge.html", tmp_path / "surface.html"
    ran = gex("hedge", sample_file, "--positions", book_file, "--instruments", instruments_file, "--html", hedge)
    assert ran.code == 0, ran.err
    assert "no-trade band" in hedge.read_text()
    assert gex("surface", sample_file, "--html", surface).code == 0
    assert "<svg" in surface.read_text()


def test_the_index_as_csv_has_a_row_a_term(gex, sample_file):
    table = rows(gex("vix", sample_file, "--csv"))
    answer = gex("vix", sample_file, "--json").answer
    assert [row["term"] for row in table] == ["near", "next"]
    assert {float(row["value"]) for row in table} == {answer["value"]}
    assert float(table[0]["variance"]) == answer["near"]["variance"]


def test_a_survey_as_csv_has_a_row_a_file_also_for_what_is_no_chain(gex, sample_file):
    table = rows(gex("survey", sample_file.parent, "--csv"))
    kept = {row["file"].rpartition("/")[2]: row for row in table}
    assert kept["sample.csv"]["underlying"] == "SPX"
    assert kept["sample.csv"]["error"] == ""
    assert all(row["error"] for name, row in kept.items() if name != "sample.csv")


def test_a_watch_as_csv_has_a_row_a_positioning_under_one_head(gex, address, sample_file):
    gex("publish", sample_file, "--server", address)
    names = ("oi_calls_long_puts_short", "oi_customers_long_all")
    asked = [part for name in names for part in ("--positioning", name)]
    table = rows(gex("watch", "SPX", "--server", address, *asked, "--count", 1, "--csv"))
    assert [row["positioning"] for row in table] == list(names)
    assert float(table[0]["gamma_exposure_per_percent"]) != 0.0
    refused = gex("watch", "SPX", "--server", address, "--csv", "--json")
    assert (refused.code, "expected one of them" in refused.err) == (2, True)


def test_what_the_doctor_saw_as_csv_has_a_row_a_check(gex, address):
    table = rows(gex("doctor", "--offline", "--server", address, "--csv"))
    assert {row["state"] for row in table} <= {"ok", "note"}
    assert len(table) > 5
