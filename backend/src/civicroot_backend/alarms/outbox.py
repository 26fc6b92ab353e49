"""What is to be told: written with the alarm, sent later, at least once, with one key in every attempt.

    notice ──due──▶ message (waiting) ──sent──▶ sent
      │                │      └─ failed: again later, with growing pauses ─ too often ─▶ dead
      └─ dropped: it cleared, somebody saw it, or the rule is gone, before anybody was told

What was told within the rule's quiet time is told again only at its end, and only if it is still so: a value that
dances on a limit rings once. Notices of one rule and target that are due together are one message.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from civicroot_backend.alarms.rule import Rule
from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.alarm_tables import alarm_messages, alarm_notices, alarms
from civicroot_backend.people.errors import TOO_MANY, InTheWay

Event = Literal["raised", "cleared", "test"]
State = Literal["waiting", "sent", "dead"]
RAISED: Final = "raised"
CLEARED: Final = "cleared"
TEST: Final = "test"
WAITING: Final = "waiting"
SENT: Final = "sent"
DEAD: Final = "dead"
OVER: Final = "over"  # why a notice is dropped: it cleared before anybody was told
SEEN: Final = "seen"  # somebody acknowledged it
MAX_TESTS = 3  # that wait for one target: whoever tries it wants to see one arrive
MAX_NOTICES = 500  # told of in one message; the rest comes in the next
MAX_NAMED = 20  # of them are named in it, all are counted
KEY_BYTES = 16
MAX_TROUBLE = 256


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one target. `content`: what is told, the same in every attempt."""

    id: int
    key: str
    target: int
    event: Event
    content: dict[str, Any]
    state: State
    attempts: int
    next: int | None
    trouble: str
    created: int
    finished: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """Notices that go into one message."""

    target: int
    rule: int
    event: Event
    notices: tuple[int, ...]
    alarms: tuple[int, ...]


def raised(connection: Connection, rule: Rule, about: str, alarm: int, now: int) -> None:
    """Tell the rule's targets of an alarm, after its quiet time if they were told of such a one before."""
    mine = (alarms.c.rule == rule.id) & (alarms.c.about == about) & (alarm_notices.c.event == RAISED)
    told = select(func.max(alarm_notices.c.due)).join(alarms, alarms.c.id == alarm_notices.c.alarm)
    last = connection.execute(told.where(mine, alarm_notices.c.dropped.is_(None))).scalar_one()
    due = now if last is None else max(now, last + rule.asked.quiet_seconds)
    rows = [{"alarm": alarm, "target": target, "event": RAISED, "due": due} for target in rule.asked.targets]
    if rows:
        connection.execute(insert(alarm_notices), rows)


def cleared(connection: Connection, alarm: int, now: int) -> None:
    """Whoever was told that it began is told that it is over; who was not, need not be."""
    mine = (alarm_notices.c.alarm == alarm) & (alarm_notices.c.event == RAISED)
    query = select(alarm_notices.c.target).where(mine, alarm_notices.c.message.is_not(None))
    told = list(connection.execute(query).scalars())
    drop(connection, [alarm], OVER)
    rows = [{"alarm": alarm, "target": target, "event": CLEARED, "due": now} for target in told]
    if rows:
        connection.execute(insert(alarm_notices), rows)


def drop(connection: Connection, of: Sequence[int] | Select[tuple[int]], why: str) -> None:
    """What was not told of these alarms need not be told."""
    untold = alarm_notices.c.message.is_(None) & alarm_notices.c.dropped.is_(None)
    connection.execute(update(alarm_notices).where(alarm_notices.c.alarm.in_(of), untold).values(dropped=why))


def give_up(connection: Connection, target: int, now: int) -> None:
    """Nothing goes to this target any more."""
    untold = alarm_notices.c.message.is_(None) & alarm_notices.c.dropped.is_(None)
    connection.execute(update(alarm_notices).where(alarm_notices.c.target == target, untold).values(dropped="target"))
    waiting = (alarm_messages.c.target == target) & (alarm_messages.c.state == WAITING)
    over = {"state": DEAD, "next": None, "finished": now, "trouble": "the target was removed"}
    connection.execute(update(alarm_messages).where(waiting).values(**over))


def due(connection: Connection, now: int) -> Due | None:
    """The oldest notices that are due and in no message yet, of one target, rule and event."""
    untold = alarm_notices.c.message.is_(None) & alarm_notices.c.dropped.is_(None) & (alarm_notices.c.due <= now)
    columns = (alarm_notices.c.id, alarm_notices.c.alarm, alarm_notices.c.target, alarm_notices.c.event, alarms.c.rule)
    query = select(*columns).join(alarms, alarms.c.id == alarm_notices.c.alarm).where(untold)
    first = connection.execute(query.order_by(alarm_notices.c.id).limit(1)).one_or_none()
    if first is None:
        return None
    same = (alarm_notices.c.target == first.target) & (alarm_notices.c.event == first.event)
    rows = connection.execute(
        query.where(same, alarms.c.rule == first.rule).order_by(alarm_notices.c.id).limit(MAX_NOTICES)
    ).all()
    return Due(first.target, first.rule, first.event, tuple(row.id for row in rows), tuple(row.alarm for row in rows))


