"""For how long alarms that are over, and messages that were sent or given up, are kept."""

from sqlalchemy import Connection, delete, exists, select

from civicroot_backend.alarms.outbox import WAITING
from civicroot_backend.database.alarm_tables import alarm_messages, alarm_notices, alarms

KEPT_SECONDS = 730 * 86_400  # two years: a summer beside the one before; what is older, its records still show
MOST = 10_000  # of each deleted at once: it is one transaction, and the next comes within the hour


def forget_old(connection: Connection, now: int) -> None:
    """Delete what is over for longer; a message stays while an alarm that it told of does."""
    before = now - KEPT_SECONDS
    # `cleared` is the readings' own time, and they may come late.
    over = (alarms.c.cleared < before) & (alarms.c.noticed < before)
    old = select(alarms.c.id).where(over).order_by(alarms.c.id).limit(MOST)
    connection.execute(delete(alarm_notices).where(alarm_notices.c.alarm.in_(old)))
    connection.execute(delete(alarms).where(alarms.c.id.in_(old)))
    told = exists().where(alarm_notices.c.message == alarm_messages.c.id)
    done = (alarm_messages.c.state != WAITING) & (alarm_messages.c.finished < before) & ~told
    finished = select(alarm_messages.c.id).where(done).order_by(alarm_messages.c.id).limit(MOST)
    connection.execute(delete(alarm_messages).where(alarm_messages.c.id.in_(finished)))
