"""API keys: a part of what their owner may, for a while."""

import re

import pytest
from civicroot_backend.people.roles import CITY, Role

from tests.backend.people.office import Browser, Office, Person, reason

DAY = 86_400


@pytest.fixture(scope="module")
def chief(office: Office) -> Person:
    """An operator of the whole city."""
    office.person(Role.OPERATOR)
    return office.person(Role.OPERATOR)


def make(office: Office, owner: Browser, *scopes: str, days: int = 90) -> tuple[int, str]:
    """A key's number and text."""
    answer = owner.ask("POST", "api-keys", {"name": "nightly", "scopes": scopes, "days": days})
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]["id"], answer.json()["text"]


def with_key(office: Office, text: str, method: str, path: str, body: object = None) -> tuple[int, str]:
    """A program's request: no cookies, no Origin."""
    answer = office.served.client.request(
        method, f"/api/v1/{path}", json=body, headers={"authorization": f"Bearer {text}"}
    )
    return reason(answer) if answer.is_error else (answer.status_code, "")


def test_a_key_does_what_its_scopes_name(office: Office, chief: Person) -> None:
    owner = office.at(chief)
    _, text = make(office, owner, "accounts:read")
    assert re.fullmatch(r"civicroot_\w{8}_[\w-]{43}", text)
    assert with_key(office, text, "GET", "districts/city/accounts") == (200, "")
    for method, path, body in (
        ("GET", "districts/city/audit-trail", None),
        ("POST", "districts/city/accounts", {"login": "x", "name": "x", "roles": ["crew"]}),
        ("GET", "session", None),
        ("GET", "passkeys", None),
        ("POST", "api-keys", {"name": "x", "scopes": ["accounts:write"], "days": 1}),
        ("PUT", "password", {"password": "a sentence that only I know"}),
    ):
        assert with_key(office, text, method, path, body) == (403, "wrong-scope"), path
    (item,) = [item for item in owner.get("api-keys")["items"] if item["prefix"] == text[10:18]]
    assert (item["scopes"], item["used"] is not None, item["revoked"]) == (["accounts:read"], True, None)


def test_a_key_writes_without_the_header_that_pages_send(office: Office, chief: Person) -> None:
    _, text = make(office, office.at(chief), "accounts:write", "districts:write")
    assert with_key(office, text, "POST", "districts", {"slug": "by-key", "name": "By key"}) == (201, "")
    body = {"login": "by.key", "name": "By key", "roles": ["crew"]}
    assert with_key(office, text, "POST", "districts/by-key/accounts", body) == (201, "")
    assert office.trail()[-1].name == chief.login


def test_a_key_is_over_when_it_was_revoked_or_is_too_old(office: Office, chief: Person) -> None:
    owner = office.at(chief)
    number, revoked = make(office, owner, "accounts:read")
    _, old = make(office, owner, "accounts:read", days=1)
    assert owner.ask("DELETE", f"api-keys/{number}").status_code == 204
    assert with_key(office, revoked, "GET", "districts/city/accounts") == (401, "not-signed-in")
    office.later(DAY - 1)
    assert with_key(office, old, "GET", "districts/city/accounts") == (200, "")
    office.later(1)
    assert with_key(office, old, "GET", "districts/city/accounts") == (401, "not-signed-in")
    stranger = office.at(office.person())
    assert reason(stranger.ask("DELETE", f"api-keys/{number}")) == (404, "not-found")


def test_what_the_owner_loses_the_key_loses(office: Office, chief: Person) -> None:
    person = office.person(Role.AUDITOR)
    _, text = make(office, office.at(person), "accounts:read")
    assert with_key(office, text, "GET", "districts/city/accounts") == (200, "")
    office.grant(person, CITY, [Role.CREW])
    assert with_key(office, text, "GET", "districts/city/accounts") == (403, "not-allowed")
    office.grant(person, CITY, [Role.AUDITOR])
    office.at(chief).ask("DELETE", f"districts/city/accounts/{person.id}")
    assert with_key(office, text, "GET", "districts/city/accounts") == (401, "not-signed-in")


def test_a_key_outlives_signing_out_everywhere_and_is_not_helped_by_a_cookie(office: Office, chief: Person) -> None:
    owner = office.at(chief)
    _, text = make(office, owner, "accounts:read")
    mixed = owner.ask("GET", "session", authorization=f"Bearer {text}")
    assert reason(mixed) == (403, "wrong-scope")
    for nonsense in ("Bearer", "Bearer civicroot_x_y", "Basic eDp5", text):
        assert reason(owner.ask("GET", "session", authorization=nonsense)) == (401, "not-signed-in")
    owner.ask("DELETE", "sessions")
    assert with_key(office, text, "GET", "districts/city/accounts") == (200, "")


@pytest.mark.parametrize(
    "change", [{"scopes": []}, {"scopes": ["everything"]}, {"days": 0}, {"days": 367}, {"name": ""}]
)
def test_a_key_is_for_something_and_not_for_ever(office: Office, chief: Person, change: dict[str, object]) -> None:
    body = {"name": "x", "scopes": ["accounts:read"], "days": 1} | change
    assert reason(office.at(chief).ask("POST", "api-keys", body)) == (422, "bad-parameter")


def test_the_document_says_which_scope_a_route_wants(office: Office) -> None:
    document = office.served.client.get("/openapi.json").json()
    operation = document["paths"]["/api/v1/districts/{district}/accounts"]["get"]
    assert operation["security"] == [{"session": []}, {"key": ["accounts:read"]}]
    assert operation["x-roles"] == ["auditor", "operator"]
    assert "security" not in document["paths"]["/api/v1/city"]["get"]
    assert document["components"]["securitySchemes"]["session"]["name"] == "__Host-civicroot-session"
