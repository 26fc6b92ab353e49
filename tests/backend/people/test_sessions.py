"""Sessions: begun anew at each sign-in, ended by time and by hand, of no use to who copies or plants a cookie."""

import re

from civicroot_backend.people import sessions
from civicroot_backend.people.roles import Role
from civicroot_backend.people.sessions import ABSOLUTE_SECONDS, IDLE_SECONDS, RECENT_SECONDS

from tests.backend.people.office import Office, reason


def test_a_session_is_in_a_cookie_that_no_script_and_no_other_site_gets(office: Office) -> None:
    person = office.person(Role.CREW)
    answer = office.browser().sign_in(person)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    session, known = answer.headers.get_list("set-cookie")
    assert re.fullmatch(
        r"__Host-civicroot-session=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=strict; Secure", session
    ), session
    assert re.fullmatch(
        r"__Host-civicroot-known=[\w-]{43}; HttpOnly; Max-Age=15552000; Path=/; SameSite=strict; Secure", known
    ), known
    assert answer.json() | {"session": 0} == {
        "account": person.id,
        "login": person.login,
        "name": f"Name of {person.login}",
        "grants": [{"district": "city", "role": "crew"}],
        "session": 0,
        "method": "password",
        "begun": office.at_time(),
        "ends": office.at_time(IDLE_SECONDS),
        "recent": True,
    }


def test_the_database_has_no_token(office: Office) -> None:
    browser = office.at(office.person())
    with office.backend.database.engine.connect() as connection:
        raw = "\n".join(connection.connection.iterdump())  # type: ignore[attr-defined]
    for token in browser.cookies.values():
        assert token not in raw


def test_a_planted_cookie_is_worth_nothing_after_sign_in(office: Office) -> None:
    planted = "A" * 43
    victim = office.browser(**{office.session: planted})
    assert not victim.signed_in
    assert victim.sign_in(office.person()).status_code == 201
    assert victim.cookies[office.session] != planted
    assert victim.signed_in
    assert not office.browser(**{office.session: planted}).signed_in


def test_signing_in_again_gives_another_session_and_ends_the_one_before(office: Office) -> None:
    person = office.person()
    browser = office.at(person)
    before = office.browser(**browser.cookies)
    assert browser.sign_in(person).status_code == 201
    assert browser.signed_in
    assert not before.signed_in


def test_a_session_left_alone_ends(office: Office) -> None:
    browser = office.at(office.person())
    office.later(IDLE_SECONDS - 1)
    assert browser.signed_in  # and is used by this
    office.later(IDLE_SECONDS - 1)
    assert browser.signed_in
    office.later(IDLE_SECONDS)
    assert reason(browser.ask("GET", "session")) == (401, "not-signed-in")


def test_a_session_ends_by_its_age_however_much_it_is_used(office: Office) -> None:
    browser = office.at(office.person())
    for _ in range(ABSOLUTE_SECONDS // (IDLE_SECONDS // 2) - 1):
        office.later(IDLE_SECONDS // 2)
        assert browser.signed_in
    office.later(IDLE_SECONDS // 2)
    assert not browser.signed_in


def test_a_session_is_written_at_most_once_a_minute(office: Office) -> None:
    browser = office.at(office.person())

    def seen() -> str:
        found: str = browser.get("sessions")["items"][0]["seen"]
        return found

    first = seen()
    office.later(sessions.TOUCH_SECONDS - 1)
    browser.get("session")
    assert seen() == first
    office.later(1)
    browser.get("session")
    assert seen() > first


def test_signing_out_ends_the_session_wherever_its_cookie_is(office: Office) -> None:
    browser = office.at(office.person())
    thief = office.browser(**browser.cookies)
    assert thief.signed_in
    answer = browser.ask("DELETE", "session")
    assert answer.status_code == 204
    assert office.session not in browser.cookies
    assert not thief.signed_in


def test_a_stolen_cookie_is_worth_nothing_after_signing_out_everywhere(office: Office) -> None:
    person = office.person()
    phone, laptop = office.at(person), office.at(person)
    thief = office.browser(**phone.cookies)
    other = office.at(office.person())
    assert thief.signed_in
    assert laptop.ask("DELETE", "sessions").status_code == 204
    assert [browser.signed_in for browser in (thief, phone, laptop, other)] == [False, False, False, True]
    assert [row.action for row in office.trail() if row.actor == person.id][-1] == "signed-out-everywhere"


def test_one_sees_ones_sessions_and_ends_one_of_them(office: Office) -> None:
    person = office.person()
    phone, laptop = office.at(person), office.browser()
    laptop.sign_in(person, **{"user-agent": "Laptop"})
    items = laptop.get("sessions")["items"]
    assert [(item["agent"], item["address"], item["current"]) for item in items] == [
        ("Laptop", "127.0.0.1", True),
        (items[1]["agent"], "127.0.0.1", False),
    ]
    assert laptop.ask("DELETE", f"sessions/{items[1]['id']}").status_code == 204
    assert [phone.signed_in, laptop.signed_in] == [False, True]
    assert reason(laptop.ask("DELETE", f"sessions/{items[1]['id']}")) == (404, "not-found")


def test_nobody_ends_the_session_of_somebody_else(office: Office) -> None:
    victim, other = office.at(office.person()), office.at(office.person())
    mine = victim.get("session")["session"]
    assert reason(other.ask("DELETE", f"sessions/{mine}")) == (404, "not-found")
    assert victim.signed_in


def test_an_account_has_a_bounded_number_of_sessions(office: Office) -> None:
    person = office.person()
    browsers = []
    for _ in range(sessions.MOST + 2):
        browsers.append(office.at(person))
        office.later(1)
    assert [browser.signed_in for browser in browsers] == [False, False, *[True] * sessions.MOST]


def test_what_opens_another_way_in_needs_a_sign_in_of_the_last_minutes(office: Office) -> None:
    person = office.person()
    browser = office.at(person)
    body = {"password": "another sentence that only I know"}
    office.later(RECENT_SECONDS)
    assert browser.get("session")["recent"] is False
    for method, path, sent in (
        ("PUT", "password", body),
        ("POST", "api-keys", {"name": "x", "scopes": ["accounts:read"], "days": 1}),
        ("POST", "passkeys/options", None),
    ):
        assert reason(browser.ask(method, path, sent)) == (403, "sign-in-again")
    assert browser.sign_in(person).status_code == 201
    assert browser.ask("PUT", "password", body).status_code == 204


def test_a_new_password_ends_ones_other_sessions(office: Office) -> None:
    person = office.person()
    phone, laptop = office.at(person), office.at(person)
    new = "another sentence that only I know"
    assert laptop.ask("PUT", "password", {"password": new}).status_code == 204
    assert [phone.signed_in, laptop.signed_in] == [False, True]
    assert reason(phone.sign_in(person)) == (403, "wrong-credentials")
    assert phone.sign_in(person, new).status_code == 201


def test_an_account_that_was_ended_is_out_at_once(office: Office) -> None:
    chief, person = office.at(office.person(Role.OPERATOR)), office.person()
    browser = office.at(person)
    assert chief.ask("DELETE", f"districts/city/accounts/{person.id}").status_code == 204
    assert not browser.signed_in
    assert reason(browser.sign_in(person)) == (403, "wrong-credentials")
