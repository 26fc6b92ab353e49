"""Reading back from VictoriaMetrics (1.79 and later), which answers MetricsQL, not Flux.

What its storage means for readings:
- It keeps doubles at milliseconds: booleans are 0 and 1; texts and data are left out (line_protocol.py).
- A sample written twice is two samples unless it runs with `-dedup.minScrapeInterval=1ms`: `check` insists on
  that, since a group is repeated after a crash. A longer interval would drop readings.
- It acknowledges what is still in memory, and a flush makes it readable, not durable: a SIGKILL takes the last
  seconds, of each month's partition by itself, so a cursor point may survive the readings it speaks of. Its points
  therefore name the run of the server that took them; of a run that is over, only those count that it outlived by
  DURABLE_AFTER.
- It drops what is older than its `-retentionPeriod` (a month by default) without saying so.
- One server serves one backend: readings carry no name of a city.

It treats times within 30 s of now specially (`-search.latencyOffset`: last points repeated, instants moved). Nothing
here may depend on that, so instants are asked for an hour ahead, and ranges a day ago with `offset -1d`. A window that
reaches 1970 finds nothing at all: "everything" begins on its second day.
"""

import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

import urllib3

from civicroot_backend.telemetry.errors import TelemetryMisconfigured
from civicroot_backend.telemetry.line_protocol import CURSOR, CURSOR_FIELD, READING, VICTORIA, reading_of, tag_text
from civicroot_backend.telemetry.remote import CONNECTIONS, TIMEOUT, named_errors, refusal
from civicroot_backend.telemetry.store import EMPTY, Bucket, Reading, Sample, Windows, merged

DURABLE_AFTER = 30  # seconds; VictoriaMetrics writes what it holds in memory to disk after 5

_HOUR, _DAY = 3_600, 86_400
_SLICE = 31 * _DAY  # of samples that are in memory at once: some thousands of one device's
_NUMBERS = f'__name__=~"{READING}_(number|boolean)"'
_STARTED = re.compile(rb"^process_start_time_seconds (\d+)$", re.MULTILINE)
_Point = tuple[tuple[str, str], ...]
_DEDUPLICATION = '-dedup.minScrapeInterval="1ms"'


