"""Devices and readings over HTTP, against a real backend."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import NOW

BIN_PLACE = (DecimalFraction(-4, 375665), DecimalFraction(-3, 126978))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Three devices; bin/12 has 5 records, the last of them unpublished; tree/7 has said nothing."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    bin12 = city.enrol_device("bin/12", label="Market square", location=BIN_PLACE, simulated=True)
    city.enrol_device("tree/7")
    city.enrol_device("bin/Ab")
    for seq in range(4):
        city.city.now = NOW + 60 * seq
        city.commit([city.fill(bin12, seq, 10 * seq, NOW + 60 * seq)])
    city.publish()
    everything = [
        Measurement("fill", DecimalFraction(-2, 62), "/"),
        Measurement("lid", True),
        Measurement("count", -3),
        Measurement("fault", "tof"),
        Measurement("led", b"\x01\xff"),
    ]
    city.commit([city.report(bin12, 4, everything, None)])
    city.backend.project_pending()
    with serve(city) as running:
        yield running
    city.close()


def kid_of(served: Served, subject: str) -> str:
    kind, name = subject.split("/")
    return str(served.client.get(f"/api/v1/subjects/{kind}/{name}").json()["kid"])


def test_city_counts_what_there_is(served: Served) -> None:
    found = served.client.get("/api/v1/city").json()
    assert found["realm"] == "test.example"
    assert found["log"] == {"origin": "test.example/log", "size": 10, "checkpoint_time": "2023-11-14T22:16:20Z"}
    assert found["counts"] == {"devices": 3, "gateways": 1, "records": 5, "rejected": 0}


def test_device_list_shows_place_mark_and_latest_reading(served: Served) -> None:
    found = served.client.get("/api/v1/devices").json()
    assert [device["subject"] for device in found["devices"]] == ["bin/12", "tree/7", "bin/Ab"]
    assert found["next"] is None
    first, second, _ = found["devices"]
    assert first["label"] == "Market square"
    assert first["location"] == {"latitude": 37.5665, "longitude": 126.978}
    assert first["simulated"] is True
    assert (first["kind"], first["name"], first["page"], first["enrolled_at_index"]) == ("bin", "12", "/b/12", 3)
    assert first["latest"]["seq"] == 4
    assert (second["latest"], second["label"], second["location"], second["simulated"]) == (None, None, None, False)
    assert second["page"] == "/t/7"


def test_values_carry_exact_text_and_kind(served: Served) -> None:
    latest = served.client.get("/api/v1/subjects/bin/12").json()["latest"]
    assert latest["values"] == [
        {"name": "fill", "unit": "/", "value": 0.62, "text": "0.62"},
        {"name": "lid", "unit": None, "value": True, "text": "true"},
        {"name": "count", "unit": None, "value": -3, "text": "-3"},
        {"name": "fault", "unit": None, "value": "tof", "text": "tof"},
        {"name": "led", "unit": None, "value": "01ff", "text": "01ff"},
    ]


def test_reading_without_device_clock_has_only_the_gateways_time(served: Served) -> None:
    latest = served.client.get("/api/v1/subjects/bin/12").json()["latest"]
    assert latest["time"] is None
    assert latest["received"] == "2023-11-14T22:16:20Z"


def test_reading_beyond_the_checkpoint_is_not_published(served: Served) -> None:
    readings = served.client.get(f"/api/v1/devices/{kid_of(served, 'bin/12')}/readings").json()["readings"]
    assert [(item["seq"], item["published"]) for item in readings] == [
        (4, False),
        (3, True),
        (2, True),
        (1, True),
        (0, True),
    ]
    assert [item["log_index"] for item in readings] == [10, 9, 8, 7, 6]


def test_pages_of_readings_neither_repeat_nor_miss(served: Served) -> None:
    path = f"/api/v1/devices/{kid_of(served, 'bin/12')}/readings?limit=2"
    seen, cursor = [], ""
    for _ in range(3):
        page = served.client.get(path + cursor).json()
        seen += [item["seq"] for item in page["readings"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [4, 3, 2, 1, 0]
    assert page["next"] is None


def test_pages_of_devices_neither_repeat_nor_miss(served: Served) -> None:
    first = served.client.get("/api/v1/devices?limit=2").json()
    second = served.client.get(f"/api/v1/devices?limit=2&cursor={first['next']}").json()
    assert [device["subject"] for device in first["devices"] + second["devices"]] == ["bin/12", "tree/7", "bin/Ab"]
    assert second["next"] is None


def test_subject_is_found_in_the_upper_case_of_qr_codes(served: Served) -> None:
    assert served.client.get("/api/v1/subjects/BIN/AB").json()["subject"] == "bin/Ab"


def test_history_has_the_means_of_intervals(served: Served) -> None:
    kid = kid_of(served, "bin/12")
    span = {"from": "2023-11-14T22:13:20Z", "to": "2023-11-14T22:17:20+00:00"}
    found = served.client.get(f"/api/v1/devices/{kid}/history", params={"name": "fill", "points": "2", **span}).json()
    assert (found["name"], found["unit"]) == ("fill", "/")
    assert [point[0] for point in found["points"]] == ["2023-11-14T22:13:20Z", "2023-11-14T22:15:20Z"]
    assert found["points"][0][1:] == pytest.approx([0.05, 0.0, 0.1])
    assert found["points"][1][1:] == pytest.approx([(0.2 + 0.3 + 0.62) / 3, 0.2, 0.62])


def test_history_of_the_last_day_needs_no_times(served: Served) -> None:
    kid = kid_of(served, "bin/12")
    served.city.city.now += 1
    found = served.client.get(f"/api/v1/devices/{kid}/history?name=fill&points=2000").json()
    assert [point[1] for point in found["points"]] == pytest.approx([0.0, 0.1, 0.2, (0.3 + 0.62) / 2])
    unknown = served.client.get(f"/api/v1/devices/{kid}/history?name=nothing").json()
    assert unknown == {"name": "nothing", "unit": None, "points": []}


@pytest.mark.parametrize(
    "query",
    [
        "name=UPPER",
        "name=fill&points=0",
        "name=fill&points=2001",
        "name=fill&from=yesterday",
        "name=fill&from=2023-11-14T22:13:20",
        "name=fill&from=2023-11-14T22:13:20Z&to=2023-11-14T22:13:20Z",
        "",
    ],
)
def test_history_of_a_bad_span_is_refused(served: Served, query: str) -> None:
    answer = served.client.get(f"/api/v1/devices/{kid_of(served, 'bin/12')}/history?{query}")
    assert answer.status_code == 422
    assert answer.json()["reason"] == "bad-parameter"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00%2B14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("end", ["from", "to"])
def test_history_at_the_ends_of_the_calendar_is_refused(served: Served, end: str, at: str) -> None:
    answer = served.client.get(f"/api/v1/devices/{kid_of(served, 'bin/12')}/history?name=fill&{end}={at}")
    assert (answer.status_code, answer.json()["reason"]) == (422, "bad-parameter")


@pytest.mark.parametrize("path", ["", "/readings", "/history?name=fill", "/qr.svg", "/records/0/proof"])
def test_unknown_device_is_a_problem(served: Served, path: str) -> None:
    answer = served.client.get("/api/v1/devices/0123456789abcdef" + path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["reason"] == "not-found"


@pytest.mark.parametrize("path", ["/subjects/bin/99", "/subjects/bin/a%20b", "/subjects/b1n/1", "/subjects/gateway/1"])
def test_unknown_subject_is_a_problem(served: Served, path: str) -> None:
    answer = served.client.get("/api/v1" + path)
    assert (answer.status_code, answer.json()["reason"]) == (404, "not-found")


@pytest.mark.parametrize(
    "path",
    [
        "/devices/0123456789ABCDEF",
        "/devices/xyz/readings",
        "/devices?limit=0",
        "/devices?limit=201",
        "/devices?limit=ten",
        "/devices?cursor=zz",
        "/devices?cursor=" + "f" * 16,
        "/devices/0123456789abcdef/records/4294967296/proof",
        "/devices/0123456789abcdef/records/-1/proof",
        "/devices/0123456789abcdef/qr.svg?scale=41",
    ],
)
def test_bad_parameter_is_named(served: Served, path: str) -> None:
    answer = served.client.get("/api/v1" + path)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert problem["reason"] == "bad-parameter"
    assert problem["detail"].split(".")[0] in ("path", "query")


def test_subjects_that_differ_in_case_only_are_not_mistaken(tmp_path: Path) -> None:
    city = OpenCity(tmp_path)
    city.enrol_device("bin/ab")
    city.enrol_device("bin/AB")
    city.enrol_device("bin/aB")
    with serve(city) as served:
        assert served.client.get("/api/v1/subjects/bin/aB").json()["subject"] == "bin/aB"
        answer = served.client.get("/api/v1/subjects/bin/Ab")
    city.close()
    assert (answer.status_code, answer.json()["reason"]) == (409, "ambiguous-name")


def test_exchanged_and_moved_devices_are_shown_where_they_are(tmp_path: Path) -> None:
    city = OpenCity(tmp_path)
    city.enrol_device("bin/1")
    city.enrol_device("bin/1")
    moved = city.enrol_device("bin/2")
    city.backend.submit(city.city.enrolment(moved, "bin/3", "device"))
    with serve(city) as served:
        listed = served.client.get("/api/v1/devices").json()["devices"]
        old = served.client.get("/api/v1/subjects/bin/2")
        newest = served.client.get("/api/v1/subjects/bin/1").json()
    city.close()
    assert [(device["subject"], device["enrolled_at_index"]) for device in listed] == [("bin/1", 4), ("bin/3", 6)]
    assert old.status_code == 404
    assert newest["enrolled_at_index"] == 4


@pytest.mark.parametrize("claimed", [300_000_000_000, 2**63 - 1, 2**63, 2**64 - 1])
def test_time_that_no_calendar_has_is_stored_and_shown_as_none(tmp_path: Path, claimed: int) -> None:
    city = OpenCity(tmp_path)
    key = city.enrol_device("bin/1")
    later = Measurement("fill", DecimalFraction(-2, 50), "/", 60)  # a minute after the base time
    city.commit([city.report(key, 0, [later], claimed)])
    city.publish()
    city.backend.project_pending()
    city.city.now += 1
    with serve(city) as served:
        latest = served.client.get("/api/v1/subjects/bin/1").json()["latest"]
        history = served.client.get(f"/api/v1/devices/{key.kid.hex()}/history?name=fill").json()
        proof = served.client.get(latest["proof"])
    city.close()
    assert latest["time"] is None
    assert [point[1:] for point in history["points"]] == [[0.5, 0.5, 0.5]]
    assert proof.status_code == 200
