"""Tables of the audit log, and what keeps them append-only."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

METADATA = sa.MetaData()

ENTRIES = sa.Table(
    "audit_entries",
    METADATA,
    sa.Column("hedge", sa.String(200), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("as_of", sa.BigInteger, nullable=False),  # nanoseconds since 1970, UTC
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("client_sequence", sa.BigInteger),
    sa.Column("number", sa.BigInteger),  # of the decision
    sa.Column("trigger", sa.String(64), nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("is_trade", sa.Boolean, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("decision", sa.Text),
    sa.Column("changes", sa.Text, nullable=False),
    sa.Column("state_before", sa.String(64), nullable=False),
    sa.Column("state_after", sa.String(64), nullable=False),
    sa.Column("input_hash", sa.String(64), nullable=False),
    sa.Column("code_version", sa.String(64), nullable=False),
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.UniqueConstraint("hedge", "client_sequence"),
    sa.Index("audit_entries_by_time", "hedge", "as_of", "sequence"),
)

FILLS = sa.Table(
    "audit_fills",
    METADATA,
    sa.Column("hedge", sa.String(200), primary_key=True),
    sa.Column("fill_id", sa.String(200), primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)

CHECKPOINTS = sa.Table(
    "audit_checkpoints",
    METADATA,
    sa.Column("hedge", sa.String(200), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("config", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("client_sequence", sa.BigInteger, nullable=False),
)

CONFIGURATIONS = sa.Table(
    "audit_configurations",
    METADATA,
    sa.Column("hedge", sa.String(200), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("message", sa.LargeBinary, nullable=False),  # HedgeConfiguration as it was sent
)

_SQLITE = """CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"""

_POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"""
_POSTGRES = """CREATE OR REPLACE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
FOR EACH ROW EXECUTE FUNCTION audit_refuse()"""


def keep_append_only(engine: Engine) -> None:
    """Triggers that refuse to change or delete what was written; the hash chain shows who removed them."""
    name = engine.dialect.name
    statements = {"sqlite": _SQLITE, "postgresql": _POSTGRES}.get(name)
    if statements is None:
        return
    with engine.begin() as connection:
        if name == "postgresql":
            connection.execute(sa.text(_POSTGRES_FUNCTION))
        for table in (ENTRIES.name, FILLS.name, CHECKPOINTS.name, CONFIGURATIONS.name):
            for verb in ("UPDATE", "DELETE"):
                connection.execute(sa.text(statements.format(table=table, verb=verb)))
