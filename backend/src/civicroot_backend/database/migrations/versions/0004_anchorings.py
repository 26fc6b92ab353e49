"""What became of fixing checkpoints outside the city."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_Count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "anchorings",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("size", _Count, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("detail", sa.String(length=256), nullable=False),
        sa.Column("submitted", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=True),
        sa.Column("time", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["size"], ["checkpoints.size"], name=op.f("fk_anchorings_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchorings")),
    )
    with op.batch_alter_table("anchorings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_anchorings_name_state_size"), ["name", "state", "size"], unique=False)
