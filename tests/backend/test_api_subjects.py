"""Bins and trees over HTTP: what the city says of them, how they are, and what is near."""

import csv
import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from civicroot_backend.inventory import book, mapping, parse, table
from civicroot_backend.subjects import distance, emptying
from civicroot_backend.subjects.distance import Place
from civicroot_backend.subjects.emptying import Emptied, Level
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import NOW
from tests.backend.test_inventory import SHARED, TODAY

HOUR = 3600


def imported(city: OpenCity, kind: str, text: str, log_index: int | None = None) -> None:
    """Import an inventory, as the command does."""
    read = table.read(text.encode(), "file.csv")
    found = parse.parse(kind, read, mapping.resolve(kind, read.columns, {}), TODAY)
    assert found.faults == []
    with city.backend.database.write() as connection:
        book.write(connection, book.Source(kind, bytes(32), "file.csv", log_index), found.entries, NOW)


def at(latitude: int, longitude: int) -> tuple[DecimalFraction, DecimalFraction]:
    """A place in ten-thousandths of a degree."""
    return DecimalFraction(-4, latitude), DecimalFraction(-4, longitude)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Bins along a street eastwards at the equator, 111 m apart; bin/1 full, bin/2 silent, bin/3 and bin/4 not full."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    for number in range(1, 5):
        city.enrol_device(f"bin/{number}", location=at(0, 10 * number), label=f"Place {number}")
    city.enrol_device("tree/Oak")
    imported(city, "bin", "id,stream,address\n1,paper,Street 1\n3,general,\n4,paper;glass,\n9,paper,Yard 9\n")
    imported(city, "tree", "id,lat,lon,species,genus,planted,species_ko\nOak,0,0.0005,robur,Quercus,1990,\n")
    imported(city, "tree", "id,lat,lon,species,genus,planted,species_ko\nOak,0,0.0005,robur,Quercus,1990,참나무\n", 1)
    city.city.now = NOW + 100 * HOUR
    fills = {"bin/1": [10, 20, 90, 92, 5, 8, 50, 85], "bin/3": [30, 40], "bin/4": [1]}
    for subject, percents in fills.items():
        key = city.devices[subject]
        first = 100 - len(percents)
        city.commit([city.fill(key, seq, percent, NOW + (first + seq) * HOUR) for seq, percent in enumerate(percents)])
    # What comes last says nothing of the fill.
    other = [Measurement("lid", True), Measurement("battery", DecimalFraction(-2, 371), "V")]
    city.commit([city.report(city.devices["bin/1"], 8, other, NOW + 100 * HOUR)])
    old = city.city.now
    city.city.now = NOW + 50 * HOUR
    city.commit([city.fill(city.devices["bin/2"], 0, 10, NOW + 50 * HOUR)])
    city.city.now = old
    city.publish()
    city.backend.project_pending()
    with serve(city) as running:
        yield running
    city.close()


