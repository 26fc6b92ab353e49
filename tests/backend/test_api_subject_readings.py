"""A subject's readings go on when its device is moved, replaced, or its key rotated."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from civicroot_backend.api import pagination
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backend.api_city import OpenCity, serve

ROUTE = "/api/v1/subjects/{}/readings"


def listed(client: httpx.Client, subject: str, limit: int = pagination.DEFAULT_LIMIT) -> list[tuple[str, int]]:
    """Kid and number of each reading, page by page."""
    found: list[tuple[str, int]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(ROUTE.format(subject), params={"limit": str(limit), **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [(reading["kid"], reading["seq"]) for reading in page["readings"]]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_each_reading_belongs_to_the_subject_where_its_device_was(tmp_path: Path, limit: int) -> None:
    city = OpenCity(tmp_path)
    first = city.enrol_device("bin/1")
    city.commit([city.fill(first, seq, 10) for seq in range(2)])
    city.backend.submit(city.city.enrolment(first, "bin/1", "device", label="over the road"))
    city.commit([city.fill(first, 2, 20)])
    second = city.enrol_device("bin/1")
    city.commit([city.fill(second, 0, 30), city.fill(first, 3, 30)])
    city.backend.submit(city.city.enrolment(first, "bin/2", "device"))
    city.commit([city.fill(first, 4, 40), city.fill(second, 1, 40)])
    one, two = first.kid.hex(), second.kid.hex()
    with serve(city) as served:
        bin1, bin2 = listed(served.client, "bin/1", limit), listed(served.client, "bin/2", limit)
        proof = served.client.get(ROUTE.format("bin/1")).json()["readings"][-1]["proof"]
        gone = [served.client.get(ROUTE.format(name)).status_code for name in ("bin/9", "bin/%20", "gateway/1")]
    city.close()
    assert bin1 == [(two, 1), (two, 0), (one, 3), (one, 2), (one, 1), (one, 0)]
    assert bin2 == [(one, 4)]
    assert proof == f"/api/v1/devices/{one}/records/0/proof"
    assert gone == [404, 404, 404]


@pytest.fixture(scope="module")
def served_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    city = OpenCity(tmp_path_factory.mktemp("city"))
    key = city.enrol_device("bin/1")
    city.commit([city.fill(key, seq, 10) for seq in range(3)])
    with serve(city) as served:
        yield served.client
    city.close()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text("0123456789abcdef", min_size=1, max_size=15))
def test_any_cursor_is_a_page(served_once: httpx.Client, cursor: str) -> None:
    answer = served_once.get(ROUTE.format("bin/1"), params={"cursor": cursor})
    assert answer.status_code == 200
    assert len(answer.json()["readings"]) <= 3
