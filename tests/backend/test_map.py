"""The map: where subjects are, how they are, and how many of them reach a browser."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from civicroot_backend import config
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.inventory import book
from civicroot_backend.inventory.book import Source
from civicroot_backend.inventory.parse import Entry
from civicroot_backend.map import board, grid, outline
from civicroot_backend.map.grid import Box
from civicroot_backend.map.places import Place
from civicroot_backend.map.snapshot import MAX_FEATURES, Snapshot, Wanted
from civicroot_backend.map.states import FAULTY, FULL, SILENT
from civicroot_wire import state
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from civicroot_wire.state import State

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import City

PROMISE = 600  # seconds
SEOUL = DecimalFraction(-4, 375665), DecimalFraction(-3, 126978)
SYDNEY = DecimalFraction(-1, -339), DecimalFraction(-1, 1512)
AROUND = "126.9,37.5,127.1,37.6"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Four bins that report, of which one is full and one faulty, a tree of the inventory, and a bin elsewhere."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    keys = [city.enrol_device(f"bin/{number}", label=f"Corner {number}", location=SEOUL) for number in range(4)]
    far = city.enrol_device("bin/far", location=SYDNEY)
    city.enrol_device("bin/nowhere")
    with city.backend.database.write() as connection:
        oak = Entry(1, "tree/7", '{"address":"Park 7"}', 37.57, 126.99)
        book.write(connection, Source("tree", bytes(32), "trees.csv", None), [oak], 0)
    city.commit(
        [
            city.fill(keys[0], 0, 20),
            city.fill(keys[1], 0, 90),
            city.report(keys[2], 0, [Measurement("fault", "temp:no-answer")]),
            city.promised(keys[3], 0, PROMISE),
            city.fill(far, 0, 20),
        ]
    )
    city.backend.gateways.said(city.gateway.kid, state.encode(State(True)))
    with serve(city) as running:
        yield running
    city.close()


def shown(served: Served, query: str = "") -> dict[str, Any]:
    answer = served.client.get(f"/api/v1/map?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def states(found: dict[str, Any]) -> dict[str, list[str]]:
    return {place["subject"]: place["states"] for place in found["places"]}


def test_every_subject_with_a_place_is_shown_with_its_states(served: Served) -> None:
    served.app.state.map.refresh()
    found = shown(served, f"bbox={AROUND}")
    assert states(found) == {
        "bin/0": ["ok"],
        "bin/1": ["full"],
        "bin/2": ["faulty"],
        "bin/3": ["ok"],
        "tree/7": ["unknown"],
    }
    assert (found["total"], found["kinds"], found["base"]) == (5, ["bin", "tree"], None)
    assert {place["label"] for place in found["places"]} >= {"Corner 1", "Park 7"}
    assert {place["page"] for place in found["places"]} >= {"/b/1", "/t/7"}
    everywhere = shown(served)
    assert everywhere["total"] == 6
    assert everywhere["extent"] == {"west": 126.978, "south": -33.9, "east": 151.2, "north": 37.57}
    assert states(shown(served, f"bbox={AROUND}&kind=tree")).keys() == {"tree/7"}
    assert states(shown(served, f"bbox={AROUND}&state=full&state=faulty")).keys() == {"bin/1", "bin/2"}
    assert states(shown(served, "bbox=0,-40,10,40")) == {}
    assert states(shown(served, "bbox=140,-40,-170,0")).keys() == {"bin/far"}, "across 180°"
    assert shown(served, "bbox=-500,-90,500,90")["total"] == 6, "maps go round the earth"


def test_states_follow_time_new_records_and_gateways(served: Served) -> None:
    city = served.city
    try:
        city.city.now += 2 * PROMISE
        served.app.state.map.refresh()
        assert states(shown(served, f"bbox={AROUND}&state=silent")) == {"bin/3": ["silent"]}
        city.backend.gateways.said(city.gateway.kid, state.encode(State(False)))
        served.app.state.map.refresh()
        assert states(shown(served, f"bbox={AROUND}"))["bin/3"] == ["unknown"], "its gateway is down: nobody knows"
        city.backend.gateways.said(city.gateway.kid, state.encode(State(True)))
        now = city.city.now
        city.commit([city.fill(city.devices["bin/1"], 1, 5, now), city.fill(city.devices["bin/2"], 1, 95, now)])
        served.app.state.map.refresh()
        found = states(shown(served, f"bbox={AROUND}"))
        assert (found["bin/1"], found["bin/2"]) == (["ok"], ["full"]), "emptied, and mended"
    finally:
        city.city.now -= 2 * PROMISE


@pytest.mark.parametrize("query", ["bbox=1,2,3", "bbox=a,b,c,d", "zoom=23", "zoom=-1", "state=lost", "kind=BIN"])
def test_what_is_no_view_is_refused(served: Served, query: str) -> None:
    answer = served.client.get(f"/api/v1/map?{query}")
    assert (answer.status_code, answer.json()["reason"]) == (422, "bad-parameter")


def _town(number: int) -> Snapshot:
    draw = random.Random(8)
    places = [
        Place(f"{'bin' if index % 2 else 'tree'}/{index}", None, draw.uniform(37, 38), draw.uniform(126, 127), None, 0)
        for index in range(number)
    ]
    return Snapshot(places, [draw.choice((0, 0, FULL, FAULTY, SILENT, FULL | SILENT)) for _ in places], 0)


def test_clusters_count_everything_once_and_are_never_too_many() -> None:
    town, seoul = _town(5000), Box(126.0, 37.0, 127.0, 38.0)
    for zoom in (0, 8, 12, 22):
        view = town.view(seoul, zoom, Wanted())
        assert 0 < len(view.clusters) + len(view.places) <= MAX_FEATURES
        assert all(cluster.count > 1 for cluster in view.clusters)
        assert view.total == sum(cluster.count for cluster in view.clusters) + len(view.places) == 5000
    wanted = Wanted("bin", FULL)
    right = sum(
        place.subject.startswith("bin/") and bool(bits & FULL)
        for place, bits in zip(town.places, town.states, strict=True)
    )
    view = town.view(seoul, 9, wanted)
    assert sum(cluster.with_bit(FULL) for cluster in view.clusters) + len(view.places) == view.total == right
    assert all(place.subject.startswith("bin/") and bits & FULL for place, bits in view.places)
    for cluster in view.clusters:
        assert cluster.west <= cluster.longitudes / cluster.count <= cluster.east
    near = Box(126.5, 37.5, 126.6, 37.6)
    inside = {place.subject for place in town.places if grid.within(near, place.latitude, place.longitude)}
    assert {place.subject for place, _ in town.view(near, 16, Wanted()).places} == inside != set()


def test_the_outline_is_around_everything() -> None:
    square = [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)]
    assert sorted(outline.hull([*square, (0.5, 0.5), (0.2, 0.9), (0.0, 0.5)])) == sorted(square)
    assert outline.hull([(1.0, 2.0), (1.0, 2.0)]) == [(1.0, 2.0)]
    assert outline.hull([]) == []


TILES = {"tiles": "https://tiles.example:8443/{z}/{x}/{y}.png", "attribution": "© Example"}


def test_a_base_map_is_named_and_only_its_pictures_are_allowed(tmp_path: Path) -> None:
    for page in ("map", "index"):
        (tmp_path / f"{page}.html").write_text("<!doctype html>")
    city = OpenCity(tmp_path / "city", map=TILES)
    with serve(city, tmp_path) as served:
        assert shown(served)["base"] == TILES
        policy = _policy(served.client, "/map")
        assert "img-src 'self' blob: https://tiles.example:8443;" in policy
        assert "tiles.example" not in _policy(served.client, "/")
    city.close()


def _policy(client: httpx.Client, path: str) -> str:
    return client.get(path).headers["content-security-policy"]


@pytest.mark.parametrize(
    "table",
    [
        {"tiles": TILES["tiles"]},
        {**TILES, "tiles": "https://tiles.example/{z}/{x}"},
        {**TILES, "tiles": "ftp://tiles.example/{z}/{x}/{y}"},
        {**TILES, "tiles": "https://tiles.example; script-src */{z}/{x}/{y}"},
        {**TILES, "attribution": ""},
        {**TILES, "more": "1"},
    ],
)
def test_a_base_map_that_is_none_is_refused(tmp_path: Path, table: dict[str, str]) -> None:
    city = City(tmp_path)
    assert config.load(city.config_file, {}).map == {}
    with pytest.raises(ConfigurationError, match="map"):
        config.load(city.config_file, {"CIVICROOT_MAP": json.dumps(table)})


def test_a_first_map_that_takes_long_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "PATIENCE_SECONDS", 0.01)
    city, release = OpenCity(tmp_path), Event()
    with serve(city) as other:
        other.app.state.map._maker.submit(release.wait, 20.0)  # something that takes long
        answer = other.client.get("/api/v1/map")
        release.set()
        assert (answer.status_code, answer.json()["reason"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "5"
        other.app.state.map.refresh()
        assert other.client.get("/api/v1/map").status_code == 200
    city.close()
