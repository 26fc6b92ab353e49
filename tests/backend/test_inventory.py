"""Inventories: files of bins and trees, checked row by row, imported once, with their history."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from civicroot_backend.database.connection import Database
from civicroot_backend.database.inventory_tables import inventories, subject_properties
from civicroot_backend.demo import inventory as demo
from civicroot_backend.errors import InventoryRefused
from civicroot_backend.inventory import book, mapping, parse, table
from civicroot_backend.inventory.parse import Parsed
from civicroot_cli.main import main
from civicroot_wire.sodium import Signer
from sqlalchemy import func, select

from tests.backend.city import City

TODAY = date(2026, 3, 1)
SHARED = Path(__file__).parents[3] / "shared" / "data"
TREES = "tree_id,genus,species,cultivar_name,common_name,diameter_in,date_planted,neighbourhood,latitude,longitude\n"


def parsed(kind: str, text: str, file: str = "file.csv", /, **chosen: str) -> Parsed:
    read = table.read(text.encode(), file)
    return parse.parse(kind, read, mapping.resolve(kind, read.columns, chosen), TODAY)


def said(found: Parsed) -> dict[str, dict[str, object]]:
    assert found.faults == []
    return {entry.subject: json.loads(entry.properties) for entry in found.entries}


def faults(found: Parsed) -> list[str]:
    return [str(fault) for fault in found.faults]


def test_columns_of_a_citys_own_file_are_known() -> None:
    row = "36,QUERCUS,ROBUR,FASTIGIATA,PYRAMIDAL ENGLISH OAK,19.0,2019-03-01,West End,49.26971,-123.074975\n"
    found = parsed("tree", TREES + row)
    assert said(found) == {
        "tree/36": {
            "scientific": "Quercus robur 'Fastigiata'",
            "species": {"en": "Pyramidal english oak"},
            "trunk_cm": "48.3",
            "planted": "2019-03-01",
            "district": "West End",
        }
    }
    assert (found.entries[0].latitude, found.entries[0].longitude) == (49.26971, -123.074975)


def test_bins_take_several_kinds_and_columns_are_chosen() -> None:
    text = "Nr;Was;Ort\n12;paper, glass;Markt 3\n"
    found = parsed("bin", text, name="Nr", accepts="Was", address="Ort")
    assert said(found) == {"bin/12": {"accepts": ["paper", "glass"], "address": "Markt 3"}}


def test_geojson_has_its_places_in_points() -> None:
    properties = {"species_ko": "은행나무", "species_zh": "银杏", "scientific": "Ginkgo biloba", "planted": 1987}
    point = {"type": "Point", "coordinates": [126.978, 37.5665]}
    feature = {"type": "Feature", "id": 7, "properties": properties, "geometry": point}
    others = [feature | {"id": 8, "geometry": None}, feature | {"geometry": {"type": "Polygon", "coordinates": []}}, 5]
    text = json.dumps({"type": "FeatureCollection", "features": [feature, *others]})
    found = parsed("tree", text, "trees.geojson")
    assert faults(found) == [
        "row 3: it is no Feature with a Point and flat properties",
        "row 4: it is no Feature with a Point and flat properties",
    ]
    first, second = found.entries
    assert (first.subject, first.latitude, first.longitude, second.latitude) == ("tree/7", 37.5665, 126.978, None)
    assert json.loads(first.properties) == {
        "scientific": "Ginkgo biloba",
        "species": {"ko": "은행나무", "zh": "银杏"},
        "planted": "1987",
    }


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("a b,,,,,,,,,", "column tree_id: 'a b' is no name: 1 to 48 of A-Z a-z 0-9 . _ -"),
        (",,,,,,,,,", ""),
        (",Acer,,,,,,,,", "column tree_id: a tree needs a name"),
        ("1,,,,,0,,,,", "column diameter_in: 0 is no diameter of a trunk"),
        ("1,,,,,NaN,,,,", "column diameter_in: NaN is no diameter of a trunk"),
        ("1,,,,,thick,,,,", "column diameter_in: 'thick' is no number"),
        ("1,,,,,,2026-03-02,,,", "column date_planted: 2026-03-02 is in the future"),
        ("1,,,,,,2019-02-29,,,", "column date_planted: 2019-02-29 is in no calendar"),
        ("1,,,,,,1.3.2019,,,", "column date_planted: '1.3.2019' is no date, like 2019-03-01, 2019-03 or 2019"),
        ("1,,,,,,0012,,,", "column date_planted: 0012 is before the year 500"),
        ("1,,,,,,,,91,0", "column latitude: 91 is not between -90 and 90 degrees"),
        ("1,,,,,,,,nan,0", "column latitude: nan is not between -90 and 90 degrees"),
        ("1,,,,,,,,49 N,0", "column latitude: '49 N' is no number of degrees, like 49.2697"),
        ("1,,,,,,,,49,", "column latitude: it goes with a longitude"),
        ("1,,,,,,,,,12", "column longitude: it goes with a latitude"),
        ("1,,,,a\u202eb,,,,,", "column common_name: it has characters that cannot be seen"),
        ("1,,,,,,," + "x" * 201 + ",,", "column neighbourhood: 201 characters; at most 200 are shown"),
        ("1,,,", "4 cells, and the header has 10"),
    ],
)
def test_fault_names_row_column_and_reason(cells: str, reason: str) -> None:
    found = parsed("tree", f"{TREES}7,,,,,,,,,\n{cells}\n9,,,,,,,,,\n")
    separator = ": " if reason.startswith("4 cells") else ", "
    assert faults(found) == ([f"row 3{separator}{reason}"] if reason else [])
    assert [entry.subject for entry in found.entries] == ["tree/7", "tree/9"]


def test_every_fault_of_a_row_is_told_and_a_name_stands_once() -> None:
    found = parsed("bin", "id,accepts,lat,lon\n1,cheese,100,7\n2,,,\n2,,,\n")
    assert faults(found) == [
        "row 2, column lat: 100 is not between -90 and 90 degrees",
        "row 2, column accepts: 'cheese' is none of general, paper, glass, plastic, metal, organic, recycling, "
        "textiles, batteries, electronics",
        "row 4, column id: bin/2 stands in row 3 already",
    ]


def test_pictures_are_https_addresses_with_a_hash() -> None:
    text = "id,picture,picture_sha256\n1,https://a.example/1.jpg,{0}\n2,http://a.example/1.jpg,\n3,,{0}\n4,https://a.example/4.jpg,12\n"
    found = parsed("tree", text.format("AB" * 32))
    assert json.loads(found.entries[0].properties)["picture"] == {"url": "https://a.example/1.jpg", "sha256": "ab" * 32}
    assert [str(fault).partition(":")[0] for fault in found.faults] == [
        "row 3, column picture",
        "row 4, column picture_sha256",
        "row 5, column picture_sha256",
    ]


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"\xff\xfe", "a.csv", "not UTF-8"),
        (b"", "a.csv", "the first line"),
        (b"id,id\n", "a.csv", "the first line"),
        (b'id\n"never ends', "a.csv", "after row 1"),
        (b"{", "a.geojson", "no GeoJSON"),
        (b"[]", "a.geojson", "no GeoJSON"),
        (b'{"type": "Feature"}', "a.geojson", "no GeoJSON"),
        (b"[" * 100_000, "a.json", "no GeoJSON"),
    ],
)
def test_file_that_is_none_is_refused(content: bytes, name: str, why: str) -> None:
    with pytest.raises(InventoryRefused, match=why):
        table.read(content, name)


@pytest.mark.parametrize("chosen", [{"age": "id"}, {"name": "nothing"}, {"name": ""}])
def test_mapping_that_cannot_be_is_refused(chosen: dict[str, str]) -> None:
    with pytest.raises(InventoryRefused):
        mapping.resolve("bin", ["id", "stream"], chosen)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/test.db")


def write(database: Database, found: Parsed, now: int) -> tuple[int, int, int]:
    source = book.Source("tree", hashlib.sha256(str(now).encode()).digest(), "file.csv", None)
    with database.write() as connection:
        changes = book.write(connection, source, found.entries, now)
    return len(changes.added), len(changes.changed), changes.unchanged


def test_import_is_idempotent_and_keeps_what_was(database: Database) -> None:
    first = parsed("tree", "id,planted,lat,lon\n1,1990,1,2\n2,1991,1,2\n3,1992,1,2\n")
    second = parsed("tree", "id,planted,lat,lon\n1,1990,1,2\n2,2001,1,2\n3,1992,1,3\n4,1993,1,2\n")
    assert write(database, first, 1) == (3, 0, 0)
    assert write(database, first, 2) == (0, 0, 3)
    assert write(database, second, 3) == (1, 2, 1)
    assert write(database, second, 4) == (0, 0, 4)
    assert write(database, first, 5) == (0, 2, 1), "a city may go back, and that is kept too"
    with database.read() as connection:
        assert connection.execute(select(inventories.c.imported).order_by(inventories.c.id)).scalars().all() == [
            1,
            3,
            5,
        ]
        versions = book.history(connection, "tree/2", None, 10)
        assert [(row.properties["planted"], row.imported) for row in versions] == [
            ("1991", 5),
            ("2001", 3),
            ("1991", 1),
        ]
        assert [row.imported for row in book.history(connection, "tree/2", versions[0].id, 1)] == [3]
        assert [row.imported for row in book.find(connection, "tree/2")] == [5]
        in_force = select(func.count()).where(subject_properties.c.replaced.is_(None))
        assert connection.execute(in_force).scalar_one() == 4
    database.close()


def test_ten_thousand_trees_take_seconds(database: Database) -> None:
    rows = "".join(f"{n},Acer,rubrum,,,10,1990-01-01,West,49.{n:05},-123.{n:05}\n" for n in range(10_000))
    found = parsed("tree", TREES + rows)
    assert write(database, found, 1) == (10_000, 0, 0)
    assert write(database, found, 2) == (0, 0, 10_000)
    database.close()


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(city: City, capsys: pytest.CaptureFixture[str]) -> Run:
    """`civicroot inventory import`: its exit status, output and errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(["inventory", "import", "--config", str(city.config_file), *map(str, arguments)])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_command_needs_a_city_that_has_begun(command: Run, tmp_path: Path) -> None:
    (tmp_path / "bins.csv").write_text("id\n1\n")
    status, _, err = command(tmp_path / "bins.csv", "--kind", "bin")
    assert (status, err) == (1, "civicroot: database: (sqlite3.OperationalError) unable to open database file\n")


