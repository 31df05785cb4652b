"""`gex survey` says of every file what it holds, and loses none."""

import json
import shutil

import pytest

# Options of each folder's files, counted with zcat as in tests/io/test_survey.py; AMD's adjusted class is not counted.
ROWS = {
    "cboe_csv": 272_026,
    "cboe_json": 6_680,
    "deribit_ticker_20200521": 142,
    "deribit_book_summary_eth_20240108": 684,
    "yfinance_202602": 36_105,
    "lean_universes": 12_272,
}


@pytest.fixture
def folder(tmp_path, sample_file):
    (tmp_path / "deep").mkdir()
    shutil.copy(sample_file, tmp_path / "deep" / "spx.csv")
    (tmp_path / "notes.txt").write_text("once upon a time\n")
    return tmp_path


def objects(ran):
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.mark.real_data
@pytest.mark.slow
def test_every_file_of_the_real_folders_is_read_in_one_run(gex, real_data):
    seen = objects(
        gex("survey", *[real_data / name for name in ROWS], real_data / "deribit_books_6h" / "dev_crash", "--json")
    )
    rows = dict.fromkeys([*ROWS, "deribit_books_6h"], 0)
    dropping = {"expired", "adjusted", "other_underlying", "malformed"}
    for one in seen:
        assert "error" not in one, one
        name = one["file"].removeprefix(f"{real_data}/").split("/")[0]
        rows[name] += one["row_count"]
        dropped = sum(count for reason, count in one["rejects"].items() if reason in dropping)
        assert one["kept_row_count"] + dropped == one["row_count"], one
        if name == "lean_universes":  # closing prices, no quotes
            assert one["forward"] is None
        else:
            assert one["forward_lower"] <= one["forward"] <= one["forward_upper"], one
            # That file has been downloaded at night: bids and asks of 0 on all but the longest options.
            share = 0.05 if "spx_20221212" in one["file"] else 0.8
            assert one["forward_count"] >= share * one["expiry_count"] > 0, one
    assert rows.pop("deribit_books_6h") > 10_000
    assert rows == ROWS


def test_a_folder_is_read_in_depth_and_what_is_no_chain_is_said_to_be_none(gex, folder):
    chain, other = objects(gex("survey", folder, "--json"))
    assert (chain["underlying"], chain["row_count"], chain["as_of"][:8]) == ("SPX", 2_000, "2024-06-")
    assert chain["forward_lower"] <= chain["forward"] <= chain["forward_upper"]
    assert other["file"].endswith("notes.txt")
    assert "expected" in other["error"]


def test_people_read_three_lines_a_file_and_the_sums(gex, folder):
    ran = gex("survey", folder)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "spx.csv"
    assert "rows 2,000" in lines[1]
    assert lines[2].startswith("  forward SPXW 2024-06-1")
    assert lines[2].endswith("]")
    assert "no chain: " in ran.out
    assert lines[-1].endswith("; 1 files are no chains")
    assert lines[-1].startswith("1 chains, 2,000 options, ")
    assert max(map(len, lines)) <= 80


def test_a_file_that_was_named_has_to_be_a_chain(gex, folder):
    for path, words in ((folder / "notes.txt", "notes.txt: "), (folder / "missing.csv", "no such file")):
        ran = gex("survey", path)
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert words in ran.err
    assert gex("survey").code == 2
