"""The sign-in page in Chromium, against the real backend: invitation, passkey, password, one's account."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from civicroot_backend import realm
from civicroot_backend.people import passwords
from civicroot_backend.people.roles import Role
from playwright.sync_api import Browser, Page, expect

from tests.backend.api_city import OpenCity, serve
from tests.backend.people.office import PASSWORD, Office, Person
from tests.web.tools import WEB

AXE = WEB / "node_modules/axe-core/axe.min.js"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def office(built_pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A city on this machine, as the demo is one."""
    city = OpenCity(tmp_path_factory.mktemp("city"), realm.Addresses())
    with pytest.MonkeyPatch.context() as patch, serve(city, built_pages) as served:
        patch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
        yield Office(served)
    city.close()


@dataclass
class Screen:
    """A browser with an authenticator, at the sign-in page of localhost."""

    office: Office
    page: Page

    def open(self, fragment: str = "") -> None:
        """The page, as a link leads to it."""
        address = self.office.served.url.replace("127.0.0.1", "localhost")
        self.page.goto("about:blank")  # another fragment alone would load nothing
        self.page.goto(f"{address}/sign-in{fragment}")

    def shows(self, what: str) -> None:
        """What the page is now."""
        expect(self.page.locator(f"[data-sign-in={what}]")).to_be_visible()

    def act(self, action: str) -> None:
        """Press a button."""
        self.page.locator(f"[data-action={action}]").click()

    def problem(self, name: str) -> None:
        """The page says this, in a sentence that is read out."""
        expect(self.page.locator(f"[data-problem={name}][role=alert]")).to_be_visible()


@pytest.fixture(params=["en-GB"])
def screen(office: Office, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """A phone; an error of a script, and what the page's policy forbids, fail the test."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale=request.param)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield Screen(office, page)
    context.close()
    assert errors == []


def invited(screen: Screen, *roles: Role) -> Person:
    """Somebody whose invitation is open in the browser."""
    guest = screen.office.person(*roles, password=None)
    screen.open(f"#invitation={guest.password}")
    return guest


def test_from_the_invitation_to_the_account_and_back_in(screen: Screen) -> None:
    guest = invited(screen, Role.OPERATOR, Role.CREW)
    screen.shows("invited")
    assert guest.password not in screen.page.url, "the secret does not stay in the address"
    expect(screen.page.get_by_role("heading", level=1)).to_have_text(f"Welcome, Name of {guest.login}")
    screen.page.get_by_label("Name of this device").fill("Blue phone")
    screen.act("make-passkey")
    screen.shows("account")
    expect(screen.page.locator("[data-role]")).to_have_text(["Crew whole city", "Operator whole city"])
    expect(screen.page.locator("[data-passkey]")).to_contain_text("Blue phone")
    screen.act("sign-out")
    screen.shows("enter")
    screen.act("passkey")
    screen.shows("account")
    expect(screen.page.locator("[data-login]")).to_have_attribute("data-login", guest.login)
    screen.open()
    screen.shows("account")


def test_an_invitation_that_is_over_says_so_and_leads_on(screen: Screen) -> None:
    screen.open("#invitation=nonsense")
    screen.problem("invitation-over")
    screen.page.get_by_role("link", name="Sign in", exact=True).click()
    screen.shows("enter")


def test_with_a_password_by_keyboard_alone(screen: Screen) -> None:
    person = screen.office.person()
    screen.open()
    screen.shows("enter")
    screen.page.locator("summary").focus()
    keyboard = screen.page.keyboard
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.type(person.login)
    keyboard.press("Tab")
    keyboard.type("not the right one")
    keyboard.press("Enter")
    screen.problem("wrong-credentials")
    screen.page.get_by_label("Password", exact=True).fill(PASSWORD)
    keyboard.press("Enter")
    screen.shows("account")


def test_a_password_is_shown_to_its_owner_and_refused_if_it_is_short(screen: Screen) -> None:
    invited(screen)
    screen.page.locator("summary").click()
    field = screen.page.get_by_label("New password")
    field.fill("short")
    expect(field).to_have_attribute("type", "password")
    screen.page.get_by_label("Show the password").check()
    expect(field).to_have_attribute("type", "text")
    screen.act("set-password")
    screen.problem("bad-password")
    field.fill(PASSWORD)
    screen.act("set-password")
    screen.shows("account")
    expect(screen.page.get_by_text("You can also sign in with a password.")).to_be_visible()


def test_passkeys_are_added_and_removed_but_not_the_last_way_in(screen: Screen) -> None:
    invited(screen)
    screen.act("make-passkey")
    screen.shows("account")
    screen.act("add-passkey")
    screen.problem("device-knows-it")
    screen.act("remove")
    screen.problem("last-way-in")
    expect(screen.page.locator("[data-passkey]")).to_have_count(1)


def test_another_session_is_ended_from_here(screen: Screen) -> None:
    person = screen.office.person()
    other = screen.office.browser()
    other.origin = screen.office.served.url
    assert other.sign_in(person).status_code == 201
    screen.open()
    screen.page.locator("summary").click()
    screen.page.get_by_label("Login").fill(person.login)
    screen.page.get_by_label("Password", exact=True).fill(PASSWORD)
    screen.act("password")
    screen.shows("account")
    expect(screen.page.locator("[data-session]")).to_have_count(2)
    screen.act("end")
    expect(screen.page.locator("[data-session]")).to_have_count(1)
    assert not other.signed_in
    screen.act("sign-out-everywhere")
    screen.shows("enter")


def test_what_another_service_said_is_told_once(screen: Screen) -> None:
    screen.open("#problem=no-account")
    screen.problem("no-account")
    screen.page.reload()
    screen.shows("enter")
    expect(screen.page.locator("[data-problem]")).to_have_count(0)


def test_without_the_server_it_says_so_and_tries_again(screen: Screen) -> None:
    screen.page.route("**/api/v1/session", lambda route: route.abort())
    screen.open()
    expect(screen.page.locator("[data-notice=error]")).to_contain_text("does not answer")
    screen.page.unroute("**/api/v1/session")
    screen.page.get_by_role("button", name="Try again").click()
    screen.shows("enter")


@pytest.mark.parametrize("screen", ["ko-KR", "zh-CN"], indirect=True)
def test_in_korean_and_chinese_nothing_is_left_in_english(screen: Screen) -> None:
    invited(screen)
    screen.shows("invited")
    screen.act("make-passkey")
    screen.shows("account")
    words = screen.page.locator("main").inner_text()
    assert re.search(r"sign|passkey|session", words.replace("localhost", ""), re.IGNORECASE) is None, words


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_for_everybody(screen: Screen, scheme: str) -> None:
    screen.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    screen.page.add_init_script(path=AXE)
    guest = invited(screen, Role.OPERATOR)
    screen.shows("invited")
    for state in ("invited", "account", "enter"):
        screen.shows(state)
        found = screen.page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
        assert [(item["id"], item["nodes"][0]["html"]) for item in found["violations"]] == [], state
        assert found["passes"]
        if state == "invited":
            screen.act("make-passkey")
        elif state == "account":
            screen.act("sign-out")
    assert guest.login
