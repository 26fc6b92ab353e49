"""Takes over the spool of release 0.1, one SQLite file with everything in it, into journal and state.

The order is safe against being killed anywhere: until state.db has its name nothing counts but the old file, and all
else is made anew; from then on nothing counts but the new ones, and the old file is deleted. It must not stay: the old
release would go on with its batch numbers, which are used up.
"""

import hashlib
import logging
import shutil
import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from civicroot_wire import batch
from civicroot_wire.errors import WireError

from ..admission.ranges import RangeSet
from ..admission.sequence_ledger import SequenceLedger
from ..errors import SpoolError
from ..keyfile import sync_folder
from ..operate.logs import fields
from ..uplink.lane import ORDINARY
from .frame import REFUSED, Frame, RecordFrame, SealedFrame, SettledFrame
from .journal import Journal
from .segment import Fault, Identity
from .state import DeviceRow, Mark, State

OLD_FILE = "spool.db"
_OLD_SCHEMA = 1
_GROUP = 1024  # records written at once

_log = logging.getLogger(__name__)


def run(folder: Path, identity: Identity, realm: str, journal: str, state: str, fault: Fault) -> None:
    """Take over an old spool, if there is one; raises SpoolError. `journal` and `state` are names in `folder`."""
    old = folder / OLD_FILE
    if not old.exists():
        return
    if not (folder / state).exists():
        for name in (journal, journal + ".migrating"):
            shutil.rmtree(folder / name, ignore_errors=True)
        try:
            _convert(folder, identity, realm, (journal, state), fault)
        except (sqlite3.Error, WireError, OSError) as error:
            raise SpoolError(f"{old}: {error}") from error
        _log.warning("spool of release 0.1 taken over", extra=fields(folder=str(folder)))
    for suffix in ("-wal", "-shm", ""):
        fault("unlink " + OLD_FILE + suffix)
        (folder / (OLD_FILE + suffix)).unlink(missing_ok=True)
    sync_folder(folder)


def _convert(folder: Path, identity: Identity, realm: str, names: tuple[str, str], fault: Fault) -> None:
    journal_folder, draft = folder / (names[0] + ".migrating"), folder / (names[1] + ".migrating")
    for suffix in ("-wal", "-shm", ""):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)
    journal_folder.mkdir()
    connection = sqlite3.connect(folder / OLD_FILE, isolation_level=None)
    try:
        _check(connection, identity.kid, realm, folder)
        next_batch: int = connection.execute("SELECT next_batch FROM gateway").fetchone()[0]
        places, last = _to_journal(connection, Journal(journal_folder, identity, fault), next_batch)
        State.create(draft, identity.kid, realm, Mark(next_batch, last, last, 0))
        target = State.open(draft, identity.kid, realm, fault)
        try:
            with target.transaction():
                _to_state(connection, target, places)
        finally:
            target.close()
    finally:
        connection.close()
    fault("rename journal")
    journal_folder.rename(folder / names[0])
    sync_folder(folder)
    fault("rename state")
    draft.rename(folder / names[1])
    sync_folder(folder)


def _check(connection: sqlite3.Connection, kid: bytes, realm: str, folder: Path) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] != _OLD_SCHEMA:
        raise SpoolError(f"{folder / OLD_FILE} was written by no release")
    if connection.execute("SELECT kid, realm FROM gateway").fetchone() != (kid, realm):
        raise SpoolError(f"{folder / OLD_FILE} belongs to another key or realm")


class Places:
    """New positions of the records: they follow each other from `base` on, in the order of the old ones."""

    def __init__(self, base: int) -> None:
        self._base = base
        self._old = array("Q")

    def extend(self, old: Iterable[int]) -> None:
        """The next records' old positions."""
        self._old.extend(old)

    def new(self, old: int) -> int:
        """The new position of a record, 0 if it was delivered."""
        at = bisect_left(self._old, old)
        return self._base + at if at < len(self._old) and self._old[at] == old else 0


def _to_journal(connection: sqlite3.Connection, journal: Journal, next_batch: int) -> tuple[Places, int]:
    """What the backend refused first, then the others, of which the last are in no batch; and the last position."""
    for records, frames in _dead_letters(connection, journal):
        journal.commit(records, frames, 0)
    places = Places(journal.next_position)
    rows = connection.execute("SELECT position, arrived, encoded FROM records ORDER BY position")
    while group := rows.fetchmany(_GROUP):
        first = journal.next_position
        journal.commit([RecordFrame(first + n, row[1], ORDINARY, row[2]) for n, row in enumerate(group)], [], 0)
        places.extend(row[0] for row in group)
    sealed: list[Frame] = [
        SealedFrame(seq, ORDINARY, places.new(first), places.new(last), size, digest, header)
        for seq, first, last, size, header, digest in connection.execute("SELECT * FROM batches ORDER BY seq")
    ]
    journal.commit([], sealed, next_batch)
    journal.close()
    return places, journal.next_position - 1


def _dead_letters(connection: sqlite3.Connection, journal: Journal) -> Iterator[tuple[list[RecordFrame], list[Frame]]]:
    for seq, reason, at, message in connection.execute("SELECT * FROM dead_letters ORDER BY seq"):
        header, contents = batch.decode_message(message)
        first = journal.next_position
        records = [RecordFrame(first + n, at, ORDINARY, item) for n, item in enumerate(contents)]
        last = first + len(records) - 1
        digest = hashlib.sha256(message).digest()
        sealed = SealedFrame(seq, ORDINARY, first, last, len(records), digest, header)
        yield records, [sealed, SettledFrame(seq, ORDINARY, first, last, REFUSED, reason)]


def _to_state(connection: sqlite3.Connection, target: State, places: Places) -> None:
    note: bytes | None = connection.execute("SELECT checkpoint FROM gateway").fetchone()[0]
    messages = {("enrolment", kid): message for kid, message in connection.execute("SELECT * FROM registrations")}
    target.save(messages | ({("checkpoint", b""): note} if note is not None else {}))
    target.save_devices(map(_device, connection.execute("SELECT * FROM devices")))
    seen = connection.execute("SELECT kid, seq, digest, position FROM seen")
    while group := seen.fetchmany(_GROUP):
        target.add_seen((kid, seq, digest, places.new(position)) for kid, seq, digest, position in group)
    target.count({(row[0], row[1]): row[2] for row in connection.execute("SELECT * FROM counters")})
    samples = connection.execute("SELECT reason, kid, at, detail, data, other FROM evidence ORDER BY id")
    for sample in samples:
        target.add_evidence(*sample)


def _device(row: tuple[Any, ...]) -> tuple[bytes, DeviceRow]:
    ledger = SequenceLedger(*(RangeSet.from_bytes(data) for data in row[1:4]))
    return row[0], DeviceRow(ledger, row[4], None if row[5] is None else bool(row[5]), row[6])
