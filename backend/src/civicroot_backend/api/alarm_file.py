"""Alarms of rules as a file: every one that the list has, each with the proof of the reading that began it."""

from collections.abc import Iterator

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from civicroot_backend.alarms import raised, rules
from civicroot_backend.alarms.content import proof_of
from civicroot_backend.alarms.raised import Alarm
from civicroot_backend.api import export
from civicroot_backend.api.export import FileFormat
from civicroot_backend.api.export_paths import absolute, named
from civicroot_backend.export.table import Column, Kind, Row, Table
from civicroot_backend.people.roles import CITY
from civicroot_backend.service import Backend
from civicroot_backend.times import iso, iso_claim

_COLUMNS = (
    Column("id", Kind.INTEGER),
    Column("rule"),
    Column("kind"),
    Column("severity"),
    Column("district"),
    Column("subject"),
    Column("since", Kind.TIME),
    Column("raised", Kind.TIME),
    Column("value"),
    Column("cleared", Kind.TIME),
    Column("cleared_why"),
    Column("acknowledged", Kind.TIME),
    Column("acknowledged_by"),
    Column("note"),
    Column("proof"),
)


def alarm_file(
    request: Request, backend: Backend, kind: FileFormat, district: str | None, wanted: bool | None, before: int | None
) -> StreamingResponse:
    """Of one district or all; open, over or both."""

    def fetch(connection: Connection, after: int | None, limit: int) -> list[Alarm]:
        return raised.listed(connection, district, wanted, after, limit)

    found = export.rows_of(backend.database, fetch, lambda alarm: alarm.id, before)
    return export.file(request, kind, Table(named("alarms", district or CITY), _COLUMNS, _rows(backend, found)))


def _rows(backend: Backend, found: Iterator[Alarm]) -> Iterator[Row]:
    known: dict[int, tuple[str, str, str]] = {}
    for alarm in found:
        if alarm.rule not in known:
            with backend.database.read() as connection:
                rule = rules.names_of(connection, [alarm.rule])[alarm.rule]
            known[alarm.rule] = (rule.name, rule.kind, rule.severity)
        name, kind, severity = known[alarm.rule]
        yield (
            alarm.id,
            name,
            kind,
            severity,
            alarm.district,
            alarm.subject,
            iso(alarm.since),
            iso(alarm.raised),
            alarm.value,
            iso_claim(alarm.cleared),
            alarm.cleared_why,
            iso_claim(alarm.acknowledged),
            alarm.acknowledged_name,
            alarm.note,
            absolute(backend, proof_of(kind, alarm.kid, alarm.number)),
        )
