"""Statements, revocations, status lists, thinned numbers, and what pruning needs.

What these tables say of entries and records that were there before is read from their exact bytes.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from civicroot_wire import claims, enrolment, record

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CHUNK = 1000  # rows that are held in memory at once
_Count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_statements()
    _create_tables_of_kinds()
    _create_ranges()
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_log_entries_kind_index"), ["kind", "index"], unique=False)
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status_index", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("status_uri", sa.String(length=128), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_enrolments_status_uri_status_index"), ["status_uri", "status_index"], unique=False
        )
    with op.batch_alter_table("dispositions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispositions_kid_seq"), ["kid", "seq"], unique=False)
    # SQLite copies the table; a position is still never used twice.
    with op.batch_alter_table("records", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.alter_column("encoded", existing_type=sa.LargeBinary(), nullable=True)
    _read_enrolments(op.get_bind())
    _read_thinned(op.get_bind())


def _create_statements() -> None:
    op.create_table(
        "statements",
        sa.Column("log_index", _Count, autoincrement=False, nullable=False),
        sa.Column("kid", sa.LargeBinary(length=8), nullable=False),
        sa.Column("issuer", sa.String(length=128), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("typ", sa.String(length=128), nullable=False),
        sa.Column("content_type", sa.String(length=128), nullable=True),
        sa.Column("detached", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["log_index"], ["log_entries.index"], name=op.f("fk_statements_log_index")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_statements")),
    )
    with op.batch_alter_table("statements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statements_subject_log_index"), ["subject", "log_index"], unique=False)


def _create_tables_of_kinds() -> None:
    op.create_table(
        "revocations",
        sa.Column("log_index", _Count, autoincrement=False, nullable=False),
        sa.Column("kid", sa.LargeBinary(length=8), nullable=False),
        sa.Column("thumbprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=True),
        sa.Column("successor", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["log_index"], ["log_entries.index"], name=op.f("fk_revocations_log_index")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_revocations")),
        sa.UniqueConstraint("kid", name=op.f("uq_revocations_kid")),
    )
    op.create_table(
        "status_lists",
        sa.Column("log_index", _Count, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=128), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["log_index"], ["log_entries.index"], name=op.f("fk_status_lists_log_index")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_status_lists")),
    )
    with op.batch_alter_table("status_lists", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_status_lists_uri_log_index"), ["uri", "log_index"], unique=False)
    op.create_table(
        "prunings",
        sa.Column("log_index", _Count, autoincrement=False, nullable=False),
        sa.Column("first", _Count, nullable=False),
        sa.Column("end", _Count, nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["log_index"], ["log_entries.index"], name=op.f("fk_prunings_log_index")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_prunings")),
    )


def _create_ranges() -> None:
    op.create_table(
        "pruned",
        sa.Column("log_index", _Count, autoincrement=False, nullable=False),
        sa.Column("kid", sa.LargeBinary(length=8), nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["log_index"], ["prunings.log_index"], name=op.f("fk_pruned_log_index")),
        sa.PrimaryKeyConstraint("log_index", "kid", "first", name=op.f("pk_pruned")),
    )
    with op.batch_alter_table("pruned", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pruned_kid_first"), ["kid", "first"], unique=False)
    op.create_table(
        "thinned",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("kid", sa.LargeBinary(length=8), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thinned")),
    )
    with op.batch_alter_table("thinned", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_thinned_kid_first"), ["kid", "first"], unique=False)


# The tables as this migration leaves them: tables.py may have moved on.
_log_entries = sa.table(
    "log_entries", sa.column("index", _Count), sa.column("kind", sa.String), sa.column("entry", sa.LargeBinary)
)
_records = sa.table(
    "records", sa.column("position", _Count), sa.column("kid", sa.LargeBinary), sa.column("encoded", sa.LargeBinary)
)
_enrolments = sa.table(
    "enrolments",
    sa.column("log_index", _Count),
    sa.column("status_index", sa.BigInteger),
    sa.column("status_uri", sa.String),
)
_statements = sa.table(
    "statements",
    sa.column("log_index", _Count),
    sa.column("kid", sa.LargeBinary),
    sa.column("issuer", sa.String),
    sa.column("subject", sa.String),
    sa.column("typ", sa.String),
    sa.column("content_type", sa.String),
    sa.column("detached", sa.Boolean),
)
_thinned = sa.table(
    "thinned", sa.column("kid", sa.LargeBinary), sa.column("first", sa.BigInteger), sa.column("last", sa.BigInteger)
)


def _read_enrolments(connection: sa.Connection) -> None:
    columns = (_log_entries.c.index.label("log_index"), _log_entries.c.entry)
    query = sa.select(*columns).where(_log_entries.c.kind == "enrolment")
    for rows in _chunks(connection, query, _log_entries.c.index):
        connection.execute(sa.insert(_statements), [_statement(row.log_index, row.entry) for row in rows])
        for row in rows:
            status = enrolment.decode(row.entry).status
            if status is not None:
                mine = sa.update(_enrolments).where(_enrolments.c.log_index == row.log_index)
                connection.execute(mine.values(status_index=status[0], status_uri=status[1]))


def _statement(log_index: int, entry: bytes) -> dict[str, Any]:
    message, about = claims.decode_typ(entry, claims.ENROLMENT_TYP)
    return {
        "log_index": log_index,
        "kid": message.kid,
        "issuer": about.issuer,
        "subject": about.subject,
        "typ": about.typ,
        "content_type": None,
        "detached": False,
    }


def _read_thinned(connection: sa.Connection) -> None:
    query = sa.select(_records.c.position, _records.c.kid, _records.c.encoded)
    for rows in _chunks(connection, query, _records.c.position):
        found = [
            {"kid": row.kid, "first": first, "last": last}
            for row in rows
            for first, last in record.decode(row.encoded).sequence.thinned
        ]
        if found:
            connection.execute(sa.insert(_thinned), found)


def _chunks(
    connection: sa.Connection, query: sa.Select[Any], key: sa.ColumnElement[int]
) -> Iterator[list[sa.Row[Any]]]:
    """The rows in groups, by ascending `key`, their first column."""
    after = -1
    while rows := list(connection.execute(query.where(key > after).order_by(key).limit(CHUNK)).all()):
        yield rows
        after = rows[-1][0]
