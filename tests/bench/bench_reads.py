"""Read routes over ten million stored readings: what half of the requests wait, and 95 of 100.

    python -m tests.bench.bench_reads [READINGS]

Over HTTP, one request after the other, each of another device chosen by chance. Prints one JSON object: how long the
store took to fill, and for each route in milliseconds p50 and p95 by the clock, and p95 of the CPU time of server and
client together, which is what they take on a machine that does nothing else; files in rows a second.
"""

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from civicroot_backend.times import iso

from tests.backend.api_city import OpenCity, Served, serve
from tests.bench.reading_store import DEVICES, MIDDLE, SPREAD, Filled, fill

READINGS = 10_000_000
REQUESTS = 120  # of each route: the 95th of 100 is among the six slowest
WARM = 3  # before them
DAY = 86_400
Path_ = Callable[[random.Random], str]


def main(readings: int) -> dict[str, object]:
    """All of it."""
    with tempfile.TemporaryDirectory() as folder:
        city = OpenCity(Path(folder))
        real = city.enrol_device("bin/real")
        city.commit([city.fill(real, seq, seq % 100) for seq in range(100)])
        city.publish()
        city.backend.project_pending()
        begun = time.perf_counter()
        filled = fill(city, readings)
        loaded = time.perf_counter() - begun
        with serve(city) as served:
            served.app.state.map.refresh()  # the first one is made when the server starts, and asked for later
            routes = {
                name: _measure(served, path)
                for name, path in _paths(filled, f"/api/v1/devices/{real.kid.hex()}/records").items()
            }
            files = {format_: _rows_a_second(served, filled, format_) for format_ in ("csv", "parquet")}
        city.close()
    return {"readings": readings, "filled_s": round(loaded, 1), "routes_ms": routes, "file_rows_per_second": files}


def _paths(filled: Filled, records: str) -> dict[str, Path_]:
    """Every public read route that looks at readings, devices or the log's entries."""

    def device(rest: str) -> Path_:
        return lambda draw: f"/api/v1/devices/{draw.choice(filled.kids).hex()}{rest}"

    def subject(rest: str) -> Path_:
        return lambda draw: f"/api/v1/subjects/bin/{draw.randrange(DEVICES)}{rest}"

    def near(draw: random.Random) -> str:
        at = draw.gauss(MIDDLE[0], SPREAD / 2), draw.gauss(MIDDLE[1], SPREAD / 2)
        return f"/api/v1/subjects?near={at[0]:.6f},{at[1]:.6f}&not_full=true"

    span = f"name=fill&to={iso(filled.end + 1)}"
    whole = f"{span}&from={iso(filled.begin)}"
    day = f"{span}&from={iso(filled.end + 1 - DAY)}"
    return {
        "city": lambda _: "/api/v1/city",
        "devices": lambda draw: f"/api/v1/devices?limit=50&cursor={1_000 + draw.randrange(DEVICES - 60):x}",
        "device": device(""),
        "device readings": device("/readings?limit=50"),
        "device readings, old": device(f"/readings?limit=50&cursor={filled.of_each // 2:x}"),
        "device history, a day": device(f"/history?{day}"),
        "device series, a day": device(f"/series?{day}"),
        "device series, all": device(f"/series?{whole}"),
        "device measurements": device("/measurements"),
        "device completeness": device("/completeness"),
        "device life": device("/life"),
        "device settings": device("/settings"),
        "device number": device(f"/numbers/{filled.of_each // 3}"),
        "subject": subject(""),
        "subject state": subject("/state"),
        "subject readings": subject("/readings?limit=50"),
        "subjects near": near,
        "entries of a subject": lambda draw: f"/api/v1/entries?subject=bin/{draw.randrange(DEVICES)}",
        "enrolments": lambda _: "/api/v1/entries?kind=enrolment",
        "checkpoints": lambda _: "/api/v1/checkpoints",
        "map": lambda _: "/api/v1/map?zoom=12",
        "alarms": lambda _: "/api/v1/alarms",
        "promise": lambda _: "/api/v1/promise",
        "proof": lambda draw: f"{records}/{draw.randrange(100)}/proof",
    }


def _measure(served: Served, path: Path_) -> dict[str, float]:
    draw = random.Random(5)
    taken: list[float] = []
    worked_for: list[float] = []
    for number in range(WARM + REQUESTS):
        asked = path(draw)
        begun, worked = time.perf_counter(), time.process_time()
        answer = served.client.get(asked)
        milliseconds = (time.perf_counter() - begun) * 1000
        processor = (time.process_time() - worked) * 1000
        assert answer.status_code == 200, (asked, answer.text)
        if number >= WARM:
            taken.append(milliseconds)
            worked_for.append(processor)
    cut, cpu = statistics.quantiles(taken, n=100), statistics.quantiles(worked_for, n=100)
    return {"p50": round(cut[49], 1), "p95": round(cut[94], 1), "cpu_p95": round(cpu[94], 1)}


def _rows_a_second(served: Served, filled: Filled, format_: str) -> int:
    """Of all readings of a device; each has three rows."""
    path = f"/api/v1/devices/{filled.kids[7].hex()}/readings?format={format_}"
    served.client.get(path).raise_for_status()
    begun = time.perf_counter()
    served.client.get(path).raise_for_status()
    return round(3 * filled.of_each / (time.perf_counter() - begun))


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else READINGS)))
