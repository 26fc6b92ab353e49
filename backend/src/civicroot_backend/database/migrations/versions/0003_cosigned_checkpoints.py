"""What was published with which cosignatures; beacons are found in the public store, where everybody can look."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_Count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("checkpoints", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checkpoints_beacon"))
        batch_op.drop_column("beacon")
    op.create_table(
        "publications",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("size", _Count, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["size"], ["checkpoints.size"], name=op.f("fk_publications_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
    )
    with op.batch_alter_table("publications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_publications_size"), ["size"], unique=False)
        batch_op.create_index(batch_op.f("ix_publications_met"), ["met"], unique=False)
