"""The spool's tables and how an older spool becomes a newer one. `PRAGMA user_version` is the number of steps taken."""

import sqlite3

from ..errors import SpoolError

# Each step is applied once, in its own transaction. Steps are never edited after a release, only added.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # Whose spool it is, and what must outlive everything else in it.
        """CREATE TABLE gateway (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            kid BLOB NOT NULL,
            realm TEXT NOT NULL,
            next_batch INTEGER NOT NULL DEFAULT 0,  -- the key's next batch number; lives and dies with the key
            checkpoint BLOB                         -- newest checkpoint, as received
        ) STRICT""",
        # Retained registrations, as received: they are verified again at every start.
        "CREATE TABLE registrations (kid BLOB PRIMARY KEY, message BLOB NOT NULL) STRICT, WITHOUT ROWID",
        # One row for each enrolled device that was heard; ranges as pairs of big-endian 32-bit numbers.
        """CREATE TABLE devices (
            kid BLOB PRIMARY KEY,
            received BLOB NOT NULL,
            skipped BLOB NOT NULL,
            thinned BLOB NOT NULL,
            heard INTEGER,    -- Unix seconds of the last accepted or repeated record, or state
            online INTEGER,   -- what its state says
            waiting INTEGER   -- records it said it still has
        ) STRICT, WITHOUT ROWID""",
        # The replay window: what content came under which number, also after the record itself is delivered.
        """CREATE TABLE seen (
            kid BLOB NOT NULL, seq INTEGER NOT NULL, digest BLOB NOT NULL, position INTEGER NOT NULL,
            PRIMARY KEY (kid, seq)
        ) STRICT, WITHOUT ROWID""",
        # Accepted and not yet delivered. A position is never used twice.
        """CREATE TABLE records (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            arrived INTEGER NOT NULL,
            encoded BLOB NOT NULL
        ) STRICT""",
        # Sealed, without a verdict yet: the header, and the records from position first to last.
        """CREATE TABLE batches (
            seq INTEGER PRIMARY KEY,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            size INTEGER NOT NULL,
            header BLOB NOT NULL,
            digest BLOB NOT NULL UNIQUE
        ) STRICT""",
        # Refused by the backend: kept whole until an operator decides.
        """CREATE TABLE dead_letters (
            seq INTEGER PRIMARY KEY,
            reason TEXT NOT NULL,
            at INTEGER NOT NULL,
            message BLOB NOT NULL
        ) STRICT""",
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
    ),
)


def migrate(connection: sqlite3.Connection) -> None:
    """Take the steps that the spool has not yet taken; raises SpoolError if it knows steps that we do not."""
    taken: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if taken > len(MIGRATIONS):
        raise SpoolError(f"the spool has schema {taken}, this gateway knows {len(MIGRATIONS)}: install the newer one")
    for number, statements in enumerate(MIGRATIONS[taken:], taken + 1):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")  # transactional, unlike most pragmas
        connection.execute("COMMIT")
