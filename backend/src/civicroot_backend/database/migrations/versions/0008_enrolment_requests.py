"""What crews ask the registrar for, until the desk has signed it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_Count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "enrolment_requests",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("district", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("kid", sa.LargeBinary(length=8), nullable=False),
        sa.Column("public", sa.LargeBinary(length=32), nullable=False),
        sa.Column("possession", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(length=96), nullable=True),
        sa.Column("latitude", sa.String(length=20), nullable=True),
        sa.Column("longitude", sa.String(length=20), nullable=True),
        sa.Column("model", sa.String(length=32), nullable=True),
        sa.Column("asset", sa.String(length=24), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("account", _Count, nullable=False),
        sa.Column("requested", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["district"], ["districts.slug"], name=op.f("fk_enrolment_requests_district")),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_enrolment_requests_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_requests")),
        sa.UniqueConstraint("name", name=op.f("uq_enrolment_requests_name")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("enrolment_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_requests_district_id"), ["district", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolment_requests_kid"), ["kid"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolment_requests_subject"), ["subject"], unique=False)
