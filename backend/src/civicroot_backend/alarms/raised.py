"""Alarms that were raised: by a rule, about something, once at a time; acknowledged by somebody, cleared by data."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from civicroot_backend.alarms import outbox
from civicroot_backend.alarms.condition import LATCHED
from civicroot_backend.alarms.machine import Cleared, Raised
from civicroot_backend.alarms.rule import Rule
from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.alarm_tables import alarm_rules, alarm_states, alarms
from civicroot_backend.people.errors import TAKEN, InTheWay, NotThere
from civicroot_backend.people.roles import CITY

# Why an alarm is over.
GOOD: Final = "good"
ACKNOWLEDGED: Final = "acknowledged"  # of what nothing makes good again
WITHDRAWN: Final = "withdrawn"  # the device's key was
CHANGED: Final = "rule-changed"
REMOVED: Final = "rule-removed"
OUT_OF_SCOPE: Final = "out-of-scope"  # the device is where its rule no longer looks
MAX_NOTE = 500
MAX_VALUE = 128


@dataclass(frozen=True, slots=True)
class About:
    """What an alarm is about. `key`: the device's kid in hexadecimal, or what of the city; `district`: where it is."""

    key: str
    subject: str
    kid: bytes | None
    district: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """See the table."""

    id: int
    rule: int
    about: str
    subject: str
    kid: bytes | None
    district: str
    since: int
    raised: int
    noticed: int
    value: str
    number: int | None
    cleared: int | None
    cleared_why: str | None
    cleared_number: int | None
    acknowledged: int | None
    acknowledged_by: int | None
    acknowledged_name: str | None
    note: str | None

    @property
    def open(self) -> bool:
        """Whether it is so now."""
        return self.cleared is None


_COLUMNS = [alarms.c[field.name] for field in fields(Alarm)]
_open = alarms.c.cleared.is_(None)


def begin(connection: Connection, rule: Rule, about: About, change: Raised, now: int) -> int | None:
    """It is raised, and its targets are to be told; None if it is open already."""
    if find_open(connection, rule.id, about.key) is not None:
        return None
    row = {"rule": rule.id, "about": about.key, "subject": about.subject, "kid": about.kid, "district": about.district}
    row |= {"since": change.since, "raised": change.time, "noticed": now, "number": change.number}
    query = insert(alarms).values(**row, value=change.value[:MAX_VALUE]).returning(alarms.c.id)
    made = int(connection.execute(query).scalar_one())
    outbox.raised(connection, rule, about.key, made, now)
    return made


def end(connection: Connection, rule: int, key: str, change: Cleared, now: int, why: str = GOOD) -> int | None:
    """It is over; None if none is open."""
    found = find_open(connection, rule, key)
    if found is None:
        return None
    over = {"cleared": change.time, "cleared_why": why, "cleared_number": change.number}
    connection.execute(update(alarms).where(alarms.c.id == found.id).values(**over))
    outbox.cleared(connection, found.id, now)
    return found.id


def end_all(connection: Connection, rule: int, now: int, why: str) -> None:
    """All of a rule are over because the rule is; nobody is told."""
    mine = (alarms.c.rule == rule) & _open
    outbox.drop(connection, select(alarms.c.id).where(mine), why)
    connection.execute(update(alarms).where(mine).values(cleared=now, cleared_why=why))


def acknowledge(act: Act, district: str, alarm: int, note: str) -> Alarm:
    """Somebody has seen it. What nothing makes good again is over by that. Raises NotThere, InTheWay, Unfit."""
    found = require(act.connection, district, alarm)
    if found.acknowledged is not None:
        raise InTheWay(TAKEN, f"alarm {alarm} was acknowledged by {found.acknowledged_name} already")
    seen: dict[str, Any] = {"acknowledged": act.now, "acknowledged_by": act.actor.account}
    seen |= {"acknowledged_name": act.actor.name, "note": note.strip()[:MAX_NOTE]}
    kind = act.connection.execute(select(alarm_rules.c.kind).where(alarm_rules.c.id == found.rule)).scalar_one()
    if kind in LATCHED and found.open:
        seen |= {"cleared": act.now, "cleared_why": ACKNOWLEDGED}
        mine = (alarm_states.c.rule == found.rule) & (alarm_states.c.kid == found.kid)
        act.connection.execute(delete(alarm_states).where(mine))
    act.connection.execute(update(alarms).where(alarms.c.id == alarm).values(**seen))
    outbox.drop(act.connection, [alarm], outbox.SEEN)
    act.record(Action.ALARM_ACKNOWLEDGED, f"alarm/{alarm}", found.district, subject=found.subject, note=seen["note"])
    return require(act.connection, district, alarm)


def require(connection: Connection, district: str, alarm: int) -> Alarm:
    """An alarm of the district; `city` has all. Raises NotThere."""
    row = connection.execute(select(*_COLUMNS).where(alarms.c.id == alarm)).one_or_none()
    if row is None or district not in (CITY, row.district):
        raise NotThere(f"there is no alarm {alarm} in {district}")
    return _alarm(row)


def find_open(connection: Connection, rule: int, key: str) -> Alarm | None:
    """The one that is open."""
    mine = (alarms.c.rule == rule) & (alarms.c.about == key) & _open
    row = connection.execute(select(*_COLUMNS).where(mine)).one_or_none()
    return None if row is None else _alarm(row)


def open_of(connection: Connection, rule: int) -> dict[str, Alarm]:
    """Those of a rule that are open, by what they are about."""
    rows = connection.execute(select(*_COLUMNS).where(alarms.c.rule == rule, _open))
    return {row.about: _alarm(row) for row in rows}


def open_devices(connection: Connection) -> list[Alarm]:
    """All that are open and about a device."""
    return [_alarm(row) for row in connection.execute(select(*_COLUMNS).where(_open, alarms.c.kid.is_not(None)))]


def listed(
    connection: Connection, district: str | None, only_open: bool | None, before: int | None, limit: int
) -> list[Alarm]:
    """The newest first; of one district or all, open or over or both."""
    query = select(*_COLUMNS).order_by(alarms.c.id.desc()).limit(limit)
    for wanted in _where(district, only_open):
        query = query.where(wanted)
    if before is not None:
        query = query.where(alarms.c.id < before)
    return [_alarm(row) for row in connection.execute(query)]


def count(connection: Connection, district: str | None, only_open: bool | None = True) -> int:
    """How many there are."""
    return connection.execute(select(func.count()).select_from(alarms).where(*_where(district, only_open))).scalar_one()


def _where(district: str | None, only_open: bool | None) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if district is not None:
        found.append(alarms.c.district == district)
    if only_open is not None:
        found.append(_open if only_open else ~_open)
    return found


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(*tuple(row))
