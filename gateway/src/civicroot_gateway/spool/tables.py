"""The tables of state.db, and how older ones become newer ones. `PRAGMA user_version` is the number of steps taken.

Rows whose content matters carry a `sum`, the CRC-32 of the other columns: SQLite notices a page that makes no sense,
not a digit that changed.
"""

import sqlite3

from ..errors import SpoolError

# Each step is applied once, in its own transaction. Steps are never edited after a release, only added.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        # Whose state it is, and how far it includes the journal.
        """CREATE TABLE gateway (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            kid BLOB NOT NULL,
            realm TEXT NOT NULL,
            next_batch INTEGER NOT NULL,  -- lowest batch number that was never used; the journal says so, too
            seen_to INTEGER NOT NULL,     -- position up to which `seen` has the journal's records
            counted_to INTEGER NOT NULL,  -- position up to which `counters` and `devices` have them
            clock INTEGER NOT NULL,       -- Unix seconds that the clock had reached
            sum INTEGER NOT NULL
        ) STRICT""",
        # Enrolments, revocations, the newest checkpoint and commands, as received.
        """CREATE TABLE trust (
            kind TEXT, kid BLOB, message BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (kind, kid)
        ) STRICT, WITHOUT ROWID""",
        # One row for each enrolled device; ranges as pairs of big-endian 32-bit numbers.
        """CREATE TABLE devices (
            kid BLOB PRIMARY KEY,
            received BLOB NOT NULL,
            skipped BLOB NOT NULL,
            thinned BLOB NOT NULL,
            heard INTEGER,    -- Unix seconds of the last accepted or repeated record, or state
            online INTEGER,   -- what its state says
            waiting INTEGER,  -- records it said it still has
            sum INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        # The replay window: what content came under which number, also after the record itself is delivered.
        """CREATE TABLE seen (
            kid BLOB NOT NULL, seq INTEGER NOT NULL, digest BLOB NOT NULL, position INTEGER NOT NULL,
            sum INTEGER NOT NULL, PRIMARY KEY (kid, seq)
        ) STRICT, WITHOUT ROWID""",
        "CREATE TABLE counters (subject TEXT, name TEXT, count INTEGER NOT NULL, PRIMARY KEY (subject, name)) STRICT",
        # Samples of what was refused; bounded in evidence.py.
        """CREATE TABLE evidence (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            reason TEXT NOT NULL,
            kid BLOB,
            at INTEGER NOT NULL,
            detail TEXT NOT NULL,
            data BLOB NOT NULL,
            other BLOB          -- what it conflicts with
        ) STRICT""",
        "CREATE INDEX evidence_by_reason ON evidence (reason, kid)",
        # What of the journal could not be read, once for each place.
        """CREATE TABLE damage (
            segment INTEGER, offset INTEGER, bytes INTEGER NOT NULL,
            first INTEGER NOT NULL, last INTEGER NOT NULL, records INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (segment, offset, first)
        ) STRICT""",
        # Alarms that last until somebody acknowledges them, and since when.
        "CREATE TABLE raised (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        # What was said last, for those who look while no process runs.
        "CREATE TABLE standing (name TEXT PRIMARY KEY, value INTEGER) STRICT, WITHOUT ROWID",
    ),
)


# Besides user_version: one digit that changed must not look like a newer gateway's work.
_APPLICATION = 0x43525300


def prepare(connection: sqlite3.Connection) -> None:
    """Take the steps that were not yet taken; raises SpoolError if there were steps that we do not know.

    Raises sqlite3.DatabaseError if the numbers contradict each other.
    """
    taken: int = connection.execute("PRAGMA user_version").fetchone()[0]
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != (_APPLICATION + taken if taken else 0):
        raise sqlite3.DatabaseError(f"schema {taken} of application {application:x}")
    if taken > len(STEPS):
        raise SpoolError(f"the state has schema {taken}, this gateway knows {len(STEPS)}: install the newer one")
    for number, statements in enumerate(STEPS[taken:], taken + 1):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")  # transactional, unlike most pragmas
        connection.execute(f"PRAGMA application_id = {_APPLICATION + number}")
        connection.execute("COMMIT")
