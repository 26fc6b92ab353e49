"""Lines of care into the city log: submitted like anybody's statement, in the order in which they were written.

A statement has the same bytes every time, so whatever happens between submitting it and noting where it is, the log
gives it one index.
"""

import logging
from collections.abc import Callable

from civicroot_wire import statement
from civicroot_wire.errors import WireError
from civicroot_wire.sodium import Signer
from sqlalchemy import select, update

from civicroot_backend.database.connection import Database
from civicroot_backend.database.visit_tables import visit_versions, visits
from civicroot_backend.entries.submission import Submissions
from civicroot_backend.errors import TooManyStatements
from civicroot_backend.ingest.key_directory import KeyDirectory
from civicroot_backend.visits.care import Author, Care

MOST_AT_ONCE = 100  # of a step: the log's thread has other things to do
RETRY_SECONDS = 300  # after the log took none, as while the key is not enrolled yet

_log = logging.getLogger(__name__)


class CarePublisher:
    """`signer`: an organisation's key; `clock` is Unix seconds. One thread uses it."""

    def __init__(
        self,
        database: Database,
        submissions: Submissions,
        keys: KeyDirectory,
        realm: str,
        signer: Signer,
        public_url: str,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._submissions = submissions
        self._keys = keys
        self._realm = realm
        self._signer = signer
        self._public_url = public_url
        self._clock = clock
        self._not_before = float("-inf")

    def step(self) -> int:
        """Submit what is not in the log yet; how many lines were."""
        if self._clock() < self._not_before:
            return 0
        number = 0
        waiting = self._waiting()
        try:
            for revision, care in waiting:
                self._submit(revision, care)
                number += 1
        except (WireError, TooManyStatements) as error:
            self._not_before = self._clock() + RETRY_SECONDS
            _log.warning("what was done for %s is not in the log yet: %s", waiting[number][1].tree, error)
        return number

    def _waiting(self) -> list[tuple[int, Care]]:
        query = select(visits.c.subject, visit_versions).select_from(visit_versions).join(visits)
        unlogged = visit_versions.c.salt.is_not(None) & visit_versions.c.log_index.is_(None)
        query = query.where(unlogged).order_by(visit_versions.c.revision).limit(MOST_AT_ONCE)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            (row.revision, Care(row.subject, row.made, row.received, tuple(row.care.split()), row.care_note, row.salt))
            for row in rows
        ]

    def _submit(self, revision: int, care: Care) -> None:
        subject = self._keys.require_newest(self._database, self._signer.kid, statement.ROLE).subject
        author = Author(self._signer, subject, self._realm, self._public_url)
        index = self._submissions.submit(author.sign(care)).index
        with self._database.write() as connection:
            mine = visit_versions.c.revision == revision
            connection.execute(update(visit_versions).where(mine).values(log_index=index))
