"""How fast an outsider audits a log over HTTP: every entry parsed and verified, every record of every batch verified.

    python -m tests.bench.bench_audit

Two cities, one whose log is mostly statements and one whose log is batches of many records. The auditor reads them from
the served log as anybody would, with as many worker processes as there are processors. Prints one JSON object; wall
time.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from civicroot_audit.auditor import Options, audit
from civicroot_audit.source import open_source
from civicroot_wire import claims, policy, statement

from tests.backend.api_city import OpenCity, serve

ORGANISATIONS, STATEMENTS = 2, 750  # each organisation may log a thousand at once
BATCHES, RECORDS, DEVICES = 80, 500, 20


def main() -> dict[str, Any]:
    """Both cities, the second time over with nothing new."""
    with city_of(_statements) as entries, city_of(_records) as records:
        return {"entries": entries, "records": records, "processors": os.cpu_count()}


@contextmanager
def city_of(grow: Any) -> Iterator[dict[str, Any]]:
    """What auditing a city took that `grow` filled."""
    with tempfile.TemporaryDirectory() as folder, closing(OpenCity(Path(folder))) as city:
        counted = grow(city)
        city.publish()
        city.city.now = int(time.time())
        with serve(city) as served:
            trusted = policy.from_file(served.client.get("/policy.json").content)
            first = _audited(served.url, trusted, Path(folder) / "state")
            again = _audited(served.url, trusted, Path(folder) / "state")
        published = city.backend.published
        assert published is not None
        yield {
            "log_size": published.size,
            "counted": counted,
            "seconds": round(first, 2),
            "per_second": round(counted / first),
            "again_seconds": round(again, 2),
        }


def _audited(url: str, trusted: policy.Policy, state: Path) -> float:
    begun = time.perf_counter()
    with closing(open_source(url)) as source:
        report = audit(source, trusted, state, options=Options(stale_after=0))
    seconds = time.perf_counter() - begun
    if report.alarms:
        raise AssertionError(f"the auditor found something: {report.alarms}")
    return seconds


def _statements(city: OpenCity) -> int:
    for number in range(ORGANISATIONS):
        name = f"organisation/works-{number}"
        office = city.city.enrolled(city.backend, name, statement.ROLE)
        about = claims.Claims("application/vnd.example.inspection", name, "bridge/7", city.city.realm)
        for seq in range(STATEMENTS):
            city.backend.submit(statement.sign(about, b"inspection %d" % seq, office.kid, office))
    return ORGANISATIONS * STATEMENTS


def _records(city: OpenCity) -> int:
    devices = [city.enrol_device(f"bin/{number}") for number in range(DEVICES)]
    each = RECORDS // DEVICES
    for number in range(BATCHES):
        city.commit([city.fill(key, number * each + seq, 40) for key in devices for seq in range(each)])
    return BATCHES * RECORDS


if __name__ == "__main__":
    print(json.dumps(main()))
