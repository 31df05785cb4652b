"""Input that is hostile rather than wrong: it ends in one line before anything is computed, written or sent."""

import subprocess
import sys

import pytest
from gex_cli.failing import BAD_INPUT

from tests.cli.conftest import gex_process

# Arguments, words of the line. {folder} holds the files made below.
HOSTILE = {
    "an instant beyond nanoseconds": (
        ("exposure", "{chain}", "--as-of", "2300-01-01T00:00Z"),
        "--as-of: expected an instant from 1678 to 2262",
    ),
    "a port of 17 bits": (("status", "--server", "127.0.0.1:99999"), "address: expected host:port"),
    "no address": (("status", "--server", ""), "address: expected host:port"),
    "words for an address": (("exposure", "{chain}", "--server", "my server:50051"), "address: expected host:port"),
    "a page of no server": (("web", "--server", "", "--port", "0"), "address: expected host:port"),
    "a picture in no folder": (("exposure", "{chain}", "--png", "{folder}/none/map.png"), "--png: there is no folder"),
    "a page in no folder": (("surface", "{chain}", "--html", "{folder}/none/map.html"), "--html: there is no folder"),
    "a report in no folder": (("backtest", "{config}", "--html", "{folder}/none/a.html"), "--html: there is no folder"),
    "a backtest of noise": (("backtest", "{noise}"), "noise: expected text in UTF-8"),
    "a book of noise": (("risk", "{chain}", "--positions", "{noise}"), "gex: noise: expected text in UTF-8"),
    "a log of noise": (("audit", "desk/SPX", "--database", "{noise}"), "is no SQLite database"),
    "a log that is empty": (("replay", "desk/SPX", "--database", "{empty}"), "is no SQLite database"),
    "a millennium ahead": (
        ("scenarios", "{chain}", "--positions", "{book}", "--days", "400000"),
        "seconds[0]: expected seconds from 0 to a century",
    ),
    "more contracts than there are": (
        ("risk", "{chain}", "--positions", "{many}"),
        "column contracts: expected a number up to 1e+12, got '1e300'",
    ),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory, sample_file, book_file):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "noise").write_bytes(b"\xe3\x28\x00" * 100)
    (folder / "empty").write_bytes(b"")
    (folder / "config.toml").write_text("")
    (folder / "many.csv").write_text("symbol,contracts\nSPXW240719C05400000,1e300\n")
    named = {name: folder / name for name in ("noise", "empty")}
    return named | {
        "chain": sample_file,
        "book": book_file,
        "folder": folder,
        "config": folder / "config.toml",
        "many": folder / "many.csv",
    }


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_input_ends_in_one_line(gex, files, case):
    arguments, words = HOSTILE[case]
    ran = gex(*(one.format(**files) for one in arguments))
    assert (ran.code, ran.out) == (BAD_INPUT, ""), ran.err
    assert len(ran.err.splitlines()) == 1, ran.err
    assert words in ran.err


def test_a_log_that_is_only_read_is_not_written(gex, files):
    gex("audit", "desk/SPX", "--database", files["empty"])
    assert files["empty"].stat().st_size == 0


def test_sums_of_a_book_that_nobody_can_price_are_not_zero(gex, files, tmp_path):
    book = tmp_path / "book.csv"
    book.write_text("root,expiry,strike,right,contracts\nSPXW,2031-07-18,5400,C,1\n")
    ran = gex("risk", files["chain"], "--positions", book)
    assert ran.code == 0, ran.err
    assert "No position of the book could be priced" in ran.out
    assert "unknown expiry" in ran.out
    assert "+0.00" not in ran.out


def test_a_plan_without_a_number_shows_none(gex, files, instruments_file, tmp_path):
    terms = tmp_path / "expired.toml"
    terms.write_text(instruments_file.read_text().replace("2024-09-20", "2020-09-18"))
    ran = gex("hedge", files["chain"], "--positions", files["book"], "--instruments", terms)
    assert ran.code == 0, ran.err
    assert "HOLD" in ran.out
    assert "nan" not in ran.out


def test_paper_beside_a_server_that_is_not_there_says_so_at_once(gex, files, instruments_file):
    ran = gex(
        "paper", "SPX", "--server", "127.0.0.1:1", "--positions", files["book"], "--instruments", instruments_file
    )
    assert ran.code == 1
    assert "no server answered" in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's way to close a file")
def test_a_closed_standard_output_is_no_failure():
    done = subprocess.run(["sh", "-c", f'"{sys.executable}" -m gex_cli.main --version >&- 2>&-'], check=False)
    assert done.returncode == 0
    done = subprocess.run(["sh", "-c", f'"{sys.executable}" -m gex_cli.main vix nowhere.csv >&- 2>&-'], check=False)
    assert done.returncode == BAD_INPUT


def test_the_version_is_said():
    ran = gex_process("--version")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("gex 0.")
