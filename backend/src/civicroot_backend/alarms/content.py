"""What is told, as it is kept with a message: the same in every attempt, and the body of a webhook."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from civicroot_backend.alarms.outbox import CLEARED, MAX_NAMED, TEST, Due
from civicroot_backend.database.alarm_tables import alarm_rules, alarms
from civicroot_backend.paths import API
from civicroot_backend.times import iso

PAGE = "/alarms"
_OF_RECORDS = frozenset({"threshold", "rise", "flag", "silence", "lost"})


@dataclass(frozen=True, slots=True)
class Writer:
    """`city`: its name; `url`: where its pages are."""

    city: str
    url: str

    def of_test(self, target: str) -> dict[str, Any]:
        """A message that says that it is a test."""
        return {"event": TEST, "city": self.city, "target": target, "page": self.url + PAGE}

    def of_alarms(self, connection: Connection, due: Due) -> dict[str, Any]:
        """All are counted, the first are named."""
        rule = connection.execute(select(alarm_rules).where(alarm_rules.c.id == due.rule)).one()
        query = select(alarms).where(alarms.c.id.in_(due.alarms[:MAX_NAMED])).order_by(alarms.c.id)
        return {
            "event": due.event,
            "city": self.city,
            "rule": rule.name,
            "kind": rule.kind,
            "severity": rule.severity,
            "count": len(due.alarms),
            "alarms": self._named(connection.execute(query).all(), rule.kind, due.event),
            "page": self.url + PAGE,
        }

    def _named(self, rows: Sequence[Row[Any]], kind: str, event: str) -> list[dict[str, Any]]:
        return [
            {
                "id": row.id,
                "subject": row.subject,
                "since": iso(row.since),
                "time": iso(row.cleared if event == CLEARED and row.cleared is not None else row.raised),
                "value": row.value,
                "proof": self._proof(kind, row),
            }
            for row in rows
        ]

    def _proof(self, kind: str, row: Row[Any]) -> str | None:
        path = proof_of(kind, row.kid, row.number)
        return None if path is None else self.url + path


def proof_of(kind: str, kid: bytes | None, number: int | None) -> str | None:
    """The path of what shows it: a record's proof, a log entry, the public checkpoint; None: nothing signed does."""
    if kind in _OF_RECORDS and kid is not None and number is not None:
        return f"{API}/devices/{kid.hex()}/records/{number}/proof"
    if kind in ("equivocation", "refused") and number is not None:
        return f"/entry?index={number}"
    return "/log/checkpoint" if kind in ("checkpoint", "quorum") else None
