"""Courses as real readings, a device's life, its settings and each of its numbers, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from civicroot_backend.api import series
from civicroot_backend.times import iso
from civicroot_wire import revocation

from tests.backend import device_town as town
from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import NOW


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    city = town.watched_town(tmp_path_factory.mktemp("city"))
    with serve(city) as running:
        yield running
    city.close()


def kid_of(served: Served) -> str:
    return served.city.devices["bin/12"].kid.hex()


def ask(served: Served, path: str, **query: object) -> Any:
    answer = served.client.get(f"/api/v1/devices/{kid_of(served)}/{path}", params={**query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def whole(**more: object) -> dict[str, object]:
    return {"name": "fill", "from": iso(town.BEGIN), "to": iso(town.END), **more}


def test_series_has_every_reading_where_there_is_room(served: Served) -> None:
    found = ask(served, "series", **whole(points=4000))
    accepted = town.READINGS - len(town.LOST) - len(town.THINNED) - len(town.SKIPPED)
    assert (found["total"], len(found["points"]), found["unit"]) == (accepted + 1, accepted + 1, "/")
    assert [point["seq"] for point in found["points"]] == sorted(point["seq"] for point in found["points"])
    assert [point["published"] for point in found["points"]][-2:] == [True, False]
    assert (found["start"], found["end"]) == (iso(town.BEGIN), iso(town.END))


def test_each_point_of_a_thinned_series_is_a_reading_and_extremes_stay(served: Served) -> None:
    every = ask(served, "series", **whole(points=4000))["points"]
    found = ask(served, "series", **whole(points=40))
    assert len(found["points"]) <= 40 < found["total"] == len(every)
    assert all(point in every for point in found["points"]), "none is an average"
    for pick in (min, max):
        assert pick(point["value"] for point in found["points"]) == pick(point["value"] for point in every)
    listed = (
        ask(served, "readings", limit=200)["readings"] + ask(served, "readings", limit=200, cursor="5a")["readings"]
    )
    values = {item["seq"]: next(v["value"] for v in item["values"] if v["name"] == "fill") for item in listed}
    for point in found["points"]:
        assert point["value"] == values[point["seq"]]
        assert point["proof"] == f"/api/v1/devices/{kid_of(served)}/records/{point['seq']}/proof"
    assert served.client.get(found["points"][0]["proof"]).status_code == 200


def test_series_without_times_is_of_the_last_day(served: Served) -> None:
    found = ask(served, "series", name="lid")
    assert found["total"] == sum(
        1 for seq in range(town.READINGS) if town.BEGIN + seq * town.STEP > town.END - 86_400
    ) - len({town.ALARMED, town.CALM, town.UPDATED, town.STARTED})
    assert {point["value"] for point in found["points"]} == {0.0, 1.0}
    assert ask(served, "series", name="nothing")["points"] == []


@pytest.mark.parametrize("query", ["name=fill&points=3", f"name=fill&points={series.MAX_POINTS + 1}", "name=UPPER", ""])
def test_series_of_a_bad_question_is_refused(served: Served, query: str) -> None:
    answer = served.client.get(f"/api/v1/devices/{kid_of(served)}/series?{query}")
    assert (answer.status_code, answer.json()["reason"]) == (422, "bad-parameter")


def test_measurements_say_which_have_a_chart(served: Served) -> None:
    found = {each["name"]: each for each in ask(served, "measurements")["measurements"]}
    assert [name for name, each in found.items() if each["chart"]] == ["boots", "fill", "lid", "temp"]
    assert (found["fill"]["value"]["text"], found["fill"]["reading"]["seq"]) == ("0.55", town.READINGS)
    assert found["update"]["reading"]["seq"] == town.UPDATED


def test_life_says_what_became_of_a_device(served: Served) -> None:
    found = ask(served, "life")
    said = [(event["what"], event["text"], event["seq"]) for event in found["events"]]
    assert said == [
        ("equivocation", str(town.TWICE), None),
        ("started", "watchdog", town.STARTED),
        ("update", "1.2.0 committed", town.UPDATED),
        ("alarm", "", town.CALM),
        ("alarm", "fire tilt", town.ALARMED),
        ("configuration", "4", None),
        ("configuration", "3", None),
        ("moved", town.FORMULA, None),
        ("enrolled", "Market square", None),
    ]
    clocks = {event["what"]: event["clock"] for event in found["events"]}
    assert (clocks["enrolled"], clocks["alarm"], clocks["configuration"]) == ("backend", "device", None)
    assert all(served.client.get(event["proof"]).status_code == 200 for event in found["events"])
    assert found["searched"] == 281


def test_settings_are_what_was_signed_and_what_is_said(served: Served) -> None:
    found = ask(served, "settings")
    assert found["desired"]["version"] == 4
    assert found["desired"]["settings"] == {"sample.interval": "600", "alarm.temp.begin": "65.5"}
    assert served.client.get(found["desired"]["proof"]).status_code == 200
    reported = found["reported"]
    assert (reported["software"]["text"], reported["software"]["seq"]) == ("1.2.0", town.UPDATED)
    assert (reported["promised"]["text"], reported["promised"]["seq"]) == ("3600", town.READINGS - 1)
    assert reported["calibrations"] == {}


@pytest.mark.parametrize(
    ("seq", "fate", "shows"),
    [
        (99, "received", [("record", 99)]),
        (101, "lost", [("before", 99), ("after", 103)]),
        (111, "thinned", [("says-thinned", 115)]),
        (120, "skipped", [("says-skipped", 122)]),
        (121, "rejected", [("batch", None)]),
        (town.TWICE, "received", [("record", town.TWICE), ("batch", None)]),
        (5_000, "unused", [("before", town.READINGS)]),
    ],
)
def test_every_fate_of_a_number_has_its_evidence(
    served: Served, seq: int, fate: str, shows: list[tuple[str, int | None]]
) -> None:
    found = ask(served, f"numbers/{seq}")
    assert (found["fate"], found["equivocated"]) == (fate, seq == town.TWICE)
    assert [(each["shows"], each["seq"]) for each in found["evidence"]] == shows
    for each in found["evidence"]:
        assert served.client.get(each["proof"]).status_code in (200, 409), "409: not published yet"


def test_a_device_that_took_anothers_place_and_its_revocation(tmp_path: Path) -> None:
    city = OpenCity(tmp_path)
    first = city.enrol_device("bin/1")
    second = city.enrol_device("bin/1")
    city.backend.submit(city.city.revocation(first, "bin/1", revocation.LOST))
    city.publish()
    with serve(city) as served:
        lives = [served.client.get(f"/api/v1/devices/{key.kid.hex()}/life").json()["events"] for key in (first, second)]
    city.close()
    assert [(each["what"], each["text"], each["other"]) for each in lives[0]] == [
        ("revoked", "lost", None),
        ("replaced", None, second.kid.hex()),
        ("enrolled", None, None),
    ]
    assert [(each["what"], each["other"]) for each in lives[1]] == [("enrolled", first.kid.hex())]


def test_a_pruned_reading_is_no_proof_any_more(tmp_path: Path) -> None:
    city = OpenCity(tmp_path, days=1)
    key = city.enrol_device("bin/1")
    city.commit([city.fill(key, 0, 10)])
    city.publish()
    city.backend.project_pending()
    city.city.now += 3 * 86_400
    city.backend.prune()
    city.publish()
    with serve(city) as served:
        path = f"/api/v1/devices/{key.kid.hex()}"
        number = served.client.get(f"{path}/numbers/0").json()
        points = served.client.get(f"{path}/series?name=fill&from={iso(NOW - 9)}").json()["points"]
        row = served.client.get(f"{path}/readings?format=csv").text.splitlines()[1]
    city.close()
    assert number["fate"] == "pruned"
    assert [each["shows"] for each in number["evidence"]] == ["pruning"]
    assert [(point["value"], point["pruned"]) for point in points] == [(0.1, True)]
    assert ",,,,," in row, "what is gone has no value"


@pytest.mark.parametrize("path", ["series?name=fill", "measurements", "life", "settings", "numbers/1"])
def test_unknown_device_is_a_problem(served: Served, path: str) -> None:
    answer = served.client.get(f"/api/v1/devices/0123456789abcdef/{path}")
    assert (answer.status_code, answer.json()["reason"]) == (404, "not-found")
