"""Each command: documented as it is, refuses bad input in one line with what to do, and answers on a real chain."""

import csv
import importlib.util
import io
import json
from pathlib import Path

import pytest
from gex_cli.application import app, name_of
from gex_cli.failing import BAD_INPUT, FAILED

ROOT = Path(__file__).parents[2]
NAMES = [name_of(one) for one in app.registered_commands]
NOBODY = "127.0.0.1:1"
BOOK = "symbol,contracts\nSPXW231020C04500000,-10\nSPXW231020P04300000,25\n"
TERMS = """
[[instrument]]
name = "ES"
kind = "index_future"
multiplier = 50
expiry = 2023-12-15
fee_per_contract = 2.10
half_spread_bps = 0.3

[policy]
residual_sd_budget = 5000
"""

# Bad input of each command: its arguments, the exit code, words of the one line.
REFUSED = {
    "exposure": (("{chain}", "--positioning", "nonsense"), BAD_INPUT, "oi_calls_long_puts_short"),
    "vols": (("{chain}", "--expiry", "2031-01-01"), BAD_INPUT, "--expiry: expected one of"),
    "surface": (("{chain}", "--png", "surface.doc"), BAD_INPUT, ".png"),
    "vix": (("{chain}", "--term-days", "-3"), BAD_INPUT, "--term-days: expected a positive number"),
    "hedge": (("{chain}", "--positions", "{book}", "--instruments", "nowhere.toml"), BAD_INPUT, "no such file"),
    "risk": (("{chain}", "--positions", "nowhere.csv"), BAD_INPUT, "no such file"),
    "scenarios": (("{chain}", "--positions", "{book}", "--shock", "meteor"), BAD_INPUT, "meteor"),
    "paper": (("nowhere", "--positions", "{book}", "--instruments", "{terms}"), BAD_INPUT, "no such file or folder"),
    "override": (
        ("desk/SPX", "freeze", "--user", "ann", "--reason", "CPI", "--minutes", "soon"),
        BAD_INPUT,
        "--minutes",
    ),
    "audit": (("desk/SPX", "--database", "nowhere.db"), BAD_INPUT, "nowhere.db is no file"),
    "replay": (("desk/SPX", "--database", "nowhere.db"), BAD_INPUT, "nowhere.db is no file"),
    "survey": (("nowhere.csv",), BAD_INPUT, "no such file"),
    "fetch": (("bloomberg", "SPX"), BAD_INPUT, "bloomberg"),
    "feed": (("bloomberg", "BTC"), BAD_INPUT, "bloomberg"),
    "publish": (("{chain}", "--server", NOBODY), FAILED, "no server answered"),
    "watch": (("SPX", "--server", NOBODY), FAILED, "no server answered"),
    "status": (("--server", NOBODY), FAILED, "no server answered"),
    "serve": (("--port", "banana"), BAD_INPUT, "--port"),
    "web": (("--positions", "{book}"), BAD_INPUT, "--instruments"),
    "demo": (("--colour",), BAD_INPUT, "--colour"),
    "doctor": (("--colour",), BAD_INPUT, "--colour"),
}


def written_page():
    spec = importlib.util.spec_from_file_location("write_commands", ROOT / "tools" / "write_commands.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.text()


@pytest.fixture(scope="module")
def files(tmp_path_factory, sample_file, book_file):
    folder = tmp_path_factory.mktemp("desk")
    (folder / "book.csv").write_text(BOOK)
    (folder / "es.toml").write_text(TERMS)
    return {"chain": sample_file, "book": book_file, "terms": folder / "es.toml", "folder": folder}


def test_the_page_of_commands_is_what_they_say():
    """`python tools/write_commands.py` writes it anew."""
    now = [line for line in written_page().splitlines() if line.split("`")[1:2] != [] or line.startswith("#")]
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8").splitlines()
    for line in now:
        command = line.split("`")[1] if line.startswith("| `") else ""
        assert line in page or command not in (*REFUSED, ""), line


@pytest.mark.parametrize("command", REFUSED)
def test_bad_input_is_refused_in_one_line_that_says_what(gex, files, command):
    assert command in NAMES
    arguments, code, words = REFUSED[command]
    ran = gex(command, *(one.format(**files) for one in arguments))
    assert (ran.code, ran.out) == (code, ""), ran.err
    lines = [line for line in ran.err.splitlines() if line]
    assert words in lines[-1], ran.err
    assert lines[-1].startswith("gex: ")
    assert "internal error" not in ran.err


@pytest.mark.real_data
def test_every_command_answers_on_a_real_chain(gex, real_data, files, address, tmp_path):
    chain, folder = real_data / "cboe_csv" / "spx_20230914.csv.gz", files["folder"]
    book = ("--positions", folder / "book.csv")
    asked = {
        "exposure": (chain, "--rate", 0.053, "--png", tmp_path / "map.png"),
        "vols": (chain, "--expiry", "2023-10-20"),
        "surface": (chain,),
        "vix": (chain,),
        "hedge": (chain, *book, "--instruments", folder / "es.toml"),
        "risk": (chain, *book),
        "scenarios": (chain, *book, "--shock", "crash"),
        "survey": (chain,),
        "publish": (chain, "--server", address),
        "watch": ("SPX", "--server", address, "--map", "--count", 1),
        "status": ("--server", address),
        "doctor": ("--offline", "--server", address),
    }
    for command, arguments in asked.items():
        ran = gex(command, *arguments)
        assert ran.code == 0, (command, ran.err)
        assert len(ran.out) > 60, command
        assert max(map(len, ran.out.splitlines())) <= 80, command
    assert (tmp_path / "map.png").stat().st_size > 50_000
    table = list(csv.DictReader(io.StringIO(gex("vols", chain, "--csv").out)))
    assert len(table) > 19_000
    for line in gex("survey", chain, "--json").out.splitlines():
        assert json.loads(line)["underlying"] == "SPX"
