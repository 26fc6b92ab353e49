"""The demo's operator and its organisation's key: made once, and a new link at each start."""

from pathlib import Path

from civicroot_backend import realm
from civicroot_backend.config import load
from civicroot_backend.database import beside
from civicroot_backend.demo.settings import REALM
from civicroot_backend.demo.staff import SUBJECT, Staff
from civicroot_backend.people import account_list, invitations
from civicroot_backend.people.errors import SignInRefused
from civicroot_backend.people.roles import CITY, Role
from civicroot_wire import possession
from civicroot_wire.sodium import verify

from tests.backend.city import NOW


def test_each_start_lets_the_same_operator_in_by_another_link(tmp_path: Path) -> None:
    configuration = realm.found_realm(REALM, tmp_path / "realm", realm.Addresses(), NOW)
    environment = {"CIVICROOT_PUBLIC_URL": "http://localhost:8123"}
    links = [Staff(tmp_path / "staff").invitation(configuration, environment) for _ in range(2)]
    assert all(link.startswith("http://localhost:8123/sign-in#invitation=") for link in links)
    tokens = [link.partition("=")[2] for link in links]
    opened = []
    with beside.opened(load(configuration, environment)) as database, database.read() as connection:
        (operator,) = account_list.all_of_them(connection)
        for token in tokens:
            try:
                opened.append(invitations.guest(connection, token, NOW))
            except SignInRefused:
                opened.append(None)
    assert (operator.login, operator.granted) == ("operator", {(CITY, Role.OPERATOR)})
    assert opened == [None, operator.id], "the link of the start before opens nothing any more"


def test_the_key_stays_and_asks_to_be_enrolled(tmp_path: Path) -> None:
    staff = Staff(tmp_path)
    asked = [Staff(tmp_path).enrolment_request() for _ in range(2)]
    assert asked[0]["public"] == asked[1]["public"]
    assert (asked[0]["subject"], asked[0]["role"]) == (SUBJECT, "organisation")
    found = possession.decode(bytes.fromhex(str(asked[0]["possession"])))
    possession.verify(found, REALM, bytes.fromhex(str(asked[0]["public"])), verify)
    assert not staff.enrolled
    staff.note_enrolled()
    assert Staff(tmp_path).enrolled
