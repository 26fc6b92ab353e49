"""The auditor's memory: one SQLite database in a folder, changed by one transaction per audited step.

Killed between any two instructions, an audit goes on from its last whole step. One audit at a time uses a folder.

    meta               what city this is, how far the log was audited, …
    tiles, leaves      the auditor's own tree; which leaf hash stands where
    checkpoints        every checkpoint that was ever seen, from whom, with its signed note; whether the own tree agrees
    cosignatures       which witness said when that it saw which size; cosigned_heads: and with which root
    beacons            which beacons records name, in how many, and where first
    anchors            external anchors whose evidence was looked at; contract_events: what contracts recorded
    enrolments, revocations, policies, prunings, versions, status_lists    what the log says
    batches            every header, and what became of its records
    lives, records     every key's numbers; the content of each accepted record
    unread             entries that the tree commits to and nobody served
    findings, acknowledged
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import StateError

FORMAT = "civicroot-audit/1"
DATABASE, LOCK, EVIDENCE = "audit.db", "lock", "evidence"
_CACHE_KIB = 64 * 1024  # holds the index of some million records

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tiles (level INTEGER, number INTEGER, hashes BLOB NOT NULL, PRIMARY KEY (level, number)) WITHOUT ROWID;
CREATE TABLE leaves (prefix INTEGER, at INTEGER, PRIMARY KEY (prefix, at)) WITHOUT ROWID;
CREATE TABLE checkpoints (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
    seen INTEGER NOT NULL, beacon BLOB NOT NULL, after INTEGER, agrees INTEGER NOT NULL, UNIQUE (source, note));
CREATE INDEX checkpoints_size ON checkpoints (size);
CREATE TABLE cosignatures (
    witness TEXT, size INTEGER, time INTEGER, PRIMARY KEY (witness, size, time)) WITHOUT ROWID;
CREATE TABLE enrolments (
    at INTEGER PRIMARY KEY, kid BLOB NOT NULL, public BLOB NOT NULL, subject TEXT NOT NULL, role TEXT NOT NULL,
    registrar TEXT NOT NULL, place INTEGER, uri TEXT, label TEXT, simulated INTEGER NOT NULL);
CREATE TABLE revocations (at INTEGER PRIMARY KEY, kid BLOB NOT NULL, entry BLOB NOT NULL);
CREATE TABLE policies (at INTEGER PRIMARY KEY, entry BLOB NOT NULL);
CREATE TABLE prunings (at INTEGER PRIMARY KEY, first INTEGER NOT NULL, "end" INTEGER NOT NULL, entry BLOB NOT NULL);
CREATE TABLE versions (subject TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE status_lists (uri TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE batches (
    at INTEGER PRIMARY KEY, gateway BLOB NOT NULL, seq INTEGER NOT NULL, skip INTEGER NOT NULL, counts INTEGER NOT NULL,
    digest BLOB NOT NULL, root BLOB NOT NULL, size INTEGER NOT NULL, opened INTEGER NOT NULL, closed INTEGER NOT NULL,
    state TEXT NOT NULL, detail TEXT NOT NULL, decided TEXT NOT NULL);
CREATE INDEX batches_seq ON batches (gateway, seq);
CREATE INDEX batches_state ON batches (state) WHERE state <> 'audited';
CREATE TABLE lives (
    id INTEGER PRIMARY KEY, kid BLOB NOT NULL UNIQUE, facts TEXT NOT NULL, last INTEGER, reported INTEGER,
    promise INTEGER);
CREATE TABLE records (
    life INTEGER, seq INTEGER, digest BLOB NOT NULL, at INTEGER NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (life, seq)) WITHOUT ROWID;
CREATE TABLE unread (at INTEGER PRIMARY KEY);
CREATE TABLE findings (
    fingerprint TEXT PRIMARY KEY, name TEXT NOT NULL, about TEXT NOT NULL, detail TEXT NOT NULL, at INTEGER,
    severity TEXT NOT NULL, seen INTEGER NOT NULL, evidence TEXT NOT NULL, standing INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE acknowledged (fingerprint TEXT PRIMARY KEY, time INTEGER NOT NULL) WITHOUT ROWID;
"""