def near(served: Served, query: str) -> list[dict[str, object]]:
    answer = served.client.get(f"/api/v1/subjects?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["subjects"]
    return found


def test_subject_has_its_device_and_what_the_city_says(served: Served) -> None:
    found = served.client.get("/api/v1/subjects/bin/1").json()
    assert (found["subject"], found["label"], found["page"]) == ("bin/1", "Place 1", "/b/1")
    assert found["kid"] == served.city.devices["bin/1"].kid.hex()
    assert found["latest"]["seq"] == 8
    assert found["properties"] == {"kind": "bin", "accepts": ["paper"], "district": None, "address": "Street 1"}
    assert found["inventory"] == {"file_sha256": "00" * 32, "imported": "2023-11-14T22:13:20Z", "statement": None}


def test_subject_of_the_inventory_alone_has_no_device(served: Served) -> None:
    found = served.client.get("/api/v1/subjects/bin/9").json()
    assert (found["kid"], found["enrolled_at_index"], found["latest"], found["location"]) == (None,) * 4
    assert (found["label"], found["page"]) == ("Yard 9", "/b/9")
    assert served.client.get("/api/v1/subjects/bin/9/state").status_code == 404


def test_subject_that_no_inventory_has_says_so(served: Served) -> None:
    found = served.client.get("/api/v1/subjects/bin/2").json()
    assert (found["properties"], found["inventory"]) == (None, None)


def test_tree_is_found_as_its_code_has_it_with_place_and_names_of_the_inventory(served: Served) -> None:
    found = served.client.get("/api/v1/subjects/TREE/OAK").json()
    assert found["subject"] == "tree/Oak"
    assert found["location"] == {"latitude": 0.0, "longitude": 0.0005}
    assert found["properties"] == {
        "kind": "tree",
        "scientific": "Quercus robur",
        "species": {"en": None, "ko": "참나무", "zh": None},
        "planted": "1990",
        "trunk_cm": None,
        "picture": None,
        "district": None,
        "address": None,
    }
    assert found["inventory"]["statement"] == "/entries/1"


def test_all_that_was_said_is_shown_newest_first_in_pages(served: Served) -> None:
    first = served.client.get("/api/v1/subjects/tree/Oak/properties?limit=1").json()
    second = served.client.get(f"/api/v1/subjects/tree/Oak/properties?limit=1&cursor={first['next']}").json()
    species = [page["versions"][0]["properties"]["species"]["ko"] for page in (first, second)]
    assert (species, second["next"]) == (["참나무", None], None)
    assert served.client.get("/api/v1/subjects/bin/2/properties").json() == {"versions": [], "next": None}
    assert served.client.get("/api/v1/subjects/bin/99/properties").status_code == 404


def test_state_has_the_last_value_of_each_measurement_with_its_proof(served: Served) -> None:
    found = served.client.get("/api/v1/subjects/bin/1/state").json()
    values = {item["name"]: (item["text"], item["reading"]["seq"]) for item in found["values"]}
    assert values == {"battery": ("3.71", 8), "fill": ("0.85", 7), "lid": ("true", 8)}
    proof = next(item["reading"]["proof"] for item in found["values"] if item["name"] == "fill")
    assert served.client.get(proof).status_code == 200
    assert (found["full"], found["full_from"], found["step"], found["searched"]) == (True, "0.8", "0.30", 7)


def test_state_says_when_the_bin_was_emptied_and_by_which_readings(served: Served) -> None:
    emptied = served.client.get("/api/v1/subjects/bin/1/state").json()["emptied"]
    assert (emptied["before"]["seq"], emptied["after"]["seq"]) == (3, 4)
    assert (emptied["fell"], emptied["confirmed"]) == ("0.87", True)
    assert emptied["time"] == emptied["after"]["time"] == "2023-11-18T22:13:20Z"
    assert served.client.get("/api/v1/subjects/bin/3/state").json()["emptied"] is None
    assert served.client.get("/api/v1/subjects/tree/Oak/state").json() == {
        "values": [],
        "full": None,
        "full_from": "0.8",
        "emptied": None,
        "step": "0.30",
        "searched": 0,
    }


def test_nearest_come_first_with_their_distance(served: Served) -> None:
    found = near(served, "near=0,0.001")
    assert [(item["subject"], item["distance_m"]) for item in found] == [
        ("bin/1", 0),
        ("bin/2", 111),
        ("bin/3", 222),
        ("bin/4", 334),
    ]
    assert [item["full"] for item in found] == [True, None, False, False]
    assert found[0]["fill"]["text"] == "0.85"  # type: ignore[index]
    assert found[1]["fill"] is None, "what it said a day ago is not how it is"
    assert found[0]["properties"]["accepts"] == ["paper"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("near=0,0.001&not_full=true", ["bin/3", "bin/4"]),
        ("near=0,0.001&not_full=true&limit=1", ["bin/3"]),
        ("near=0,0.001&not_full=true&accepts=paper", ["bin/4"]),
        ("near=0,0.001&accepts=textiles", []),
        ("near=0,0.001&within=200", ["bin/1", "bin/2"]),
        ("near=0,0&kind=tree", ["tree/Oak"]),
        ("near=0,0&kind=lamp", []),
        ("near=60,60", []),
        ("near=90,180", []),
        ("near=-90,-180.0", []),
    ],
)
def test_what_is_near_can_be_narrowed(served: Served, query: str, subjects: list[str]) -> None:
    assert [item["subject"] for item in near(served, query)] == subjects