def test_command_looks_first_and_imports_nothing_with_a_fault(city: City, command: Run, tmp_path: Path) -> None:
    with city.backend():  # while it runs
        file = tmp_path / "bins.csv"
        file.write_text("id,stream,size\n1,paper,3\n2,cheese,4\n")
        status, out, err = command(file, "--kind", "bin", "--dry-run")
        assert (status, out.splitlines()) == (
            1,
            ["columns: name=id, accepts=stream; not used: size", "1 would be added, 0 would be changed, 0 as before"],
        )
        assert err.startswith("row 3, column stream: 'cheese' is none of general,")
        status, out, err = command(file, "--kind", "bin")
        assert (status, "added" in out, "nothing is imported" in err) == (1, False, True)
        status, out, _ = command(file, "--kind", "bin", "--skip-faulty")
        assert (status, out.splitlines()[-1]) == (0, "1 added, 0 changed, 0 as before")
        status, out, _ = command(file, "--kind", "bin", "--skip-faulty")
        assert (status, out.splitlines()[-1]) == (0, "0 added, 0 changed, 1 as before")


@pytest.mark.parametrize(
    "arguments", [["missing.csv"], ["bins.csv", "--column", "name"], ["bins.csv", "--column", "x=id"]]
)
def test_command_says_what_is_wrong_in_one_line(command: Run, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "bins.csv").write_text("id\n1\n")
    status, _, err = command(tmp_path / arguments[0], "--kind", "bin", *arguments[1:])
    assert (status, err.startswith("civicroot: "), err.count("\n")) == (1, True, 1)


