"""Rules in the database. Who changes one says of which version (If-Match): two people do not undo each other's work."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from civicroot_backend.alarms import raised
from civicroot_backend.alarms.errors import Changed, UnfitRule
from civicroot_backend.alarms.rule import Asked, Rule, Scope
from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.alarm_tables import alarm_rule_targets, alarm_rules, alarm_states, alarm_targets
from civicroot_backend.people.districts import require as require_district
from civicroot_backend.people.errors import TOO_MANY, InTheWay, NotThere
from civicroot_backend.people.roles import CITY

MOST = 200  # rules of a city: every record is judged by all that are about it
FIRST_VERSION, UNPRIMED = 1, 0

_inforce = alarm_rules.c.removed.is_(None)


def add(act: Act, asked: Asked) -> Rule:
    """A new rule. Raises UnfitRule, Unfit, NotThere, InTheWay."""
    require_district(act.connection, asked.scope.district)
    wanted = asked.checked()
    if act.connection.execute(select(func.count()).select_from(alarm_rules).where(_inforce)).scalar_one() >= MOST:
        raise InTheWay(TOO_MANY, f"a city has at most {MOST} rules")
    row = _row_of(wanted) | {"version": FIRST_VERSION, "primed": UNPRIMED, "created": act.now, "changed": act.now}
    made = act.connection.execute(insert(alarm_rules).values(**row).returning(alarm_rules.c.id)).scalar_one()
    _put_targets(act.connection, made, wanted)
    act.record(Action.ALARM_RULE_ADDED, f"alarm-rule/{made}", wanted.scope.district, rule=_said(wanted))
    return require(act.connection, wanted.scope.district, made)


def change(act: Act, rule: int, version: int, asked: Asked) -> Rule:
    """Put another in its place: what it raised is over, and it begins anew. Raises as `add`, and Changed."""
    before = _of_version(act.connection, asked.scope.district, rule, version)
    wanted = asked.checked()
    row = _row_of(wanted) | {"version": before.version + 1, "changed": act.now}
    act.connection.execute(update(alarm_rules).where(alarm_rules.c.id == rule).values(**row))
    _put_targets(act.connection, rule, wanted)
    _forget(act, rule, raised.CHANGED)
    said = {"before": _said(before.asked), "after": _said(wanted)}
    act.record(Action.ALARM_RULE_CHANGED, f"alarm-rule/{rule}", wanted.scope.district, **said)
    return require(act.connection, wanted.scope.district, rule)


def remove(act: Act, district: str, rule: int, version: int) -> None:
    """It judges no more; what it raised stays on the list. Raises NotThere, Changed."""
    _of_version(act.connection, district, rule, version)
    act.connection.execute(update(alarm_rules).where(alarm_rules.c.id == rule).values(removed=act.now))
    _forget(act, rule, raised.REMOVED)
    act.record(Action.ALARM_RULE_REMOVED, f"alarm-rule/{rule}", district)


def require(connection: Connection, district: str, rule: int) -> Rule:
    """The rule, under the district that it belongs to, or under the whole city. Raises NotThere."""
    row = connection.execute(select(alarm_rules).where(alarm_rules.c.id == rule, _inforce)).one_or_none()
    if row is None or district not in (CITY, row.district):
        raise NotThere(f"there is no alarm rule {rule} in {district}")
    return _rules(connection, [row])[0]


def listed(connection: Connection, district: str | None, after: int | None, limit: int) -> list[Rule]:
    """In the order in which they were added; of one district, or all."""
    query = select(alarm_rules).where(_inforce, alarm_rules.c.id > (after or 0)).order_by(alarm_rules.c.id)
    if district is not None:
        query = query.where(alarm_rules.c.district == district)
    return _rules(connection, connection.execute(query.limit(limit)).all())


def enabled(connection: Connection) -> list[Rule]:
    """All that judge."""
    query = select(alarm_rules).where(_inforce, alarm_rules.c.enabled).order_by(alarm_rules.c.id)
    return _rules(connection, connection.execute(query).all())


def prime(connection: Connection, rule: Rule) -> None:
    """The states of this version are there."""
    query = update(alarm_rules).where(alarm_rules.c.id == rule.id, alarm_rules.c.version == rule.version)
    connection.execute(query.values(primed=rule.version))


def names_of(connection: Connection, rules: Sequence[int]) -> dict[int, Any]:
    """Name, kind and severity, also of those that were removed."""
    columns = (alarm_rules.c.id, alarm_rules.c.name, alarm_rules.c.kind, alarm_rules.c.severity)
    return {row.id: row for row in connection.execute(select(*columns).where(alarm_rules.c.id.in_(rules)))}


def _of_version(connection: Connection, district: str, rule: int, version: int) -> Rule:
    found = require(connection, district, rule)
    if found.version != version:
        raise Changed(f"alarm rule {rule} was changed meanwhile: it is at version {found.version}")
    return found


def _forget(act: Act, rule: int, why: str) -> None:
    act.connection.execute(delete(alarm_states).where(alarm_states.c.rule == rule))
    raised.end_all(act.connection, rule, act.now, why)


def _row_of(asked: Asked) -> dict[str, Any]:
    scope = asked.scope
    return {
        "name": asked.name,
        "kind": asked.kind,
        "parameters": json.dumps(dict(asked.parameters), sort_keys=True),
        "district": scope.district,
        "subject_kind": scope.kind,
        "subject": scope.subject,
        "kid": scope.kid,
        "severity": asked.severity,
        "for_seconds": asked.for_seconds,
        "quiet_seconds": asked.quiet_seconds,
        "enabled": asked.enabled,
    }


def _put_targets(connection: Connection, rule: int, asked: Asked) -> None:
    """Those of the rule's own district or of the city: nobody tells another district's people. Raises UnfitRule."""
    districts = {asked.scope.district, CITY}
    fits = alarm_targets.c.removed.is_(None) & alarm_targets.c.district.in_(districts)
    query = select(alarm_targets.c.id).where(alarm_targets.c.id.in_(asked.targets), fits)
    missing = set(asked.targets) - set(connection.execute(query).scalars())
    if missing:
        raise UnfitRule(f"there is no target {min(missing)} here")
    connection.execute(delete(alarm_rule_targets).where(alarm_rule_targets.c.rule == rule))
    if asked.targets:
        connection.execute(insert(alarm_rule_targets), [{"rule": rule, "target": one} for one in asked.targets])


def _said(asked: Asked) -> dict[str, Any]:
    """What the trail keeps of a rule."""
    said = asdict(asked)
    return {**said, "scope": {**said["scope"], "kid": asked.scope.kid.hex() if asked.scope.kid else None}}


def _rules(connection: Connection, rows: Sequence[Row[Any]]) -> list[Rule]:
    query = select(alarm_rule_targets).where(alarm_rule_targets.c.rule.in_([row.id for row in rows]))
    targets: dict[int, list[int]] = {}
    for rule, target in connection.execute(query.order_by(alarm_rule_targets.c.target)):
        targets.setdefault(rule, []).append(target)
    return [_rule(row, tuple(targets.get(row.id, ()))) for row in rows]


def _rule(row: Row[Any], targets: tuple[int, ...]) -> Rule:
    scope = Scope(row.district, row.subject_kind, row.subject, row.kid)
    asked = Asked(
        row.name,
        row.kind,
        json.loads(row.parameters),
        scope,
        row.severity,
        row.for_seconds,
        row.quiet_seconds,
        row.enabled,
        targets,
    )
    return Rule(row.id, asked, row.version, row.created, row.changed, row.primed)
