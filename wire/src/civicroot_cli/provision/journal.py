"""How far each device of a list is: lines of JSON, each durable before the step after it begins.

A line has `subject` and what became known of it. A later line adds to the earlier ones. A line that a power cut tore
is the last one, and says nothing.
"""

import json
import os
from pathlib import Path
from typing import Any

from civicroot_cli.files import sync_folder
from civicroot_cli.main import CommandError

# `state` of a device, in the order in which it goes through them; QUEUED in the place of ENROLLED.
BEGUN, ASKED, QUEUED, ENROLLED, DONE = "begun", "asked", "queued", "enrolled", "done"


class Journal:
    """`found`: {subject: what is known}. CommandError if it cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._torn: int | None = None  # where the torn line begins
        self.found: dict[str, dict[str, Any]] = {}
        try:
            whole = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}") from error
        if whole and not whole.endswith(b"\n"):
            self._torn = whole.rfind(b"\n") + 1
            whole = whole[: self._torn]
        for number, line in enumerate(whole.splitlines(), start=1):
            self._take(line, number)

    def note(self, subject: str, **values: Any) -> None:
        """Add to what is known of a subject, durably."""
        line = json.dumps({"subject": subject} | values, ensure_ascii=False).encode() + b"\n"
        try:
            new = not self._path.exists()
            if self._torn is not None:
                os.truncate(self._path, self._torn)
                self._torn = None
            with self._path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            if new:
                sync_folder(self._path.parent)
        except OSError as error:
            raise CommandError(f"cannot write {self._path}: {error.strerror}") from error
        self.found.setdefault(subject, {}).update(values)

    def of(self, subject: str) -> dict[str, Any]:
        """What is known of a subject."""
        return self.found.get(subject, {})

    def subject_of(self, kid: str) -> str | None:
        """Whom a device was given to."""
        return next((subject for subject, known in self.found.items() if known.get("kid") == kid), None)

    def _take(self, line: bytes, number: int) -> None:
        try:
            values = json.loads(line)
            subject = values.pop("subject")
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise CommandError(f"{self._path}, line {number}: no line of this journal") from error
        self.found.setdefault(str(subject), {}).update(values)
