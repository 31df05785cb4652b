"""The log of hedges in PostgreSQL: GEX_TEST_POSTGRES=postgresql+psycopg://user:password@host/database runs it there."""

import os
import secrets
from collections.abc import Iterator

import numpy as np
import pytest
import sqlalchemy as sa
from gex_server.audit import AuditStore
from gex_server.errors import RevisionConflictError
from gex_server.services.hedge_session import answered
from gex_server.services.runtime import Runtime
from gex_server.settings import Settings

from gex.hedging.engine.fills import Fill
from gex.hedging.engine.journal import FillEvent, Kind, opened_standing, taken
from gex.hedging.engine.replay import replay
from gex.hedging.engine.state import opening_state
from tests.hedging.engine.worlds import START, book, config, inputs, later
from tests.server.hedge_messages import HEDGE
from tests.server.test_audit import logged
from tests.server.test_hedge_restart import history

DATABASE = os.environ.get("GEX_TEST_POSTGRES", "")
if not DATABASE:
    pytest.skip("needs a PostgreSQL database: GEX_TEST_POSTGRES names one", allow_module_level=True)


@pytest.fixture
def url() -> Iterator[str]:
    """A schema of its own in the database, gone afterwards."""
    schema = f"gex_test_{secrets.token_hex(6)}"
    engine = sa.create_engine(DATABASE)
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
    yield f"{DATABASE}{'&' if '?' in DATABASE else '?'}options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def test_a_log_is_written_read_by_time_and_decided_again(url: str) -> None:
    with AuditStore(url) as audit:
        assert not audit.is_local
        logged(audit, 40)
    with AuditStore(url) as audit:
        assert audit.hedges() == ("h",)
        entries = [one.entry for one in audit.entries("h")]
        assert len(entries) == 41
        assert replay(entries).is_identical
        since = START + np.timedelta64(600, "s")
        hour = audit.entries("h", since=since, until=since + np.timedelta64(300, "s"), kinds=(Kind.DECIDED,))
        assert [one.entry.sequence for one in hour] == [11, 12, 13, 14, 15]
        last = audit.last("h", (Kind.DECIDED,))
        assert last is not None
        assert last.entry == entries[-1]
        standing = audit.standing("h")
        assert standing is not None
        assert (standing.sequence, standing.last_hash) == (41, entries[-1].hash)


def test_nothing_is_changed_deleted_or_written_twice(url: str) -> None:
    with AuditStore(url) as audit:
        logged(audit, 2)
        outcome = opened_standing("h", config(), opening_state(), START)
        with pytest.raises(RevisionConflictError):
            audit.append([(outcome.entry, outcome.standing)], START)
    engine = sa.create_engine(url)
    for statement in ("UPDATE audit_entries SET reasons = ''", "DELETE FROM audit_entries"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(sa.text(statement))
    engine.dispose()


def test_two_writers_of_one_hedge_do_not_both_go_on(url: str) -> None:
    """Two servers that read the same end of a log: the one that writes second is refused, and has written nothing."""
    with AuditStore(url) as one, AuditStore(url) as other:
        logged(one, 1)
        ends = [store.standing("h") for store in (one, other)]
        reading = later(book(1.0), 600.0)
        outcomes = [taken(end, inputs(reading), reading.as_of, 7) for end in ends if end is not None]
        one.append([(outcomes[0].entry, outcomes[0].standing)], START)
        with pytest.raises(RevisionConflictError):
            other.append([(outcomes[1].entry, outcomes[1].standing)], START)
        assert len(list(other.entries("h"))) == 3


def test_a_fill_is_known_however_long_ago(url: str) -> None:
    with AuditStore(url) as audit:
        opened = opened_standing("h", config(), opening_state(), START)
        decided = taken(opened.standing, inputs(book(5.3)), START)
        assert decided.decision is not None
        order = decided.decision.orders[0]
        fill = Fill(
            fill_id="f1", order_id=order.order_id, symbol=order.symbol, contracts=order.contracts, filled_at=START,
            price=60_000.0,
        )  # fmt: skip
        filled = taken(decided.standing, FillEvent(fill=fill), START)
        audit.append([(one.entry, one.standing) for one in (opened, decided, filled)], START)
        assert audit.has_fill("h", "f1")
        assert not audit.has_fill("h", "f2")
        assert [event.fill for event in audit.fills_of("h", (order.order_id,))] == [fill]


async def test_a_kept_hedge_goes_on_from_there(url: str) -> None:
    """Messages to one server after another on one database: the same chain as on one server and a file in memory."""
    requests = history()[:8]
    single = Runtime.of(Settings(cores=1))
    ends = []
    for runtimes in ([single] * len(requests), [Runtime.of(Settings(audit_url=url, cores=1)) for _ in requests]):
        for runtime, request in zip(runtimes, requests, strict=True):
            hedge = runtime.hedges.hedge(HEDGE, runtime.audit)
            response = await answered(runtime, hedge, request, None, {})
            assert not response.HasField("failure"), response
        ends.append([one.entry.hash for one in runtimes[-1].audit.entries(HEDGE)])
        for runtime in runtimes:
            runtime.audit.close()
    assert ends[0] == ends[1]
    assert len(ends[0]) == len(requests)
