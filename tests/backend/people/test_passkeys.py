"""Passkeys against who would lie: each lie of an authenticator, of a browser or of a thief is refused."""

import base64
import copy
import dataclasses
import json
from typing import Any

import httpx
import pytest
from civicroot_backend.people.challenges import VALID_SECONDS
from civicroot_backend.people.roles import Role

from tests.backend.people.authenticator import PRESENT, VERIFIED, Authenticator, b64
from tests.backend.people.office import Browser, Office, Person, reason

WRONG = (403, "wrong-credentials")


def comes_in(office: Office, device: Authenticator, person: Person | None = None) -> tuple[Person, Browser]:
    """Somebody who takes an invitation with a new passkey."""
    guest = person or office.person(password=None)
    browser = office.browser()
    answer = browser.ask("POST", "invitation/passkey", invitation(browser, device, guest))
    assert answer.status_code == 201, answer.text
    return guest, browser


def invitation(browser: Browser, device: Authenticator, guest: Person, **lies: object) -> dict[str, Any]:
    """The request with which a guest comes in."""
    options = browser.ask("POST", "invitation/passkey/options", {"token": guest.password})
    assert options.status_code == 200, options.text
    made = device.create(options.json()["publicKey"], **lies)
    return {"token": guest.password, "name": "my phone", "credential": made}


def options_of(browser: Browser) -> dict[str, Any]:
    """What the browser is to ask a passkey for."""
    answer = browser.ask("POST", "session/passkey/options")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["publicKey"]
    return found


def shows(browser: Browser, credential: dict[str, Any]) -> httpx.Response:
    """Sign in with what a passkey signed."""
    return browser.ask("POST", "session/passkey", {"credential": credential})


def sign_in(browser: Browser, device: Authenticator, **lies: object) -> httpx.Response:
    """Sign in with a passkey."""
    return shows(browser, device.get(options_of(browser), **lies))


def test_a_guest_comes_in_with_a_passkey_and_signs_in_with_it(office: Office) -> None:
    device = Authenticator()
    person, browser = comes_in(office, device)
    assert browser.get("session") | {"begun": "", "ends": "", "session": 0} == {
        "account": person.id,
        "login": person.login,
        "name": f"Name of {person.login}",
        "grants": [{"district": "city", "role": "crew"}],
        "session": 0,
        "method": "invitation",
        "begun": "",
        "ends": "",
        "recent": True,
    }
    other = office.browser()
    answer = sign_in(other, device)
    assert (answer.status_code, answer.json()["login"], answer.json()["method"]) == (201, person.login, "passkey")
    (item,) = other.get("passkeys")["items"]
    assert (item["name"], item["used"] is not None, item["cloned"]) == ("my phone", True, False)
    assert other.get("passkeys")["password"] is False
    actions = [row.action for row in office.trail() if row.target == f"account/{person.id}"]
    assert actions[-4:] == ["invitation-taken", "passkey-added", "signed-in", "signed-in"]


def test_what_a_browser_is_asked(office: Office) -> None:
    asked = options_of(office.browser())
    assert asked | {"challenge": ""} == {
        "challenge": "",
        "timeout": 300_000,
        "rpId": "city.example",
        "allowCredentials": [],
        "userVerification": "required",
    }
    person = office.person(password=None)
    answer = office.browser().ask("POST", "invitation/passkey/options", {"token": person.password})
    options = answer.json()["publicKey"]
    assert options["rp"] == {"name": "test.example", "id": "city.example"}
    assert options["user"]["name"] == person.login
    assert person.login not in options["user"]["id"]
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert {-7, -8, -257} <= {item["alg"] for item in options["pubKeyCredParams"]}


