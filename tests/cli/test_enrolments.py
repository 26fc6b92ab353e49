"""What a crew asks for with a browser, at the desk: over real HTTP, with a registrar's API key."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from civicroot_backend.people import passwords
from civicroot_backend.people.roles import CITY, Role
from civicroot_wire import enrolment, possession
from civicroot_wire.sodium import Signer

from tests.backend.people.office import Browser, Office, reason
from tests.backend.test_api_subjects import imported
from tests.cli.conftest import Civicroot, Town

SCOPES = ["enrolments:read", "enrolments:decide"]
SECONDS = 30.0


class Desk:
    """A crew's browser in a town, and the registrar's command with its key."""

    def __init__(self, town: Town, folder: Path, run: Civicroot) -> None:
        self.town = town
        self.office = Office(town.served)
        self.crew = self._browser(Role.CREW)
        self.registrar = self._browser(Role.REGISTRAR)
        made = self.registrar.ask("POST", "api-keys", {"name": "desk", "scopes": SCOPES, "days": 1})
        self.key = folder / "api.key"
        self.key.write_text(made.json()["text"] + "\n")
        self.enrol = ("enrolments", "enrol", *town.desk, "--api-key", self.key)
        self._run = run

    def _browser(self, role: Role) -> Browser:
        # A client of its own: one would send everybody's cookies.
        browser = Browser(httpx.Client(base_url=self.town.url, trust_env=False), self.town.url)
        assert browser.sign_in(self.office.person(role)).status_code == 201
        return browser

    def ask(self, subject: str, key: Signer | None = None, district: str = CITY, **said: Any) -> dict[str, Any]:
        """A device asks, through the crew's browser."""
        signer = key or Signer.generate()
        signed = possession.sign(signer.kid, subject, "device", bytes(16), self.town.city.realm, signer)
        body = {"subject": subject, "public": signer.public.hex(), "possession": signed.hex()} | said
        answer = self.crew.ask("POST", f"districts/{district}/enrolments", body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def approve(self, request: dict[str, Any]) -> None:
        """The registrar says yes, in the city's page."""
        path = f"districts/city/enrolments/{request['id']}/decision"
        assert self.registrar.ask("PUT", path, {"decision": "approved"}).status_code == 200

    def state(self, request: dict[str, Any]) -> dict[str, Any]:
        """What became of it."""
        return self.crew.get(f"districts/city/enrolments/{request['id']}")


@pytest.fixture
def desk(town: Town, tmp_path: Path, civicroot: Civicroot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """See Desk."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    made = Desk(town, tmp_path, civicroot)
    yield made
    for browser in (made.crew, made.registrar):
        browser.client.close()


def test_what_is_approved_is_signed_and_nothing_else(desk: Desk, ok: Civicroot) -> None:
    place = {"latitude": "37.56650", "longitude": "126.9780"}
    yes, no = desk.ask("bin/1", label="서울광장", location=place, model="smart-bin"), desk.ask("bin/2")
    assert ok(*desk.enrol).lines() == []
    desk.approve(yes)
    listed = ok("enrolments", "list", "--url", desk.town.url, "--api-key", desk.key).lines()
    assert [(line["state"], line["subject"], line["place"]) for line in listed] == [
        ("approved", "bin/1", "37.56650,126.9780"),
        ("waiting", "bin/2", None),
    ]
    (done,) = ok(*desk.enrol).lines()
    found = enrolment.decode(desk.town.entry(done["index"]))
    assert (found.subject, found.label, str(found.location[0])) == ("bin/1", "서울광장", "37.56650")
    assert desk.state(yes)["log_index"] == done["index"]
    assert desk.state(no)["state"] == "waiting"
    assert ok(*desk.enrol, "--all").lines()[0]["subject"] == "bin/2"
    assert desk.state(no)["state"] == "enrolled"


def test_what_cannot_be_is_declined_with_the_reason(
    desk: Desk, ok: Civicroot, civicroot: Civicroot, tmp_path: Path
) -> None:
    first, second = desk.ask("bin/1"), desk.ask("bin/2")
    there = desk.town.enrolled(tmp_path, "bin/1", "device")  # meanwhile, from a crew's laptop
    done = civicroot(*desk.enrol, "--all")
    assert done.code == 1
    assert f"bin/1 is declined: bin/1 has a device, {there.kid.hex()}" in done.err
    assert (desk.state(first)["state"], desk.state(second)["state"]) == ("declined", "enrolled")
    assert there.kid.hex() in desk.state(first)["reason"]
    assert ok(*desk.enrol).lines() == []


def test_a_device_that_is_elsewhere_in_the_register_is_not_moved_by_a_crew(
    desk: Desk, civicroot: Civicroot, tmp_path: Path
) -> None:
    key = Signer.generate()
    made = desk.ask("bin/1", key)
    _, line = desk.town.request("bin/9", "device", key)
    assert civicroot("enrol", *desk.town.desk, "--from", desk.town.lines(tmp_path / "r.jsonl", line)).code == 0
    assert civicroot(*desk.enrol, "--all").code == 1
    assert "enrolled as bin/9" in desk.state(made)["reason"]


def test_what_the_city_does_not_let_be_approved_is_declined_and_holds_up_nothing(
    desk: Desk, civicroot: Civicroot
) -> None:
    for slug in ("north", "south"):
        desk.office.district(slug)
    elsewhere, here = desk.ask("bin/1", district="north"), desk.ask("bin/2", district="north")
    imported(desk.town.served.city, "bin", "id,district,address\n1,South,Harbour\n2,North,Quay\n")
    done = civicroot(*desk.enrol, "--all")
    assert (done.code, done.lines()[0]["subject"]) == (1, "bin/2")
    assert "bin/1 is declined: the city refuses: other-district" in done.err
    assert (desk.state(elsewhere)["state"], desk.state(here)["state"]) == ("declined", "enrolled")
    assert "bin/1 is in South, not in north" in desk.state(elsewhere)["reason"]


def test_a_desk_that_stays_enrols_as_they_come(desk: Desk) -> None:
    command = [sys.executable, "-m", "civicroot_cli", *map(str, desk.enrol), "--all", "--every", "0.05"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            made = desk.ask("bin/1")
            assert '"subject": "bin/1"' in process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            process.wait(SECONDS)
        finally:
            process.kill()
    assert desk.state(made)["state"] == "enrolled"


def test_a_key_that_may_not_and_a_file_that_is_none_are_said(desk: Desk, civicroot: Civicroot, tmp_path: Path) -> None:
    poor = desk.registrar.ask("POST", "api-keys", {"name": "x", "scopes": ["enrolments:read"], "days": 1})
    (tmp_path / "poor.key").write_text(poor.json()["text"])
    desk.ask("bin/1")
    done = civicroot("enrolments", "enrol", *desk.town.desk, "--api-key", tmp_path / "poor.key", "--all")
    assert (done.code, "wrong-scope" in done.err) == (1, True)
    missing = civicroot("enrolments", "enrol", *desk.town.desk, "--api-key", tmp_path / "none.key")
    assert (missing.code, missing.err.count("\n")) == (2, 1)
    assert reason(desk.crew.ask("GET", "districts/city/enrolments/" + "0" * 32)) == (404, "not-found")


@pytest.mark.parametrize(
    "form", ["{key}\n{key}\n", "{key}\r\n# of the desk\n", "Bearer {key}\n", "{key}é", "\x00{key}"]
)
def test_a_file_that_has_more_than_a_key_is_refused_and_not_shown(
    desk: Desk, civicroot: Civicroot, tmp_path: Path, form: str
) -> None:
    key = desk.key.read_text().strip()
    (tmp_path / "odd.key").write_text(form.format(key=key))
    for command in (desk.enrol[:-1], ("enrolments", "list", "--url", desk.town.url, "--api-key")):
        done = civicroot(*command, tmp_path / "odd.key")
        assert (done.code, done.out) == (2, "")
        assert done.err.endswith("odd.key is no API key\n")
        assert key not in done.err
