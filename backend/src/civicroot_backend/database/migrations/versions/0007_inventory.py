"""What the city says of its bins and trees, and what citizens report."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_Count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "inventories",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("imported", sa.BigInteger(), nullable=False),
        sa.Column("log_index", _Count, nullable=True),
        sa.ForeignKeyConstraint(["log_index"], ["log_entries.index"], name=op.f("fk_inventories_log_index")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventories")),
    )
    with op.batch_alter_table("inventories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inventories_sha256_kind"), ["sha256", "kind"], unique=False)
    op.create_table(
        "subject_properties",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("inventory", _Count, nullable=False),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("replaced", _Count, nullable=True),
        sa.ForeignKeyConstraint(["inventory"], ["inventories.id"], name=op.f("fk_subject_properties_inventory")),
        sa.ForeignKeyConstraint(["replaced"], ["inventories.id"], name=op.f("fk_subject_properties_replaced")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_properties")),
    )
    with op.batch_alter_table("subject_properties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subject_properties_subject_id"), ["subject", "id"], unique=False)
        columns = ["kind", "replaced", "latitude"]
        batch_op.create_index(batch_op.f("ix_subject_properties_kind_replaced_latitude"), columns, unique=False)
    op.create_table(
        "reports",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("token", sa.LargeBinary(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("district", sa.String(length=96), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("name", name=op.f("uq_reports_name")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reports_subject_id"), ["subject", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reports_district_id"), ["district", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reports_received"), ["received"], unique=False)
    op.create_table(
        "report_photos",
        sa.Column("report", _Count, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["report"], ["reports.id"], name=op.f("fk_report_photos_report")),
        sa.PrimaryKeyConstraint("report", name=op.f("pk_report_photos")),
    )
    # Devices near a place: bins are looked for by where they were enrolled, and whether they are there still.
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolments_latitude"), ["latitude"], unique=False)
        batch_op.drop_index(batch_op.f("ix_enrolments_subject_log_index"))
        columns = ["subject", "role", "log_index"]
        batch_op.create_index(batch_op.f("ix_enrolments_subject_role_log_index"), columns, unique=False)
