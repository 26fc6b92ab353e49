"""What is kept of people, and for how long: sessions until they are over, the trail as the configuration says."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from civicroot_backend.audit_trail import forgetting, trail, verifying
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.audit_trail.publisher import BATCH_SECONDS, Publisher
from civicroot_backend.audit_trail.verifying import Result
from civicroot_backend.database.people_tables import audit_trail, sessions
from civicroot_backend.database.tables import log_entries
from civicroot_backend.entries.organisation import Organisation
from civicroot_backend.people.roles import CITY, Role
from civicroot_backend.people.sessions import IDLE_SECONDS
from civicroot_wire import statement
from sqlalchemy import func, select, update

from tests.backend.people.office import Office, opened_office, reason

DAY = 86_400


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Office]:
    with opened_office(tmp_path) as opened:
        yield opened


def batched(hall: Office, publisher: Publisher) -> None:
    """All rows until now are in the log."""
    hall.later(BATCH_SECONDS)
    assert publisher.step() == 1


def publisher_of(hall: Office) -> Publisher:
    backend, city = hall.backend, hall.served.city.city
    key = city.enrolled(backend, "organisation/city", statement.ROLE)
    parts = (backend.database, backend._submissions, backend.keys)
    organisation = Organisation(*parts, key, backend.realm, "https://city.example")
    return Publisher(organisation, organisation.public_url, lambda: city.now)


def checked(hall: Office) -> Result:
    with hall.backend.database.read() as connection:
        rows = connection.execute(select(log_entries.c.index, log_entries.c.entry)).all()
        logged = verifying.about_trail((row.index, row.entry) for row in rows)
        return verifying.verify(connection, hall.backend.realm, {"organisation/city"}, logged)


def test_sessions_that_are_over_are_deleted(hall: Office) -> None:
    person = hall.person(Role.OPERATOR)
    hall.at(person)
    hall.later(IDLE_SECONDS)
    hall.at(person)

    def count() -> int:
        with hall.backend.database.read() as connection:
            return connection.execute(select(func.count()).select_from(sessions)).scalar_one()

    hall.backend.forget_old()
    assert count() == 1
    hall.later(IDLE_SECONDS)
    hall.backend.forget_old()
    assert count() == 0


def test_the_trail_is_kept_as_long_as_configured_and_what_is_left_still_holds(hall: Office) -> None:
    publisher = publisher_of(hall)
    for _ in range(2):
        hall.person()
        batched(hall, publisher)
        hall.later(10 * DAY)
    hall.person()
    batched(hall, publisher)
    hall.person()  # in no batch yet
    before = checked(hall)
    assert (before.findings, before.batches, before.forgotten) == ([], 3, 0)
    backend = hall.backend
    backend.forget_old()
    assert checked(hall) == before, "for ever, unless somebody says how long"
    backend.config = replace(backend.config, audit_trail_days=15)
    backend.forget_old()
    after = checked(hall)
    assert (after.findings, after.rows, after.covered) == ([], before.rows, before.covered)
    first = hall.trail()[0]
    assert (first.action, after.forgotten) == (Action.ROWS_FORGOTTEN, first.position + 1)
    assert after.forgotten > 0
    backend.forget_old()
    assert checked(hall) == after
    with backend.database.write() as connection:
        forgetting.forget(connection, hall.served.city.city.now + DAY)
    last = checked(hall)
    assert (last.findings, last.forgotten) == ([], last.covered)
    assert hall.trail()[-1].action != Action.ROWS_FORGOTTEN, "what the log does not fix is kept"
    hall.person()
    batched(hall, publisher)
    assert checked(hall).findings == []


def test_the_file_of_the_trail_names_the_log_entry_that_fixes_each_row(hall: Office) -> None:
    publisher = publisher_of(hall)
    browser = hall.at(hall.person(Role.AUDITOR))
    batched(hall, publisher)
    hall.person()  # in no batch yet
    hall.served.city.publish()
    lines = csv.DictReader(
        browser.ask("GET", "districts/city/audit-trail?format=csv").text.removeprefix("\ufeff").splitlines()
    )
    found = {line["position"]: (line["entry"], line["proof"]) for line in lines}
    shown = browser.get("districts/city/audit-trail?limit=200")["items"]
    assert {position: entry for position, (entry, _) in found.items()} == {
        str(item["position"]): "" if item["entry"] is None else str(item["entry"]) for item in shown
    }
    fixed = {entry: proof for entry, proof in found.values() if entry}
    assert ("", "") in found.values() and len(fixed) == 1
    for entry, proof in fixed.items():
        assert proof.endswith(f"/entries/{entry}/proof")
        assert hall.served.client.get(proof.removeprefix("https://city.example")).status_code == 200


def test_what_was_forgotten_by_hand_shows(hall: Office) -> None:
    publisher = publisher_of(hall)
    for _ in range(2):
        hall.person()
        batched(hall, publisher)
    with hall.backend.database.write() as connection:
        size = trail.size(connection)
        forgetting.forget(connection, hall.served.city.city.now - BATCH_SECONDS)
        first = trail.newest(connection, None, None, size)[-1].position
        connection.execute(update(audit_trail).where(audit_trail.c.position == first).values(chain=bytes(32)))
    assert any("is not what" in finding for finding in checked(hall).findings)


def test_operators_see_where_their_people_are_signed_in(hall: Office) -> None:
    hall.district("north")
    operator = hall.at(hall.person(Role.OPERATOR, district="north"))
    crew = hall.person(Role.CREW, district="north")
    hall.at(crew)
    (found,) = operator.get(f"districts/north/accounts/{crew.id}/sessions")["items"]
    assert (found["method"], found["address"]) == ("password", "127.0.0.1")
    chief = hall.person(Role.OPERATOR)
    hall.grant(chief, "north", [Role.CREW])
    path = f"districts/north/accounts/{chief.id}/sessions"
    assert reason(operator.ask("GET", path)) == (403, "not-allowed")


def test_metrics_say_how_much_of_the_trail_waits(hall: Office) -> None:
    def metric(name: str) -> float:
        lines = hall.served.client.get("/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"civicroot_{name} "))

    assert (metric("audit_trail_waiting"), metric("alarms_open")) == (0.0, 0.0)
    hall.person(district=CITY)
    hall.later(100)
    assert metric("audit_trail_waiting") == len(hall.trail())
    assert metric("audit_trail_age_seconds") == 100.0
    batched(hall, publisher_of(hall))
    assert (metric("audit_trail_waiting"), metric("audit_trail_age_seconds")) == (0.0, 0.0)
    item = hall.at(hall.person(Role.AUDITOR)).get("districts/city/audit-trail?limit=200")["items"]
    assert (item[0]["entry"], item[-1]["entry"] is None) == (None, False)
