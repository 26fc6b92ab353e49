"""Passkeys in Debian's Chromium, with its own virtual authenticator: what the city asks is what browsers take."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from civicroot_backend import realm
from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.backend.api_city import OpenCity, serve
from tests.backend.people.office import Office
from tests.web.tools import CHROMIUM

# What a page of the city does: its options go to the browser as JSON, and the browser's answer comes back as JSON.
_ASK = """async ([method, path, body]) => {
    const answer = await fetch('/api/v1/' + path, {
        method, body: body === null ? undefined : JSON.stringify(body),
        headers: {'content-type': 'application/json', 'x-civicroot-request': '1'}});
    return [answer.status, answer.status === 204 ? null : await answer.json()];
}"""
_CREATE = """async (options) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return (await navigator.credentials.create({publicKey})).toJSON();
}"""
_GET = """async (options) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return (await navigator.credentials.get({publicKey})).toJSON();
}"""


def _outcome(ask: str) -> str:
    """The script with the name of the error that the browser gives, or `done`."""
    return f"async (asked) => {{ try {{ await ({ask})(asked); return 'done' }} catch (error) {{ return error.name }} }}"


@dataclass
class Screen:
    """A page of the city in a browser with an authenticator."""

    office: Office
    page: Page
    devtools: CDPSession
    authenticator: str

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and answer of the API to the page."""
        status, answer = self.page.evaluate(_ASK, [method, path, body])
        return status, answer

    def options(self, path: str, body: object = None) -> Any:
        status, answer = self.ask("POST", path, body)
        assert status == 200, answer
        return answer["publicKey"]

    def sign_in(self) -> tuple[int, Any]:
        """With whatever passkey the authenticator offers."""
        credential = self.page.evaluate(_GET, self.options("session/passkey/options"))
        return self.ask("POST", "session/passkey", {"credential": credential})

    def come_in(self) -> str:
        """Take an invitation; the login."""
        guest = self.office.person(password=None)
        options = self.options("invitation/passkey/options", {"token": guest.password})
        body = {"token": guest.password, "name": "this computer", "credential": self.page.evaluate(_CREATE, options)}
        status, answer = self.ask("POST", "invitation/passkey", body)
        assert status == 201, answer
        return guest.login

    def passkeys(self) -> list[dict[str, Any]]:
        """What the authenticator holds."""
        found = self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        held: list[dict[str, Any]] = found["credentials"]
        return held


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """http://localhost in a phone's Chromium; the city's page is an empty one."""
    static = tmp_path_factory.mktemp("static")
    (static / "index.html").write_text("<!doctype html><title>city</title>")
    city = OpenCity(tmp_path_factory.mktemp("city"), realm.Addresses())
    with serve(city, static) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context().new_page()
        page.goto(served.url.replace("127.0.0.1", "localhost"))
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield Screen(Office(served), page, devtools, made["authenticatorId"])
        browser.close()
    city.close()


@pytest.fixture(autouse=True)
def empty(screen: Screen) -> Iterator[None]:
    """Each test begins with an authenticator and a browser that know nothing."""
    yield
    screen.devtools.send("WebAuthn.clearCredentials", {"authenticatorId": screen.authenticator})
    screen.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": screen.authenticator, "isUserVerified": True})
    screen.page.context.clear_cookies()


def test_from_an_invitation_to_a_passkey_that_signs_in_and_out(screen: Screen) -> None:
    login = screen.come_in()
    (held,) = screen.passkeys()
    assert (held["rpId"], held["isResidentCredential"], held["userName"]) == ("localhost", True, login)
    assert screen.ask("GET", "session")[1]["login"] == login
    assert screen.ask("DELETE", "session") == (204, None)
    assert screen.ask("GET", "session")[0] == 401
    status, answer = screen.sign_in()
    assert (status, answer["login"], answer["method"]) == (201, login, "passkey")
    assert screen.ask("GET", "passkeys")[1]["items"][0]["used"] is not None


def test_cookies_of_the_demo_are_out_of_reach_of_scripts(screen: Screen) -> None:
    screen.come_in()
    assert screen.page.evaluate("document.cookie") == ""
    assert {cookie["name"]: (cookie["httpOnly"], cookie["sameSite"]) for cookie in screen.page.context.cookies()} == {
        "civicroot-session": (True, "Strict"),
        "civicroot-known": (True, "Strict"),
    }


def test_a_device_is_not_asked_for_a_second_passkey(screen: Screen) -> None:
    screen.come_in()
    options = screen.options("passkeys/options")
    said = screen.page.evaluate(_outcome(_CREATE), options)
    assert said == "InvalidStateError"


def test_without_finger_or_pin_nobody_signs_in(screen: Screen) -> None:
    screen.come_in()
    options = screen.options("session/passkey/options")
    screen.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": screen.authenticator, "isUserVerified": False})
    said = screen.page.evaluate(_outcome(_GET), options)
    assert said == "NotAllowedError"


def test_a_copy_of_a_passkey_is_found_out(screen: Screen) -> None:
    screen.come_in()
    (copied,) = screen.passkeys()
    assert screen.sign_in()[0] == 201
    (used,) = screen.passkeys()
    assert used["signCount"] > copied["signCount"]
    screen.devtools.send(
        "WebAuthn.removeCredential",
        {"authenticatorId": screen.authenticator, "credentialId": copied["credentialId"]},
    )
    screen.devtools.send("WebAuthn.addCredential", {"authenticatorId": screen.authenticator, "credential": copied})
    status, answer = screen.sign_in()
    assert (status, answer["reason"]) == (403, "passkey-cloned")


def test_a_page_elsewhere_has_no_passkey_of_the_city(screen: Screen) -> None:
    """The same server by its number is another origin: the browser offers it nothing, and the city takes nothing."""
    screen.come_in()
    options = screen.options("session/passkey/options")
    elsewhere = screen.page.context.new_page()
    elsewhere.goto(screen.office.served.url)
    said = elsewhere.evaluate(_outcome(_GET), options)
    assert said == "SecurityError"
    assert elsewhere.evaluate(_ASK, ["GET", "sign-in", None])[1]["passkeys"] is False
    elsewhere.close()
