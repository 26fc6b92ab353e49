"""PostgreSQL: the migrations make the same tables, and a city on it answers what the same city on SQLite does."""

from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from civicroot_backend.database import tables
from civicroot_backend.database.connection import Database
from civicroot_backend.people.roles import Role
from PIL import Image
from sqlalchemy import inspect

from tests.backend import device_town as town
from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.people.office import Office
from tests.backend.test_api_subjects import at, imported
from tests.support.postgres import Postgres

SAME = [
    "devices/{kid}",
    "devices/{kid}/readings?limit=7&cursor=64",
    "devices/{kid}/readings?format=csv",
    "devices/{kid}/series?name=fill&points=40",
    "devices/{kid}/history?name=temp&points=20",
    "devices/{kid}/measurements",
    "devices/{kid}/life",
    "devices/{kid}/settings",
    *(f"devices/{{kid}}/numbers/{seq}" for seq in (99, 101, 111, 120, 121, town.TWICE, 5_000)),
    "devices/{kid}/completeness",
    "devices/{kid}/completeness?format=csv",
    "subjects/bin/12",
    "subjects/BIN/12/state",
    "subjects/bin/12/readings?limit=9",
    "subjects/bin/12/readings?format=csv",
    "subjects/bin/12/properties",
    "subjects/tree/7",
    "subjects?near=37.5,126.9&kind=tree",
    "devices?format=csv",
    "map",
    "map?format=csv",
    "city",
    "alarms",
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(scope="module")
def pair(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    """The same city on SQLite and on PostgreSQL."""
    with ExitStack() as stack:
        served = []
        for changes in ({}, {"database_url": postgres.url()}):
            city = town.watched_town(tmp_path_factory.mktemp("city"), **changes)
            stack.callback(city.close)
            imported(city, "bin", "id,accepts,district\n12,paper,West\n")
            imported(city, "tree", "id,lat,lon,genus,species,planted\n7,37.5,126.9,Quercus,robur,1990\n")
            served.append(stack.enter_context(serve(city)))
        yield served[0], served[1]


def test_migrations_make_the_same_tables(postgres: Postgres) -> None:
    database = Database(postgres.url())
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*tables.metadata.tables, "alembic_version"}
    database.close()


@pytest.mark.parametrize("path", SAME)
def test_both_engines_answer_the_same(pair: tuple[Served, Served], path: str) -> None:
    kid = pair[0].city.devices["bin/12"].kid.hex()
    first, second = (served.client.get(f"/api/v1/{path.format(kid=kid)}") for served in pair)
    assert first.status_code == 200, first.text
    assert second.content == first.content


def test_a_reading_on_postgresql_has_its_proof(pair: tuple[Served, Served]) -> None:
    _, served = pair
    point = served.client.get(f"/api/v1/devices/{served.city.devices['bin/12'].kid.hex()}/series?name=fill").json()
    assert served.client.get(point["points"][0]["proof"]).status_code == 200


def test_people_reports_and_the_trail_on_postgresql(pair: tuple[Served, Served]) -> None:
    _, served = pair
    photo = BytesIO()
    Image.new("RGB", (32, 24), "green").save(photo, "JPEG")
    made = served.client.post("/api/v1/subjects/bin/12/reports", json={"category": "full", "text": "넘칩니다"}).json()
    token = {"report-token": made["token"], "content-type": "image/jpeg"}
    path = f"/api/v1/reports/{made['id']}"
    assert served.client.put(f"{path}/photo", content=photo.getvalue(), headers=token).is_success
    office = Office(served)
    browser = office.at(office.person(Role.OPERATOR))
    listed = browser.get("districts/city/reports")["reports"]
    assert [(item["text"], item["has_photo"]) for item in listed] == [("넘칩니다", True)]
    assert browser.ask("DELETE", f"districts/city/reports/{made['id']}").status_code == 204
    assert browser.ask("POST", "districts", {"slug": "north", "name": "북구"}).is_success
    actions = [row["action"] for row in browser.get("districts/city/audit-trail")["items"]]
    assert {"report-deleted", "district-added"} <= {*actions}
    key = browser.ask("POST", "api-keys", {"name": "export", "scopes": ["audit-trail:read"], "days": 1})
    assert key.is_success, key.text
    assert [row["name"] for row in browser.get("api-keys")["items"]] == ["export"]
    assert browser.ask("DELETE", "sessions").is_success
    assert not browser.signed_in


def test_a_city_on_postgresql_starts_again_where_it_was(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.url()
    city = OpenCity(tmp_path, database_url=url)
    key = city.enrol_device("bin/1", location=at(1, 2))
    city.commit([city.fill(key, 0, 10)])
    city.publish()
    before = city.backend.published
    city.close()
    with city.city.backend(database_url=url) as backend:
        assert backend.published == before
        assert backend.counts()["record", "accepted"] == 1
