"""state.db beside the journal: what follows from it, kept so that nobody must read it from its beginning, and the rest.

Nothing here is written for every group of records. What is lost with this file comes from the journal again (numbers
and digests of records, as far back as it reaches), or from the broker, which retains it (keys, checkpoint); counters
and samples are lost. StateDamaged says that it must be so.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ..admission.ranges import RangeSet
from ..admission.sequence_ledger import SequenceLedger
from ..errors import SpoolError, SpoolFault
from ..keyfile import sync_folder
from . import tables
from .damage import Damage
from .state_file import StateDamaged, connect, error_of, sound, sum_of

STATE_FILE = "state.db"
# Looked through at the start, for structure and sums. `seen` is not: it can have hundreds of megabytes, and a damaged
# page of it is noticed when it is needed.
CHECKED_TABLES = ("gateway", "trust", "devices", "counters", "evidence", "damage", "raised")

Counters = Mapping[tuple[str, str], int]
Fault = Callable[[str], None]


@dataclass(slots=True)
class DeviceRow:
    """What is kept of a device: its `ledger`; when it was `heard`; what its state said.

    Not stored: the version of the `configuration` that it follows, and why it `refused` the newest. Its state is
    retained by the broker, and says both again after a restart.
    """

    ledger: SequenceLedger
    heard: int | None = None
    online: bool | None = None
    waiting: int | None = None
    configuration: int | None = None
    refused: str | None = None


@dataclass(slots=True)
class Mark:
    """How far this state goes: the columns of table `gateway` that change."""

    next_batch: int = 0
    seen_to: int = 0
    counted_to: int = 0
    clock: int = 0


class State:
    """An open state.db; one writer. Raises SpoolError when it opens, StateDamaged, and SpoolFault if the disk fails."""

    def __init__(self, connection: sqlite3.Connection, path: Path, fault: Fault) -> None:
        self._connection = connection
        self._path = path
        self._fault = fault
        self._identity = (b"", "")

    @classmethod
    def create(cls, path: Path, kid: bytes, realm: str, mark: Mark) -> None:
        """Make an empty one, durably, in place of nothing."""
        draft = path.with_name(path.name + ".new")
        for suffix in ("", "-wal", "-shm"):
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)
        connection = connect(draft)
        try:
            tables.prepare(connection)
            fresh = cls(connection, draft, lambda _statement: None)
            fresh._identity = (kid, realm)
            with fresh.transaction():
                fresh.set_mark(mark)
        finally:
            connection.close()  # the last connection to close moves the log into the file
        draft.rename(path)
        sync_folder(path.parent)

    @classmethod
    def open(cls, path: Path, kid: bytes, realm: str, fault: Fault) -> Self:
        """Open the state of key `kid`; raises SpoolError, or StateDamaged if it cannot be used."""
        try:
            fault("open state")
            # SQLite falls back to reading only when a file does not open for writing, and says so at the first write.
            os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
            found = cls(connect(path), path, fault)
        except OSError as error:
            raise SpoolError(f"{path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise error_of(path, error) from error
        try:
            found._check(kid, realm)
        except BaseException:
            found.close()
            raise
        return found

    def _check(self, kid: bytes, realm: str) -> None:
        with self._guarded():
            tables.prepare(self._connection)
            for table in CHECKED_TABLES:
                said = self._run(f"PRAGMA quick_check({table})").fetchone()[0]
                if said != "ok":
                    raise StateDamaged(f"{self._path}: {said}")
            row = self._run("SELECT kid, realm FROM gateway").fetchone()
            if row is None:
                raise StateDamaged(f"{self._path}: no gateway")
            self._identity = (row[0], row[1])
            self.mark()  # its sum
            if self._identity != (kid, realm):
                raise SpoolError(f"{self._path} belongs to another key or realm")
        try:
            with self.transaction():
                self.set_mark(self.mark())
        except SpoolFault as error:  # a full disk empties again; what was opened for reading only stays so
            code = getattr(error.__cause__, "sqlite_errorcode", None)
            if code is not None and code & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                raise

    def close(self) -> None:
        """Close it; what was not committed is gone."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; durable on a clean exit."""
        with self._guarded():
            self._run("BEGIN IMMEDIATE")
            try:
                yield
                self._run("COMMIT")
                self._fault("committed")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise error_of(self._path, error) from error

    # The mark

    def mark(self) -> Mark:
        """How far this state goes."""
        with self._guarded():
            row = self._run("SELECT next_batch, seen_to, counted_to, clock, sum FROM gateway").fetchone()
        if row[4] != sum_of(*self._identity, *row[:4]):
            raise StateDamaged(f"{self._path}: gateway")
        return Mark(*row[:4])

    def set_mark(self, mark: Mark) -> None:
        """Store how far it goes."""
        values = (*self._identity, mark.next_batch, mark.seen_to, mark.counted_to, mark.clock)
        self._run("INSERT OR REPLACE INTO gateway VALUES (1, ?, ?, ?, ?, ?, ?, ?)", (*values, sum_of(*values)))

    # What the registry keeps

    def load(self, kind: str) -> dict[bytes, bytes]:
        """All messages of a kind by kid. Damaged ones are as if they had not come: the broker has them, too."""
        with self._guarded():
            rows = self._run(
                "SELECT kind, kid, message, sum FROM trust WHERE kind = ? ORDER BY kid", (kind,)
            ).fetchall()
        return {kid: message for (_, kid), message in sound(rows).items()}

    def save(self, messages: Mapping[tuple[str, bytes], bytes]) -> None:
        """Keep messages by (kind, kid)."""
        rows = [(kind, kid, message, sum_of(kind, kid, message)) for (kind, kid), message in messages.items()]
        self._run_many("INSERT OR REPLACE INTO trust VALUES (?, ?, ?, ?)", rows)

    # Devices and their numbers

    def devices(self) -> dict[bytes, DeviceRow]:
        """All devices by kid."""
        found = {}
        with self._guarded():
            for row in self._run("SELECT * FROM devices"):
                if row[7] != sum_of(*row[:7]):
                    raise StateDamaged(f"{self._path}: device {row[0].hex()}")
                ledger = SequenceLedger(*(RangeSet.from_bytes(data) for data in row[1:4]))
                found[row[0]] = DeviceRow(ledger, row[4], None if row[5] is None else bool(row[5]), row[6])
        return found

    def save_devices(self, devices: Iterable[tuple[bytes, DeviceRow]]) -> None:
        """Store devices."""
        rows = [_device(kid, row) for kid, row in sorted(devices, key=lambda item: item[0])]
        self._run_many("INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def seen(self, kid: bytes, seq: int) -> tuple[bytes, int] | None:
        """Content digest and position of what was accepted under a number, while the replay window remembers it."""
        with self._guarded():
            sql = "SELECT digest, position, sum FROM seen WHERE kid = ? AND seq = ?"
            row = self._run(sql, (kid, seq)).fetchone()
        if row is None:
            return None
        if row[2] != sum_of(kid, seq, row[0], row[1]):
            raise StateDamaged(f"{self._path}: number {seq} of {kid.hex()}")
        return row[0], row[1]

    def add_seen(self, rows: Iterable[tuple[bytes, int, bytes, int]]) -> None:
        """Remember (kid, seq, digest, position)."""
        summed = [(*row, sum_of(*row)) for row in sorted(rows)]
        self._run_many("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", summed)

    def forget_seen(self, below: Iterable[tuple[bytes, int]]) -> None:
        """Drop digests of a kid's numbers that are smaller."""
        self._run_many("DELETE FROM seen WHERE kid = ? AND seq < ?", list(below))

    # Counters, samples, damage

    def count(self, counts: Counters) -> None:
        """Add to the counters (subject, name)."""
        sql = """INSERT INTO counters VALUES (?, ?, ?)
                 ON CONFLICT (subject, name) DO UPDATE SET count = count + excluded.count"""
        self._run_many(sql, [(subject, name, number) for (subject, name), number in counts.items()])

    def counters(self) -> dict[tuple[str, str], int]:
        """All counters by (subject, name)."""
        with self._guarded():
            return {(row[0], row[1]): row[2] for row in self._run("SELECT subject, name, count FROM counters")}

    def evidence_counts(self, reason: str, kid: bytes | None) -> tuple[int, int]:
        """How many samples are kept for a reason, and for a reason and kid."""
        row = self._run("SELECT count(*), coalesce(sum(kid IS ?), 0) FROM evidence WHERE reason = ?", (kid, reason))
        total, of_kid = row.fetchone()
        return total, of_kid

    def add_evidence(
        self, reason: str, kid: bytes | None, at: int, detail: str, data: bytes, other: bytes | None
    ) -> None:
        """Keep a sample."""
        sql = "INSERT INTO evidence (reason, kid, at, detail, data, other) VALUES (?, ?, ?, ?, ?, ?)"
        self._run(sql, (reason, kid, at, detail, data, other))

    def drop_oldest_evidence(self, reason: str) -> None:
        """Forget the oldest sample of a reason."""
        self._run("DELETE FROM evidence WHERE id = (SELECT min(id) FROM evidence WHERE reason = ?)", (reason,))

    def add_damage(self, damages: Iterable[Damage], at: int) -> int | None:
        """Note places of the journal; how many records were lost at those that were not known yet, None: all were."""
        lost = None
        for item in damages:
            known = "SELECT 1 FROM damage WHERE first > 0 AND first <= ? AND last >= ?"
            if item.first and self._run(known, (item.first, item.last)).fetchone():
                continue  # what was found while it ran is found at the next start again
            values = (item.segment, item.offset, item.octets, item.first, item.last, item.records, at)
            if self._run("INSERT OR IGNORE INTO damage VALUES (?, ?, ?, ?, ?, ?, ?)", values).rowcount:
                lost = (lost or 0) + item.records
        return lost

    def raise_alarm(self, name: str, at: int) -> None:
        """Let an alarm last until somebody acknowledges it."""
        self._run("INSERT OR IGNORE INTO raised VALUES (?, ?)", (name, at))

    def raised(self) -> list[str]:
        """Alarms that nobody has acknowledged."""
        with self._guarded():
            return [row[0] for row in self._run("SELECT name FROM raised ORDER BY name")]

    def set_standing(self, values: Mapping[str, int | None]) -> None:
        """What offline readers are told."""
        self._run_many("INSERT OR REPLACE INTO standing VALUES (?, ?)", list(values.items()))

    def _run(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        self._fault(sql)
        return self._connection.execute(sql, values)

    def _run_many(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self._fault(sql)
            self._connection.executemany(sql, rows)


def acknowledge(folder: Path) -> list[str]:
    """Somebody knows: the alarms that were raised end; returns which. May run beside the gateway. Raises SpoolError."""
    try:
        connection = connect(folder / STATE_FILE)
        try:
            return sorted(row[0] for row in connection.execute("DELETE FROM raised RETURNING name").fetchall())
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise SpoolError(f"{folder / STATE_FILE}: {error}") from error


def _device(kid: bytes, row: DeviceRow) -> tuple[object, ...]:
    ledger = row.ledger
    ranges = (ledger.received.to_bytes(), ledger.skipped.to_bytes(), ledger.thinned.to_bytes())
    values = (kid, *ranges, row.heard, row.online, row.waiting)
    return *values, sum_of(*(int(value) if isinstance(value, bool) else value for value in values))
