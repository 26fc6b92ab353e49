"""Requests that other sites have a browser send: they change nothing."""

import pytest
from civicroot_backend.people.door import Door
from civicroot_backend.people.errors import NotAllowed

from tests.backend.people.office import Office, reason

FORGED = {
    "another origin": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "another origin, old browser": {"origin": "https://evil.example", "sec-fetch-site": ""},
    "a sandboxed frame": {"origin": "null"},
    "a neighbour's subdomain": {"origin": "https://blog.city.example", "sec-fetch-site": "same-site"},
    "the same host without https": {"origin": "http://city.example", "sec-fetch-site": "same-site"},
    "the same host at another port": {"origin": "https://city.example:8443"},
    "a name that only begins so": {"origin": "https://city.example.evil.example"},
    "no origin": {"origin": ""},
    "a link that was opened": {"sec-fetch-site": "none"},
    "a form": {"x-civicroot-request": ""},
    "this machine by a strange name": {"origin": "http://evil.example:8080", "host": "evil.example:8080"},
    "this machine at another port": {"origin": "http://localhost:1"},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
def test_a_forged_request_changes_nothing(office: Office, headers: dict[str, str]) -> None:
    person = office.person()
    browser = office.at(person)
    for method, path, body in (
        ("DELETE", "sessions", None),
        ("PUT", "password", {"password": "the password of somebody else"}),
        ("POST", "api-keys", {"name": "x", "scopes": ["accounts:read"], "days": 1}),
    ):
        assert reason(browser.ask(method, path, body, **headers)) == (403, "cross-site"), path
    assert browser.signed_in
    assert browser.get("api-keys")["items"] == []


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
def test_nobody_is_signed_in_from_elsewhere(office: Office, headers: dict[str, str]) -> None:
    """Login CSRF: a victim who works in the attacker's account."""
    browser = office.browser()
    assert reason(browser.sign_in(office.person(), **headers)) == (403, "cross-site")
    assert reason(browser.ask("POST", "session/passkey/options", **headers)) == (403, "cross-site")
    assert browser.cookies == {}


def test_a_cookie_of_the_demo_is_none_of_the_city(office: Office) -> None:
    browser = office.at(office.person())
    token = browser.cookies[office.session]
    assert not office.browser(**{"civicroot-session": token}).signed_in


def test_what_is_private_is_kept_by_nobody_and_read_by_no_other_page(office: Office) -> None:
    answer = office.at(office.person()).ask("GET", "session")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "https://city.example"
    assert "access-control-allow-credentials" not in answer.headers


def test_a_page_of_this_machine_may_if_the_server_listens_on_it_alone() -> None:
    local = Door("http://127.0.0.1:8080", "127.0.0.1")
    entrance = local.enter("http://localhost:8080", "same-origin", "localhost:8080")
    assert (entrance.rp_id, local.secure) == ("localhost", False)
    assert local.enter("http://127.0.0.1:8080", None, "127.0.0.1:8080").rp_id == "127.0.0.1"
    assert [local.has_passkeys(host) for host in ("localhost:8080", "127.0.0.1:8080", "[::1]:80", None)] == [
        True,
        False,
        False,
        True,
    ]
    for door in (Door("https://city.example", "127.0.0.1"), Door("http://127.0.0.1:8080", "0.0.0.0")):
        with pytest.raises(NotAllowed, match="own pages"):
            door.enter("http://localhost:8080", "same-origin", "localhost:8080")


def test_without_https_nobody_signs_in_over_a_network() -> None:
    door = Door("http://192.0.2.1:8080", "0.0.0.0")
    with pytest.raises(NotAllowed) as refused:
        door.enter("http://192.0.2.1:8080", "same-origin", "192.0.2.1:8080")
    assert refused.value.reason == "insecure-address"


def test_an_invitation_leads_to_a_name_under_which_browsers_have_passkeys() -> None:
    assert (
        Door("http://127.0.0.1:8080", "127.0.0.1").invitation_link("x") == "http://localhost:8080/sign-in#invitation=x"
    )
    assert Door("https://city.example", "0.0.0.0").invitation_link("x") == "https://city.example/sign-in#invitation=x"
