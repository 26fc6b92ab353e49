"""From submission to published checkpoint: what somebody waits who posts a statement and is answered with its receipt;
and from a device's reading to a checkpoint that the quorum of witnesses cosigned.

    python -m tests.bench.bench_latency

A backend with its threads, served over HTTP on this machine; clients post statements that were signed before. Prints
one JSON object: wall milliseconds from the request to the receipt, which a checkpoint covers, for one client alone and
for many at once, without witnesses; then those of single readings with three witnesses (cosigned.py).
"""

import json
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
from civicroot_backend.realm import Addresses
from civicroot_wire import claims, statement

from tests.backend.api_city import COSE, ENTRIES, OpenCity, serve
from tests.bench import cosigned
from tests.support.brokers import NatsBroker

ALONE, TOGETHER, CLIENTS = 40, 400, 16  # statements, and how many clients send at once


def main() -> dict[str, object]:
    """Both loads, and readings."""
    with tempfile.TemporaryDirectory() as folder:
        readings = cosigned.measure(Path(folder))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(NatsBroker(folder / "broker"))
        addresses = Addresses(broker_url=f"mqtt://127.0.0.1:{broker.port}")
        city = stack.enter_context(closing(OpenCity(folder, addresses)))
        signed = _statements(city, ALONE + TOGETHER)
        city.backend.start(lambda: None)
        client = stack.enter_context(serve(city)).client
        alone = [_post(client, item) for item in signed[:ALONE]]
        begun = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            together = list(pool.map(lambda item: _post(client, item), signed[ALONE:]))
        seconds = time.perf_counter() - begun
        if city.backend.failure is not None:
            raise city.backend.failure
    return {
        "alone_ms": _quantiles(alone),
        f"{CLIENTS}_clients_ms": _quantiles(together),
        f"{CLIENTS}_clients_statements_per_second": round(TOGETHER / seconds),
        "reading_to_cosigned": _quantiles(readings),
    }


def _statements(city: OpenCity, count: int) -> list[bytes]:
    office = city.city.enrolled(city.backend, "organisation/works", statement.ROLE)
    about = claims.Claims("application/vnd.example.inspection", "organisation/works", "bridge/7", city.city.realm)
    return [statement.sign(about, b"inspection %d" % number, office.kid, office) for number in range(count)]


def _post(client: httpx.Client, item: bytes) -> float:
    begun = time.perf_counter()
    answer = client.post(ENTRIES, content=item, headers=COSE)
    if answer.status_code != 201:
        raise AssertionError(f"{answer.status_code}: {answer.text}")
    return 1000 * (time.perf_counter() - begun)


def _quantiles(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {"p50": round(ordered[len(ordered) // 2], 1), "p99": round(ordered[len(ordered) * 99 // 100], 1)}


if __name__ == "__main__":
    print(json.dumps(main()))
