"""The pruner: puts on record what old batches held, and only then lets them go.

Its durable steps, each of which may be the last before a crash; `prune` goes on from whatever is there:

1. The statement is logged, with what it says in the tables.
2. A published checkpoint that met the quorum covers it: nobody can say afterwards that it was not there first.
3. The minimum index is published: from here on nobody misses the batches below.
4. Batches are deleted, and records forgotten, a few at a time, while nobody else writes.
5. The statement is marked as finished.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire import pruning
from civicroot_wire.pruning import Pruning
from civicroot_wire.sodium import Signer
from civicroot_wire.tile import MAX_ENTRY_BYTES
from sqlalchemy import Connection, Row, exists, insert, select, update

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import batches, pruned, prunings, records, statements
from civicroot_backend.entries.claims_row import claims_row
from civicroot_backend.errors import LogDamaged
from civicroot_backend.log import kinds
from civicroot_backend.log.city_log import CityLog
from civicroot_backend.log.sequencer import Sequencer
from civicroot_backend.retention.fates import Held
from civicroot_backend.retention.horizon import horizon
from civicroot_backend.retention.reader import held, old_batches
from civicroot_backend.store.store import BATCHES, MINIMUM_INDEX, BlobStore

DAY = 86_400
MAX_BATCHES = 128  # in one statement: 131,072 records at most are looked at together
CHUNK = 16  # batches deleted in one transaction, during which ingest waits

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Author:
    """Who signs pruning statements: the backend's key, as `issuer`, in `realm`."""

    signer: Signer
    issuer: str
    realm: str


class Pruner:
    """One thread calls `prune`. `days`: how long batches are kept; 0: for ever. `publish` publishes what is logged."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        log: CityLog,
        author: Author,
        days: int,
        clock: Callable[[], float],
        publish: Callable[[], None],
    ) -> None:
        self._database = database
        self._store = store
        self._log = log
        self._author = author
        self._days = days
        self._clock = clock
        self._publish = publish

    def prune(self) -> int:
        """Prune the next few old batches: how many; 0 if there are none. Raises StoreError, LogError.

        What an earlier call left unfinished is finished first, even if batches are kept for ever by now.
        """
        self._finish()
        number = self._state() if self._days else 0
        if number:
            self._publish()
            self._finish()
        return number

    # Putting on record

    def _state(self) -> int:
        published = self._log.published
        before = int(self._clock()) - self._days * DAY
        with self._database.read() as connection:
            first = horizon(connection)
            size = 0 if published is None else published.size
            old = old_batches(connection, first, size, before, MAX_BATCHES)
            while old:
                found = held(connection, first, old[-1] + 1)
                entry = self._sign(Pruning(first, old[-1] + 1, found.keys()))
                if len(entry) <= MAX_ENTRY_BYTES:
                    self._write(entry, first, old[-1] + 1, found)
                    return len(old)
                if len(old) == 1:
                    _log.error("log entry %d holds more numbers than a statement can name: it is not pruned", old[0])
                old = old[: len(old) // 2]  # fewer batches hold fewer keys
        return 0

    def _sign(self, stated: Pruning) -> bytes:
        by = self._author
        return pruning.sign(stated, by.signer.kid, by.issuer, self._log.origin, by.realm, by.signer)

    def _write(self, entry: bytes, first: int, end: int, found: Held) -> None:
        with self._database.write() as connection:
            index = Sequencer(connection).append(kinds.PRUNING, entry)
            said = claims_row(pruning.decode(entry)) | {"log_index": index}
            connection.execute(insert(statements), said)
            row = {"log_index": index, "first": first, "end": end, "finished": False}
            connection.execute(insert(prunings), row)
            ranges = [
                {"log_index": index, "kid": kid, "first": first, "last": last} for kid, first, last in found.received()
            ]
            connection.execute(insert(pruned), ranges)

    # Letting go

    def _finish(self) -> None:
        with self._database.read() as connection:
            query = select(prunings).where(~prunings.c.finished).order_by(prunings.c.log_index)
            unfinished = connection.execute(query).all()
        for row in unfinished:
            witnessed = self._log.witnessed
            if witnessed is None or witnessed.size <= row.log_index:
                return
            self._publish_minimum(row.end)
            self._delete(row.first, row.end)
            with self._database.write() as connection:
                mine = prunings.c.log_index == row.log_index
                connection.execute(update(prunings).where(mine).values(finished=True))
            _log.info("batches of log entries %d to %d are pruned", row.first, row.end - 1)

    def _publish_minimum(self, end: int) -> None:
        before = self._store.get(MINIMUM_INDEX)
        if before is not None and not before.isdigit():
            raise LogDamaged(f"{MINIMUM_INDEX} is no number")
        if before is None or int(before) < end:
            self._store.swap(MINIMUM_INDEX, before, str(end).encode())

    def _delete(self, first: int, end: int) -> None:
        after = first - 1
        while True:
            # Nobody writes meanwhile: a batch that comes now either finds the blob gone, and brings its own, or has
            # its row, and keeps the blob.
            with self._database.write() as connection:
                rows = _chunk(connection, after, end)
                if not rows:
                    return
                self._store.delete([BATCHES + row.root.hex() for row in rows if not row.needed])
                after = rows[-1].log_index
                mine = records.c.log_index.between(rows[0].log_index, after)
                connection.execute(update(records).where(mine).values(encoded=None))


def _chunk(connection: Connection, after: int, end: int) -> list[Row[int, bytes, bool]]:
    """The next batches below `end`; `needed` if a batch that is kept has the same records, and so the same root."""
    later = batches.alias("later")
    needed = exists().where(later.c.root == batches.c.root, later.c.log_index >= end).label("needed")
    query = select(batches.c.log_index, batches.c.root, needed)
    within = (batches.c.log_index > after) & (batches.c.log_index < end)
    return list(connection.execute(query.where(within).order_by(batches.c.log_index).limit(CHUNK)).all())
