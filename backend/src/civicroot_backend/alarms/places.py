"""In which district a subject is: as the inventory says, and `city` where it says nothing."""

from collections.abc import Sequence

from sqlalchemy import Connection

from civicroot_backend.inventory import book
from civicroot_backend.people.roles import CITY
from civicroot_backend.reports.reports import district_of

KEPT_SECONDS = 300  # an imported inventory is known after that


class Places:
    """One thread asks. `now` is Unix seconds."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._until = 0

    def of(self, connection: Connection, subject: str, now: int) -> str:
        """The slug of its district."""
        self.learn(connection, (subject,), now)
        return self._known[subject]

    def learn(self, connection: Connection, subjects: Sequence[str], now: int) -> None:
        """Ask for many at once."""
        if now >= self._until:
            self._known, self._until = {}, now + KEPT_SECONDS
        missing = [subject for subject in subjects if subject not in self._known]
        if not missing:
            return
        found = book.of_subjects(connection, missing)
        slugs: dict[str, str] = {}
        for subject in missing:
            said = found[subject].properties.get("district") if subject in found else None
            name = said if isinstance(said, str) else ""
            if name not in slugs:
                slugs[name] = district_of(connection, name) or CITY
            self._known[subject] = slugs[name]