def test_organisation_signs_the_hash_of_the_file(city: City, command: Run, tmp_path: Path) -> None:
    file, signed = tmp_path / "trees.csv", tmp_path / "trees.statement"
    file.write_text("id,planted\n1,1990\n")
    with city.backend() as backend:
        parks = city.enrolled(backend, "organisation/parks", "organisation")

    def sign(key: Signer, content: bytes) -> None:
        about = hashlib.sha256(content).digest()
        signed.write_bytes(city.statement(key, "organisation/parks", "inventory/trees", about, detached=True))

    imported = (file, "--kind", "tree", "--statement", signed)
    sign(parks, b"another file")
    status, _, err = command(*imported)
    assert (status, "is not about the hash of this file" in err) == (1, True)
    sign(city.key(), file.read_bytes())
    status, _, err = command(*imported)
    assert (status, "unknown-key-id" in err) == (1, True)
    assert command(file, "--kind", "tree")[:2] == (
        0,
        "columns: name=id, planted=planted\n1 added, 0 changed, 0 as before\n",
    )
    sign(parks, file.read_bytes())
    status, out, _ = command(*imported)
    assert status == 0
    assert out.splitlines()[1] == "0 added, 0 changed, 1 as before"
    index = int(out.rpartition(" ")[2])
    with city.backend() as backend, backend.database.read() as connection:
        (row,) = book.find(connection, "tree/1")
        assert row.log_index == index
        backend.publish_pending()
        assert backend.receipts.entry(index) == signed.read_bytes()


def test_a_real_citys_trees_are_imported() -> None:
    """The sample of Vancouver's inventory in ../shared/data, whose one fault is a trunk of nothing."""
    file = SHARED / "vancouver_street_trees.csv"
    if not file.is_file():
        print("absent: the sample inventory of ../shared/data")
        return
    found = parsed("tree", file.read_text(), file.name)
    assert len(found.entries) == 4999
    (fault,) = found.faults
    assert (fault.column, fault.reason) == ("diameter_in", "0.0 is no diameter of a trunk")
    assert sum("planted" in json.loads(entry.properties) for entry in found.entries) > 2000


@pytest.mark.parametrize(("kind", "content", "count"), [("bin", demo.bins(), 12), ("tree", demo.trees(), 8)])
def test_inventory_of_the_demo_has_no_fault(kind: str, content: str, count: int) -> None:
    found = said(parsed(kind, content))
    assert len(found) == count
    field = "accepts" if kind == "bin" else "scientific"
    assert all(properties[field] for properties in found.values())
