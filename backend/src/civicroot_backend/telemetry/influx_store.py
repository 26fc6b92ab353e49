"""Telemetry in a server that takes the InfluxDB 2 write API: InfluxDB 2, or VictoriaMetrics.

Exactly once: a reading's point is named by its tags and time, so writing it again changes nothing; the cursor is a
point of its own, written only after every body of its group was accepted. After a crash anywhere in between, the
cursor is still the earlier one and the group is written over itself. Where the server acknowledges what a crash of
its own may still lose, cursor points carry the run they were written in, and `cursor` trusts them accordingly.

Writing is the same for both servers; reading is not, so it lies behind `Queries` (flux.py, victoria.py).
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

from civicroot_backend.telemetry import m4
from civicroot_backend.telemetry.errors import TelemetryUnavailable
from civicroot_backend.telemetry.line_protocol import SECOND, Dialect, cursor_line, reading_line
from civicroot_backend.telemetry.remote import named_errors
from civicroot_backend.telemetry.store import Appended, Bucket, Course, Reading, Sample, Windows, due, windows

LINES_PER_BODY = 500  # measured best through influxdb-client: smaller bodies cost round trips, larger gain nothing

# InfluxDB writes the rest of such a body; repeating it would stop the projection at that group for ever.
_TOO_OLD = re.compile(r"partial write: points beyond retention policy dropped=(\d+)")


class Queries(Protocol):
    """Reading back from one kind of server. All raise TelemetryError."""

    dialect: Dialect

    def check(self) -> None:
        """Raise unless the server answers and its settings suit."""

    def run(self) -> str:
        """Names the server's present run, from start to crash or end; empty if what it accepts survives those."""

    def flush(self) -> None:
        """Return when what was accepted is readable."""

    def cursor(self, run: str) -> int:
        """The position up to which everything is surely stored, while `run` is the present run; or EMPTY."""

    def history(self, kid: bytes, name: str, cut: Windows) -> list[Bucket]:
        """As TelemetryStore.history."""

    def samples(self, kid: bytes, name: str, start: int, end: int) -> Iterator[Sample]:
        """Every number and boolean with start ≤ placed < end, in any order; a part of them at a time in memory."""

    def latest(self, kid: bytes) -> list[Reading]:
        """As TelemetryStore.latest."""

    def delete(self) -> None:
        """Delete every reading and cursor."""

    def close(self) -> None:
        """Give up connections."""


class InfluxStore:
    """A TelemetryStore over the InfluxDB 2 write API. `clock` gives Unix seconds and dates the cursor points.

    Raises TelemetryUnavailable, TelemetryRefused or TelemetryMisconfigured if the server is not usable.
    """

    def __init__(self, client: InfluxDBClient, bucket: str, queries: Queries, clock: Callable[[], float]) -> None:
        self._client = client
        self._bucket = bucket
        self._queries = queries
        self._clock = clock
        self._writer = client.write_api(write_options=SYNCHRONOUS)
        queries.check()

    def append(self, readings: Sequence[Reading], cursor: int) -> Appended:
        """See TelemetryStore."""
        run = self._queries.run()
        stored = self._queries.cursor(run)
        fresh = due(readings, stored, cursor)
        lines = [line for line in (reading_line(each, self._queries.dialect) for each in fresh) if line]
        dropped = sum(self._write(body) for body in _bodies(lines))
        if cursor > stored:
            self._finish(cursor, run)
        written = len(lines) - dropped
        return Appended(written, len(readings) - len(fresh), len(fresh) - written)

    def cursor(self) -> int:
        """See TelemetryStore."""
        return self._queries.cursor(self._queries.run())

    def history(self, kid: bytes, name: str, start: int, end: int, points: int) -> list[Bucket]:
        """See TelemetryStore."""
        return self._queries.history(kid, name, windows(start, end, points))

    def course(self, kid: bytes, name: str, start: int, end: int, points: int) -> Course:
        """See TelemetryStore."""
        cut = m4.buckets(start, end, points)
        return m4.course(self._queries.samples(kid, name, start, end), cut)

    def latest(self, kid: bytes) -> list[Reading]:
        """See TelemetryStore."""
        return self._queries.latest(kid)

    def reset(self) -> None:
        """See TelemetryStore."""
        self._queries.delete()

    def close(self) -> None:
        """See TelemetryStore."""
        self._client.close()  # type: ignore[no-untyped-call]
        self._queries.close()

    def _finish(self, cursor: int, run: str) -> None:
        self._queries.flush()
        if self._queries.run() != run:
            raise TelemetryUnavailable(f"{self._client.url} restarted while it took a group; append it again")
        self._write([cursor_line(cursor, int(self._clock() * SECOND), run)])
        self._queries.flush()

    def _write(self, lines: Sequence[str]) -> int:
        """Write one body; the number of its points that are too old for the bucket's retention."""
        with named_errors(self._client.url, "writing"):
            try:
                self._writer.write(
                    self._bucket,
                    record="\n".join(lines).encode(),
                    write_precision=WritePrecision.NS,  # type: ignore[arg-type]  # it is a str there
                )
            except ApiException as error:
                too_old = _TOO_OLD.search(str(error))  # holds the body
                if too_old is None:
                    raise
                return int(too_old[1])
        return 0


def _bodies(lines: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(lines)
    while body := list(itertools.islice(remaining, LINES_PER_BODY)):
        yield body
