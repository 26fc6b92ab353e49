"""Telemetry in an embedded DuckDB file: the default, nothing to install or run.

Groups go through DuckDB's own appender: 2,000 readings cost 4 ms; `INSERT … SELECT unnest($lists)` took 8 ms and
`executemany` 830 ms on the same machine (a group of 20 costs 1.7 ms, nearly all of it the commit). Rows and
cursor are one transaction, so that after a SIGKILL both are there or neither is.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from civicroot_backend.telemetry import duckdb_queries as queries
from civicroot_backend.telemetry import m4
from civicroot_backend.telemetry.errors import TelemetryUnavailable
from civicroot_backend.telemetry.store import (
    EMPTY,
    Appended,
    Bucket,
    Course,
    Reading,
    Sample,
    Value,
    decimal_of,
    due,
    number_of,
    windows,
)

# Memory: DuckDB takes 80 % of the machine unless told; the hourly means of millions of rows fit in this.
# Extensions: none is needed, and a server must not fetch code while it runs.
_CONFIG: dict[str, Any] = {"memory_limit": "1GB", "autoinstall_known_extensions": False}


class DuckDbStore:
    """A TelemetryStore in one file, held by one process. Raises TelemetryUnavailable if it cannot be opened."""

    def __init__(self, path: Path) -> None:
        if not path.parent.is_dir():
            raise TelemetryUnavailable(f"no folder {path.parent.absolute()} for the telemetry file {path.name}")
        self._path = path
        self._writing = threading.Lock()
        with self._named():
            self._connection = _opened(path)
            self._connection.execute(queries.SCHEMA)

    def append(self, readings: Sequence[Reading], cursor: int) -> Appended:
        """See TelemetryStore."""
        with self._writing, self._transaction() as connection:
            stored = _position(connection)
            fresh = due(readings, stored, cursor)
            rows = [_row(reading) for reading in fresh if _fits(reading.value)]
            if cursor > stored:
                with connection.appender("reading") as appender:  # flushes at its end, drops the rows on an error
                    appender.append_rows(rows)
                connection.execute("UPDATE projection SET position = ?", [cursor])
            _settle(connection)
        return Appended(len(rows), len(readings) - len(fresh), len(fresh) - len(rows))

    def cursor(self) -> int:
        """See TelemetryStore."""
        with self._reading() as connection:
            return _position(connection)

    def history(self, kid: bytes, name: str, start: int, end: int, points: int) -> list[Bucket]:
        """See TelemetryStore."""
        cut = windows(start, end, points)
        parameters = {"start": cut.start, "width": cut.width, "end": cut.end, "kid": kid, "name": name}
        with self._reading() as connection:
            return [Bucket(*row) for row in connection.execute(queries.HISTORY, parameters).fetchall()]

    def course(self, kid: bytes, name: str, start: int, end: int, points: int) -> Course:
        """See TelemetryStore."""
        cut = m4.buckets(start, end, points)
        parameters = {"start": start, "width": cut.width, "end": end, "kid": kid, "name": name}
        with self._reading() as connection:
            rows = connection.execute(queries.COURSE, parameters).fetchall()
        return Course([Sample(*sample) for sample, _ in rows], int(rows[0][1]) if rows else 0)

    def latest(self, kid: bytes) -> list[Reading]:
        """See TelemetryStore."""
        with self._reading() as connection:
            return [_reading_of(row) for row in connection.execute(queries.LATEST, [kid]).fetchall()]

    def reset(self) -> None:
        """See TelemetryStore."""
        with self._writing, self._transaction() as connection:
            for statement in queries.FORGET:
                connection.execute(statement)
            connection.execute("UPDATE projection SET position = ?", [EMPTY])

    def close(self) -> None:
        """See TelemetryStore."""
        with self._writing, self._named():
            self._connection.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise TelemetryUnavailable(f"telemetry file {self._path}: {error}") from error

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own for each call: threads sharing one connection would read each other's results."""
        with self._named(), self._connection.cursor() as connection:
            connection.execute(queries.USE)
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._reading() as connection:
            connection.begin()
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    """The file's connection. Only attaching says how large a new file's groups are; one that is there keeps its own."""
    connection = duckdb.connect(config=_CONFIG)
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS telemetry (ROW_GROUP_SIZE {queries.ROW_GROUP})")
    connection.execute(queries.USE)
    return connection


def _settle(connection: duckdb.DuckDBPyConnection) -> None:
    """Move the oldest readings into a sorted run, if enough of them wait."""
    ((waiting,),) = connection.execute(queries.WAITING).fetchall()
    if waiting <= queries.SETTLED_AT:
        return
    ((last,),) = connection.execute(queries.LAST_TO_SETTLE, [queries.SETTLED_AT - 1]).fetchall()
    for statement in queries.SETTLE:
        connection.execute(statement, [last])


def _position(connection: duckdb.DuckDBPyConnection) -> int:
    # All rows, though there is one: an unfinished result would keep the connection from other work.
    rows = connection.execute("SELECT position FROM projection").fetchall()
    if len(rows) != 1:
        raise TelemetryUnavailable(f"the telemetry file has {len(rows)} cursors; delete it, the records rebuild it")
    return int(rows[0][0])


def _fits(value: Value) -> bool:
    return isinstance(value, str | bytes) or number_of(value) is not None


def _row(reading: Reading) -> tuple[object, ...]:
    value = reading.value
    return (
        reading.position,
        reading.kid,
        reading.subject,
        reading.seq,
        reading.placed,
        reading.time,
        reading.received,
        reading.name,
        reading.unit,
        _kind(value),
        number_of(value),
        value if isinstance(value, str) else None,
        value if isinstance(value, bytes) else None,
    )


def _kind(value: Value) -> str:
    match value:
        case bool():
            return "boolean"
        case str():
            return "text"
        case bytes():
            return "data"
        case _:
            return "number"


def _reading_of(row: Sequence[Any]) -> Reading:
    kid, subject, seq, time, received, name, unit, kind, number, text, data, position = row
    values: dict[str, Value] = {"text": text, "data": data}
    if number is not None:
        values |= {"boolean": bool(number), "number": decimal_of(number)}
    return Reading(kid, subject, seq, time, received, name, unit, values[kind], position)