@pytest.mark.parametrize(
    "query",
    [
        "",
        "near=0",
        "near=91,0",
        "near=0,181",
        "near=nan,0",
        "near=0,0&limit=51",
        "near=0,0&within=0",
        "near=0,0&accepts=x",
    ],
)
def test_bad_search_is_refused(served: Served, query: str) -> None:
    answer = served.client.get(f"/api/v1/subjects?{query}")
    assert (answer.status_code, answer.json()["reason"]) == (422, "bad-parameter")


def test_near_reaches_over_the_date_line(tmp_path: Path) -> None:
    city = OpenCity(tmp_path)
    imported(city, "bin", "id,lat,lon\n1,0,179.9995\n2,0,-179.9995\n3,0,179.9\n")
    with serve(city) as served:
        found = near(served, "near=0,180&within=1000")
    city.close()
    assert [item["subject"] for item in found] == ["bin/1", "bin/2"]


def test_distances_are_those_of_the_sphere() -> None:
    seoul, berlin = Place(37.5665, 126.978), Place(52.52, 13.405)
    assert distance.between(seoul, berlin) == pytest.approx(8_140_000, rel=0.01)
    assert distance.between(Place(0, 0), Place(0, 180)) == pytest.approx(math.pi * distance.RADIUS)
    box = distance.around(berlin, 1000)
    for bearing in range(0, 360, 15):
        north = 0.999 * math.degrees(1000 / distance.RADIUS) * math.cos(math.radians(bearing))
        east = 0.999 * math.degrees(1000 / distance.RADIUS) * math.sin(math.radians(bearing)) / distance.shrink(52.52)
        assert box.south <= 52.52 + north <= box.north
        assert abs(east) <= box.half_width
    assert distance.around(Place(89.95, 0), 10_000).half_width == 180.0


def last(*percents: int) -> Emptied[int] | None:
    """Of levels in the order of time, each with its number."""
    levels = [Level(Decimal(percent) / 100, number) for number, percent in enumerate(percents)]
    return emptying.last(reversed(levels))


@pytest.mark.parametrize(
    ("percents", "after", "confirmed"),
    [
        ((80, 85, 10, 12), 2, True),
        ((80, 85, 10), 2, False),
        ((85, 10), 1, False),
        ((80, 85, 10, 12, 70, 75, 5, 5), 6, True),
        ((80, 85, 10, 80, 85), None, None),  # a hand before the sensor
        ((10, 12, 90, 12, 13), None, None),  # a bag on the lid
        ((10, 12, 90, 12), None, None),
        ((80, 78, 75, 70, 60, 50), None, None),  # it settles
        ((60, 60, 31, 31), None, None),
        ((60, 60, 30, 30), 2, True),
        ((50,), None, None),
        ((), None, None),
    ],
)
def test_bin_is_emptied_when_two_readings_on_both_sides_say_so(
    percents: tuple[int, ...], after: int | None, confirmed: bool | None
) -> None:
    found = last(*percents)
    assert (found and found.after.reading, found and found.confirmed) == (after, confirmed)
    if found is not None:
        assert found.before.reading == found.after.reading - 1


def test_search_reads_no_further_back_than_it_must() -> None:
    taken = []

    def levels() -> Iterator[Level[int]]:
        for number, percent in enumerate((12, 10, 85, 80, 70, 60)):
            taken.append(number)
            yield Level(Decimal(percent) / 100, number)

    assert emptying.last(levels()) is not None
    assert taken == [0, 1, 2, 3]


def test_rule_is_not_misled_by_the_faults_of_real_sensors() -> None:
    """Prague's containers in ../shared/data: falls of one reading that come back are no emptyings."""
    file = SHARED / "prague_bin_fill.csv"
    if not file.is_file():
        print("absent: the fill levels of ../shared/data")
        return
    series: dict[str, list[int]] = {}
    with file.open() as rows:
        for row in csv.DictReader(rows):
            series.setdefault(row["container_id"], []).append(int(row["fill_pct"]))
    dips = found = 0
    for levels in series.values():
        for at_dip in range(2, len(levels) - 2):
            two, one, dip, back, again = levels[at_dip - 2 : at_dip + 3]
            if min(two, one) - dip >= 30 and min(back, again) > min(two, one) - 30:
                dips += 1
                emptied = last(two, one, dip, back, again)
                found += emptied is not None and emptied.after.reading == 2
    assert dips > 20
    assert found == 0
