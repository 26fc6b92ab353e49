"""A city with broker, gateway and registrar's desk, a crew's browser, and a board at its cable: the real firmware.

The browser's own list of ports cannot be driven by a test. Everything behind it is real: the page gets a port whose
streams lead to the board's pseudo-terminal.
"""

import base64
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from civicroot_backend import realm
from civicroot_backend.people import passwords
from civicroot_backend.people.roles import CITY, Role
from civicroot_cli.main import main
from civicroot_gateway import home
from playwright.sync_api import Browser, BrowserContext, Page
from pytest import MonkeyPatch

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import REALM
from tests.backend.people.office import Browser as Cookies
from tests.backend.people.office import Office, Person
from tests.support.brokers import NatsBroker
from tests.support.plugged_board import WIFI, PluggedBoard

STOP_SECONDS = 20.0
SCOPES = ["enrolments:read", "enrolments:decide"]
# What Web Serial gives: a port with two streams of bytes. A board that is pulled out fails both (NetworkError).
PORT = """
(() => {
  const lost = () => new DOMException("The device has been lost.", "NetworkError");
  class Port {
    async open() {
      if (!(await boardOpen())) throw lost();
      let open = true;
      const read = async () => {
        let got = "";
        while (open && got === "") got = await boardRead();
        return got;
      };
      this.readable = new ReadableStream({
        pull: async (controller) => {
          const got = await read();
          if (got === null) controller.error(lost());
          else if (got !== "") controller.enqueue(Uint8Array.from(atob(got), (letter) => letter.charCodeAt(0)));
        },
        cancel: () => { open = false },
      });
      this.writable = new WritableStream({
        write: async (bytes) => { if (!(await boardWrite(btoa(String.fromCharCode(...bytes))))) throw lost() },
      });
    }
    close() { return boardClose() }
  }
  Object.defineProperty(navigator, "serial", { configurable: true, value: { requestPort: async () => new Port() } });
})();
"""


@dataclass
class Cable:
    """Between the page and a board at `path`. `cut_at`: the request at which `cut` is called."""

    path: Path
    cut_at: str = ""
    cut: Any = None
    asked: list[str] = field(default_factory=list)
    _port: int = -1

    def lead_into(self, context: BrowserContext) -> None:
        """Every page of the context has a serial port, and this is at its end."""
        for name, answer in (
            ("boardOpen", self._open),
            ("boardRead", self._read),
            ("boardWrite", self._write),
            ("boardClose", self._close),
        ):
            context.expose_function(name, answer)
        context.add_init_script(PORT)

    def say(self, request: dict[str, object]) -> None:
        """Somebody else's program has the device first; its answer is awaited."""
        assert self._open()
        os.write(self._port, json.dumps(request).encode() + b"\n")
        select.select([self._port], [], [], STOP_SECONDS)
        self._close()

    def _open(self) -> bool:
        self._close()
        try:
            self._port = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return False
        return True

    def _read(self) -> str | None:
        try:
            return base64.b64encode(os.read(self._port, 4096)).decode()
        except BlockingIOError:
            return ""
        except OSError:
            return None

    def _write(self, data: str) -> bool:
        content = base64.b64decode(data)
        self.asked.append(content.decode())
        if self.cut_at and f'"{self.cut_at}"' in self.asked[-1]:
            self.cut_at = ""
            self.cut()
            return False
        try:
            os.write(self._port, content)
        except OSError:
            return False
        return True

    def _close(self) -> None:
        if self._port >= 0:
            os.close(self._port)
            self._port = -1


