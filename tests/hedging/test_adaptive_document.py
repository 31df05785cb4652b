"""The table of demands: every test that it names is there, every command takes the options that it names."""

import re
import runpy
from pathlib import Path

import pytest
import typer
from gex_cli.main import app

ROOT = Path(__file__).parents[2]
ROWS = [
    line.split("|")[1:-1]
    for line in (ROOT / "docs" / "adaptive_hedging.md").read_text().splitlines()
    if line.startswith("| ")
][1:]


def test_every_test_that_the_table_names_is_there() -> None:
    assert len(ROWS) >= 25
    for demand, _, tests, command in ROWS:
        names = re.findall(r"`([\w/]+\.py)`", tests)
        assert names or "not shown" in tests, demand
        assert "not shown" not in tests or "not shown" in command
        for name in names:
            path = ROOT / "tests" / (f"hedging/{name}" if name.startswith("engine/") else name)
            assert path.is_file(), name


def test_every_command_that_the_table_names_takes_what_it_says() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for *_, told in ROWS:
        for text in re.findall(r"`([^`]+)`", told):
            words = text.split()
            if words[0] == "gex":
                options = {name for one in commands[words[1]].params for name in one.opts}
                assert {word for word in words if word.startswith("--")} <= options, text
            elif words[0] == "make":
                assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text(), text
            elif words[:2] == ["python", "-m"]:
                assert (ROOT / f"{words[2].replace('.', '/')}.py").is_file(), text
            elif words[0] == "python":
                assert (ROOT / words[1]).is_file(), text


def test_the_example_of_a_beta_hedge_takes_bitcoin_while_it_pays(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "docs" / "examples" / "beta_hedge.py"), run_name="__main__")
    coupled, decoupled = capsys.readouterr().out.splitlines()
    assert "BTC-PERP" in coupled
    assert "SOL-PERP" not in coupled
    assert "SOL-PERP" in decoupled
    assert "BTC-PERP" not in decoupled
