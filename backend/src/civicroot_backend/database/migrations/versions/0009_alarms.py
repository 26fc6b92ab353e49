"""Alarms by rules: rules, states, what was raised, whom it is told to, and what became of the messages."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_Count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alarm_cursor",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_alarm_cursor")),
    )
    op.create_table(
        "alarm_rules",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("district", sa.String(length=32), nullable=False),
        sa.Column("subject_kind", sa.String(length=48), nullable=True),
        sa.Column("subject", sa.String(length=128), nullable=True),
        sa.Column("kid", sa.LargeBinary(length=8), nullable=True),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("for_seconds", sa.Integer(), nullable=False),
        sa.Column("quiet_seconds", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("primed", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["district"], ["districts.slug"], name=op.f("fk_alarm_rules_district")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_rules")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("alarm_rules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarm_rules_district_id"), ["district", "id"], unique=False)

    op.create_table(
        "alarm_targets",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("district", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=512), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["district"], ["districts.slug"], name=op.f("fk_alarm_targets_district")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_targets")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("alarm_targets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarm_targets_district_id"), ["district", "id"], unique=False)

    op.create_table(
        "alarm_messages",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("target", _Count, nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=True),
        sa.Column("trouble", sa.String(length=256), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["target"], ["alarm_targets.id"], name=op.f("fk_alarm_messages_target")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_alarm_messages_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("alarm_messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarm_messages_state_next"), ["state", "next"], unique=False)
        batch_op.create_index(batch_op.f("ix_alarm_messages_target_id"), ["target", "id"], unique=False)

    op.create_table(
        "alarm_rule_targets",
        sa.Column("rule", _Count, autoincrement=False, nullable=False),
        sa.Column("target", _Count, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["rule"], ["alarm_rules.id"], name=op.f("fk_alarm_rule_targets_rule")),
        sa.ForeignKeyConstraint(["target"], ["alarm_targets.id"], name=op.f("fk_alarm_rule_targets_target")),
        sa.PrimaryKeyConstraint("rule", "target", name=op.f("pk_alarm_rule_targets")),
    )
    with op.batch_alter_table("alarm_rule_targets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarm_rule_targets_target"), ["target"], unique=False)

    op.create_table(
        "alarm_states",
        sa.Column("rule", _Count, autoincrement=False, nullable=False),
        sa.Column("kid", sa.LargeBinary(length=8), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wakes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["rule"], ["alarm_rules.id"], name=op.f("fk_alarm_states_rule")),
        sa.PrimaryKeyConstraint("rule", "kid", name=op.f("pk_alarm_states")),
    )
    with op.batch_alter_table("alarm_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarm_states_wakes"), ["wakes"], unique=False)

    op.create_table(
        "alarms",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("rule", _Count, nullable=False),
        sa.Column("about", sa.String(length=128), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("kid", sa.LargeBinary(length=8), nullable=True),
        sa.Column("district", sa.String(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("raised", sa.BigInteger(), nullable=False),
        sa.Column("noticed", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.String(length=128), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("cleared", sa.BigInteger(), nullable=True),
        sa.Column("cleared_why", sa.String(length=16), nullable=True),
        sa.Column("cleared_number", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_name", sa.String(length=96), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["rule"], ["alarm_rules.id"], name=op.f("fk_alarms_rule")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("alarms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarms_cleared_id"), ["cleared", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_alarms_district_id"), ["district", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_alarms_rule_about_cleared"), ["rule", "about", "cleared"], unique=False)

    op.create_table(
        "alarm_notices",
        sa.Column("id", _Count, autoincrement=True, nullable=False),
        sa.Column("alarm", _Count, nullable=False),
        sa.Column("target", _Count, nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("message", _Count, nullable=True),
        sa.Column("dropped", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["alarm"], ["alarms.id"], name=op.f("fk_alarm_notices_alarm")),
        sa.ForeignKeyConstraint(["message"], ["alarm_messages.id"], name=op.f("fk_alarm_notices_message")),
        sa.ForeignKeyConstraint(["target"], ["alarm_targets.id"], name=op.f("fk_alarm_notices_target")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_notices")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("alarm_notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarm_notices_alarm"), ["alarm"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_alarm_notices_message_dropped_due"), ["message", "dropped", "due"], unique=False
        )