class ProvisioningTown:
    """A served city whose threads run, with a broker and a gateway; `site` is the file that its crews have."""

    def __init__(self, served: Served, folder: Path, site: Path) -> None:
        self.served = served
        self.url = served.url
        self.folder = folder
        self.site = site
        self.office = Office(served)
        self._desk_key = folder / "api.key"
        self.crew = self.office.person(Role.CREW)
        self.registrar = self.office.person(Role.REGISTRAR)
        with self.signed_in(self.registrar) as browser:
            made = browser.ask("POST", "api-keys", {"name": "desk", "scopes": SCOPES, "days": 1})
            self._desk_key.write_text(made.json()["text"])

    @contextmanager
    def signed_in(self, person: Person) -> Iterator[Cookies]:
        """A program that asks as the person's browser does."""
        with httpx.Client(base_url=self.url, trust_env=False, timeout=20.0) as client:
            browser = Cookies(client, self.url)
            assert browser.sign_in(person).status_code == 201
            yield browser

    def sign_in(self, context: BrowserContext, person: Person) -> None:
        """In all pages of the context."""
        with self.signed_in(person) as browser:
            found = [{"name": name, "value": value, "url": self.url} for name, value in browser.cookies.items()]
        context.add_cookies(found)  # type: ignore[arg-type]

    def sign_at_the_desk(self, *options: str) -> int:
        """`civicroot enrolments enrol`."""
        key = self.served.city.city.folder / realm.REGISTRAR_KEY
        desk = ("--registrar-key", str(key), "--url", self.url, "--api-key", str(self._desk_key))
        return main(["enrolments", "enrol", *desk, *options])

    def board(self, name: str, **options: Any) -> PluggedBoard:
        """A board whose sensors answer at once; plugged in as a context manager."""
        return PluggedBoard(self.folder / name, self.folder / f"tty-{name}", **options)


def write_site(path: Path, city: OpenCity, broker: NatsBroker, url: str) -> Path:
    """The crews' site file."""
    ssid, password = next(iter(WIFI.items()))
    path.write_text(
        f'realm = "{REALM}"\nurl = "{url}"\npolicy = "policy.json"\nsupport = "+82 2 120"\nlanguage = "ko"\n'
        f'[gateway]\nkid = "{city.gateway.kid.hex()}"\nhost = "{broker.host}"\nport = {broker.port}\n'
        f'[wifi]\nssid = "{ssid}"\npassword = "{password}"\n[firmware]\nmodel = "smart-bin"\n'
    )
    return path


@contextmanager
def provisioning_town(folder: Path, built_pages: Path) -> Iterator[ProvisioningTown]:
    """Broker, backend with its threads, gateway process."""
    with ExitStack() as stack:
        patch = stack.enter_context(MonkeyPatch.context())
        patch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
        broker = stack.enter_context(NatsBroker(folder))
        addresses = realm.Addresses(f"mqtt://{broker.host}:{broker.port}")
        city = OpenCity(folder, addresses, sites={CITY: folder / "site.toml"})
        stack.callback(city.close)
        city.city.now = int(time.time())
        site = write_site(folder / "site.toml", city, broker, "https://city.example")
        failed: list[bool] = []
        city.backend.start(lambda: failed.append(True))
        served = stack.enter_context(serve(city, built_pages))
        stack.enter_context(_gateway(folder, city, broker))
        yield ProvisioningTown(served, folder, site)
        assert not failed


@contextmanager
def _gateway(folder: Path, city: OpenCity, broker: NatsBroker) -> Iterator[None]:
    """`civicroot gateway run`."""
    home.create(folder / "data", REALM, city.gateway)
    address = f"mqtt://{broker.host}:{broker.port}"
    configuration = folder / "gateway.toml"
    configuration.write_text(
        f'realm = "{REALM}"\ndata = "data"\npolicy = "{city.city.folder}/{realm.POLICY_FILE}"\n'
        f'broker_url = "{address}"\nuplink_url = "{address}"\n[page]\nlisten = ""\n[batch]\nmax_age = 0.2\n'
    )
    command = [sys.executable, "-m", "civicroot_cli", "gateway", "run", "--config", str(configuration)]
    with (folder / "gateway.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            finally:
                process.kill()


@contextmanager
def crew_page(
    town: ProvisioningTown,
    browser: Browser,
    cable: Cable | None,
    *people: Person,
    locale: str = "en-GB",
    width: int = 390,
) -> Iterator[Page]:
    """The page of provisioning for somebody signed in; an error of its scripts, or of its policy, fails the test."""
    context = browser.new_context(viewport={"width": width, "height": 844}, locale=locale)
    try:
        if cable is not None:
            cable.lead_into(context)
        for person in people:
            town.sign_in(context, person)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"{town.url}/provision")
        yield page
        assert errors == []
    finally:
        context.close()
        if cable is not None:
            cable._close()