class VictoriaQueries:
    """Queries of one VictoriaMetrics server at `url`; `clock` gives Unix seconds."""

    dialect = VICTORIA

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._url = url
        self._clock = clock
        self._http = urllib3.PoolManager(timeout=TIMEOUT, retries=False, maxsize=CONNECTIONS)

    def check(self) -> None:
        """Raise TelemetryMisconfigured unless repeated samples are merged, and only those."""
        with named_errors(self._url, "reading its flags"):
            flags = self._post("/flags", {}).decode()
        if _DEDUPLICATION not in flags.splitlines():
            raise TelemetryMisconfigured(
                f"VictoriaMetrics at {self._url} must run with -dedup.minScrapeInterval=1ms: "
                "without it a group that is repeated after a crash counts twice"
            )

    def run(self) -> str:
        """See Queries: the second at which the server started."""
        with named_errors(self._url, "reading its start time"):
            found = _STARTED.search(self._post("/metrics", {}))
            if found is None:
                raise ValueError("no process_start_time_seconds")
            return found[1].decode()

    def flush(self) -> None:
        """See Queries. Without it, what was accepted is readable only a second or so later."""
        with named_errors(self._url, "flushing"):
            self._post("/internal/force_flush", {})

    def cursor(self, run: str) -> int:
        """See Queries. One point per group: a busy day is searched first, everything only if it has none."""
        now = int(self._clock())
        with named_errors(self._url, "reading the cursor"):
            for window in (_DAY, now - _DAY):
                found = self._cursor_points("max_over_time", run, window, now + _HOUR)
                if found:
                    return int(max(found.values()))
            return self._cursor_of_earlier_runs(now)

    def _cursor_of_earlier_runs(self, now: int) -> int:
        """The newest run that outlived one of its points by DURABLE_AFTER has the greatest position that counts."""
        ended = self._cursor_points("tlast_over_time", ".*", now - _DAY, now + _HOUR)
        for run, end in sorted(ended.items(), key=lambda each: each[1], reverse=True):
            until = int(end) - DURABLE_AFTER
            found = self._cursor_points("max_over_time", run, until - _DAY, until)
            if found:
                return int(found[run])
        return EMPTY

    def _cursor_points(self, rollup: str, runs: str, window: int, time: int) -> dict[str, float]:
        """The rollup of the cursor points in (time - window, time], by run."""
        query = f'max({rollup}({CURSOR}_{CURSOR_FIELD}{{run=~"{runs}"}}[{window}s])) by (run)'
        return {labels.get("run", ""): value for labels, value in self._instant(query, time)}

    def history(self, kid: bytes, name: str, cut: Windows) -> list[Bucket]:
        """See Queries."""
        buckets: dict[int, list[Bucket]] = defaultdict(list)
        with named_errors(self._url, "reading history"):
            for parts in self._windows(_history_query(kid, name, cut.width), cut):
                for start, count in parts["count_over_time"].items():
                    total, least, most = (parts[f"{part}_over_time"][start] for part in ("sum", "min", "max"))
                    buckets[start].append(Bucket(start, total / count, least, most, int(count)))
        return [merged(each) for _, each in sorted(buckets.items())]

    def samples(self, kid: bytes, name: str, start: int, end: int) -> Iterator[Sample]:
        """See Queries. Rollups do not say which point an extreme was, so the points themselves are exported."""
        matched = f'{{__name__=~"{READING}_(number|boolean|seq)",kid="{kid.hex()}",name={json.dumps(tag_text(name))}}}'
        for first in range(start, end, _SLICE):
            asked = {"match[]": matched, "start": first, "end": f"{min(first + _SLICE, end) - 1}.999"}
            with named_errors(self._url, "reading samples"):
                yield from _samples(self._exported(asked))

    def latest(self, kid: bytes) -> list[Reading]:
        """See Queries. The last second of each name, then every point of those seconds: their order is seq's."""
        matched = f'{{{_NUMBERS},kid="{kid.hex()}"}}'
        now = int(self._clock())
        query = f"max(tlast_over_time({matched}[{now - _DAY}s])) by (name)"
        with named_errors(self._url, "reading the latest"):
            last = {labels["name"]: math.floor(value) for labels, value in self._instant(query, now + _HOUR)}
            found = [each for second in sorted(set(last.values())) for each in self._second(kid, second)]
        newest: dict[str, Reading] = {}
        for reading in sorted(found, key=lambda each: (each.placed, each.seq)):
            newest[reading.name] = reading
        return [newest[name] for name in sorted(newest)]

    def delete(self) -> None:
        """See Queries."""
        with named_errors(self._url, "deleting"):
            self._post("/api/v1/admin/tsdb/delete_series", {"match[]": f'{{__name__=~"({READING}|{CURSOR})_.+"}}'})

    def close(self) -> None:
        """See Queries."""
        self._http.clear()

    def _post(self, path: str, fields: Mapping[str, object]) -> bytes:
        form = {key: str(value) for key, value in fields.items()}
        answer = self._http.request("POST", self._url + path, fields=form, encode_multipart=False)
        if not 200 <= answer.status < 300:
            raise refusal(self._url, path, answer.status, answer.data)
        return answer.data

    def _instant(self, query: str, time: int) -> list[tuple[dict[str, str], float]]:
        answer = json.loads(self._post("/api/v1/query", {"query": query, "time": time, "nocache": 1}))
        return [(each["metric"], float(each["value"][1])) for each in answer["data"]["result"]]

    def _windows(self, query: str, cut: Windows) -> Iterable[dict[str, dict[int, float]]]:
        """For each series, values by rollup and the start of their bucket.

        A window at time t is (t - width, t], so the last millisecond of a bucket is the t of [start, start + width).
        """
        first = cut.start + cut.width - _DAY
        asked = {"start": f"{first - 1}.999", "end": f"{cut.end - _DAY - 1}.999", "step": f"{cut.width}s"}
        answer = json.loads(self._post("/api/v1/query_range", asked | {"query": query, "nocache": "1"}))
        series: dict[tuple[tuple[str, str], ...], dict[str, dict[int, float]]] = defaultdict(dict)
        for each in answer["data"]["result"]:
            rollup = each["metric"].pop("rollup")
            series[tuple(sorted(each["metric"].items()))][rollup] = {
                round(time + 0.001) + _DAY - cut.width: float(value) for time, value in each["values"]
            }
        return series.values()

    def _second(self, kid: bytes, second: int) -> Iterable[Reading]:
        """Every reading of a device in one second."""
        asked = {
            "match[]": f'{{__name__=~"{READING}_.+",kid="{kid.hex()}"}}',
            "start": second,
            "end": f"{second}.999",
        }
        readings = (reading_of(dict(labels), fields, second) for (*labels, _), fields in self._exported(asked).items())
        return [reading for reading in readings if reading is not None]

    def _exported(self, asked: Mapping[str, object]) -> Mapping[_Point, dict[str, object]]:
        """Fields by point: its labels, and under an empty name its milliseconds."""
        points: dict[_Point, dict[str, object]] = defaultdict(dict)
        for line in self._post("/api/v1/export", asked).splitlines():
            series = json.loads(line)
            labels = series["metric"]
            field = labels.pop("__name__").removeprefix(f"{READING}_")
            for time, value in zip(series["timestamps"], series["values"], strict=True):
                points[(*sorted(labels.items()), ("", str(time)))][field] = value
        return points


def _samples(points: Mapping[_Point, Mapping[str, object]]) -> Iterator[Sample]:
    """Those whose number and seq are both there: a group that is being written has one before the other."""
    for (*_, (_, milliseconds)), fields in points.items():
        number, seq = fields.get("number", fields.get("boolean")), fields.get("seq")
        if isinstance(number, int | float) and isinstance(seq, int | float):
            yield Sample(int(milliseconds) // 1000, int(seq), float(number))


def _history_query(kid: bytes, name: str, width: int) -> str:
    """Sum, count, min and max of every series of the name, told apart by the label `rollup`.

    In one call: as separate queries they would be answered from different moments while readings come in.
    """
    # JSON's string escapes are MetricsQL's.
    matched = f'{{{_NUMBERS},kid="{kid.hex()}",name={json.dumps(tag_text(name))}}}'
    rollups = ", ".join(f'"{part}_over_time"' for part in ("sum", "count", "min", "max"))
    return f"aggr_over_time(({rollups}), {matched}[{width}s] offset -1d) keep_metric_names"
