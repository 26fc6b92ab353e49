"""Reading back from InfluxDB 2 in Flux, through influxdb-client.

InfluxDB merges points of the same tags and time, and acknowledges a write when its WAL has it: there is nothing
to flush. Aggregates are asked for per series, since those run inside its storage engine, and merged here: a name
has one series for each unit and subject that it ever had, nearly always one.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from influxdb_client.client.influxdb_client import InfluxDBClient

from civicroot_backend.telemetry.line_protocol import CURSOR, CURSOR_FIELD, INFLUX, READING, reading_of, tag_text
from civicroot_backend.telemetry.remote import named_errors
from civicroot_backend.telemetry.store import EMPTY, Bucket, Reading, Sample, Windows, merged

_TAGS = ("kid", "name", "subject", "unit")
_ALWAYS = ("1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z")  # InfluxDB's own times end in 2262


class FluxQueries:
    """Queries of one bucket; `client` carries address, organisation and token, and belongs to the caller."""

    dialect = INFLUX

    def __init__(self, client: InfluxDBClient, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def check(self) -> None:
        """Raise unless the bucket can be read."""
        self.cursor(self.run())

    def run(self) -> str:
        """See Queries: acknowledged is durable."""
        return ""

    def flush(self) -> None:
        """See Queries: acknowledged is readable."""

    def cursor(self, run: str) -> int:  # noqa: ARG002  # one run is as good as another
        """See Queries."""
        where = f'r._measurement == "{CURSOR}" and r._field == "{CURSOR_FIELD}"'
        with named_errors(self._client.url, "reading the cursor"):
            found = [int(row["_value"]) for row in self._rows(f"{self._all(where)} |> last()")]
        return max(found, default=EMPTY)

    def history(self, kid: bytes, name: str, cut: Windows) -> list[Bucket]:
        """See Queries."""
        buckets: dict[int, list[Bucket]] = defaultdict(list)
        with named_errors(self._client.url, "reading history"):
            for start, part in self._parts(_history_script(self._bucket, kid, name, cut)).items():
                count = int(part["count"])
                buckets[start[-1]].append(Bucket(start[-1], part["sum"] / count, part["min"], part["max"], count))
        return [merged(each) for _, each in sorted(buckets.items())]

    def samples(self, kid: bytes, name: str, start: int, end: int) -> Iterator[Sample]:
        """See Queries. One row for each point, with its number and its seq, as the server sends them."""
        with named_errors(self._client.url, "reading samples"):
            for found in self._client.query_api().query_stream(_samples_script(self._bucket, kid, name, start, end)):
                row = found.values
                number = row.get("boolean") if row.get("number") is None else row["number"]
                if number is not None and row.get("seq") is not None:
                    yield Sample(int(_unix(row["_time"])), int(row["seq"]), float(number))

    def latest(self, kid: bytes) -> list[Reading]:
        """See Queries. The last value of every field; those of one point have one time."""
        where = f'r._measurement == "{READING}" and r.kid == "{kid.hex()}"'
        points: dict[tuple[object, ...], dict[str, Any]] = defaultdict(dict)
        with named_errors(self._client.url, "reading the latest"):
            for row in self._rows(f"{self._all(where)} |> last()"):
                points[(row["_time"], *(row.get(tag) or "" for tag in _TAGS))][row["_field"]] = row["_value"]
            found = [
                reading_of(dict(zip(_TAGS, map(str, tags), strict=True)), fields, int(_unix(time)))
                for (time, *tags), fields in points.items()
            ]
        complete = (reading for reading in found if reading is not None)
        newest = {each.name: each for each in sorted(complete, key=lambda each: (each.placed, each.seq))}
        return [newest[name] for name in sorted(newest)]

    def delete(self) -> None:
        """See Queries."""
        with named_errors(self._client.url, "deleting"):
            for measurement in (READING, CURSOR):
                self._client.delete_api().delete(
                    *_ALWAYS, f'_measurement="{measurement}"', self._bucket, self._client.org
                )

    def close(self) -> None:
        """See Queries: the client is closed by its owner."""

    def _all(self, where: str) -> str:
        # Without a stop the range ends now, by the server's clock; ours may be ahead of it.
        within = f"range(start: {_ALWAYS[0]}, stop: {_ALWAYS[1]})"
        return f'from(bucket: "{flux_text(self._bucket)}") |> {within} |> filter(fn: (r) => {where})'

    def _rows(self, script: str) -> Iterator[dict[str, Any]]:
        for table in self._client.query_api().query(script):
            for record in table.records:
                yield record.values

    def _parts(self, script: str) -> dict[tuple[Any, ...], dict[str, float]]:
        """Aggregates by series and start of bucket: {(field, unit, subject, start): {"sum": …, "count": …}}."""
        parts: dict[tuple[Any, ...], dict[str, float]] = defaultdict(dict)
        for row in self._rows(script):
            key = (row["_field"], row.get("unit"), row.get("subject"), int(_unix(row["_time"])))
            parts[key][row["result"]] = float(row["_value"])
        return parts


def flux_text(text: str) -> str:
    """The text inside a Flux string literal: quotes, backslashes and `${` would end or evaluate it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return escaped.replace("\n", "\\n").replace("\r", "\\r")


def _history_script(bucket: str, kid: bytes, name: str, cut: Windows) -> str:
    """Four results (sum, count, min, max), for numbers and for booleans as 0 and 1."""
    every = f"every: {cut.width}s, offset: {cut.start % cut.width}s"
    lines = [
        f'field = (key) => from(bucket: "{flux_text(bucket)}")',
        f"    |> {_range(cut.start, cut.end)}",
        f'    |> filter(fn: (r) => r._measurement == "{READING}" and r.kid == "{kid.hex()}"'
        f' and r.name == "{flux_text(tag_text(name))}" and r._field == key)',
    ]
    sources = {"number": 'field(key: "number")', "boolean": 'field(key: "boolean") |> toFloat()'}
    for aggregate in ("sum", "count", "min", "max"):
        tables = ", ".join(
            f'{source} |> aggregateWindow({every}, fn: {aggregate}, createEmpty: false, timeSrc: "_start")'
            + (" |> toFloat()" if aggregate == "count" else "")
            for source in sources.values()
        )
        lines.append(f'union(tables: [{tables}]) |> yield(name: "{aggregate}")')
    return "\n".join(lines)


def _samples_script(bucket: str, kid: bytes, name: str, start: int, end: int) -> str:
    """The fields of each point beside each other. Ungrouped, since units and subjects of a name are one course."""
    fields = " or ".join(f'r._field == "{field}"' for field in ("number", "boolean", "seq"))
    return (
        f'from(bucket: "{flux_text(bucket)}") |> {_range(start, end)}'
        f' |> filter(fn: (r) => r._measurement == "{READING}" and r.kid == "{kid.hex()}"'
        f' and r.name == "{flux_text(tag_text(name))}" and ({fields}))'
        ' |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group()'
    )


def _range(start: int, end: int) -> str:
    first, stop = (datetime.fromtimestamp(each, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for each in (start, end))
    return f"range(start: {first}, stop: {stop})"


def _unix(time: object) -> float:
    if not isinstance(time, datetime):
        raise TypeError(f"a point without a time: {time!r}")
    return time.timestamp()
