"""An operator looks after people: in the own district, and never above oneself."""

import json
from collections.abc import Iterator

import pytest
from civicroot_backend.people.invitations import VALID_SECONDS
from civicroot_backend.people.roles import CITY, Role, may_give

from tests.backend.people.office import PASSWORD, Browser, Office, Person, opened_office, reason


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A city of its own: all but one of its operators are taken away."""
    with opened_office(tmp_path_factory.mktemp("city")) as opened:
        yield opened


@pytest.fixture(scope="module")
def chief(office: Office) -> Person:
    """An operator of the whole city."""
    return office.person(Role.OPERATOR)


@pytest.fixture(scope="module")
def northern(office: Office, chief: Person) -> Person:
    """An operator of the north."""
    return office.person(Role.OPERATOR, district="north")


def take(office: Office, link: str, password: str = PASSWORD) -> Browser:
    """Come in by an invitation."""
    address, _, token = link.partition("#invitation=")
    assert address == "https://city.example/sign-in"
    browser = office.browser()
    guest = browser.ask("POST", "invitation", {"token": token})
    assert guest.status_code == 200, guest.text
    answer = browser.ask("POST", "invitation/password", {"token": token, "password": password})
    assert answer.status_code == 201, answer.text
    return browser


def test_an_operator_lets_somebody_in(office: Office, northern: Person) -> None:
    desk = office.at(northern)
    made = desk.ask("POST", "districts/north/accounts", {"login": "Mina.Lee", "name": " Mina  Lee ", "roles": ["crew"]})
    assert made.status_code == 201, made.text
    body = made.json()
    assert body["account"] | {"id": 0, "created": ""} == {
        "id": 0,
        "login": "mina.lee",
        "name": "Mina Lee",
        "active": True,
        "created": "",
        "roles": ["crew"],
    }
    mina = take(office, body["link"])
    assert mina.get("session")["grants"] == [{"district": "north", "role": "crew"}]
    assert [item["login"] for item in desk.get("districts/north/accounts")["items"]] == [northern.login, "mina.lee"]
    assert reason(mina.ask("GET", "districts/north/accounts")) == (403, "not-allowed")
    taken = desk.ask("POST", "districts/north/accounts", {"login": "MINA.LEE", "name": "x", "roles": ["crew"]})
    assert reason(taken) == (409, "taken")


def test_an_invitation_opens_once_and_not_for_long(office: Office, northern: Person) -> None:
    desk = office.at(northern)
    body = {"login": "guest.1", "name": "Guest", "roles": ["partner"]}
    made = desk.ask("POST", "districts/north/accounts", body).json()
    first = made["link"].partition("=")[2]
    again = desk.ask("POST", f"districts/north/accounts/{made['account']['id']}/invitation")
    assert again.status_code == 201, again.text
    token = again.json()["link"].partition("=")[2]
    other = office.browser()
    use = {"password": PASSWORD}
    assert reason(other.ask("POST", "invitation/password", use | {"token": first})) == (403, "invitation-over")
    take(office, again.json()["link"])
    assert reason(other.ask("POST", "invitation/password", use | {"token": token})) == (403, "invitation-over")
    office.later(VALID_SECONDS - 1)
    desk = office.at(northern)
    third = desk.ask("POST", f"districts/north/accounts/{made['account']['id']}/invitation").json()["link"]
    office.later(VALID_SECONDS)
    assert reason(other.ask("POST", "invitation", {"token": third.partition("=")[2]})) == (403, "invitation-over")
    assert other.cookies == {}


def test_a_password_that_is_not_taken_leaves_the_invitation_open(office: Office, northern: Person) -> None:
    person = office.person(password=None)
    refused = office.browser().ask("POST", "invitation/password", {"token": person.password, "password": "short"})
    assert reason(refused) == (422, "bad-password")
    assert office.browser().ask("POST", "invitation", {"token": person.password}).status_code == 200


def test_an_operator_of_a_district_makes_nobody_who_is_more(office: Office, northern: Person) -> None:
    desk = office.at(northern)
    for roles in (["registrar"], ["issuer"], ["crew", "issuer"]):
        body = {"login": "more", "name": "More", "roles": roles}
        assert reason(desk.ask("POST", "districts/north/accounts", body)) == (403, "not-allowed")
        person = office.person(Role.CREW, district="north")
        put = desk.ask("PUT", f"districts/north/accounts/{person.id}/roles", {"roles": roles})
        assert reason(put) == (403, "not-allowed")
    body = {"login": "more", "name": "More", "roles": ["crew"]}
    for district in ("south", CITY):
        assert reason(desk.ask("POST", f"districts/{district}/accounts", body)) == (403, "not-allowed")


def test_an_operator_of_a_district_takes_over_nobody_who_is_more(
    office: Office, chief: Person, northern: Person
) -> None:
    """An invitation for the chief of the city would be the city."""
    desk = office.at(northern)
    both = office.person(Role.CREW, district="north")
    office.grant(both, CITY, [Role.AUDITOR])
    elsewhere = office.person(Role.CREW, district="north")
    office.grant(elsewhere, office.district("south"), [Role.CREW])
    for person in (both, elsewhere):
        for method, path in (("POST", "/invitation"), ("DELETE", "/sessions"), ("DELETE", "")):
            answer = desk.ask(method, f"districts/north/accounts/{person.id}{path}")
            assert reason(answer) == (403, "not-allowed"), path
    for path in ("/invitation", "/roles"):
        method, body = ("PUT", {"roles": []}) if path == "/roles" else ("POST", None)
        answer = desk.ask(method, f"districts/north/accounts/{chief.id}{path}", body)
        assert reason(answer) == (404, "not-found")


def test_roles_hold_from_the_next_request_on(office: Office, northern: Person) -> None:
    person = office.person(Role.AUDITOR, district="north")
    browser, desk = office.at(person), office.at(northern)
    browser.get("districts/north/accounts")
    put = desk.ask("PUT", f"districts/north/accounts/{person.id}/roles", {"roles": ["crew", "partner"]})
    assert put.json()["roles"] == ["crew", "partner"]
    assert reason(browser.ask("GET", "districts/north/accounts")) == (403, "not-allowed")
    assert reason(browser.ask("GET", "districts/south/accounts")) == (403, "not-allowed")


def test_an_account_that_was_ended_and_let_in_again_has_nothing_of_before(office: Office, northern: Person) -> None:
    person = office.person(Role.CREW, district="north")
    desk = office.at(northern)
    path = f"districts/north/accounts/{person.id}"
    assert desk.ask("DELETE", path).status_code == 204
    link = desk.ask("POST", f"{path}/invitation").json()["link"]
    assert reason(office.browser().sign_in(person)) == (403, "wrong-credentials")
    take(office, link, "quite another sentence")
    assert office.browser().sign_in(person, "quite another sentence").status_code == 201


def test_an_operator_signs_somebody_out_everywhere(office: Office, northern: Person) -> None:
    person = office.person(Role.CREW, district="north")
    phone = office.at(person)
    assert office.at(northern).ask("DELETE", f"districts/north/accounts/{person.id}/sessions").status_code == 204
    assert not phone.signed_in


def test_the_city_keeps_an_operator(office: Office, chief: Person) -> None:
    desk = office.at(chief)
    others = [
        item["id"]
        for item in desk.get("districts/city/accounts?limit=200")["items"]
        if "operator" in item["roles"] and item["id"] != chief.id
    ]
    for other in others:
        assert desk.ask("DELETE", f"districts/city/accounts/{other}").status_code == 204
    alone = f"districts/city/accounts/{chief.id}"
    assert reason(desk.ask("DELETE", alone)) == (409, "last-operator")
    assert reason(desk.ask("PUT", f"{alone}/roles", {"roles": ["crew"]})) == (409, "last-operator")
    assert desk.get("session")["grants"] == [{"district": "city", "role": "operator"}]


def test_the_list_comes_in_pages(office: Office, chief: Person) -> None:
    office.district("east")
    people = [office.person(Role.CREW, district="east").id for _ in range(5)]
    desk, found, cursor = office.at(chief), [], ""
    while cursor is not None:
        page = desk.get(f"districts/east/accounts?limit=2{cursor and f'&cursor={cursor}'}")
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert found == people


def test_a_district_is_made_once(office: Office, chief: Person) -> None:
    desk = office.at(chief)
    made = desk.ask("POST", "districts", {"slug": "harbour", "name": "항구"})
    assert (made.status_code, made.json()) == (201, {"slug": "harbour", "name": "항구"})
    assert reason(desk.ask("POST", "districts", {"slug": "harbour", "name": "x"})) == (409, "taken")
    for slug in ("", "Harbour", "-x", "x-", "a/b", "city."):
        assert reason(desk.ask("POST", "districts", {"slug": slug, "name": "x"})) == (422, "bad-name")
    assert reason(desk.ask("POST", "districts", {"slug": "x", "name": "a\u202eb"})) == (422, "bad-name")
    assert {"slug": "harbour", "name": "항구"} in office.browser().get("districts")["items"]
    assert reason(desk.ask("GET", "districts/nowhere/accounts")) == (404, "not-found")


def test_the_trail_shows_a_district_what_was_done_in_it(office: Office, chief: Person) -> None:
    west = office.person(Role.AUDITOR, district="west")
    office.at(chief).ask("POST", "districts/west/accounts", {"login": "w.1", "name": "W", "roles": ["crew"]})
    mine = office.at(west).get("districts/west/audit-trail?limit=3")
    assert {item["district"] for item in mine["items"]} == {"west"}
    latest = mine["items"][0]
    assert (latest["action"], latest["name"], latest["detail"]) == (
        "roles-changed",
        chief.login,
        {"before": [], "after": ["crew"]},
    )
    assert reason(office.at(west).ask("GET", "districts/city/audit-trail")) == (403, "not-allowed")
    desk, positions, cursor = office.at(chief), [], ""
    while cursor is not None:
        page = desk.get(f"districts/city/audit-trail?limit=150{cursor and f'&cursor={cursor}'}")
        positions += [item["position"] for item in page["items"]]
        cursor = page["next"]
    assert positions == list(range(len(positions) - 1, -1, -1))


def test_no_secret_is_on_the_trail(office: Office, chief: Person) -> None:
    desk = office.at(chief)
    made = desk.ask("POST", "districts/city/accounts", {"login": "s.1", "name": "S", "roles": ["crew"]}).json()
    key = desk.ask("POST", "api-keys", {"name": "k", "scopes": ["accounts:read"], "days": 1}).json()["text"]
    said = json.dumps([row.detail + row.target for row in office.trail()])
    for secret in (made["link"].partition("=")[2], key, PASSWORD, *desk.cookies.values()):
        assert secret not in said


@pytest.mark.parametrize(
    ("granted", "given", "may"),
    [
        ({(CITY, Role.OPERATOR)}, {(CITY, Role.REGISTRAR), ("north", Role.ISSUER)}, True),
        ({("north", Role.OPERATOR)}, {("north", Role.CREW), ("north", Role.OPERATOR)}, True),
        ({("north", Role.OPERATOR)}, {("north", Role.CREW), ("south", Role.CREW)}, False),
        ({("north", Role.OPERATOR)}, {(CITY, Role.CREW)}, False),
        ({("north", Role.OPERATOR)}, {("north", Role.REGISTRAR)}, False),
        ({(CITY, Role.AUDITOR), (CITY, Role.REGISTRAR)}, {("north", Role.CREW)}, False),
        (set(), set(), True),
    ],
)
def test_who_may_give_what(granted: set[tuple[str, Role]], given: set[tuple[str, Role]], may: bool) -> None:
    assert may_give(granted, given) is may
