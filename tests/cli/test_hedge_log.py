"""gex audit and gex replay on the log of a hedge."""

import json
from pathlib import Path

import pytest
from gex_cli.hedge_log import replay_log
from gex_cli.main import main
from gex_server.audit import AuditStore

from gex.hedging.engine.inputs import InputInstants
from gex.hedging.engine.journal import opened_standing, taken
from gex.hedging.engine.state import opening_state
from tests.hedging.engine.worlds import HOUR, SECOND, START, book, config, inputs
from tests.server.test_audit import logged


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "audit.db"
    with AuditStore(f"sqlite:///{path}") as audit:
        logged(audit, 5)
    return path


def test_every_decision_is_listed_with_its_reasons(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "h", "--database", str(database), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["record"] for row in rows] == [2, 3, 4, 5, 6]
    assert all(row["reasons"] == ["inside_band"] for row in rows)
    assert rows[1]["previous_hash"] == rows[0]["hash"]
    assert main(["audit", "h", "--database", str(database), "--since", "2024-03-01T00:03Z", "--last", "2"]) == 0
    assert "2 decisions" in capsys.readouterr().out
    assert main(["audit", "--database", str(database)]) == 0
    assert capsys.readouterr().out == "h\n"


def test_a_log_decided_again_is_identical(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "h", "--database", str(database)]) == 0
    assert "5 decisions of 6 entries decided again: identical, bit for bit" in capsys.readouterr().out


def test_a_log_that_is_not_whole_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "short.db"
    with AuditStore(f"sqlite:///{path}", most_entries=100) as audit:
        logged(audit, 700)
    assert replay_log("h", str(path), json=False) == 1
    assert "missing: 1, 2, 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["audit", "nobody"], "'nobody' is not in the log; it has h"),
        (["audit", "h", "--since", "soon"], "--since: expected an instant"),
        (["replay", "nobody"], "'nobody' is not in the log"),
    ],
)
def test_what_is_not_there_is_named(
    database: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([*arguments, "--database", str(database)]) == 2
    assert message in capsys.readouterr().err


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "none.db"
    assert main(["audit", "h", "--database", str(path)]) == 2
    assert "is no file" in capsys.readouterr().err
    assert not path.exists()


def test_triggers_are_scored_from_the_log(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "h", "--database", str(database), "--triggers", "--hours", "0.05", "--json"]) == 0
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["trigger"], row["evaluation_count"], row["trade_count"], row["is_worth_having"]) == (
        "tick",
        5,
        0,
        False,
    )
    assert row["later_value"] is None
    assert main(["audit", "h", "--database", str(database), "--triggers"]) == 0
    assert "too few" in capsys.readouterr().out
    assert main(["audit", "h", "--database", str(database), "--triggers", "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("trigger,evaluation_count")


def test_the_ages_of_what_a_decision_rests_on_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "audit.db"
    instants = InputInstants(revision=7, quotes=START - 75 * SECOND, spot=START, book=START - HOUR)
    with AuditStore(f"sqlite:///{path}") as audit:
        outcome = opened_standing("h", config(), opening_state(), START)
        audit.append([(outcome.entry, outcome.standing)], START)
        outcome = taken(outcome.standing, inputs(book(1.0, instants=instants)), START, 1)
        audit.append([(outcome.entry, outcome.standing)], START)
    assert main(["audit", "h", "--database", str(path), "--json"]) == 0
    (market,) = json.loads(capsys.readouterr().out)["markets"]
    assert (market["underlying"], market["revision"], market["spot"]) == ("BTC", 7, 60_000.0)
    named = [market[f"{name}_age_seconds"] for name in ("quotes", "spot", "open_interest", "book", "oldest_instrument")]
    assert named == [75.0, 0.0, None, 3_600.0, None]
    assert main(["audit", "h", "--database", str(path), "--csv"]) == 0
    assert "quotes 75 s, spot 0.0 s, book 60 min" in capsys.readouterr().out
