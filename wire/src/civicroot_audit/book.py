"""The book of findings: what was found is found for good, until somebody acknowledges it.

*Lasting* findings come from what was signed or served once (a fork, an equivocation): they are kept. *Standing* ones
describe how things are now (a batch that is missing, a number that is lost): every audit looks again, and what has been
put right goes away.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire.errors import WireError

from .errors import AuditError
from .findings import MAX_DETAIL, MAX_PER_NAME, Finding
from .state import State

Evidence = Callable[[], dict[str, bytes]]


@dataclass(frozen=True)
class Entry:
    """A finding as the report has it. `first_seen`: Unix seconds; `evidence`: names below the evidence folder."""

    name: str
    severity: str
    about: str
    detail: str
    index: int | None
    fingerprint: str
    first_seen: int
    evidence: list[str]
    acknowledged: bool


class Book:
    """Findings of one state. Call it inside a step."""

    def __init__(self, state: State, now: int) -> None:
        self._state = state
        self._now = now
        self._standing: set[str] = set()
        counted = state.sql.execute("SELECT name, count(*) FROM findings GROUP BY name")
        self._kept: Counter[str] = Counter(dict(counted.fetchall()))

    def add(self, finding: Finding, evidence: Evidence | None = None, standing: bool = False) -> None:
        """Enter a finding once. `evidence` is gathered only for a new one that there is room for."""
        fingerprint = finding.fingerprint
        if standing:
            self._standing.add(fingerprint)
        sql = self._state.sql
        if sql.execute("SELECT 1 FROM findings WHERE fingerprint = ?", (fingerprint,)).fetchone():
            sql.execute("UPDATE findings SET severity = ? WHERE fingerprint = ?", (finding.weight, fingerprint))
            return
        if self._kept[finding.name] >= MAX_PER_NAME:
            self._count_more(finding.name)
            return
        self._kept[finding.name] += 1
        files = {**finding.evidence, **(self._gather(evidence) if evidence else {})}
        names = [f"{finding.name}-{fingerprint}/{name}" for name in files]
        for name, content in zip(names, files.values(), strict=True):
            self._state.keep_evidence(name, content)
        sql.execute(
            "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                fingerprint,
                finding.name,
                finding.about,
                finding.detail[:MAX_DETAIL],
                finding.index,
                finding.weight,
                self._now,
                json.dumps(names),
                int(standing),
            ),
        )

    def forget_what_was_put_right(self) -> None:
        """Remove standing findings that this audit did not make again."""
        rows = self._state.sql.execute("SELECT fingerprint FROM findings WHERE standing = 1").fetchall()
        gone = [(fingerprint,) for (fingerprint,) in rows if fingerprint not in self._standing]
        self._state.sql.executemany("DELETE FROM findings WHERE fingerprint = ?", gone)

    def acknowledge(self, fingerprint: str) -> bool:
        """Somebody has seen it; whether there is such a finding."""
        known = self._state.sql.execute("SELECT 1 FROM findings WHERE fingerprint = ?", (fingerprint,)).fetchone()
        if known:
            row = (fingerprint, self._now)
            self._state.sql.execute("INSERT OR IGNORE INTO acknowledged VALUES (?, ?)", row)
        return known is not None

    def entries(self) -> list[Entry]:
        """All findings: alarms first, then by where in the log."""
        rows = self._state.sql.execute(
            "SELECT name, severity, about, detail, at, f.fingerprint, seen, evidence, a.fingerprint IS NOT NULL"
            " FROM findings f LEFT JOIN acknowledged a ON a.fingerprint = f.fingerprint"
            " ORDER BY severity, name, at IS NULL, at, f.fingerprint"
        )
        return [
            Entry(name, severity, about, detail, at, fingerprint, seen, json.loads(evidence), bool(acknowledged))
            for name, severity, about, detail, at, fingerprint, seen, evidence, acknowledged in rows
        ]

    def _count_more(self, name: str) -> None:
        key = f"more {name}"
        number = self._state.number(key) + 1
        self._state.put(key, number)
        sql = self._state.sql
        finding = Finding("more", name, f"{number} more findings named {name} were counted, not kept", name)
        if sql.execute("SELECT 1 FROM findings WHERE fingerprint = ?", (finding.fingerprint,)).fetchone():
            sql.execute("UPDATE findings SET detail = ? WHERE fingerprint = ?", (finding.detail, finding.fingerprint))
        else:
            self.add(finding)

    @staticmethod
    def _gather(evidence: Evidence) -> dict[str, bytes]:
        try:
            return evidence()
        except (AuditError, WireError) as error:  # what is evidence of a fault may be withheld meanwhile
            return {"not-available.txt": f"{error}\n".encode()}
