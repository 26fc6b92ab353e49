"""Where a gateway stands that does not run, read from its spool without changing it."""

import sqlite3
from pathlib import Path

from civicroot_wire import enrolment, registration
from civicroot_wire.checkpoint import parse_body
from civicroot_wire.note import parse as parse_note

from ..errors import SpoolError
from ..spool.schema import MIGRATIONS
from ..spool.spool import SPOOL_FILE
from .standing import Heard, Key, Standing


def read(folder: Path) -> Standing:
    """What the spool in `folder` knows; raises SpoolError."""
    path = folder / SPOOL_FILE
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
    if connection.execute("PRAGMA user_version").fetchone()[0] != len(MIGRATIONS):
        raise SpoolError("the spool was not yet opened by this version: run the gateway first")
    kid, realm, next_batch, note = connection.execute(
        "SELECT kid, realm, next_batch, checkpoint FROM gateway"
    ).fetchone()
    records, octets, oldest = connection.execute(
        "SELECT count(*), coalesce(sum(length(encoded)), 0), min(arrived) FROM records"
    ).fetchone()
    refused, refused_octets = connection.execute(
        "SELECT count(*), coalesce(sum(length(message)), 0) FROM dead_letters"
    ).fetchone()
    counters = connection.execute("SELECT subject, name, count FROM counters ORDER BY subject, name")
    return Standing(
        kid=kid,
        realm=realm,
        log_size=None if note is None else parse_body(parse_note(note).body).size,
        records=records,
        octets=octets,
        oldest=oldest,
        batches_waiting=connection.execute("SELECT count(*) FROM batches").fetchone()[0],
        batches_refused=refused,
        octets_refused=refused_octets,
        next_batch=next_batch,
        counters={(subject, name): count for subject, name, count in counters},
        keys=_keys(connection),
        devices=_devices(connection),
    )


def _keys(connection: sqlite3.Connection) -> list[Key]:
    found = []
    for kid, message in connection.execute("SELECT kid, message FROM registrations ORDER BY kid"):
        content = enrolment.decode(registration.decode(message).entry.entry)
        found.append(Key(kid, content.role, content.subject))
    return found


def _devices(connection: sqlite3.Connection) -> list[Heard]:
    rows = connection.execute("SELECT kid, heard, online, waiting FROM devices ORDER BY kid")
    return [
        Heard(kid, heard, None if online is None else bool(online), waiting) for kid, heard, online, waiting in rows
    ]
