"""The spool: what is durable at the gateway, in one SQLite file.

Every statement goes through `_run`, which calls the `fault` hook first, as a commit does after it: tests end the
process, or raise, between any two statements. Nothing is written outside `transaction()`.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from civicroot_wire import batch

from ..admission.ranges import RangeSet
from ..admission.sequence_ledger import SequenceLedger
from ..errors import SpoolError
from ..keyfile import sync_folder
from ..uplink.batcher import SealedBatch, SpooledRecord
from .schema import migrate

SPOOL_FILE = "spool.db"
BUSY_MILLISECONDS = 5000  # `status` and backups read beside the gateway

Fault = Callable[[str], None]
Counters = Mapping[tuple[str, str], int]


@dataclass(slots=True)
class DeviceRow:
    """What is kept of a device: its `ledger`; when it was `heard`; what its state said."""

    ledger: SequenceLedger
    heard: int | None = None
    online: bool | None = None
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class NewRecord:
    """An accepted record on its way into the spool."""

    kid: bytes
    seq: int
    digest: bytes
    spooled: SpooledRecord


def no_fault(_statement: str) -> None:
    """The hook outside tests."""


class Spool:
    """An open spool; one writer. Raises SpoolError when it opens, sqlite3.Error when the disk fails."""

    def __init__(self, connection: sqlite3.Connection, folder: Path, fault: Fault = no_fault) -> None:
        self._connection = connection
        self._folder = folder
        self._fault = fault

    @classmethod
    def create(cls, path: Path, kid: bytes, realm: str) -> None:
        """Make the empty spool of a new key, durably; raises SpoolError if there is a spool."""
        if path.exists():
            raise SpoolError(f"{path} exists")
        draft = path.with_name(path.name + ".new")
        draft.unlink(missing_ok=True)
        connection = _connect(draft)
        try:
            migrate(connection)
            connection.execute("INSERT INTO gateway (only, kid, realm) VALUES (1, ?, ?)", (kid, realm))
        finally:
            connection.close()  # the last connection to close moves the log into the file
        draft.rename(path)
        sync_folder(path.parent)

    @classmethod
    def open(cls, path: Path, kid: bytes, realm: str, fault: Fault = no_fault) -> Self:
        """Open the spool of key `kid`; raises SpoolError.

        A missing spool is not made anew: the key's next batch number would be lost with it.
        """
        if not path.exists():
            raise SpoolError(f"{path} is missing; a key without its spool has lost its batch number: make a new key")
        try:
            connection = _connect(path)
            migrate(connection)
            row = connection.execute("SELECT kid, realm FROM gateway").fetchone()
        except sqlite3.DatabaseError as error:
            raise SpoolError(f"{path}: {error}") from error
        if row != (kid, realm):
            connection.close()
            raise SpoolError(f"{path} belongs to another key or realm")
        return cls(connection, path.parent, fault)

    def close(self) -> None:
        """Close it; what was not committed is gone."""
        self._connection.close()

    def free_bytes(self) -> int:
        """Free bytes of the file system that the spool is on."""
        return shutil.disk_usage(self._folder).free

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; durable on a clean exit."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("COMMIT")
            self._fault("committed")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    # Records and their numbers

    def add_records(self, records: Iterable[NewRecord]) -> None:
        """Store accepted records and the digests of their content."""
        rows = list(records)
        spooled = [(row.spooled.position, row.spooled.arrived, row.spooled.encoded) for row in rows]
        self._run_many("INSERT INTO records (position, arrived, encoded) VALUES (?, ?, ?)", spooled)
        seen = [(row.kid, row.seq, row.digest, row.spooled.position) for row in rows]
        self._run_many("INSERT INTO seen (kid, seq, digest, position) VALUES (?, ?, ?, ?)", seen)

    def digest_of(self, kid: bytes, seq: int) -> bytes | None:
        """Content digest of what was accepted under a number, while the replay window remembers it."""
        row = self._run("SELECT digest FROM seen WHERE kid = ? AND seq = ?", (kid, seq)).fetchone()
        return row[0] if row else None

    def record_of(self, kid: bytes, seq: int) -> bytes | None:
        """The record accepted under a number, while it is not delivered."""
        sql = "SELECT encoded FROM records JOIN seen USING (position) WHERE kid = ? AND seq = ?"
        row = self._run(sql, (kid, seq)).fetchone()
        return row[0] if row else None

    def forget_seen(self, kid: bytes, below: int) -> None:
        """Drop digests of numbers smaller than `below`."""
        self._run("DELETE FROM seen WHERE kid = ? AND seq < ?", (kid, below))

    def next_position(self) -> int:
        """A position that no record ever had."""
        row = self._run("SELECT seq FROM sqlite_sequence WHERE name = 'records'").fetchone()
        return row[0] + 1 if row else 1

    # Devices and keys

    def devices(self) -> dict[bytes, DeviceRow]:
        """All devices by kid."""
        rows = self._run("SELECT kid, received, skipped, thinned, heard, online, waiting FROM devices")
        return {row[0]: _device(row) for row in rows}

    def save_device(self, kid: bytes, row: DeviceRow) -> None:
        """Store a device's ledger and state."""
        ledger = row.ledger
        values = (kid, ledger.received.to_bytes(), ledger.skipped.to_bytes(), ledger.thinned.to_bytes())
        online = None if row.online is None else int(row.online)
        self._run(
            "INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, row.heard, online, row.waiting)
        )

    def registrations(self) -> dict[bytes, bytes]:
        """Registration messages by kid."""
        return dict(self._run("SELECT kid, message FROM registrations").fetchall())

    def save_registration(self, kid: bytes, message: bytes) -> None:
        """Store a verified registration in place of the one before."""
        self._run("INSERT OR REPLACE INTO registrations VALUES (?, ?)", (kid, message))

    def checkpoint(self) -> bytes | None:
        """The newest checkpoint's note."""
        row = self._run("SELECT checkpoint FROM gateway").fetchone()
        return row[0] if row else None

    def save_checkpoint(self, note: bytes) -> None:
        """Store the newest checkpoint's note."""
        self._run("UPDATE gateway SET checkpoint = ?", (note,))

    # Batches

    def unbatched(self, limit: int) -> list[SpooledRecord]:
        """The oldest records in no batch yet."""
        after = self._run("SELECT coalesce(max(last), 0) FROM batches").fetchone()[0]
        sql = "SELECT position, arrived, encoded FROM records WHERE position > ? ORDER BY position LIMIT ?"
        return [SpooledRecord(*row) for row in self._run(sql, (after, limit))]

    def unbatched_totals(self) -> tuple[int, int]:
        """How many records are in no batch, and their bytes."""
        return self._totals("WHERE position > (SELECT coalesce(max(last), 0) FROM batches)")

    def totals(self) -> tuple[int, int]:
        """How many records are spooled, and their bytes."""
        return self._totals("")

    def next_batch(self) -> int:
        """The gateway key's next batch number."""
        number: int = self._run("SELECT next_batch FROM gateway").fetchone()[0]
        return number

    def add_batch(self, sealed: SealedBatch) -> None:
        """Store a sealed batch and use up its number."""
        values = (sealed.seq, sealed.first, sealed.last, sealed.size, sealed.header, sealed.digest)
        self._run("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)", values)
        self._run("UPDATE gateway SET next_batch = ?", (sealed.seq + 1,))

    def waiting_batches(self) -> list[int]:
        """Numbers of the batches without a verdict, ascending."""
        return [row[0] for row in self._run("SELECT seq FROM batches ORDER BY seq")]

    def batch_by_digest(self, digest: bytes) -> int | None:
        """Number of the waiting batch whose message has this SHA-256."""
        row = self._run("SELECT seq FROM batches WHERE digest = ?", (digest,)).fetchone()
        return row[0] if row else None

    def batch_records(self, seq: int) -> list[bytes]:
        """The records of a waiting batch, in order."""
        sql = "SELECT encoded FROM records, batches WHERE seq = ? AND position BETWEEN first AND last ORDER BY position"
        return [row[0] for row in self._run(sql, (seq,))]

    def batch_message(self, seq: int) -> bytes:
        """The message of a waiting batch: the same bytes every time."""
        header: bytes = self._run("SELECT header FROM batches WHERE seq = ?", (seq,)).fetchone()[0]
        return batch.encode_message(header, self.batch_records(seq))

    def delete_batch(self, seq: int) -> tuple[int, int]:
        """Delete a batch and its records; returns how many records, and their bytes."""
        span = self._run("SELECT first, last FROM batches WHERE seq = ?", (seq,)).fetchone()
        totals = self._totals("WHERE position BETWEEN ? AND ?", span)
        self._run("DELETE FROM records WHERE position BETWEEN ? AND ?", span)
        self._run("DELETE FROM batches WHERE seq = ?", (seq,))
        return totals

    def bury_batch(self, seq: int, reason: str, at: int) -> tuple[int, int]:
        """Move a refused batch to the dead letters; returns how many records, and bytes freed (under 0: it grows)."""
        message = self.batch_message(seq)
        self._run("INSERT INTO dead_letters VALUES (?, ?, ?, ?)", (seq, reason, at, message))
        records, octets = self.delete_batch(seq)
        return records, octets - len(message)

    def dead_letter_bytes(self) -> int:
        """Bytes of the refused batches that are kept."""
        octets: int = self._run("SELECT coalesce(sum(length(message)), 0) FROM dead_letters").fetchone()[0]
        return octets

    def requeue_dead_letters(self) -> int:
        """Put the records of refused batches among those in no batch yet; returns how many records."""
        letters = self._run("SELECT message, at FROM dead_letters ORDER BY seq").fetchall()
        records = [(record, at) for message, at in letters for record in batch.decode_message(message)[1]]
        first = self.next_position()
        rows = [(position, at, record) for position, (record, at) in enumerate(records, first)]
        self._run_many("INSERT INTO records (position, arrived, encoded) VALUES (?, ?, ?)", rows)
        self._run("DELETE FROM dead_letters")
        return len(rows)

    # Counters and evidence

    def count(self, counts: Counters) -> None:
        """Add to the counters (subject, name)."""
        sql = """INSERT INTO counters VALUES (?, ?, ?)
                 ON CONFLICT (subject, name) DO UPDATE SET count = count + excluded.count"""
        self._run_many(sql, [(subject, name, number) for (subject, name), number in counts.items()])

    def counters(self) -> dict[tuple[str, str], int]:
        """All counters by (subject, name)."""
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

    def _totals(self, where: str, values: tuple[int, ...] = ()) -> tuple[int, int]:
        row = self._run(f"SELECT count(*), coalesce(sum(length(encoded)), 0) FROM records {where}", values).fetchone()
        return row[0], row[1]

    def _run(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        self._fault(sql)
        return self._connection.execute(sql, values)

    def _run_many(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        self._fault(sql)
        self._connection.executemany(sql, rows)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)  # BEGIN and COMMIT are ours
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk, not only in WAL's cache
    return connection


def _device(row: tuple[Any, ...]) -> DeviceRow:
    ledger = SequenceLedger(*(RangeSet.from_bytes(data) for data in row[1:4]))
    return DeviceRow(ledger, row[4], None if row[5] is None else bool(row[5]), row[6])
