"""The report of an auditor, as `civicroot audit --json FILE` writes it. Somebody puts the file where the backend reads.

Nothing in it is proof: the auditor's own page is. What it says here is what the configured file says.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from civicroot_backend.errors import BackendError

FORMAT = "civicroot-audit-report/1"
MAX_BYTES = 64 * 1024 * 1024  # a report lists every key: 100,000 devices make some 50 MB
MAX_NAMED = 5  # alarms that are named; all are counted
_ALARM = "alarm"


class AuditUnreadable(BackendError):
    """The file is not there, or is no report of this city."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`finished` Unix seconds; `size` and `root` of the log that was seen; `named`: (finding, what it is about)."""

    finished: int
    size: int
    root: str
    done: bool
    alarms: int
    notices: int
    named: tuple[tuple[str, str], ...]


class AuditFile:
    """Reads a file again only when it has changed. One thread at a time."""

    def __init__(self, path: Path, realm: str) -> None:
        self._path = path
        self._realm = realm
        self._seen: tuple[int, int] | None = None
        self._report: AuditReport | None = None

    def read(self) -> AuditReport:
        """The newest report. Raises AuditUnreadable."""
        try:
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_size)
            if self._report is None or seen != self._seen:
                if found.st_size > MAX_BYTES:
                    raise AuditUnreadable("the report is too large")
                self._report, self._seen = parse(self._path.read_bytes(), self._realm), seen
        except OSError as error:
            raise AuditUnreadable(f"the report cannot be read: {error.strerror}") from error
        return self._report


def parse(content: bytes, realm: str) -> AuditReport:
    """Raises AuditUnreadable."""
    try:
        said = json.loads(content)
        if said["format"] != FORMAT:
            raise AuditUnreadable(f"the report is none of {FORMAT}")
        if said["realm"] != realm:
            raise AuditUnreadable(f"the report is of realm {said['realm']}")
        return _report(said)
    except (ValueError, KeyError, TypeError) as error:
        raise AuditUnreadable("the report is damaged") from error


def _report(said: dict[str, Any]) -> AuditReport:
    open_findings = [item for item in said["findings"] if not item["acknowledged"]]
    alarms = [item for item in open_findings if item["severity"] == _ALARM]
    return AuditReport(
        finished=int(said["finished"]),
        size=int(said["log"]["size"]),
        root=str(said["log"]["root"]),
        done=said["not_done"] is None,
        alarms=len(alarms),
        notices=len(open_findings) - len(alarms),
        named=tuple((str(item["name"]), str(item["about"])) for item in alarms[:MAX_NAMED]),
    )
