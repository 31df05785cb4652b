"""The log of hedges: where it is kept, what it refuses, and what memory holds of it."""

import os
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from gex_server.audit import AuditStore
from gex_server.errors import RevisionConflictError
from gex_server.services.runtime import Runtime
from gex_server.settings import Settings

from gex.errors import InputError
from gex.hedging.engine.journal import opened_standing, taken
from gex.hedging.engine.replay import replay
from gex.hedging.engine.state import opening_state
from tests.hedging.engine.worlds import START, book, config, inputs, later


def test_the_password_of_a_database_is_in_no_error():
    with pytest.raises(InputError) as caught:
        AuditStore("nosuch://ann:a-secret-word@db/gex")
    assert "a-secret-word" not in str(caught.value)
    assert "ann:***@db" in str(caught.value)


def logged(audit: AuditStore, steps: int) -> None:
    outcome = opened_standing("h", config(), opening_state(), START)
    audit.append([(outcome.entry, outcome.standing)], START)
    for i in range(steps):
        reading = later(book(1.0 + 0.001 * i), 60.0 * (i + 1))
        outcome = taken(outcome.standing, inputs(reading), reading.as_of, i + 1)
        audit.append([(outcome.entry, outcome.standing)], reading.as_of)


def test_without_a_folder_nothing_is_written_where_the_server_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    audit = Runtime.of(Settings()).audit
    logged(audit, 3)
    assert len(list(audit.entries("h"))) == 4
    assert list(tmp_path.iterdir()) == []


def test_with_a_folder_the_log_stands_in_it(tmp_path: Path) -> None:
    with Runtime.of(Settings(state_folder=tmp_path)).audit as audit:
        logged(audit, 1)
    assert (tmp_path / "audit.db").exists()


def test_memory_holds_the_last_entries_and_a_replay_names_those_that_are_gone() -> None:
    audit = AuditStore(most_entries=100)
    logged(audit, 700)
    kept = [one.entry for one in audit.entries("h")]
    assert 100 <= len(kept) <= 601  # the oldest go a page at a time
    assert kept[-1].sequence == 701
    found = replay(kept)
    assert found.missing == tuple(range(1, kept[0].sequence))
    assert not found.is_identical


def test_what_was_written_cannot_be_changed_or_written_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    with AuditStore(url) as audit:
        logged(audit, 2)
        outcome = opened_standing("h", config(), opening_state(), START)
        with pytest.raises(RevisionConflictError):
            audit.append([(outcome.entry, outcome.standing)], START)
    engine = sa.create_engine(url)
    for statement in ("UPDATE audit_entries SET reasons = ''", "DELETE FROM audit_entries"):
        with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError, match="append-only"):
            connection.execute(sa.text(statement))
    engine.dispose()
    with AuditStore(url) as audit:
        standing = audit.standing("h")
        assert standing is not None
        assert standing.sequence == 3
        assert isinstance(standing.state.last_as_of, np.datetime64)


@pytest.mark.skipif(os.name != "posix", reason="permissions of files")
def test_a_new_log_is_read_by_its_owner_alone(tmp_path):
    path = tmp_path / "audit.db"
    with AuditStore(f"sqlite:///{path}") as store:
        assert store.hedges() == ()
        assert [one.name for one in tmp_path.iterdir() if one.stat().st_mode & 0o077] == []
