"""Where a gateway stands that does not run, read from its state without changing it.

After a clean stop it is exact; after a kill up to a minute old.
"""

import sqlite3
from pathlib import Path

from civicroot_wire.checkpoint import parse_body
from civicroot_wire.note import parse as parse_note

from ..errors import SpoolError
from ..spool.keys import Names
from ..spool.state import STATE_FILE
from ..spool.tables import STEPS
from .standing import Heard, Key, Standing


def read(folder: Path) -> Standing:
    """What the spool in `folder` knows; raises SpoolError."""
    path = folder / STATE_FILE
    if not path.exists():
        raise SpoolError(f"{path} is missing")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            return _read(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise SpoolError(f"{path}: {error}") from error


def _read(connection: sqlite3.Connection) -> Standing:
    connection.execute("BEGIN")  # one moment for all that follows
    if connection.execute("PRAGMA user_version").fetchone()[0] != len(STEPS):
        raise SpoolError("the spool was not yet opened by this version: run the gateway first")
    kid, realm, next_batch = connection.execute("SELECT kid, realm, next_batch FROM gateway").fetchone()
    note = connection.execute("SELECT message FROM trust WHERE kind = 'checkpoint'").fetchone()
    numbers: dict[str, int | None] = dict(connection.execute("SELECT name, value FROM standing").fetchall())
    counters = connection.execute("SELECT subject, name, count FROM counters ORDER BY subject, name")
    minutes = numbers.get("room_minutes")
    return Standing(
        kid=kid,
        realm=realm,
        log_size=None if note is None else parse_body(parse_note(note[0]).body).size,
        records=numbers.get("records") or 0,
        octets=numbers.get("octets") or 0,
        oldest=numbers.get("oldest"),
        batches_waiting=numbers.get("batches_waiting") or 0,
        batches_refused=numbers.get("batches_refused") or 0,
        octets_refused=numbers.get("octets_refused") or 0,
        limit=numbers.get("limit"),
        room_hours=None if minutes is None else minutes / 60,
        next_batch=next_batch,
        counters={(subject, name): count for subject, name, count in counters},
        keys=_keys(connection),
        devices=_devices(connection),
        alarms=[row[0] for row in connection.execute("SELECT name FROM raised ORDER BY name")],
    )


def _keys(connection: sqlite3.Connection) -> list[Key]:
    messages = dict(connection.execute("SELECT kid, message FROM trust WHERE kind = 'enrolment'").fetchall())
    names = Names()
    for kid in messages:
        names.changed(kid)
    return [Key(*row) for row in names.rows(lambda _kind: messages)]


def _devices(connection: sqlite3.Connection) -> list[Heard]:
    rows = connection.execute("SELECT kid, heard, online, waiting FROM devices ORDER BY kid")
    return [
        Heard(kid, heard, None if online is None else bool(online), waiting) for kid, heard, online, waiting in rows
    ]
