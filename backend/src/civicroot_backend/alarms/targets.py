"""Whom rules tell: a mailbox, or another program's address (webhook)."""

import secrets
from dataclasses import dataclass, fields
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from civicroot_backend.alarms import outbox
from civicroot_backend.alarms.address import origin_of
from civicroot_backend.alarms.errors import UnfitRule
from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.alarm_tables import alarm_rule_targets, alarm_targets
from civicroot_backend.people.districts import require as require_district
from civicroot_backend.people.errors import TOO_MANY, InTheWay, NotThere
from civicroot_backend.people.names import shown
from civicroot_backend.people.roles import CITY

Way = Literal["email", "webhook"]
Language = Literal["en", "ko", "zh"]
SECRET_BYTES = 32  # Standard Webhooks asks for 24 to 64
MOST = 100
MAX_ADDRESS = 512


@dataclass(frozen=True, slots=True)
class Target:
    """`secret`: of a webhook, to sign with; `shown_address`: for those who do not decide whom it tells."""

    id: int
    name: str
    district: str
    kind: Way
    address: str
    secret: bytes | None
    language: Language
    created: int

    @property
    def shown_address(self) -> str:
        """A mailbox; of a webhook where it is, since whoever knows more may send there, too."""
        return origin_of(self.address) if self.kind == "webhook" else self.address


_COLUMNS = [alarm_targets.c[field.name] for field in fields(Target)]
_inforce = alarm_targets.c.removed.is_(None)


def add(act: Act, district: str, name: str, kind: Way, address: str, language: Language) -> Target:
    """A new one; the address was looked at by mail.py or address.py. Raises NotThere, InTheWay, Unfit."""
    require_district(act.connection, district)
    if len(address) > MAX_ADDRESS:
        raise UnfitRule(f"an address has at most {MAX_ADDRESS} characters")
    if act.connection.execute(select(func.count()).select_from(alarm_targets).where(_inforce)).scalar_one() >= MOST:
        raise InTheWay(TOO_MANY, f"a city has at most {MOST} targets")
    secret = secrets.token_bytes(SECRET_BYTES) if kind == "webhook" else None
    row = {"name": shown(name), "district": district, "kind": kind, "address": address, "language": language}
    query = insert(alarm_targets).values(**row, secret=secret, created=act.now).returning(alarm_targets.c.id)
    made = act.connection.execute(query).scalar_one()
    target = require(act.connection, district, made)
    said = {"kind": kind, "address": target.shown_address}
    act.record(Action.ALARM_TARGET_ADDED, f"alarm-target/{made}", district, **said)
    return target


def remove(act: Act, district: str, target: int) -> None:
    """Nobody tells it anything any more. Raises NotThere."""
    found = require(act.connection, district, target)
    act.connection.execute(delete(alarm_rule_targets).where(alarm_rule_targets.c.target == target))
    act.connection.execute(update(alarm_targets).where(alarm_targets.c.id == target).values(removed=act.now))
    outbox.give_up(act.connection, target, act.now)
    act.record(Action.ALARM_TARGET_REMOVED, f"alarm-target/{target}", found.district)


def require(connection: Connection, district: str, target: int) -> Target:
    """The target, under its own district or the city. Raises NotThere."""
    row = connection.execute(select(*_COLUMNS).where(alarm_targets.c.id == target, _inforce)).one_or_none()
    if row is None or district not in (CITY, row.district):
        raise NotThere(f"there is no alarm target {target} in {district}")
    return _target(row)


def listed(connection: Connection, district: str | None) -> list[Target]:
    """In the order in which they were added; of one district, or all."""
    query = select(*_COLUMNS).where(_inforce).order_by(alarm_targets.c.id)
    if district is not None:
        query = query.where(alarm_targets.c.district == district)
    return [_target(row) for row in connection.execute(query)]


def _target(row: Row[Any]) -> Target:
    return Target(*tuple(row))
