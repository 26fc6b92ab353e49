"""The witness's memory, an SQLite database: what it forgot, it would sign twice.

Every write is one transaction that is on the disk (WAL, synchronous FULL) when it returns. Threads may use a store at
the same time; they take turns.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Self

from civicroot_wire.merkle import HASH_BYTES

from . import schema
from .errors import ConfigError, StoreError
from .evidence import FORK, MAX_FORKS, MAX_UNPROVED, UNPROVED, Evidence
from .judge import Head
from .trusted import LogKey, parse_log_key

NAME = "witness.sqlite"
_BUSY_SECONDS = 10.0  # `add-log` beside a running witness holds it for milliseconds
_CAPS = {FORK: MAX_FORKS, UNPROVED: MAX_UNPROVED}


def create(folder: Path, name: str, public: bytes) -> None:
    """Make the database of a new witness. Raises StoreError."""
    try:
        connection = sqlite3.connect(folder / NAME, isolation_level=None)
        try:
            _settle(connection)
            schema.create(connection, name, public)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreError(f"cannot create {folder / NAME}: {error}") from error


def _settle(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


class Store:
    """An open database; a context manager that gives it up.

    With `recover`, which is for whoever signs, what a failed or interrupted write may have left half on the disk is
    made durable before anything is read: a write whose sync failed can be seen again after the file is opened anew.
    """

    def __init__(self, folder: Path, recover: bool = False) -> None:
        self._recover = recover
        self._path = folder / NAME
        self._lock = RLock()
        self._depth = 0  # of blocks that the thread with the lock is in
        self._connection: sqlite3.Connection | None = None
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file up."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def check_owner(self, name: str, public: bytes) -> None:
        """Raise ConfigError if this is the database of another witness."""
        with self._use() as connection:
            row = connection.execute("SELECT name, public FROM witness").fetchone()
        if row != (name, public):
            raise ConfigError(f"{self._path} is not the database of this witness and key")

    @contextmanager
    def write(self) -> Iterator[None]:
        """A block that becomes durable as a whole, or not at all. Raises StoreError."""
        with self._use() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def keys(self, origin: str) -> list[LogKey]:
        """The keys of a log; none if it is unknown."""
        return [key for key in self._keys("WHERE origin = ?", origin) if key.origin == origin]

    def all_keys(self) -> list[LogKey]:
        """Every log's keys, by origin."""
        return self._keys("")

    def add_keys(self, keys: list[LogKey], replace: bool) -> None:
        """Trust keys, or change the indices for which they are trusted; `replace`: and no others of their logs."""
        with self.write(), self._use() as connection:
            if replace:
                connection.executemany("DELETE FROM keys WHERE origin = ?", {(key.origin,) for key in keys})
            rows = [(key.origin, str(key.key), key.first, key.last) for key in keys]
            connection.executemany("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)", rows)

    def remove_keys(self, origin: str) -> int:
        """Trust no key of a log; how many there were. What was cosigned is remembered."""
        with self._use() as connection:
            return connection.execute("DELETE FROM keys WHERE origin = ?", (origin,)).rowcount

    def origins(self) -> list[str]:
        """The logs of which anything was cosigned."""
        with self._use() as connection:
            return [row[0] for row in connection.execute("SELECT DISTINCT origin FROM heads ORDER BY origin")]

    def latest(self, origin: str) -> Head | None:
        """The largest cosigned tree of a log."""
        return self._head("ORDER BY size DESC LIMIT 1", origin)

    def head_at(self, origin: str, size: int) -> Head | None:
        """The cosigned tree of a size, if it is remembered."""
        return self._head("AND size = ?", origin, size)

    def last_time(self) -> int:
        """The newest time that was recorded to be signed, Unix seconds; 0 if none."""
        with self._use() as connection:
            return int(connection.execute("SELECT last_time FROM witness").fetchone()[0])

    def forgotten(self) -> bool:
        """Whether this witness is known to have signed what is not in here."""
        with self._use() as connection:
            return bool(connection.execute("SELECT forgotten FROM witness").fetchone()[0])

    def forget(self) -> None:
        """Note for ever that this witness signed what is not in here."""
        with self._use() as connection:
            connection.execute("UPDATE witness SET forgotten = 1")

    def record(self, origin: str, head: Head) -> None:
        """Remember a tree that is about to be cosigned; inside `write`."""
        with self._use() as connection:
            row = (origin, head.size, head.root, head.note, head.time)
            connection.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?)", row)
            connection.execute("UPDATE witness SET last_time = ?", (head.time,))
            connection.execute(
                "DELETE FROM heads WHERE origin = ?1 AND size <= "
                "(SELECT size FROM heads WHERE origin = ?1 ORDER BY size DESC LIMIT 1 OFFSET ?2)",
                (origin, schema.KEPT_HEADS),
            )
            # It was shown to grow from what was cosigned before, so what was unproved about it is not any more.
            connection.execute(
                "DELETE FROM evidence WHERE origin = ? AND kind = ? AND refused_size = ? AND refused_root = ?",
                (origin, UNPROVED, head.size, head.root),
            )

    def add_evidence(self, found: Evidence, refused_root: bytes) -> Evidence | None:
        """Keep evidence under a number of its own; None if it is kept already, or there is enough of its kind."""
        with self.write(), self._use() as connection:
            row = (found.origin, found.kind)
            count = connection.execute("SELECT count(*) FROM evidence WHERE origin = ? AND kind = ?", row).fetchone()[0]
            known = connection.execute(
                "SELECT 1 FROM evidence WHERE origin = ? AND kind = ? AND refused_size = ? AND refused_root = ?",
                (*row, found.refused_size, refused_root),
            ).fetchone()
            if known or count >= _CAPS[found.kind]:
                return None
            number = connection.execute(
                "INSERT INTO evidence VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(found.origin, found.kind, found.cosigned_size, found.cosigned),
                    *(found.refused_size, refused_root, found.refused, b"".join(found.proof), found.seen),
                ),
            ).lastrowid
        return self.evidence(number)

    def evidence(self, number: int | None) -> Evidence | None:
        """The evidence under a number."""
        found = self._evidence("WHERE number = ?", number)
        return found[0] if found else None

    def all_evidence(self) -> list[Evidence]:
        """Everything that is kept, oldest first."""
        return self._evidence("ORDER BY number")

    def _keys(self, where: str, *values: str) -> list[LogKey]:
        with self._use() as connection:
            rows = connection.execute(f"SELECT vkey, first, last FROM keys {where} ORDER BY origin, first", values)
            return [parse_log_key(*row) for row in rows]

    def _head(self, which: str, *values: str | int) -> Head | None:
        with self._use() as connection:
            row = connection.execute(
                f"SELECT size, root, note, time FROM heads WHERE origin = ? {which}", values
            ).fetchone()
        return None if row is None else Head(*row)

    def _evidence(self, which: str, *values: int | None) -> list[Evidence]:
        with self._use() as connection:
            rows = connection.execute(
                "SELECT number, origin, kind, cosigned_size, cosigned, refused_size, refused, proof, seen "
                f"FROM evidence {which}",
                values,
            ).fetchall()
        return [_evidence(row) for row in rows]

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread; after a failure the file is opened anew, so that nothing half-known stays."""
        with self._lock:
            self._depth += 1
            try:
                yield self._connection if self._connection is not None else self._open()
            except sqlite3.Error as error:
                if self._depth > 1:
                    raise  # the outermost block ends the transaction first
                self.close()
                raise StoreError(f"{self._path}: {error}") from error
            finally:
                self._depth -= 1

    def _open(self) -> sqlite3.Connection:
        """Open the file, which is there: a witness that begins anew without it would sign a second history."""
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        try:
            connection = sqlite3.connect(
                address, _BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True
            )
        except sqlite3.Error as error:
            raise StoreError(f"cannot open {self._path}: {error}") from error
        try:
            self._check(connection)
        except sqlite3.Error as error:
            connection.close()
            raise StoreError(f"cannot open {self._path}: {error}") from error
        except StoreError:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        _settle(connection)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != schema.VERSION:
            raise StoreError(f"{self._path} has version {version}, this program knows {schema.VERSION}")
        if self._recover and connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise StoreError(f"{self._path} is in use")


def _evidence(row: tuple[Any, ...]) -> Evidence:
    number, origin, kind, cosigned_size, cosigned, refused_size, refused, proof, seen = row
    return Evidence(number, origin, kind, cosigned_size, cosigned, refused_size, refused, _hashes(proof), seen)


def _hashes(joined: bytes) -> list[bytes]:
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]