# Tables that came after the first version: a memory from before gets them when it is opened.
_ADDED = """
CREATE TABLE IF NOT EXISTS cosigned_heads (
    witness TEXT, size INTEGER, root BLOB, PRIMARY KEY (witness, size, root)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS beacons (
    beacon BLOB PRIMARY KEY, records INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS anchors (
    name TEXT, size INTEGER, kind TEXT NOT NULL, status TEXT NOT NULL, time INTEGER, says TEXT NOT NULL,
    PRIMARY KEY (name, size)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contract_events (
    contract TEXT, block INTEGER, place INTEGER, size INTEGER NOT NULL, root BLOB NOT NULL, epoch INTEGER NOT NULL,
    time INTEGER NOT NULL, event TEXT NOT NULL, judged INTEGER NOT NULL,
    PRIMARY KEY (contract, block, place)) WITHOUT ROWID;
"""


class State:
    """The folder's database. Use `step` around everything that belongs together; reading needs none."""

    def __init__(self, folder: Path) -> None:
        """Open or create. Raises StateError."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StateError(f"state folder {folder}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise StateError(f"another audit is using {folder}") from error
        try:
            self.sql = sqlite3.connect(folder / DATABASE, isolation_level=None)
            self._prepare()
        except (sqlite3.Error, StateError) as error:
            os.close(self._lock)
            raise StateError(f"state folder {folder}: {error}") from error

    def close(self) -> None:
        """Give the folder up."""
        self.sql.close()
        os.close(self._lock)

    @contextmanager
    def step(self) -> Iterator[None]:
        """All of it becomes durable, or nothing. Raises StateError if it cannot be written."""
        try:
            self.sql.execute("BEGIN IMMEDIATE")
            yield
            self.sql.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise StateError(f"state folder {self.folder}: {error}") from error
        except BaseException:
            self._roll_back()
            raise

    def get(self, key: str) -> str | None:
        """A value of `meta`."""
        row = self.sql.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def number(self, key: str) -> int:
        """A number of `meta`; 0 if it is not there."""
        return int(self.get(key) or 0)

    def put(self, key: str, value: str | int) -> None:
        """Set a value of `meta`."""
        self.sql.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))

    def claim(self, key: str, value: str) -> None:
        """Fix a value for the life of the folder; StateError if it was another one: the folder is of another city."""
        before = self.get(key)
        if before is None:
            with self.step():
                self.put(key, value)
        elif before != value:
            raise StateError(f"state folder {self.folder} is of {key} {before}, not {value}")

    def keep_evidence(self, name: str, content: bytes) -> None:
        """Write a file of evidence, whole or not at all, before the finding that names it. Raises StateError."""
        path = self.folder / EVIDENCE / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name("." + path.name)
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            raise StateError(f"evidence {path}: {error.strerror}") from error

    def _prepare(self) -> None:
        self.sql.execute("PRAGMA journal_mode = WAL")
        self.sql.execute("PRAGMA synchronous = FULL")
        self.sql.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        tables = self.sql.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not tables:
            # executescript commits by itself, so the whole script is one transaction of its own.
            format_row = f"INSERT INTO meta VALUES ('format', '{FORMAT}');"
            self.sql.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} {format_row} COMMIT;")
        self.sql.executescript(f"BEGIN IMMEDIATE; {_ADDED} COMMIT;")
        if self.get("format") != FORMAT:
            raise StateError(f"its format is {self.get('format')}, this auditor writes {FORMAT}")

    def _roll_back(self) -> None:
        if self.sql.in_transaction:
            self.sql.execute("ROLLBACK")
