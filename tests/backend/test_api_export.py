"""Answers as files: CSV and Parquet of every list, over HTTP, and what their formats promise."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pyarrow.parquet
import pytest
from civicroot_backend.api import export
from civicroot_backend.api.export import Exports, negotiated
from civicroot_backend.export import csv_file, parquet_file
from civicroot_backend.export.csv_file import harmless
from civicroot_backend.export.table import Column, Kind, Table
from civicroot_backend.people.roles import Role
from civicroot_backend.times import iso
from civicroot_wire import state
from civicroot_wire.state import State

from tests.backend import device_town as town
from tests.backend.api_city import Served, serve
from tests.backend.people.office import Office

PARQUET = "application/vnd.apache.parquet"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    city = town.watched_town(tmp_path_factory.mktemp("city"))
    city.backend.gateways.said(city.gateway.kid, state.encode(State(False)))
    with serve(city) as running:
        yield running
    city.close()


def path_of(served: Served, rest: str) -> str:
    return f"/api/v1/devices/{served.city.devices['bin/12'].kid.hex()}/{rest}"


def as_csv(served: Served, path: str, **query: object) -> list[dict[str, str]]:
    answer = served.client.get(path, params={**query, "format": "csv"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def as_parquet(served: Served, path: str, **query: object) -> list[dict[str, Any]]:
    answer = served.client.get(path, params={**query, "format": "parquet"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == PARQUET
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    return rows


def every_reading(served: Served, path: str) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        page = served.client.get(path, params={"limit": 200, **({"cursor": cursor} if cursor else {})}).json()
        found += page["readings"]
        cursor = page["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("of", ["device", "subject"])
def test_both_files_have_every_value_of_every_reading(served: Served, of: str) -> None:
    path = path_of(served, "readings") if of == "device" else "/api/v1/subjects/bin/12/readings"
    readings = every_reading(served, path)
    if of == "subject":
        assert len(readings) == town.READINGS - 8 + 1, "both stays"
    wanted = [(item["seq"], value["name"], value["text"]) for item in readings for value in item["values"]]
    table, lines = as_parquet(served, path), as_csv(served, path)
    assert [(row["seq"], row["name"], row["text"]) for row in table] == wanted
    assert [(int(row["seq"]), row["name"], row["text"]) for row in lines] == wanted
    newest, oldest = table[0], table[-1]
    assert (newest["published"], oldest["published"], oldest["subject"]) == (False, True, "bin/12")
    assert iso(int(oldest["time"].timestamp())) == readings[-1]["time"]
    assert oldest["proof"] == f"{served.city.backend.config.public_url}{readings[-1]['proof']}"
    assert oldest["log_index"] == readings[-1]["log_index"]
    fills = {row["seq"]: row["number"] for row in table if row["name"] == "fill"}
    assert fills[5] == town.level(5) / 100


def test_the_series_shown_is_the_series_in_the_file(served: Served) -> None:
    query = {"name": "fill", "from": iso(town.BEGIN), "to": iso(town.END), "points": 40}
    shown = served.client.get(path_of(served, "series"), params=query).json()["points"]
    table = as_parquet(served, path_of(served, "series"), **query)
    assert [(row["seq"], row["number"], row["log_index"]) for row in table] == [
        (point["seq"], point["value"], point["log_index"]) for point in shown
    ]
    assert [float(row["number"]) for row in as_csv(served, path_of(served, "series"), **query)] == [
        point["value"] for point in shown
    ]


def test_a_label_is_no_formula_in_csv_and_to_the_letter_in_parquet(served: Served) -> None:
    (line,), (row,) = as_csv(served, "/api/v1/devices"), as_parquet(served, "/api/v1/devices")
    assert line["label"] == f"'{town.FORMULA}"
    assert row["label"] == town.FORMULA
    assert row["latest_values"] == "fill=0.55"
    assert (row["latitude"], row["latest_seq"]) == (37.5666, town.READINGS)
    assert served.client.get(row["enrolment_proof"].removeprefix(served.city.backend.config.public_url)).is_success


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd|' /C calc'!A0", "@SUM(1)", " =1", "＝1", "\rx"])
def test_what_a_spreadsheet_would_calculate_is_made_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("full;=1+1", "full;'=1+1"),
        ("full;;-1+cmd", "full;;'-1+cmd"),
        ("full\t@SUM(1)", "full\t'@SUM(1)"),
        ("full\n+cmd", "full\n'+cmd"),
        ("full\r\n ＝1", "full\r\n' ＝1"),
        ('full, "x";"=1"', 'full, "x";\'"=1"'),
        ("\t=1", "'\t'=1"),
        ("=1;=2", "'=1;'=2"),
    ],
)
def test_so_is_what_follows_where_another_spreadsheet_parts_cells(text: str, made: str) -> None:
    assert harmless(text) == made


@pytest.mark.parametrize("text", ["a; b", "one\ntwo = 2", "x;1", "-3", "+0.5", "-1.5E-7", "a=1", "fill", "", "0.62"])
def test_numbers_and_words_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_csv_keeps_to_rfc_4180_in_three_scripts() -> None:
    rows = [('쓰레기통, "큰"', 1, 0.1, True, None), ("公园\r\n树", 2, None, False, "x")]
    columns = (Column("a"), Column("b", Kind.INTEGER), Column("c", Kind.NUMBER), Column("d", Kind.BOOLEAN), Column("e"))
    whole = b"".join(csv_file.pieces(Table("t", columns, rows))).decode("utf-8-sig")
    assert whole == 'a,b,c,d,e\r\n"쓰레기통, ""큰""",1,0.1,true,\r\n"公园\r\n树",2,,false,x\r\n'


