"""The file that state.db is: opening it, telling damage from a disk that fails, and setting a damaged one aside."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from zlib import crc32

from ..errors import SpoolError, SpoolFault
from ..keyfile import sync_folder

BUSY_MILLISECONDS = 5000  # commands and backups read beside the gateway
# Pages after which the log is begun anew. While it grows, each commit changes the file's size as well, and the file
# system writes that down: three more blocks for one.
LOG_PAGES = 64
_TRANSIENT = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)


class StateDamaged(SpoolError):
    """state.db, or a row of it, is not what was written."""


def connect(path: Path) -> sqlite3.Connection:
    """Open it, so that a commit is durable."""
    connection = sqlite3.connect(path, isolation_level=None)  # BEGIN and COMMIT are ours
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk, not only in WAL's cache
    connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    return connection


def error_of(path: Path, error: sqlite3.DatabaseError) -> SpoolError:
    """A disk that is full or fails, or a lock, may be better the next time; everything else means damage."""
    code = getattr(error, "sqlite_errorcode", None)
    transient = (
        isinstance(error, sqlite3.OperationalError | sqlite3.ProgrammingError)
        if code is None
        else (code & 0xFF) in _TRANSIENT
    )
    return SpoolFault(f"{path}: {error}") if transient else StateDamaged(f"{path}: {error}")


def is_unreadable(error: SpoolError) -> bool:
    """Whether the disk failed to read or write, rather than being full or locked."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_IOERR


def is_unused(path: Path) -> bool:
    """Whether no message was ever counted; raises SpoolError if that cannot be read."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            row: tuple[int] = connection.execute("SELECT count(*) FROM counters").fetchone()
            return row[0] == 0
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise SpoolError(f"{path}: {error}") from error


def set_aside(path: Path) -> tuple[Path, dict[tuple[str, bytes], bytes], int]:
    """Move a damaged state away; returns where to, what of the registry's messages is sound, and its next batch number.

    They are signed besides, and verified again when they are used.
    """
    saved: dict[tuple[str, bytes], bytes] = {}
    next_batch = 0
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            for row in connection.execute("SELECT kind, kid, message, sum FROM trust"):
                saved |= sound([row])
            *values, check = connection.execute(
                "SELECT kid, realm, next_batch, seen_to, counted_to, clock, sum FROM gateway"
            ).fetchone()
            next_batch = int(values[2]) if check == sum_of(*values) else 0
        finally:
            connection.close()
    except (sqlite3.DatabaseError, OverflowError, UnicodeDecodeError, TypeError):
        pass  # the rest comes again from the broker, which retains it
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):  # the file itself last: without it there is nothing to move the others for
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    sync_folder(path.parent)
    return aside, saved, next_batch


def sound(rows: Iterable[tuple[str, bytes, bytes, int]]) -> dict[tuple[str, bytes], bytes]:
    """Messages by kind and kid, of the rows of `trust` that are what was written."""
    return {(kind, kid): message for kind, kid, message, check in rows if check == sum_of(kind, kid, message)}


def sum_of(*values: object) -> int:
    """The CRC-32 of a row's other columns."""
    return crc32(repr(values).encode())
