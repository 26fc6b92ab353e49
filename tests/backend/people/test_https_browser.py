"""Over https in Debian's Chromium: the browser keeps the cookies of a city, and comes back with them from a service."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from civicroot_backend import realm
from civicroot_backend.api.app import create_app
from civicroot_backend.api.server import Tls, make_server
from civicroot_backend.demo import certificate
from civicroot_backend.people.roles import Role
from playwright.sync_api import Page, sync_playwright

from tests.backend.api_city import STARTED_WITHIN, OpenCity, Served
from tests.backend.city import NOW
from tests.backend.people import provider as providers
from tests.backend.people.office import PASSWORD, Office, Person
from tests.backend.people.provider import CLIENT, SECRET, Provider
from tests.support.brokers import free_port
from tests.web.tools import CHROMIUM

_FETCH = """async ([method, path, body]) => {
    const answer = await fetch('/api/v1/' + path, {
        method, body: body === null ? undefined : JSON.stringify(body),
        headers: {'content-type': 'application/json', 'x-civicroot-request': '1'}});
    return answer.status;
}"""


@dataclass
class Hall:
    """A city at https://localhost that believes a provider at http://127.0.0.1, which is another site."""

    office: Office
    provider: Provider
    page: Page
    url: str

    def person(self) -> Person:
        """Somebody for whom the provider vouches."""
        found = self.office.person(Role.CREW)
        self.provider.claims |= {"sub": found.login, "email": found.login, "email_verified": True}
        return found

    def ask(self, method: str, path: str, body: object = None) -> int:
        """What the city answers to its page."""
        status: int = self.page.evaluate(_FETCH, [method, path, body])
        return status

    def cookies(self) -> dict[str, tuple[str, bool, bool]]:
        """What the browser keeps."""
        return {
            cookie["name"]: (cookie["sameSite"], cookie["secure"], cookie["httpOnly"])
            for cookie in self.page.context.cookies()
        }


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    port = free_port()
    (tmp_path / "secret").write_text(SECRET)
    tls = Tls(*certificate.make(tmp_path / "tls", "127.0.0.1"))
    static = tmp_path / "static"
    static.mkdir()
    for name in ("index", "sign-in"):
        (static / f"{name}.html").write_text(f"<!doctype html><title>{name}</title>")
    url = f"https://localhost:{port}"
    with providers.run(NOW) as provider:
        table = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret_file": str(tmp_path / "secret")}
        city = OpenCity(tmp_path / "city", realm.Addresses(public_url=url), oidc={"staff": table})
        app = create_app(city.backend, static)
        server = make_server(app, "127.0.0.1", port, tls)
        thread = threading.Thread(target=server.run, name="https")
        thread.start()
        try:
            deadline = time.monotonic() + STARTED_WITHIN
            while not server.started:
                assert time.monotonic() < deadline, "the server does not listen"
                time.sleep(0.005)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                page = browser.new_context(ignore_https_errors=True).new_page()
                page.goto(url)
                with httpx.Client() as unused:
                    yield Hall(Office(Served(city, url, unused, server, thread, app)), provider, page, url)
                browser.close()
        finally:
            server.should_exit = True
            thread.join(STARTED_WITHIN)
            city.close()


def test_the_browser_keeps_the_cookies_and_brings_them_back_from_another_site(hall: Hall) -> None:
    # 1. A password: cookies that only this very host can have set.
    person = hall.person()
    assert hall.ask("POST", "session/password", {"login": person.login, "password": PASSWORD}) == 201
    kept = {"__Host-civicroot-session": ("Strict", True, True), "__Host-civicroot-known": ("Strict", True, True)}
    assert hall.cookies() == kept
    assert hall.page.evaluate("document.cookie") == ""
    assert hall.ask("DELETE", "session") == 204
    assert "__Host-civicroot-session" not in hall.cookies()
    # 2. Another service, on another site: the browser goes there and comes back, and is signed in.
    hall.page.goto(f"{hall.url}/api/v1/session/oidc/staff")
    assert hall.page.url == f"{hall.url}/sign-in"
    assert hall.page.title() == "sign-in"
    assert hall.cookies() == kept
    assert hall.ask("GET", "session") == 200
    # 3. A page of elsewhere: the browser sends it without the cookie, and the city would not listen.
    hall.page.goto(hall.provider.issuer + "/keys")
    forged = "async (url) => { await fetch(url, {method: 'DELETE', mode: 'no-cors'}).catch(() => {}); }"
    hall.page.evaluate(forged, f"{hall.url}/api/v1/sessions")
    form = """(url) => { const form = document.createElement('form'); form.method = 'POST'; form.action = url;
        form.enctype = 'text/plain'; document.body.append(form); form.submit(); }"""
    with hall.page.expect_navigation() as landed:
        hall.page.evaluate(form, f"{hall.url}/api/v1/session/password")
    assert landed.value.status in (403, 422)
    hall.page.goto(hall.url)
    assert hall.ask("GET", "session") == 200, "nobody was signed out"
