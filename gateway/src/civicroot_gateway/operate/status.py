"""What a gateway has and had, read from its spool beside the running process."""

import sqlite3
from pathlib import Path
from typing import Any

from civicroot_wire import enrolment, registration
from civicroot_wire.checkpoint import parse_body
from civicroot_wire.note import parse as parse_note

from ..errors import SpoolError
from ..group import PROGRESS
from ..spool.schema import MIGRATIONS
from ..spool.spool import SPOOL_FILE


def read(data: Path) -> dict[str, Any]:
    """The status as a JSON object; raises SpoolError."""
    path = data / SPOOL_FILE
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


def _read(connection: sqlite3.Connection) -> dict[str, Any]:
    connection.execute("BEGIN")  # one moment for all that follows
    if connection.execute("PRAGMA user_version").fetchone()[0] != len(MIGRATIONS):
        raise SpoolError("the spool was not yet opened by this version: run the gateway first")
    kid, realm, next_batch, note = connection.execute(
        "SELECT kid, realm, next_batch, checkpoint FROM gateway"
    ).fetchone()
    records, octets = connection.execute("SELECT count(*), coalesce(sum(length(encoded)), 0) FROM records").fetchone()
    refused, refused_octets = connection.execute(
        "SELECT count(*), coalesce(sum(length(message)), 0) FROM dead_letters"
    ).fetchone()
    counters = connection.execute("SELECT subject, name, count FROM counters ORDER BY subject, name").fetchall()
    return {
        "kid": kid.hex(),
        "realm": realm,
        "log_size": None if note is None else parse_body(parse_note(note).body).size,
        "records_spooled": records,
        "bytes_spooled": octets,
        "batches_waiting": connection.execute("SELECT count(*) FROM batches").fetchone()[0],
        "batches_refused": refused,
        "bytes_refused": refused_octets,
        "next_batch": next_batch,
        "counters": {f"{subject}.{name}": count for subject, name, count in counters},
        "refusals": _refusals(counters),
        "keys": _keys(connection),
        "devices": _devices(connection),
    }


def _refusals(counters: list[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for subject, name, count in counters:
        if (subject, name) not in PROGRESS:
            found.setdefault(subject, {})[name] = count
    return found


def _keys(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    found = []
    for kid, message in connection.execute("SELECT kid, message FROM registrations ORDER BY kid"):
        content = enrolment.decode(registration.decode(message).entry.entry)
        found.append({"kid": kid.hex(), "role": content.role, "subject": content.subject})
    return found


def _devices(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    rows = connection.execute("SELECT kid, heard, online, waiting FROM devices ORDER BY kid")
    return [
        {"kid": kid.hex(), "heard": heard, "online": None if online is None else bool(online), "waiting": waiting}
        for kid, heard, online, waiting in rows
    ]


def as_text(status: dict[str, Any], now: float) -> str:
    """The status for people."""
    counters = status["counters"]
    lines = [
        f"gateway {status['kid']} of {status['realm']}",
        f"  spooled   {status['records_spooled']} records, {status['bytes_spooled']} bytes",
        f"  batches   {status['batches_waiting']} waiting, {status['batches_refused']} refused "
        f"({status['bytes_refused']} bytes), next {status['next_batch']}",
        f"  log size  {status['log_size'] if status['log_size'] is not None else 'not known yet'}",
        f"  records   {counters.get('record.accepted', 0)} accepted, {counters.get('record.duplicate', 0)} repeated, "
        f"{counters.get('record.committed', 0)} committed",
    ]
    for subject, reasons in status["refusals"].items():
        lines.append(f"  refused   {subject}: " + ", ".join(f"{name} {count}" for name, count in reasons.items()))
    subjects = {key["kid"]: key["subject"] for key in status["keys"]}
    for device in status["devices"]:
        heard = "never heard" if device["heard"] is None else f"heard {max(int(now) - device['heard'], 0)} s ago"
        online = {None: "", True: ", online", False: ", offline"}[device["online"]]
        lines.append(f"  {device['kid']}  {subjects.get(device['kid'], '?')}  {heard}{online}")
    return "\n".join(lines)
