"""The tables of alarms. Times are Unix seconds of this backend's clock, unless they say that they are the data's.

    alarm_rules >──< alarm_targets   by alarm_rule_targets: whom a rule tells
      ├──< alarm_states              where a rule stands for a device, if it is not quiet
      └──< alarms                    what was raised, acknowledged and cleared
             └──< alarm_notices      that a target is to be told, and why it was not
    alarm_messages ──< alarm_notices the message that tells some of them, and what became of it
    alarm_cursor                     up to where records were judged

An alarm, its notices, the states and the cursor are written in one transaction: nothing is told that was not raised,
and nothing raised is forgotten to be told.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from civicroot_backend.database.tables import metadata

_Count = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's row number


def _id() -> Column[int]:
    return Column("id", _Count, primary_key=True, autoincrement=True)


alarm_rules = Table(
    "alarm_rules",
    metadata,
    _id(),
    Column("name", String(96), nullable=False),
    Column("kind", String(16), nullable=False),  # alarms/condition.py
    Column("parameters", Text, nullable=False),  # JSON
    Column("district", String(32), ForeignKey("districts.slug"), nullable=False),
    Column("subject_kind", String(48)),
    Column("subject", String(128)),
    Column("kid", LargeBinary(8)),
    Column("severity", String(16), nullable=False),
    Column("for_seconds", Integer, nullable=False),
    Column("quiet_seconds", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("primed", Integer, nullable=False),  # the version whose states are there
    Column("created", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("removed", BigInteger),
    Index(None, "district", "id"),
    sqlite_autoincrement=True,
)

alarm_targets = Table(
    "alarm_targets",
    metadata,
    _id(),
    Column("name", String(96), nullable=False),
    Column("district", String(32), ForeignKey("districts.slug"), nullable=False),
    Column("kind", String(16), nullable=False),  # email, webhook
    Column("address", String(512), nullable=False),
    Column("secret", LargeBinary(32)),  # of a webhook; its owner was shown it once
    Column("language", String(8), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("removed", BigInteger),
    Index(None, "district", "id"),
    sqlite_autoincrement=True,
)

alarm_rule_targets = Table(
    "alarm_rule_targets",
    metadata,
    Column("rule", _Count, ForeignKey(alarm_rules.c.id), primary_key=True, autoincrement=False),
    Column("target", _Count, ForeignKey(alarm_targets.c.id), primary_key=True, autoincrement=False),
    Index(None, "target"),
)

alarm_states = Table(
    "alarm_states",
    metadata,
    Column("rule", _Count, ForeignKey(alarm_rules.c.id), primary_key=True, autoincrement=False),
    Column("kid", LargeBinary(8), primary_key=True),
    Column("subject", String(128), nullable=False),
    Column("state", Text, nullable=False),  # JSON of alarms/machine.py State
    Column("wakes", BigInteger),  # when time alone changes it
    Index(None, "wakes"),
)

alarms = Table(
    "alarms",
    metadata,
    _id(),
    Column("rule", _Count, ForeignKey(alarm_rules.c.id), nullable=False),
    Column("about", String(128), nullable=False),  # kid in hexadecimal, or what of the city
    Column("subject", String(128), nullable=False),
    Column("kid", LargeBinary(8)),
    Column("district", String(32), nullable=False),  # of the subject
    Column("since", BigInteger, nullable=False),  # the data's: bad since then
    Column("raised", BigInteger, nullable=False),  # the data's: and for long enough
    Column("noticed", BigInteger, nullable=False),
    Column("value", String(128), nullable=False),
    Column("number", BigInteger),  # seq of the record, or log index, that shows it
    Column("cleared", BigInteger),  # the data's
    Column("cleared_why", String(16)),  # alarms/raised.py
    Column("cleared_number", BigInteger),
    Column("acknowledged", BigInteger),
    Column("acknowledged_by", BigInteger),  # account
    Column("acknowledged_name", String(96)),  # its login, as it was then
    Column("note", String(500)),
    Index(None, "rule", "about", "cleared"),
    Index(None, "district", "id"),
    Index(None, "cleared", "id"),
    sqlite_autoincrement=True,
)

alarm_messages = Table(
    "alarm_messages",
    metadata,
    _id(),
    Column("key", String(32), nullable=False, unique=True),  # the same in every attempt
    Column("target", _Count, ForeignKey(alarm_targets.c.id), nullable=False),
    Column("event", String(16), nullable=False),  # raised, cleared, test
    Column("content", Text, nullable=False),  # JSON, as it is told
    Column("state", String(16), nullable=False),  # waiting, sent, dead
    Column("attempts", Integer, nullable=False),
    Column("next", BigInteger),  # when it is tried (again)
    Column("trouble", String(256), nullable=False),  # of the last attempt
    Column("created", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Index(None, "state", "next"),
    Index(None, "target", "id"),
    sqlite_autoincrement=True,
)

alarm_notices = Table(
    "alarm_notices",
    metadata,
    _id(),
    Column("alarm", _Count, ForeignKey(alarms.c.id), nullable=False),
    Column("target", _Count, ForeignKey(alarm_targets.c.id), nullable=False),
    Column("event", String(16), nullable=False),  # raised, cleared
    Column("due", BigInteger, nullable=False),
    Column("message", _Count, ForeignKey(alarm_messages.c.id)),  # NULL: not told yet
    Column("dropped", String(16)),  # why it need not be told any more
    Index(None, "message", "dropped", "due"),
    Index(None, "alarm"),
    sqlite_autoincrement=True,
)

alarm_cursor = Table(
    "alarm_cursor",
    metadata,
    Column("name", String(16), primary_key=True),  # records: position; batches: log index of a judged one
    Column("position", BigInteger, nullable=False),
)
