"""Enrolment of rows whose devices have asked for it: at once, with the registrar's key, or queued for the desk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from civicroot_cli.main import CommandError, Refused

from . import enrolling, waits
from .box_list import Row
from .errors import WrongDevice
from .journal import ENROLLED, QUEUED, Journal
from .waits import Waits

REQUESTS = "requests.jsonl"


class Registrar:
    """The way to the registrar of the city at `url`; `key` is its key's file, if it is here. Raises CommandError."""

    def __init__(
        self, url: str, key: Path | None, journal: Journal, folder: Path, say: Callable[[str], None], waited: Waits
    ) -> None:
        self._url = url
        self._key = key
        self._journal = journal
        self._folder = folder
        self._say = say
        self._waits = waited

    def enrol(self, row: Row, again: bool) -> bool:
        """Enrol a row, or queue it; `again`: it was asked for in an earlier run. False: off line. Raises Refused."""
        asked = self._asked(row)
        if self._key is not None:
            try:
                with self._waits.on(waits.CITY):
                    index = self._sign(row, asked, self._key, again)
            except Refused:
                raise
            except CommandError as error:
                self._say(f"  {row.subject}: the registrar is off line: {error}")
            else:
                self._journal.note(row.subject, state=ENROLLED)
                self._say(f"  enrolled: {row.subject}" + (f", log entry {index}" if index is not None else ""))
                return True
        self._journal.note(row.subject, state=QUEUED)
        self.write_requests()
        self._say(f"  queued: {row.subject} is enrolled at the desk, from {self._folder / REQUESTS}")
        return self._key is None

    def look_after(self, row: Row) -> bool:
        """A queued row: try again with the key, or ask the city whether the desk has done it. False: off line.

        Raises Refused; the row stays queued.
        """
        online = True
        if self._key is not None:
            online = self.enrol(row, again=True)
        else:
            try:
                self._asked(row)
                if self.has(self._journal.of(row.subject)["kid"], row.subject):
                    self._journal.note(row.subject, state=ENROLLED)
            except WrongDevice:
                raise
            except CommandError as error:
                self._say(f"  {row.subject}: {error}")
                online = False
        self.write_requests()
        return online

    def has(self, kid: str, subject: str) -> bool:
        """Whether the city has enrolled the key as this subject. Raises WrongDevice for another one, CommandError."""
        with self._waits.on(waits.CITY):
            return enrolling.is_enrolled(self._url, kid, subject)

    def write_requests(self) -> None:
        """The file for the desk: all that are queued. None is left when there are none."""
        waiting = [known["request"] for known in self._journal.found.values() if known.get("state") == QUEUED]
        path = self._folder / REQUESTS
        if waiting:
            enrolling.write_requests(path, waiting)
        else:
            path.unlink(missing_ok=True)

    def _asked(self, row: Row) -> dict[str, Any]:
        """The row's request, as its line of the list is today: what was refused in it may have been mended."""
        before: dict[str, Any] = self._journal.of(row.subject)["request"]
        asked = enrolling.renewed(row, before)
        if asked != before:
            self._journal.note(row.subject, request=asked)
        return asked

    def _sign(self, row: Row, asked: dict[str, Any], key: Path, again: bool) -> int | None:
        """The log index of its enrolment; None if it is known only that the city has it."""
        if again:
            index = enrolling.enrolled_before(asked, self._url, key, self._folder)
            if index is not None:
                return index
            if enrolling.is_enrolled(self._url, enrolling.kid_of(asked), row.subject):
                return None
        return enrolling.enrol(asked, self._url, key, self._folder)
