"""A map of 100,000 devices: what somebody waits who looks at a part of it, over HTTP, with states made a moment ago.

    python -m tests.bench.bench_map

The rows are put into the database as the backend puts them, without signatures: nothing of the map looks at those.
Prints one JSON object: seconds until the map is made for the first time and again, and milliseconds for views from the
whole city to a street, the slowest of some runs, each on a map that was just made.
"""

import json
import math
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from civicroot_backend.database.tables import batches, enrolments, log_entries, records
from civicroot_wire import record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.record import Sequence
from civicroot_wire.senml import Measurement, Pack
from sqlalchemy import Connection, insert

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import NOW, REALM

DEVICES, OF_BATCH, GROUP = 100_000, 1_000, 5_000
MIDDLE, SPREAD = (37.55, 127.0), 0.08  # degrees; a city of some 30 km
ZOOMS = range(9, 19, 3)
PIXELS = 1280, 800  # of the browser's window
RUNS = 3


def main() -> dict[str, object]:
    """All of it."""
    with tempfile.TemporaryDirectory() as folder:
        city = OpenCity(Path(folder))
        with city.backend.database.write() as connection:
            fill(connection, city)
        with serve(city) as served:
            found = _measure(served)
        city.close()
    return found


def _measure(served: Served) -> dict[str, object]:
    board = served.app.state.map
    first, again = _seconds(board.refresh), _seconds(board.refresh)
    worst = dict.fromkeys(ZOOMS, 0.0)
    for _ in range(RUNS):
        board.refresh()
        for zoom in ZOOMS:
            begun = time.perf_counter()
            answer = served.client.get(f"/api/v1/map?zoom={zoom}&bbox={_box(zoom)}").raise_for_status().json()
            worst[zoom] = max(worst[zoom], (time.perf_counter() - begun) * 1000)
            assert 0 < len(answer["clusters"]) + len(answer["places"]) <= 2_000, zoom
    views = {str(zoom): round(taken, 1) for zoom, taken in worst.items()}
    return {"devices": DEVICES, "first_s": round(first, 2), "again_s": round(again, 2), "view_ms_by_zoom": views}


def _seconds(act: Any) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _box(zoom: int) -> str:
    degrees = 360 / (256 * 2**zoom)  # of longitude in a pixel
    east, north = degrees * PIXELS[0] / 2, degrees * PIXELS[1] / 2 * math.cos(math.radians(MIDDLE[0]))
    return f"{MIDDLE[1] - east:.6f},{MIDDLE[0] - north:.6f},{MIDDLE[1] + east:.6f},{MIDDLE[0] + north:.6f}"


def fill(connection: Connection, city: OpenCity) -> None:
    """The rows of 100,000 devices, each with a reading."""
    draw, first = random.Random(8), 1_000
    kids = [draw.randbytes(8) for _ in range(DEVICES)]
    for start in range(0, DEVICES, GROUP):
        group = list(enumerate(kids))[start : start + GROUP]
        connection.execute(insert(log_entries), [_entry(first + n, "enrolment") for n, _ in group])
        connection.execute(insert(enrolments), [_enrolment(first + n, n, kid, draw) for n, kid in group])
    for number in range(DEVICES // OF_BATCH):
        index = first + DEVICES + number
        connection.execute(insert(log_entries), _entry(index, "batch"))
        connection.execute(insert(batches), _batch(index, number, city.gateway.kid))
        mine = kids[number * OF_BATCH : (number + 1) * OF_BATCH]
        connection.execute(insert(records), [_record(index, place, kid, draw) for place, kid in enumerate(mine)])


def _entry(index: int, kind: str) -> dict[str, object]:
    return {"index": index, "leaf_hash": index.to_bytes(32, "big"), "kind": kind, "entry": b""}


def _enrolment(index: int, number: int, kid: bytes, draw: random.Random) -> dict[str, object]:
    place = {"latitude": draw.gauss(MIDDLE[0], SPREAD), "longitude": draw.gauss(MIDDLE[1], SPREAD)}
    what = {"subject": f"bin/{number}", "role": record.ROLE, "simulated": True, "logged": NOW}
    return {"log_index": index, "kid": kid, "public": bytes(32), **what, **place}


def _batch(index: int, number: int, gateway: bytes) -> dict[str, object]:
    times = {"opened": NOW, "closed": NOW, "received": NOW}
    what = {"log_index": index, "root": index.to_bytes(32, "big"), "gateway": gateway, "seq": number, "size": OF_BATCH}
    return {**what, **times, "content_digest": bytes(32)}


def _record(index: int, place: int, kid: bytes, draw: random.Random) -> dict[str, object]:
    fill = Measurement("fill", DecimalFraction(-2, draw.randrange(100)), "/", update_time=draw.choice((600, 10**6)))
    encoded = record.sign(kid, Sequence(0), Pack([fill], NOW), REALM, lambda _: bytes(64))
    where = {"log_index": index, "batch_index": place, "time": NOW}
    return {"kid": kid, "seq": 0, "content_digest": bytes(32), "encoded": encoded, **where}


if __name__ == "__main__":
    print(json.dumps(main()))
