"""Batches of the trail into the city log: signed and kept first, then submitted like anybody's statement.

Whatever happens in between, the same bytes are submitted again, and the log gives them one index.
"""

import logging
import secrets
from collections.abc import Callable

from civicroot_wire.errors import WireError

from civicroot_backend.audit_trail import batch, batches
from civicroot_backend.audit_trail.batch import SALT_BYTES
from civicroot_backend.entries.organisation import Organisation
from civicroot_backend.errors import TooManyStatements

MOST_ROWS = 1000  # of a batch
BATCH_SECONDS = 300  # a row waits for others no longer; until then only the database has it
RETRY_SECONDS = 300  # after the log took none, as while the key is not enrolled yet

_log = logging.getLogger(__name__)


class Publisher:
    """`location`: where the city's auditors read the trail; `clock` is Unix seconds. One thread uses it."""

    def __init__(self, organisation: Organisation, location: str, clock: Callable[[], float]) -> None:
        self._organisation = organisation
        self._database = organisation.database
        self._location = location
        self._clock = clock
        self._not_before = float("-inf")

    def step(self) -> int:
        """Submit what is due; how many batches were logged."""
        number = 0
        while self._clock() >= self._not_before:
            try:
                kept = self._due()
                if kept is None:
                    return number
                self._submit(kept)
            except (WireError, TooManyStatements) as error:
                self._not_before = self._clock() + RETRY_SECONDS
                _log.warning("the audit trail's next batch is not in the log yet: %s", error)
                return number
            number += 1
        return number

    def _due(self) -> batches.Kept | None:
        """The batch that is signed and not logged; or the next one, if there are enough rows, or old ones."""
        with self._database.read() as connection:
            waiting = batches.unlogged(connection)
            if waiting is not None:
                return waiting
            first = batches.end(connection)
            full = batches.since(connection, first + MOST_ROWS - 1) is not None
            oldest = batches.since(connection, first)
        if oldest is None or not (full or self._clock() >= oldest + BATCH_SECONDS):
            return None
        author = self._organisation.author()
        with self._database.write() as connection:
            cut = batches.cut(connection, first, MOST_ROWS, secrets.token_bytes(SALT_BYTES))
            batches.keep(connection, cut, batch.sign(author, cut, self._location))
            return batches.unlogged(connection)

    def _submit(self, kept: batches.Kept) -> None:
        try:
            index = self._organisation.submit(kept.statement)
        except WireError:
            with self._database.write() as connection:  # by a key that was withdrawn: the next one signs it
                batches.drop(connection, kept.first)
            raise
        with self._database.write() as connection:
            batches.logged(connection, kept.first, index)
