"""gex backtest: a configuration becomes tables, an HTML page and JSON; mistakes are one line."""

import json
from pathlib import Path

import pytest
from gex_cli.main import main

CONFIG = """
title = "A small <test>"
paths = 300
seed = 5
spot = 100.0
risk_aversion = 1.0
[process]
vol = 0.3
[grid]
years = 0.1
steps = 10
[[book]]
strike = 100.0
right = "call"
units = -1.0
vol = 0.3
[execution]
half_spread = 0.001
terminal = "keep"
[[rule]]
rule = "clock"
loosenesses = [1, 2, 5]
[[rule]]
rule = "cost_optimal"
label = "(a, b)"
loosenesses = [0.5, 2.0]
"""


def test_a_configuration_becomes_a_page_and_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "small.toml"
    place.write_text(CONFIG)
    assert main(["backtest", str(place)]) == 0
    shown = capsys.readouterr()
    assert "Frontier of cost against risk, 300 paths" in shown.out
    assert "small.html" in shown.err
    page = (tmp_path / "small.html").read_text()
    assert page.count("<svg") == 6  # frontier, tails, drawdown, costs, gap, decisions
    assert "A small &lt;test&gt;" in page
    assert "<script" not in page  # one file, nothing fetched
    found = json.loads((tmp_path / "small.json").read_text())
    assert found["gex"]
    assert found["simulated"]["seed"] == 5
    assert len(found["simulated"]["digest"]) == 16
    assert [len(rule["points"]) for rule in found["simulated"]["rules"]] == [3, 2]
    assert found["simulated"]["rules"][1]["points"][0]["gap_to_optimum"] > 0.0


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "bad.toml"
    for text, said in (("title = ", "bad.toml"), ("title = 'x'", "found neither"), (CONFIG + "[exec]\n", "exec")):
        place.write_text(text)
        assert main(["backtest", str(place)]) == 2
        shown = capsys.readouterr()
        assert said in shown.err
        assert shown.err.count("\n") == 1
    assert main(["backtest", str(tmp_path / "none.toml")]) == 2
    assert not (tmp_path / "bad.html").exists()