LIES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
    "the origin without https": {"origin": "http://city.example"},
    "a subdomain": {"origin": "https://x.city.example"},
    "another relying party": {"rp_id": "evil.example"},
    "nobody was there": {"flags": VERIFIED},
    "nobody was verified": {"flags": PRESENT},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_passkey_of_elsewhere_or_of_nobody_signs_nobody_in(office: Office, lie: dict[str, Any]) -> None:
    device = Authenticator()
    _, _browser = comes_in(office, device)
    assert reason(sign_in(office.browser(), dataclasses.replace(device, **lie))) == WRONG
    assert sign_in(office.browser(), device).status_code == 201


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_passkey_of_elsewhere_or_of_nobody_is_not_added(office: Office, lie: dict[str, Any]) -> None:
    guest, browser = office.person(password=None), office.browser()
    body = invitation(browser, Authenticator(**lie), guest)
    assert reason(browser.ask("POST", "invitation/passkey", body)) == (422, "bad-passkey")
    assert browser.cookies == {}
    comes_in(office, Authenticator(), guest)  # the invitation is still open


def test_another_key_signs_for_nobody(office: Office) -> None:
    device = Authenticator()
    comes_in(office, device)
    forger = Authenticator(credential=device.credential, handle=device.handle)
    assert reason(sign_in(office.browser(), forger)) == WRONG
    assert reason(sign_in(office.browser(), Authenticator())) == WRONG


@pytest.mark.parametrize(
    "lie", [{"type": "webauthn.create"}, {"challenge": b64(bytes(40))}, {"challenge": "!"}, {"type": 1}]
)
def test_client_data_that_says_something_else_is_refused(office: Office, lie: dict[str, object]) -> None:
    device = Authenticator()
    comes_in(office, device)
    status, said = reason(sign_in(office.browser(), device, **lie))
    assert (status, said) in (WRONG, (403, "wrong-challenge"))


def test_an_answer_that_was_overheard_signs_in_once(office: Office) -> None:
    device = Authenticator(counts=False)
    comes_in(office, device)
    browser, thief = office.browser(), office.browser()
    answer = device.get(options_of(browser))
    assert shows(browser, answer).status_code == 201
    assert reason(shows(thief, answer)) == (403, "wrong-challenge")
    again = device.get({"challenge": _challenge_of(answer)})  # the same challenge, signed anew
    assert reason(shows(thief, again)) == (403, "wrong-challenge")


def _challenge_of(answer: dict[str, Any]) -> str:
    client = base64.urlsafe_b64decode(answer["response"]["clientDataJSON"] + "==")
    found: str = json.loads(client)["challenge"]
    return found


def test_a_challenge_is_over_after_five_minutes(office: Office) -> None:
    device = Authenticator()
    comes_in(office, device)
    browser = office.browser()
    options = options_of(browser)
    office.later(VALID_SECONDS)
    assert reason(shows(browser, device.get(options))) == (403, "wrong-challenge")


def test_a_challenge_for_one_thing_is_for_no_other(office: Office) -> None:
    device = Authenticator()
    _person, browser = comes_in(office, device)
    _, other = comes_in(office, Authenticator())
    adding = browser.ask("POST", "passkeys/options").json()["publicKey"]
    assert reason(shows(office.browser(), device.get(adding))) == (403, "wrong-challenge")
    new = Authenticator()
    body = {"name": "x", "credential": new.create(adding | options_of(browser) | {"user": adding["user"]})}
    assert reason(browser.ask("POST", "passkeys", body)) == (403, "wrong-challenge")
    of_mine = {"name": "x", "credential": new.create(adding)}
    assert reason(other.ask("POST", "passkeys", of_mine)) == (403, "wrong-challenge"), "made for another account"
    assert browser.ask("POST", "passkeys", of_mine).status_code == 201
    assert reason(browser.ask("POST", "passkeys", of_mine)) == (403, "wrong-challenge")


def test_of_two_that_are_one_neither_signs_in_again(office: Office) -> None:
    device = Authenticator(counter=5)
    person, browser = comes_in(office, device)
    clone = copy.copy(device)
    assert sign_in(office.browser(), device).status_code == 201
    assert sign_in(office.browser(), device).status_code == 201
    refused = office.browser()
    assert reason(sign_in(refused, clone)) == (403, "passkey-cloned")
    assert refused.cookies == {}
    device.counter = 100
    assert reason(sign_in(office.browser(), device)) == (403, "passkey-cloned")
    assert browser.get("passkeys")["items"][0]["cloned"] is True
    (row,) = [row for row in office.trail() if (row.action, row.actor) == ("passkey-cloned", person.id)]
    assert row.target == f"account/{person.id}"


