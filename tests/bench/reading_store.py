"""A store of many readings, filled by the engines themselves: ten million in some two minutes.

The rows are those that ingest writes and the projector moves, in the order in which a city's devices would have sent
them: every ten minutes one of each. Nothing of a read route looks at signatures, so a thousand records are signed and
used again.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from civicroot_backend.database.tables import batches, enrolments, log_entries
from civicroot_backend.telemetry import duckdb_queries
from civicroot_backend.telemetry.duckdb_store import DuckDbStore
from civicroot_wire import record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.record import Sequence as Number
from civicroot_wire.senml import Measurement, Pack
from sqlalchemy import Connection, insert

from tests.backend.api_city import OpenCity
from tests.backend.city import NOW, REALM

DEVICES, OF_BATCH, STEP = 10_000, 1_000, 600  # of a batch: records; of a device: seconds between two
SAMPLES = 1_000  # different records
CACHE_KIB = 2_000_000  # of the connection that fills: the index of ten million keys
FIRST = 1_000  # log index of the first enrolment
MIDDLE, SPREAD = (37.55, 127.0), 0.08  # degrees
_RECORDS = """
WITH RECURSIVE number(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < :count)
INSERT INTO records (kid, seq, content_digest, log_index, batch_index, time, encoded)
SELECT kids.kid, i / :devices, zeroblob(32), :first + i / :of_batch, i % :of_batch,
    :begin + i / :devices * :step, samples.encoded
FROM number JOIN kids ON kids.n = i % :devices JOIN samples ON samples.n = (i / :devices * 7 + i % :devices) % :samples
"""
_READINGS = """
INSERT INTO settled
SELECT $base + i, kids.kid, 'bin/' || kids.n, i // $devices, $begin + i // $devices * $step,
    $begin + i // $devices * $step, $begin + i // $devices * $step,
    'fill', '/', 'number', (i * 7919 % 100) / 100.0, NULL, NULL
FROM range($start, $stop) AS number(i) JOIN kids ON kids.n = i % $devices ORDER BY kids.kid, i
"""


@dataclass(frozen=True)
class Filled:
    """Devices bin/0, bin/1, … by their keys; how many readings each has, from Unix second `begin` on."""

    kids: Sequence[bytes]
    of_each: int
    begin: int

    @property
    def end(self) -> int:
        """When the last reading was made."""
        return self.begin + (self.of_each - 1) * STEP


def fill(city: OpenCity, readings: int) -> Filled:
    """Put so many readings into database and telemetry of an open city; its clock is at their end then."""
    draw = random.Random(8)
    filled = Filled([draw.randbytes(8) for _ in range(DEVICES)], readings // DEVICES, NOW)
    with city.backend.database.write() as connection:
        _enrol(connection, city, filled, draw)
        position = _records(connection, filled)
    telemetry = city.backend.telemetry
    assert isinstance(telemetry, DuckDbStore)
    _project(telemetry, filled, position)
    city.city.now = filled.end + 1
    return filled


def _enrol(connection: Connection, city: OpenCity, filled: Filled, draw: random.Random) -> None:
    entries = [(FIRST + number, "enrolment") for number in range(DEVICES)]
    headers = FIRST + DEVICES
    of_batches = range(-(-DEVICES * filled.of_each // OF_BATCH))
    entries += [(headers + number, "batch") for number in of_batches]
    connection.execute(
        insert(log_entries),
        [{"index": at, "leaf_hash": at.to_bytes(32, "big"), "kind": kind, "entry": b""} for at, kind in entries],
    )
    connection.execute(insert(enrolments), [_enrolment(number, kid, draw) for number, kid in enumerate(filled.kids)])
    connection.execute(insert(batches), [_batch(headers, number, filled, city.gateway.kid) for number in of_batches])


def _enrolment(number: int, kid: bytes, draw: random.Random) -> dict[str, object]:
    place = {"latitude": draw.gauss(MIDDLE[0], SPREAD), "longitude": draw.gauss(MIDDLE[1], SPREAD)}
    what = {"subject": f"bin/{number}", "role": record.ROLE, "simulated": True, "logged": NOW}
    return {"log_index": FIRST + number, "kid": kid, "public": bytes(32), **what, **place}


def _batch(headers: int, number: int, filled: Filled, gateway: bytes) -> dict[str, object]:
    at = filled.begin + number * OF_BATCH // DEVICES * STEP
    what = {"log_index": headers + number, "root": (headers + number).to_bytes(32, "big"), "gateway": gateway}
    times = {"opened": at, "closed": at, "received": at}
    return {**what, **times, "seq": 1_000_000 + number, "size": OF_BATCH, "content_digest": bytes(32)}


def _records(connection: Connection, filled: Filled) -> int:
    """The position of the first."""
    connection.exec_driver_sql("CREATE TEMP TABLE kids (n INTEGER PRIMARY KEY, kid BLOB)")
    connection.exec_driver_sql("CREATE TEMP TABLE samples (n INTEGER PRIMARY KEY, encoded BLOB)")
    connection.exec_driver_sql("INSERT INTO kids VALUES (?, ?)", list(enumerate(filled.kids)))
    connection.exec_driver_sql("INSERT INTO samples VALUES (?, ?)", [(n, _sample(n)) for n in range(SAMPLES)])
    connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")  # its index is filled in no order
    before: int = connection.exec_driver_sql("SELECT coalesce(max(position), 0) FROM records").scalar_one()
    values: dict[str, Any] = {"count": DEVICES * filled.of_each, "devices": DEVICES, "of_batch": OF_BATCH}
    values |= {"first": FIRST + DEVICES, "begin": filled.begin, "step": STEP, "samples": SAMPLES}
    connection.exec_driver_sql(_RECORDS, values)
    return before + 1


def _sample(number: int) -> bytes:
    said = [Measurement("fill", DecimalFraction(-2, number % 100), "/", update_time=3600)]
    said += [Measurement("temp", DecimalFraction(-1, 150 + number % 90), "Cel"), Measurement("battery", 90, "%EL")]
    return record.sign(bytes(8), Number(number), Pack(said, NOW), REALM, lambda _: bytes(64))


def _project(telemetry: DuckDbStore, filled: Filled, position: int) -> None:
    """In sorted runs, as the store makes them itself."""
    connection = telemetry._connection  # its own loader takes some minutes for so many
    connection.execute("CREATE TEMP TABLE kids (n BIGINT, kid BLOB)")
    connection.execute(
        "INSERT INTO kids SELECT unnest($n), unnest($kids)", {"n": [*range(DEVICES)], "kids": filled.kids}
    )
    total = DEVICES * filled.of_each
    for start in range(0, total, duckdb_queries.SETTLED_AT):
        stop = min(start + duckdb_queries.SETTLED_AT, total)
        span = {"start": start, "stop": stop, "base": position, "begin": filled.begin}
        connection.execute(_READINGS, {**span, "devices": DEVICES, "step": STEP})
    connection.execute("UPDATE projection SET position = ?", [position + total - 1])
    connection.execute("CHECKPOINT")