def pack(connection: Connection, found: Due, content: dict[str, Any], now: int) -> None:
    """Make one message of them: from here on it is sent until it is taken, or dead."""
    message = _write(connection, found.target, found.event, content, now)
    mine = alarm_notices.c.id.in_(found.notices)
    connection.execute(update(alarm_notices).where(mine).values(message=message))


def test(act: Act, target: int, district: str, content: dict[str, Any]) -> Message:
    """A message that says that it is a test. Raises InTheWay if others of them wait."""
    mine = (alarm_messages.c.target == target) & (alarm_messages.c.event == TEST) & (alarm_messages.c.state == WAITING)
    if act.connection.execute(select(func.count()).where(mine)).scalar_one() >= MAX_TESTS:
        raise InTheWay(TOO_MANY, f"{MAX_TESTS} tests of this target wait already")
    made = _write(act.connection, target, TEST, content, act.now)
    act.record(Action.ALARM_TARGET_TESTED, f"alarm-target/{target}", district)
    return _message(act.connection.execute(select(alarm_messages).where(alarm_messages.c.id == made)).one())


def waiting(connection: Connection, now: int, each: int) -> list[Message]:
    """Of every target, those whose next attempt is due for longest. All have their turn before one has a second.

    Within a turn what is urgent goes first: a target that does not answer holds up a step by seconds.
    """
    mine = (alarm_messages.c.state == WAITING) & (alarm_messages.c.next <= now)
    longest = (alarm_messages.c.next, alarm_messages.c.id)
    turn = func.row_number().over(partition_by=alarm_messages.c.target, order_by=longest).label("turn")
    turns = select(alarm_messages.c.id, turn).where(mine).subquery()
    query = select(alarm_messages, turns.c.turn).join(turns, turns.c.id == alarm_messages.c.id)
    rows = connection.execute(query.where(turns.c.turn <= each).order_by(turns.c.turn, *longest)).all()
    found = [(row.turn, _message(row)) for row in rows]
    found.sort(key=lambda pair: (pair[0], pair[1].content.get("severity") != "urgent"))
    return [message for _, message in found]


def next_at(connection: Connection) -> int | None:
    """When something is to be done next."""
    message = select(func.min(alarm_messages.c.next)).where(alarm_messages.c.state == WAITING)
    untold = alarm_notices.c.message.is_(None) & alarm_notices.c.dropped.is_(None)
    times = [connection.execute(message).scalar_one()]
    times.append(connection.execute(select(func.min(alarm_notices.c.due)).where(untold)).scalar_one())
    return min((time for time in times if time is not None), default=None)


def taken(connection: Connection, message: Message, now: int) -> None:
    """The target has it."""
    done = {"state": SENT, "attempts": message.attempts + 1, "next": None, "finished": now, "trouble": ""}
    connection.execute(update(alarm_messages).where(alarm_messages.c.id == message.id).values(**done))


def failed(connection: Connection, message: Message, trouble: str, again: int | None, now: int) -> None:
    """The target did not take it; `again`: when to try next, None: never."""
    tried: dict[str, Any] = {"attempts": message.attempts + 1, "trouble": trouble[:MAX_TROUBLE], "next": again}
    if again is None:
        tried |= {"state": DEAD, "finished": now}
    # One that was given up meanwhile stays so.
    mine = (alarm_messages.c.id == message.id) & (alarm_messages.c.state == WAITING)
    connection.execute(update(alarm_messages).where(mine).values(**tried))


def of_target(connection: Connection, target: int, before: int | None, limit: int) -> list[Message]:
    """Messages to a target, the newest first."""
    query = select(alarm_messages).where(alarm_messages.c.target == target).order_by(alarm_messages.c.id.desc())
    if before is not None:
        query = query.where(alarm_messages.c.id < before)
    return [_message(row) for row in connection.execute(query.limit(limit))]


def untold(connection: Connection, of: Sequence[int]) -> dict[int, int]:
    """Of these alarms, those that are to be told of later, and when."""
    mine = alarm_notices.c.alarm.in_(of) & alarm_notices.c.message.is_(None) & alarm_notices.c.dropped.is_(None)
    query = select(alarm_notices.c.alarm, func.min(alarm_notices.c.due).label("due")).where(mine)
    return {row.alarm: row.due for row in connection.execute(query.group_by(alarm_notices.c.alarm))}


def counts(connection: Connection) -> dict[str, int]:
    """Messages by state."""
    query = select(alarm_messages.c.state, func.count().label("number")).group_by(alarm_messages.c.state)
    return {row.state: row.number for row in connection.execute(query)}


def _write(connection: Connection, target: int, event: Event, content: dict[str, Any], now: int) -> int:
    row = {"key": secrets.token_hex(KEY_BYTES), "target": target, "event": event, "state": WAITING, "attempts": 0}
    row |= {"content": json.dumps(content, ensure_ascii=False), "next": now, "trouble": "", "created": now}
    return int(connection.execute(insert(alarm_messages).values(**row).returning(alarm_messages.c.id)).scalar_one())


def _message(row: Row[Any]) -> Message:
    return Message(
        row.id,
        row.key,
        row.target,
        row.event,
        json.loads(row.content),
        row.state,
        row.attempts,
        row.next,
        row.trouble,
        row.created,
        row.finished,
    )
