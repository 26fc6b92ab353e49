"""What crews did at bins and trees, and which citizens' reports that closed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_Count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _visits()
    _versions()
    op.create_table(
        "visit_photos",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("visit", _Count, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["visit"], ["visits.id"], name=op.f("fk_visit_photos_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_photos")),
        sa.UniqueConstraint("name", name=op.f("uq_visit_photos_name")),
        sqlite_autoincrement=True,
    )
    _index("visit_photos", "visit", "id")
    _index("visit_photos", "received")
    op.create_table(
        "mended_reports",
        sa.Column("report", _Count, autoincrement=False, nullable=False),
        sa.Column("visit", _Count, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["report"], ["reports.id"], name=op.f("fk_mended_reports_report"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["visit"], ["visits.id"], name=op.f("fk_mended_reports_visit")),
        sa.PrimaryKeyConstraint("report", name=op.f("pk_mended_reports")),
    )
    _index("mended_reports", "visit")


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("district", sa.String(length=32), nullable=False),
        sa.Column("account", _Count, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_visits_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("name", name=op.f("uq_visits_name")),
        sqlite_autoincrement=True,
    )
    _index("visits", "subject", "id")
    _index("visits", "district", "id")


def _versions() -> None:
    op.create_table(
        "visit_versions",
        sa.Column("revision", _Count, autoincrement=True, nullable=False),
        sa.Column("visit", _Count, nullable=False),
        sa.Column("entry", sa.String(length=32), nullable=False),
        sa.Column("account", _Count, nullable=False),
        sa.Column("author", sa.String(length=96), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("care", sa.String(length=96), nullable=False),
        sa.Column("care_note", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("log_index", _Count, nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_visit_versions_account")),
        sa.ForeignKeyConstraint(["log_index"], ["log_entries.index"], name=op.f("fk_visit_versions_log_index")),
        sa.ForeignKeyConstraint(["visit"], ["visits.id"], name=op.f("fk_visit_versions_visit")),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_visit_versions")),
        sa.UniqueConstraint("entry", name=op.f("uq_visit_versions_entry")),
        sqlite_autoincrement=True,
    )
    _index("visit_versions", "visit", "revision")


def _index(table: str, *columns: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_index(batch_op.f(f"ix_{table}_{'_'.join(columns)}"), list(columns), unique=False)