def test_a_counter_that_stands_still_is_a_clone_and_one_at_zero_is_none(office: Office) -> None:
    silent = Authenticator(counts=False)
    comes_in(office, silent)
    for _ in range(3):
        assert sign_in(office.browser(), silent).status_code == 201
    stuck = Authenticator(counter=7, counts=False)
    comes_in(office, stuck)
    assert reason(sign_in(office.browser(), stuck)) == (403, "passkey-cloned")


def test_one_passkey_is_of_one_account(office: Office) -> None:
    device = Authenticator()
    comes_in(office, device)
    other, browser = office.person(password=None), office.browser()
    answer = browser.ask("POST", "invitation/passkey", invitation(browser, device, other))
    assert reason(answer) == (409, "taken")


def test_a_passkey_that_was_removed_signs_nobody_in(office: Office) -> None:
    first, second = Authenticator(), Authenticator()
    _, browser = comes_in(office, first)
    (only,) = browser.get("passkeys")["items"]
    assert reason(browser.ask("DELETE", f"passkeys/{only['id']}")) == (409, "last-way-in")
    options = browser.ask("POST", "passkeys/options").json()["publicKey"]
    assert [item["id"] for item in options["excludeCredentials"]] == [b64(first.credential)]
    added = browser.ask("POST", "passkeys", {"name": "laptop", "credential": second.create(options)})
    assert added.status_code == 201, added.text
    stranger = office.at(office.person())
    assert reason(stranger.ask("DELETE", f"passkeys/{only['id']}")) == (404, "not-found")
    assert browser.ask("DELETE", f"passkeys/{only['id']}").status_code == 204
    assert reason(sign_in(office.browser(), first)) == WRONG
    assert sign_in(office.browser(), second).status_code == 201


def test_a_passkey_of_an_account_that_was_ended_signs_nobody_in(office: Office) -> None:
    device = Authenticator()
    person, _ = comes_in(office, device)
    chief = office.at(office.person(Role.OPERATOR))
    assert chief.ask("DELETE", f"districts/city/accounts/{person.id}").status_code == 204
    assert reason(sign_in(office.browser(), device)) == WRONG


def test_bytes_that_are_no_credential_are_refused(office: Office) -> None:
    """Every field of both answers, cut, emptied and flipped: never a defect, and never somebody signed in."""
    device = Authenticator()
    _, inside = comes_in(office, device)
    for field in ("clientDataJSON", "authenticatorData", "signature"):
        for change in ("", "AAAA", "{}", "=", "é", None):
            browser = office.browser()
            answer = device.get(options_of(browser))
            given = answer["response"][field]
            answer["response"][field] = given[: len(given) // 2] if change is None else change
            assert shows(browser, answer).status_code == 403, (field, change)
    for field in ("clientDataJSON", "attestationObject"):
        for change in ("", "AAAA", "o2NmbXQ", "=", "é", None):
            options = inside.ask("POST", "passkeys/options").json()["publicKey"]
            made = Authenticator().create(options)
            given = made["response"][field]
            made["response"][field] = given[: len(given) // 2] if change is None else change
            status = inside.ask("POST", "passkeys", {"name": "x", "credential": made}).status_code
            assert status in (403, 422), (field, change)
    for change in ("", "é", b64(bytes(32)), "a" * 1400):
        assert shows(office.browser(), device.get(options_of(office.browser())) | {"rawId": change}).status_code == 403


@pytest.mark.parametrize("at", range(0, 160, 7))
def test_a_flipped_byte_of_an_attestation_is_never_a_defect(office: Office, at: int) -> None:
    guest, browser = office.person(password=None), office.browser()
    body = invitation(browser, Authenticator(), guest)
    response = body["credential"]["response"]
    content = bytearray(base64.urlsafe_b64decode(response["attestationObject"] + "=="))
    content[at % len(content)] ^= 0xFF
    response["attestationObject"] = b64(bytes(content))
    answer = browser.ask("POST", "invitation/passkey", body)
    assert answer.status_code == 201 or reason(answer) == (422, "bad-passkey")  # an AAGUID may be anything
