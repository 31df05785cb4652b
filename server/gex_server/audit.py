"""The log of decisions in a database: appended to and never changed, read by hedge and time, begun again where it ends.

SQLite by default, any database of SQLAlchemy by URL. What an entry says is decided in `gex.hedging.engine.journal`.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from gex.errors import InputError
from gex.hedging.engine.codec import field_texts, value_of
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.journal import Entry, FillEvent, Kind, Opening, Standing, resumed
from gex.hedging.engine.state import EngineState
from gex_server.audit_tables import CHECKPOINTS, CONFIGURATIONS, ENTRIES, FILLS, METADATA, keep_append_only
from gex_server.errors import RevisionConflictError

CHECKPOINT_EVERY = 500  # entries: so many are read at most to go on after a crash
_PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Logged:
    """An entry as it was written, with the instant of writing."""

    entry: Entry
    recorded_at: np.datetime64


IN_MEMORY = ("sqlite://", "sqlite:///:memory:")


class AuditStore:
    """One database of logs; its methods may be called from one thread at a time."""

    def __init__(
        self, url: str = "sqlite://", *, survives_power_loss: bool = False, most_entries: int | None = None
    ) -> None:
        """`most_entries`, for SQLite in memory: the oldest entries go when there are more, and a replay names them."""
        self.url = url
        shown = _without_password(url)
        self._most, self._count = most_entries, 0
        options: dict[str, Any] = {}
        if url in IN_MEMORY:
            options = {"poolclass": sa.pool.StaticPool, "connect_args": {"check_same_thread": False}}
        elif url.startswith("sqlite"):
            options = {"connect_args": {"check_same_thread": False, "timeout": 30.0}}
        try:
            self._engine: Engine = sa.create_engine(url, **options)
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
            raise InputError(f"audit: {shown!r} is no database that can be opened ({error})") from None
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _settled(survives_power_loss))
            _keep_private(self._engine.url.database)
        try:
            METADATA.create_all(self._engine)
            if most_entries is None:
                keep_append_only(self._engine)
        except sa.exc.DatabaseError as error:  # nobody there, not allowed, another kind of file
            raise InputError(f"audit: {shown!r} cannot be opened ({error.orig})") from error
        self._connection: Connection | None = None

    @property
    def is_local(self) -> bool:
        """True for SQLite: writing takes a fraction of a millisecond and may be done where one stands."""
        return self._engine.dialect.name == "sqlite"

    @property
    def kind(self) -> str:
        """Where it is: "memory", "sqlite", "postgresql"."""
        return "memory" if self.url in IN_MEMORY else self._engine.dialect.name

    def append(
        self,
        outcomes: Sequence[tuple[Entry, Standing]],
        recorded_at: np.datetime64,
        *,
        configuration: bytes | None = None,
    ) -> None:
        """Write entries in one transaction, all or none; `Standing` is that after each, for checkpoints.

        RevisionConflictError where another process wrote to the hedge meanwhile, or a fill or a client's message has been
        written before: whatever the reader did, nothing is there twice. `configuration` is the message behind the last one.
        """
        at = _ns(recorded_at)
        try:
            with self._begun() as connection:
                for entry, standing in outcomes:
                    connection.execute(ENTRIES.insert(), _row(entry, at))
                    if entry.kind is Kind.FILLED:
                        fill_id = value_of(FillEvent, entry.event).fill.fill_id
                        connection.execute(
                            FILLS.insert(), {"hedge": entry.hedge, "fill_id": fill_id, "sequence": entry.sequence}
                        )
                    if entry.sequence % CHECKPOINT_EVERY == 0 and self._most is None:
                        connection.execute(CHECKPOINTS.insert(), _checkpoint(standing))
                if configuration is not None:
                    last = outcomes[-1][0]
                    connection.execute(
                        CONFIGURATIONS.insert(),
                        {"hedge": last.hedge, "sequence": last.sequence, "message": configuration},
                    )
                self._evict(connection, len(outcomes))
        except sa.exc.IntegrityError as error:
            raise RevisionConflictError(
                f"audit: the log of {outcomes[0][0].hedge!r} has moved on ({error.orig})"
            ) from error

    def _evict(self, connection: Connection, added: int) -> None:
        self._count += added
        if self._most is not None and self._count > self._most + _PAGE:
            newest = sa.text("SELECT rowid FROM audit_entries ORDER BY rowid DESC LIMIT 1 OFFSET :most")
            oldest = connection.execute(newest, {"most": self._most - 1}).scalar()
            connection.execute(sa.text("DELETE FROM audit_entries WHERE rowid < :oldest"), {"oldest": oldest})
            self._count = self._most

    def standing(self, hedge: str) -> Standing | None:
        """Where a hedge stands by its log; None where there is none."""
        with self._engine.connect() as connection:
            found = connection.execute(
                sa.select(CHECKPOINTS)
                .where(CHECKPOINTS.c.hedge == hedge)
                .order_by(CHECKPOINTS.c.sequence.desc())
                .limit(1)
            ).first()
        standing = None
        if found is not None:
            standing = Standing(
                hedge=hedge,
                config=value_of(EngineConfig, found.config),
                state=value_of(EngineState, found.state),
                sequence=found.sequence,
                last_hash=found.hash,
                last_client_sequence=found.client_sequence,
            )
        for logged in self.entries(hedge, after_sequence=0 if found is None else found.sequence):
            entry = logged.entry
            base = standing
            if base is None:
                opening = value_of(Opening, entry.event)
                base = Standing(hedge=hedge, config=opening.config, state=EngineState())
            standing = resumed(base, entry)
        return standing

    def entries(
        self,
        hedge: str,
        *,
        since: np.datetime64 | None = None,
        until: np.datetime64 | None = None,
        after_sequence: int = 0,
        kinds: Sequence[Kind] = (),
        only_trades: bool = False,
        limit: int | None = None,
    ) -> Iterator[Logged]:
        """Entries of one hedge in their order, a page at a time; `until` is not included."""
        left, most = limit, None
        if since is not None or until is not None:
            # By the index of time alone; the rows between are then read by their key, in order.
            bounds = sa.select(sa.func.min(ENTRIES.c.sequence), sa.func.max(ENTRIES.c.sequence))
            bounds = bounds.where(ENTRIES.c.hedge == hedge)
            if since is not None:
                bounds = bounds.where(ENTRIES.c.as_of >= _ns(since))
            if until is not None:
                bounds = bounds.where(ENTRIES.c.as_of < _ns(until))
            with self._engine.connect() as connection:
                least, most = connection.execute(bounds).one()
            if least is None:
                return
            after_sequence = max(after_sequence, least - 1)
        while left is None or left > 0:
            query = sa.select(ENTRIES).where(ENTRIES.c.hedge == hedge, ENTRIES.c.sequence > after_sequence)
            if since is not None:
                query = query.where(ENTRIES.c.as_of >= _ns(since))
            if until is not None:
                query = query.where(ENTRIES.c.as_of < _ns(until))
            if most is not None:
                query = query.where(ENTRIES.c.sequence <= most)
            if kinds:
                query = query.where(ENTRIES.c.kind.in_([kind.value for kind in kinds]))
            if only_trades:
                query = query.where(ENTRIES.c.is_trade == sa.true())
            size = _PAGE if left is None else min(_PAGE, left)
            with self._engine.connect() as connection:
                rows = connection.execute(query.order_by(ENTRIES.c.sequence).limit(size)).all()
            for row in rows:
                yield Logged(entry=_entry(row), recorded_at=np.datetime64(row.recorded_at, "ns"))
            if len(rows) < size:
                return
            after_sequence = rows[-1].sequence
            left = None if left is None else left - len(rows)

    def of_message(self, hedge: str, client_sequence: int) -> Logged | None:
        """The entry that a client's message made; None where it has not been taken."""
        query = sa.select(ENTRIES).where(ENTRIES.c.hedge == hedge, ENTRIES.c.client_sequence == client_sequence)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else Logged(entry=_entry(row), recorded_at=np.datetime64(row.recorded_at, "ns"))

    def last(self, hedge: str, kinds: Sequence[Kind]) -> Logged | None:
        """The newest entry of some kinds; None where there is none."""
        query = sa.select(ENTRIES).where(ENTRIES.c.hedge == hedge, ENTRIES.c.kind.in_([kind.value for kind in kinds]))
        with self._engine.connect() as connection:
            row = connection.execute(query.order_by(ENTRIES.c.sequence.desc()).limit(1)).first()
        return None if row is None else Logged(entry=_entry(row), recorded_at=np.datetime64(row.recorded_at, "ns"))

    def has_fill(self, hedge: str, fill_id: str) -> bool:
        """True where a fill of that name is in the log, however long ago."""
        query = sa.select(FILLS.c.sequence).where(FILLS.c.hedge == hedge, FILLS.c.fill_id == fill_id)
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def fills_of(self, hedge: str, order_ids: Sequence[str], *, after_sequence: int = 0) -> tuple[FillEvent, ...]:
        """Fills of orders, in the order in which they came."""
        wanted = set(order_ids)
        if not wanted:
            return ()
        events = (
            value_of(FillEvent, one.entry.event)
            for one in self.entries(hedge, kinds=(Kind.FILLED,), after_sequence=after_sequence)
        )
        return tuple(event for event in events if event.fill.order_id in wanted)

    def configuration(self, hedge: str) -> bytes | None:
        """The last configuration of a hedge as its client sent it; None where there is none."""
        query = (
            sa.select(CONFIGURATIONS.c.message)
            .where(CONFIGURATIONS.c.hedge == hedge)
            .order_by(CONFIGURATIONS.c.sequence.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def hedges(self) -> tuple[str, ...]:
        """Names of all hedges that have a log."""
        query = sa.select(ENTRIES.c.hedge).where(ENTRIES.c.sequence == 1).order_by(ENTRIES.c.hedge)
        with self._engine.connect() as connection:
            return tuple(connection.execute(query).scalars())

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begun(self) -> Any:
        return self._engine.begin()


def _settled(survives_power_loss: bool) -> Any:
    def settle(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing with NORMAL; a machine that loses power may lose the last entries.
        cursor.execute(f"PRAGMA synchronous={'FULL' if survives_power_loss else 'NORMAL'}")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.close()

    return settle


def _keep_private(database: str | None) -> None:
    """Make a new log a file that its owner alone reads, as the state beside it: it holds books and trades."""
    if database and ":" not in database:
        with contextlib.suppress(OSError):  # there already, or nowhere: opening it says so
            os.close(os.open(database, os.O_CREAT | os.O_EXCL, 0o600))


def _row(entry: Entry, recorded_at: int) -> dict[str, object]:
    trigger, reasons, is_trade, number = "", "", False, None
    if entry.decision is not None:
        decision = json.loads(entry.decision)
        trigger, number = decision["trigger"], decision["number"]
        reasons, is_trade = " ".join(decision["reasons"]), bool(decision["orders"])
    return {
        "hedge": entry.hedge,
        "sequence": entry.sequence,
        "kind": entry.kind.value,
        "as_of": _ns(entry.as_of),
        "recorded_at": recorded_at,
        "client_sequence": entry.client_sequence,
        "number": number,
        "trigger": trigger,
        "reasons": reasons,
        "is_trade": is_trade,
        "event": entry.event,
        "decision": entry.decision,
        "changes": entry.changes,
        "state_before": entry.state_before,
        "state_after": entry.state_after,
        "input_hash": entry.input_hash,
        "code_version": entry.code_version,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        hedge=row.hedge,
        sequence=row.sequence,
        kind=Kind(row.kind),
        as_of=np.datetime64(row.as_of, "ns"),
        client_sequence=row.client_sequence,
        event=row.event,
        decision=row.decision,
        changes=row.changes,
        state_before=row.state_before,
        state_after=row.state_after,
        input_hash=row.input_hash,
        code_version=row.code_version,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def _checkpoint(standing: Standing) -> dict[str, object]:
    state = "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in field_texts(standing.state).items()) + "}"
    return {
        "hedge": standing.hedge,
        "sequence": standing.sequence,
        "config": standing.config_text,
        "state": state,
        "hash": standing.last_hash,
        "client_sequence": standing.last_client_sequence,
    }


def _without_password(url: str) -> str:
    """A URL as it may stand in an error or a log; text that is no URL is said not to be one."""
    try:
        return sa.engine.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return "audit_url" if "@" in url else url


def _ns(at: np.datetime64) -> int:
    return int(at.astype("datetime64[ns]").astype(np.int64))