def test_parquet_is_written_in_groups_and_an_empty_table_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_file, "ROW_GROUP", 3)
    columns = (Column("a", Kind.INTEGER), Column("t", Kind.TIME))
    pieces = list(parquet_file.pieces(Table("t", columns, ((n, "2026-03-01T09:30:00Z") for n in range(7)))))
    assert len(pieces) == 4, "three groups, and what every file ends with"
    file = pyarrow.parquet.ParquetFile(io.BytesIO(b"".join(pieces)))
    assert (file.num_row_groups, file.metadata.num_rows) == (3, 7)
    assert str(file.schema_arrow.field("t").type) == "timestamp[ms, tz=UTC]"
    empty = pyarrow.parquet.read_table(io.BytesIO(b"".join(parquet_file.pieces(Table("t", columns, [])))))
    assert (empty.num_rows, empty.column_names) == (0, ["a", "t"])


def test_a_long_list_goes_on_in_the_next_file(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_ROWS", 130)
    monkeypatch.setattr(export, "PAGE", 40)
    for path in (path_of(served, "readings"), "/api/v1/subjects/bin/12/readings"):
        wanted = [item["seq"] for item in every_reading(served, path)]
        found: list[int] = []
        following: str | None = f"{path}?format=csv"
        while following is not None:
            answer = served.client.get(following)
            rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
            found += dict.fromkeys(int(row["seq"]) for row in rows)
            following = answer.links["next"]["url"] if "next" in answer.links else None
        assert found == wanted


def test_completeness_is_a_row_for_each_range_with_its_evidence(served: Served) -> None:
    rows = as_parquet(served, path_of(served, "completeness"))
    found = {(row["fate"], row["first"], row["last"], row["count"]) for row in rows}
    assert {
        ("lost", 100, 102, 3),
        ("thinned", 110, 112, 3),
        ("skipped", 120, 120, 1),
        ("rejected", 121, 121, 1),
    } < found
    evidence = next(row["evidence"] for row in rows if row["fate"] == "lost")
    answer = served.client.get(evidence.removeprefix(served.city.backend.config.public_url))
    assert answer.json()["fate"] == "lost"


def test_map_and_alarms_are_files_too(served: Served) -> None:
    (place,) = as_csv(served, "/api/v1/map", kind="bin")
    assert (place["subject"], place["label"]) == ("bin/12", f"'{town.FORMULA}")
    assert as_csv(served, "/api/v1/map", kind="tree") == []
    (alarm,) = as_parquet(served, "/api/v1/alarms")
    assert (alarm["what"], alarm["reasons"], alarm["behind"]) == ("gateway", "offline", 1)


def test_reports_are_for_those_who_may_read_them(served: Served) -> None:
    office = Office(served)
    made = served.client.post("/api/v1/subjects/bin/12/reports", json={"category": "full", "text": "+82 2 123"}).json()
    path = "/api/v1/districts/city/reports?format=csv"
    assert served.client.get(path).status_code == 401
    answer = office.at(office.person(Role.OPERATOR)).ask("GET", path)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [(row["id"], row["text"]) for row in rows] == [(made["id"], "'+82 2 123")]
    assert answer.headers["access-control-allow-origin"] != "*"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
        ("text/csv", "csv"),
        ("text/*", "csv"),
        ("application/json;q=0.1, text/csv;q=0.2", "csv"),
        (PARQUET, "parquet"),
        ("application/*", "json"),
        (f"{PARQUET};q=0", "json"),
        ("text/csv;q=nonsense", "csv"),
    ],
)
def test_format_is_negotiated(accept: str, format_: str) -> None:
    assert negotiated(accept) == format_


def test_json_says_that_it_depends_on_accept(served: Served) -> None:
    answer = served.client.get("/api/v1/devices")
    assert answer.headers["content-type"] == "application/json"
    assert "accept" in answer.headers["vary"].lower()
    named = served.client.get("/api/v1/devices", headers={"accept": "text/csv"})
    assert named.headers["content-disposition"] == 'attachment; filename="devices.csv"'
    assert served.client.get("/api/v1/devices?format=xlsx").status_code == 422


def test_no_more_files_at_once_than_there_are_places(served: Served) -> None:
    before, served.app.state.exports = served.app.state.exports, Exports(1)
    try:
        assert served.app.state.exports.enter()
        answer = served.client.get("/api/v1/devices?format=csv")
        assert (answer.status_code, answer.json()["reason"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "10"
        served.app.state.exports.leave()
        for _ in range(3):
            assert served.client.get("/api/v1/devices?format=csv").status_code == 200
    finally:
        served.app.state.exports = before


def test_a_file_that_takes_too_long_is_broken_off_and_the_client_notices(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LONGEST_SECONDS", 0.01)
    monkeypatch.setattr(export, "PAGE", 1)  # a question to the database for each of 281 readings
    with pytest.raises(httpx.RemoteProtocolError):
        served.client.get(path_of(served, "readings?format=csv"))
    monkeypatch.undo()
    assert served.client.get("/api/v1/devices?format=csv").status_code == 200, "its place is free again"
