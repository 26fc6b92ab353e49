"""The register: a registrar's own book, beside its key, of the keys that it enrolled and their status indices.

What is signed is in the register, durable, before it is sent, and stays *pending* there until the city says where it is
logged. So a desk that is interrupted sends the very same statement again, and no status index is ever given out twice.
"""

import dataclasses
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from civicroot_wire import entry

from civicroot_backend.desk.errors import RegisterError
from civicroot_backend.desk.status_uri import uri_of

SUFFIX = ".register"
FORMAT = "civicroot/register/v1"
_BUSY_SECONDS = 30.0  # another command of the same desk is at work
_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE keys (
    kid BLOB PRIMARY KEY,          -- 8 bytes
    public BLOB NOT NULL,          -- 32 bytes
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    uri TEXT,                      -- of the status list that covers it; NULL: enrolled without one
    status_index INTEGER,          -- its bit there
    enrolled INTEGER,              -- log index of its newest enrolment; NULL: it is not logged (yet)
    revoked INTEGER,               -- log index of its revocation
    reason INTEGER,                -- of the revocation (SPEC.md 3.4)
    UNIQUE (uri, status_index)
) STRICT;
CREATE INDEX keys_by_subject ON keys (subject);
CREATE TABLE pending (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,            -- enrolment or revocation
    kid BLOB NOT NULL REFERENCES keys (kid),
    subject TEXT NOT NULL,
    reason INTEGER,                -- of a revocation
    statement BLOB NOT NULL        -- exact signed bytes
) STRICT;
CREATE TABLE lists (uri TEXT PRIMARY KEY, log_index INTEGER NOT NULL, issued_at INTEGER NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the register; `enrolled` and `revoked` are log indices, or None."""

    kid: bytes
    public: bytes
    subject: str
    role: str
    uri: str | None
    status_index: int | None
    enrolled: int | None = None
    revoked: int | None = None
    reason: int | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """A signed statement that the city has not confirmed yet. `kind` is that of the log entry."""

    kind: str
    kid: bytes
    subject: str
    statement: bytes
    reason: int | None = None
    number: int = 0


class Register:
    """An open register. Every change is durable when its method returns."""

    def __init__(self, connection: sqlite3.Connection, realm: str, registrar: bytes) -> None:
        self._connection = connection
        self.realm = realm
        self.registrar = registrar
        self.uri = uri_of(realm, registrar)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def all_keys(self) -> list[Key]:
        """All keys, by their index."""
        return self._select("ORDER BY uri, status_index")

    def key(self, kid: bytes) -> Key | None:
        """The key with this kid."""
        found = self._select("WHERE kid = ?", kid)
        return found[0] if found else None

    def enrolled_keys(self, subject: str) -> list[Key]:
        """The keys of a subject that are enrolled, those that are valid first."""
        return self._select(
            "WHERE subject = ? AND enrolled IS NOT NULL ORDER BY revoked IS NOT NULL, enrolled", subject
        )

    def next_index(self) -> int:
        """The next status index of this register's own list that no key ever had."""
        query = "SELECT coalesce(max(status_index) + 1, 0) FROM keys WHERE uri = ?"
        return int(self._connection.execute(query, (self.uri,)).fetchone()[0])

    def pending(self) -> list[Pending]:
        """What was signed and is not confirmed, in the order of signing."""
        columns = "kind, kid, subject, statement, reason, number"
        return [Pending(*row) for row in self._connection.execute(f"SELECT {columns} FROM pending ORDER BY number")]

    def add(self, pending: Pending, key: Key | None = None) -> Pending:
        """Keep a signed statement until it is confirmed; `key` is the one that it enrols."""
        if key is not None:
            self.write(key)
        values = (pending.kind, pending.kid, pending.subject, pending.reason, pending.statement)
        done = self._connection.execute(
            "INSERT INTO pending (kind, kid, subject, reason, statement) VALUES (?, ?, ?, ?, ?)", values
        )
        number = done.lastrowid or 0
        return Pending(pending.kind, pending.kid, pending.subject, pending.statement, pending.reason, number)

    def confirm(self, pending: Pending, index: int) -> None:
        """The statement is log entry `index`."""
        if pending.kind == entry.REVOCATION:
            revoked = (index, pending.reason, pending.kid)
            self._connection.execute("UPDATE keys SET revoked = ?, reason = ? WHERE kid = ?", revoked)
        else:
            enrolled = (index, pending.subject, pending.kid)
            self._connection.execute("UPDATE keys SET enrolled = ?, subject = ? WHERE kid = ?", enrolled)
        self.drop(pending)

    def drop(self, pending: Pending) -> None:
        """The city refused the statement. The key's status index stays given out."""
        self._connection.execute("DELETE FROM pending WHERE number = ?", (pending.number,))

    def bits(self, uri: str) -> bytes:
        """The status list as it should be now: bit i, least significant first, is set if its key is revoked."""
        rows = self._connection.execute("SELECT status_index, revoked FROM keys WHERE uri = ?", (uri,)).fetchall()
        if not rows:
            return b""
        bits = bytearray(max(index for index, _ in rows) // 8 + 1)
        for index, revoked in rows:
            if revoked is not None:
                bits[index >> 3] |= 1 << (index & 7)
        return bytes(bits)

    def uris(self) -> list[str]:
        """The lists that this register keeps: its own, and those it took over from an earlier registrar key."""
        return [
            str(row[0])
            for row in self._connection.execute("SELECT DISTINCT uri FROM keys WHERE uri IS NOT NULL ORDER BY uri")
        ]

    def last_list(self, uri: str) -> tuple[int, int] | None:
        """Log index and `iat` of the list that was published last."""
        row = self._connection.execute("SELECT log_index, issued_at FROM lists WHERE uri = ?", (uri,)).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def published(self, uri: str, index: int, issued_at: int) -> None:
        """A list is log entry `index`."""
        self._connection.execute(
            "INSERT INTO lists VALUES (?, ?, ?) ON CONFLICT (uri) DO UPDATE SET log_index = ?, issued_at = ?",
            (uri, index, issued_at, index, issued_at),
        )

    def write(self, key: Key) -> None:
        """Write a key, whatever the register had of it."""
        # Only a row of the same key is replaced: another key's status index is never taken.
        self._connection.execute(
            "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kid) DO UPDATE SET "
            + ", ".join(f"{field.name} = excluded.{field.name}" for field in dataclasses.fields(Key)),
            dataclasses.astuple(key),
        )

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make several changes durable at once, or none of them."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _select(self, rest: str, *values: object) -> list[Key]:
        columns = "kid, public, subject, role, uri, status_index, enrolled, revoked, reason"
        return [Key(*row) for row in self._connection.execute(f"SELECT {columns} FROM keys {rest}", values)]


def path_of(key_file: Path) -> Path:
    """Where the register of a registrar's key lies: registrar.register beside registrar.key."""
    return key_file.with_suffix(SUFFIX)


def create(path: Path, realm: str, registrar: bytes) -> Register:
    """A new, empty register. RegisterError if there is a file: a register is never overwritten."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise RegisterError(f"cannot create {path}: {error.strerror}") from error
    with _errors(path):
        connection = _connect(path)
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        about = {"format": FORMAT, "realm": realm, "registrar": registrar.hex()}
        connection.executemany("INSERT INTO about VALUES (?, ?)", list(about.items()))
        return Register(connection, realm, registrar)


def open_register(path: Path, registrar: bytes) -> Register:
    """The register of this registrar key. RegisterError."""
    if not path.is_file():
        raise RegisterError(
            f"there is no register {path}; `civicroot register rebuild` makes it from the city's log, "
            "`civicroot register new` an empty one for a key that has enrolled nobody"
        )
    with _errors(path):
        connection = _connect(path)
        about: dict[str, str] = dict(connection.execute("SELECT name, value FROM about").fetchall())
    if about.get("format") != FORMAT:
        raise RegisterError(f"{path} is a register of another version: {about.get('format')}")
    if about.get("registrar") != registrar.hex():
        raise RegisterError(f"{path} is the register of registrar key {about.get('registrar')}, not {registrar.hex()}")
    return Register(connection, about["realm"], registrar)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")  # a status index that is given out is never forgotten
    return connection


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise RegisterError(f"{path}: {error}") from error
