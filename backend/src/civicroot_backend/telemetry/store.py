"""What every telemetry engine does: take readings exactly once, answer history and latest values.

Records are the truth and hold the exact decimal text; a telemetry store may hold doubles, and it can be emptied
(`reset`) and filled again from the records. `position`, the strictly increasing row number of a record, is the
cursor of that projection:

    stored = store.cursor()                          # -1 when empty
    rows = records.after(stored, limit)              # the caller's relational store
    store.append(readings_of(rows), rows[-1].position)
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from civicroot_backend.telemetry.errors import TelemetryOrderError, TelemetryRangeError

EMPTY = -1  # the cursor of a store that holds nothing; record rows start at 0
MAX_POINTS = 10_000  # buckets of one history: more than a screen shows, below VictoriaMetrics' limit of 30,000
LATEST = 1 << 32  # in 2106, end of a history: its last bucket then ends before InfluxDB's time does, in 2262

Value = Decimal | bool | str | bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement of one record (wire specification §3.1), as the projection passes it on.

    kid: 8 bytes. subject: the enrolled thing ("bin:17"). time: Unix seconds that the device claims, or the
    batch's closed time if its clock was not set. received: Unix seconds at which the backend had it. unit:
    SenML unit, empty if none. position: row number of the record; readings of one record share it.
    """

    kid: bytes
    subject: str
    seq: int
    time: int
    received: int
    name: str
    unit: str
    value: Value
    position: int

    @property
    def placed(self) -> int:
        """Where the reading stands on the time axis, Unix seconds.

        A claimed time after the receipt cannot be true; without this bound one device with a clock years ahead
        would show that reading as its latest for years.
        """
        return min(self.time, self.received)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Numbers of one name with start ≤ placed < start + width; of booleans the mean is the share of true."""

    start: int
    mean: float
    min: float
    max: float
    count: int


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """A number that a record says, as it is stored: `placed` as Reading.placed; a boolean is 0 or 1."""

    placed: int
    seq: int
    number: float


@dataclass(frozen=True, slots=True)
class Course:
    """Some of the numbers of a name, ascending by time and seq, out of `total` in the same span."""

    samples: list[Sample]
    total: int


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a group: written, found to be stored already, and left out because the engine cannot hold it.

    Left out: numbers beyond a double; in VictoriaMetrics texts and data; in InfluxDB what is older than the
    bucket's retention. All of it stays in the records.
    """

    stored: int
    repeated: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Windows:
    """The buckets of a history: `count` of them, `width` seconds each, the first from `start`."""

    start: int
    width: int
    count: int

    @property
    def end(self) -> int:
        """First second after the last bucket."""
        return self.start + self.width * self.count


class TelemetryStore(Protocol):
    """One process writes; its threads may call every method at the same time. All raise TelemetryError."""

    def append(self, readings: Sequence[Reading], cursor: int) -> Appended:
        """Write a group and the cursor; what is at or before the stored cursor is not written again.

        When this returns, the group is stored and readable; until then, a server may show part of it. When it
        raises, the cursor has not moved, and the same group may be appended again. Raises TelemetryOrderError if
        a position is beyond `cursor`.
        """

    def cursor(self) -> int:
        """The position up to which everything is stored; EMPTY if nothing is.

        Ask before every group: a server that lost its last seconds in a crash answers an earlier one.
        """

    def history(self, kid: bytes, name: str, start: int, end: int, points: int) -> list[Bucket]:
        """Numbers and booleans with start ≤ placed < end, in at most `points` buckets of equal whole seconds.

        Ascending; empty buckets are left out; the last one may reach beyond `end`. Aggregated in the engine.
        Raises TelemetryRangeError.
        """

    def course(self, kid: bytes, name: str, start: int, end: int, points: int) -> Course:
        """At most `points` (4 or more) of the numbers and booleans with start ≤ placed < end: each is a real one.

        Of each of `points` // 4 buckets of equal whole seconds the first, the least, the greatest and the last (M4:
        Jugel et al., VLDB 2014): a line through them covers the pixels that a line through all would. Raises
        TelemetryRangeError.
        """

    def latest(self, kid: bytes) -> list[Reading]:
        """The reading with the greatest (placed, seq) of each name, ordered by name."""

    def reset(self) -> None:
        """Drop everything, to be rebuilt from the records; the cursor is EMPTY afterwards."""

    def close(self) -> None:
        """Give up file or connections; calling it again does nothing."""


def windows(start: int, end: int, points: int) -> Windows:
    """Cut [start, end) into at most `points` buckets of whole seconds. Raises TelemetryRangeError."""
    if start < 0 or end > LATEST:
        raise TelemetryRangeError(f"history is served from 1970 to 2106, not from {start} to {end}")
    if end <= start:
        raise TelemetryRangeError(f"history from {start} to {end} covers no time")
    if not 1 <= points <= MAX_POINTS:
        raise TelemetryRangeError(f"{points} buckets asked for; 1 to {MAX_POINTS} are served")
    width = -(-(end - start) // points)
    return Windows(start, width, -(-(end - start) // width))


def merged(buckets: Sequence[Bucket]) -> Bucket:
    """One bucket of the same time from those of several series (units, subjects) of a name; at least one."""
    count = sum(each.count for each in buckets)
    total = math.fsum(each.mean * each.count for each in buckets)
    least, most = min(each.min for each in buckets), max(each.max for each in buckets)
    return Bucket(buckets[0].start, total / count, least, most, count)


def due(readings: Iterable[Reading], stored: int, cursor: int) -> list[Reading]:
    """Those after the stored cursor. Raises TelemetryOrderError if one is beyond `cursor`."""
    after: list[Reading] = []
    for reading in readings:
        if reading.position > cursor:
            raise TelemetryOrderError(f"reading of position {reading.position} appended with cursor {cursor}")
        if reading.position > stored:
            after.append(reading)
    return after


def number_of(value: Value) -> float | None:
    """The double that an engine aggregates: a boolean is 0 or 1, text and data have none, nor has what overflows."""
    if isinstance(value, str | bytes):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def decimal_of(number: float) -> Decimal:
    """The shortest decimal that is this double: 21.1 comes back as it was sent, and 21 not as 21.0."""
    return Decimal(repr(number).removesuffix(".0"))
