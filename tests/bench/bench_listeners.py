"""1,000 people who watch a city at once: how long after a commit the first, the median and the last has the reading.

    python -m tests.bench.bench_listeners

The real server and as many connections over HTTP, held by this process too. Prints one JSON object: seconds, the
median of some readings.
"""

import asyncio
import json
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from civicroot_backend.api.limits import USUAL

from tests.backend.api_city import OpenCity, Served, serve

LISTENERS, READINGS = 1_000, 5
REQUEST = b"GET /api/v1/events HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n"
READING = b'"fill"'  # in the event of a reading, and in nothing before it
OPENED = b"retry:"


def main() -> dict[str, object]:
    """All readings."""
    many = LISTENERS + 1
    limits = replace(USUAL, listeners=many, listeners_of_one=many)
    with tempfile.TemporaryDirectory() as folder, closing(OpenCity(Path(folder))) as city:
        city.enrol_device("bin/12")
        with serve(city, limits=limits) as served:
            runs = asyncio.run(_listen(served))
    return {
        "listeners": LISTENERS,
        **{name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]},
    }


async def _listen(served: Served) -> list[dict[str, float]]:
    host = urlsplit(served.url)
    streams = [await asyncio.open_connection(host.hostname, host.port) for _ in range(LISTENERS)]
    for _, writer in streams:
        writer.write(REQUEST % host.netloc.encode())
    readers = [reader for reader, _ in streams]
    await asyncio.gather(*(reader.readuntil(OPENED) for reader in readers))
    found = [await _reading(served, readers, seq) for seq in range(READINGS)]
    for _, writer in streams:
        writer.close()
    return found


async def _reading(served: Served, readers: list[asyncio.StreamReader], seq: int) -> dict[str, float]:
    city = served.city
    begun = time.perf_counter()
    commit = asyncio.to_thread(city.commit, [city.fill(city.devices["bin/12"], seq, 40 + seq)])
    *taken, _ = await asyncio.gather(*(_heard(reader, begun) for reader in readers), commit)
    return {"first_s": min(taken), "median_s": statistics.median(taken), "last_s": max(taken)}


async def _heard(reader: asyncio.StreamReader, begun: float) -> float:
    await reader.readuntil(READING)
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(json.dumps(main()))
