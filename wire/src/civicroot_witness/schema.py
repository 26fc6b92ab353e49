"""Tables of a witness's database.

`witness` is one row: whose database this is, the newest time that was signed, and whether more was signed than is known
here. `heads` are the newest cosigned trees of each log; the largest is the one that counts, the others show forks at
sizes that were passed.
"""

import sqlite3

VERSION = 1
KEPT_HEADS = 10_000  # per log; about 4 MB
_TABLES = """
CREATE TABLE witness (
    id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, public BLOB NOT NULL, last_time INTEGER NOT NULL,
    forgotten INTEGER NOT NULL
) STRICT;
CREATE TABLE keys (
    origin TEXT NOT NULL, vkey TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER, PRIMARY KEY (origin, vkey)
) STRICT;
CREATE TABLE heads (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (origin, size)
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (
    number INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT NOT NULL, kind TEXT NOT NULL,
    cosigned_size INTEGER NOT NULL, cosigned TEXT NOT NULL,
    refused_size INTEGER NOT NULL, refused_root BLOB NOT NULL, refused TEXT NOT NULL,
    proof BLOB NOT NULL, seen INTEGER NOT NULL,
    UNIQUE (origin, kind, refused_size, refused_root)
) STRICT;
"""


def create(connection: sqlite3.Connection, name: str, public: bytes) -> None:
    """Make the tables of the witness `name` with its public key, in one transaction."""
    connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    connection.execute("INSERT INTO witness VALUES (1, ?, ?, 0, 0)", (name, public))
