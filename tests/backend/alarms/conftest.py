"""A served city with bins, whose alarms are judged and told in the test's own thread."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from civicroot_backend.people import passwords
from civicroot_backend.people.roles import CITY, Role
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from civicroot_wire.sodium import Signer

from tests.backend.api_city import OpenCity, serve
from tests.backend.people.office import Browser, Office, Person

PROMISE = 600  # seconds in which a bin promises to report again
SESSION = 3600  # half of what one lasts if it is left alone
FULL: dict[str, Any] = {
    "kind": "threshold",
    "name": "Bins that are full",
    "subject_kind": "bin",
    "parameters": {"name": "fill", "side": "above", "begin": 0.9, "end": 0.8},
    "for_seconds": 600,
}


def rule(kind: str, **fields: Any) -> dict[str, Any]:
    """A rule of a kind, as it is sent."""
    return {"kind": kind, "name": f"Rule on {kind}", "parameters": {}, **fields}


@dataclass
class Watch:
    """The city, its clock, and an operator's browser."""

    office: Office
    _person: Person
    origin: str = "https://city.example"
    _browser: Browser | None = None
    _since: int = 0
    _seqs: dict[bytes, int] = field(default_factory=dict)

    @property
    def operator(self) -> Browser:
        """Signed in anew before the session is over."""
        if self._browser is None or self.now - self._since > SESSION:
            self._browser, self._since = self.at(self._person), self.now
        return self._browser

    def at(self, person: Person) -> Browser:
        """A browser in which the person signed in."""
        browser = self.office.browser()
        browser.origin = self.origin
        browser.client.cookies.clear()  # those of the browser before, whose session this would end
        answer = browser.sign_in(person)
        browser.client.cookies.clear()
        assert answer.status_code == 201, answer.text
        return browser

    @property
    def url(self) -> str:
        """Where it is served."""
        return self.office.served.url

    @property
    def city(self) -> OpenCity:
        """The city behind it."""
        return self.office.served.city

    @property
    def now(self) -> int:
        """Its time."""
        return self.city.city.now

    def later(self, seconds: int) -> None:
        """So many seconds go by, and what is due is looked at."""
        self.city.city.now += seconds
        self.judge()

    def judge(self) -> None:
        """As the thread does."""
        while self.city.backend.alarms.watcher.step():
            pass
        self.city.backend.alarms.looker.look()

    def says(self, key: Signer, *measurements: Measurement, skip: int = 0, at: int | None = None) -> int:
        """A device's next record, committed now; its number."""
        seq = self._seqs.get(key.kid, -1) + 1 + skip
        self._seqs[key.kid] = seq
        self.city.commit([self.city.report(key, seq, list(measurements), self.now if at is None else at)])
        return seq

    def fill(self, key: Signer, percent: int, **options: Any) -> int:
        """A bin says how full it is, and when it will say so again."""
        measured = Measurement("fill", DecimalFraction(-2, percent), "/", update_time=PROMISE)
        return self.says(key, measured, **options)

    def make(self, body: dict[str, Any], district: str = CITY) -> dict[str, Any]:
        """A rule that is made, and has begun."""
        answer = self.operator.ask("POST", f"districts/{district}/alarm-rules", body)
        assert answer.status_code == 201, answer.text
        self.judge()
        made: dict[str, Any] = answer.json()
        return made

    def open(self, district: str = CITY, state: str = "open") -> list[dict[str, Any]]:
        """The alarms of rules."""
        found: list[dict[str, Any]] = self.operator.get(f"districts/{district}/alarms?state={state}")["items"]
        return found

    def tried(self, body: dict[str, Any], seconds: int = 86_400, district: str = CITY) -> dict[str, Any]:
        """What a rule would have done in the last seconds."""
        times = {"from": self.office.at_time(-seconds), "to": self.office.at_time(1)}
        answer = self.operator.ask("POST", f"districts/{district}/alarm-rules/trial", {"rule": body, **times})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Argon2id with its least parameters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
        yield


@pytest.fixture
def watch(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watch]:
    """A city that hears its gateways; parametrized with the table `notifications` of its configuration."""
    city = OpenCity(tmp_path, notifications=getattr(request, "param", {}))
    city.backend.alarms.looker.hearing.hears = lambda: True
    with serve(city) as served:
        office = Office(served)
        yield Watch(office, office.person(Role.OPERATOR))
    city.close()
