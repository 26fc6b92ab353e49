"""A city hall: people with accounts, and browsers that ask the real server as its own pages do."""

import itertools
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from civicroot_backend.api.cookies import KNOWN, SESSION
from civicroot_backend.api.limits import Limits
from civicroot_backend.audit_trail import trail
from civicroot_backend.audit_trail.act import COMMAND_LINE, Act
from civicroot_backend.audit_trail.row import Row
from civicroot_backend.people import accounts, districts, invitations, passwords
from civicroot_backend.people.roles import CITY, Role
from civicroot_backend.times import iso

from tests.backend.api_city import OpenCity, Served, serve

PASSWORD = "a sentence that only I know"
API = "/api/v1"
_numbers = itertools.count(1)


@dataclass
class Person:
    """An account, and what its owner remembers."""

    id: int
    login: str
    password: str = PASSWORD


@dataclass
class Browser:
    """Cookies of one browser; it asks as a page of `origin` does."""

    client: httpx.Client
    origin: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """One request; cookies that the answer sets are kept."""
        sent = {"x-civicroot-request": "1", "sec-fetch-site": "same-origin"}
        if method != "GET":
            sent["origin"] = self.origin
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        all_headers = {name: value for name, value in (sent | headers).items() if value != ""}
        answer = self.client.request(
            method, path if path.startswith("/") else f"{API}/{path}", json=body, headers=all_headers
        )
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    def get(self, path: str, **headers: str) -> dict[str, Any]:
        """The answer to a GET that succeeds."""
        answer = self.ask("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def sign_in(self, person: Person, password: str | None = None, **headers: str) -> httpx.Response:
        """With the person's password, or another one."""
        body = {"login": person.login, "password": person.password if password is None else password}
        return self.ask("POST", "session/password", body, **headers)

    @property
    def signed_in(self) -> bool:
        """Whether the server takes this browser for somebody."""
        return self.ask("GET", "session").status_code == 200


class Office:
    """The people of a served city."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.backend = served.city.backend
        self.session = f"__Host-{SESSION}" if self.backend.people.door.secure else SESSION
        self.known = f"__Host-{KNOWN}" if self.backend.people.door.secure else KNOWN

    def browser(self, **cookies: str) -> Browser:
        """A new one, at the city's public address."""
        return Browser(self.served.client, "https://city.example", dict(cookies))

    def district(self, slug: str) -> str:
        """A district that is there now."""
        with self.backend.database.write() as connection:
            if districts.find(connection, slug) is None:
                districts.add(self._act(connection), slug, slug.title())
        return slug

    def person(
        self, *roles: Role, district: str = CITY, password: str | None = PASSWORD, login: str | None = None
    ) -> Person:
        """Somebody new, who came in with a password; None: the invitation is still open."""
        name = login or f"person-{next(_numbers)}"
        self.district(district)
        made = passwords.make_hash(password) if password is not None else None
        with self.backend.database.write() as connection:
            act = self._act(connection)
            account, token = accounts.add(act, name, f"Name of {name}", district, roles or (Role.CREW,))
            if made is not None:
                invitations.take(act, token)
                passwords.put(act, account.id, made)
        return Person(account.id, name, token if password is None else password)

    def grant(self, person: Person, district: str, roles: Collection[Role]) -> None:
        """Change roles, as the command line does."""
        with self.backend.database.write() as connection:
            accounts.change_roles(self._act(connection), person.id, district, roles)

    def at(self, person: Person) -> Browser:
        """A browser in which the person signed in."""
        browser = self.browser()
        answer = browser.sign_in(person)
        assert answer.status_code == 201, answer.text
        return browser

    def trail(self) -> list[Row]:
        """Everything that was done."""
        with self.backend.database.read() as connection:
            return [row for row, _ in trail.rows(connection)]

    def later(self, seconds: int) -> None:
        """So many seconds go by."""
        self.served.city.city.now += seconds

    def at_time(self, seconds: int = 0) -> str:
        """The city's time, or that in so many seconds, as the API writes it."""
        return iso(self.served.city.city.now + seconds)

    def _act(self, connection: Any) -> Act:
        return Act(connection, self.served.city.city.now, COMMAND_LINE)


@contextmanager
def opened_office(folder: Path) -> Iterator[Office]:
    """A city of its own in a folder; one client may ask as often as it likes."""
    city = OpenCity(folder)
    with serve(city, limits=Limits(requests_at_once=10**9, requests_per_second=1e9)) as served:
        yield Office(served)
    city.close()


def reason(answer: httpx.Response) -> tuple[int, str]:
    """Status and reason of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["reason"]
