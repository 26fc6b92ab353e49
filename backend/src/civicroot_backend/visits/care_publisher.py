"""Lines of care into the city log: submitted like anybody's statement, in the order in which they were written.

A statement has the same bytes every time, so whatever happens between submitting it and noting where it is, the log
gives it one index.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from civicroot_wire.errors import WireError
from sqlalchemy import func, select, update

from civicroot_backend.database.visit_tables import visit_versions, visits
from civicroot_backend.entries.organisation import Organisation
from civicroot_backend.errors import TooManyStatements
from civicroot_backend.visits.care import Care, sign
from civicroot_backend.visits.visit import NOTHING_SEEN

MOST_AT_ONCE = 100  # of a step: the log's thread has other things to do
RETRY_SECONDS = 300  # after the log took none, as while the key is not enrolled yet

_log = logging.getLogger(__name__)


@dataclass
class CarePublisher:
    """`clock` is Unix seconds. One thread uses it."""

    organisation: Organisation
    clock: Callable[[], float]
    _not_before: float = field(default=float("-inf"), init=False)
    _after: int = field(default=NOTHING_SEEN, init=False)  # revision: what was written up to it is in the log

    def step(self) -> int:
        """Submit what is not in the log yet; how many lines were."""
        if self.clock() < self._not_before:
            return 0
        number = 0
        waiting = self._waiting()
        try:
            for revision, care in waiting:
                self._submit(revision, care)
                self._after = revision
                number += 1
        except (WireError, TooManyStatements) as error:
            self._not_before = self.clock() + RETRY_SECONDS
            _log.warning("what was done for %s is not in the log yet: %s", waiting[number][1].tree, error)
        return number

    def _waiting(self) -> list[tuple[int, Care]]:
        query = select(visits.c.subject, visit_versions).select_from(visit_versions).join(visits)
        unlogged = visit_versions.c.salt.is_not(None) & visit_versions.c.log_index.is_(None)
        query = query.where(visit_versions.c.revision > self._after, unlogged)
        with self.organisation.database.read() as connection:
            rows = connection.execute(query.order_by(visit_versions.c.revision).limit(MOST_AT_ONCE)).all()
            if not rows:
                newest = connection.execute(select(func.max(visit_versions.c.revision))).scalar_one()
                self._after = newest or NOTHING_SEEN
        return [
            (row.revision, Care(row.subject, row.made, row.received, tuple(row.care.split()), row.care_note, row.salt))
            for row in rows
        ]

    def _submit(self, revision: int, care: Care) -> None:
        stated = sign(self.organisation.author(), care, self.organisation.public_url)
        index = self.organisation.submit(stated)
        with self.organisation.database.write() as connection:
            mine = visit_versions.c.revision == revision
            connection.execute(update(visit_versions).where(mine).values(log_index=index))
