"""Setting up and starting the demo's city. Every step can be repeated: what is there already is kept."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from . import certificate, devices
from .broker import free_port, write_configuration
from .devices import Device
from .organisation import Organisation
from .processes import Child, Processes
from .settings import REALM, DemoError, Settings

START_SECONDS = 60.0  # for one server to answer; each takes a second or two on an idle machine
COMMAND_SECONDS = 120.0  # enrolling twenty devices over HTTP takes about one second
POLL_SECONDS = 0.1
NONCE = "00" * 16  # the gateway's enrolment is asked for and signed on this machine, within this program
LOCALHOST = "127.0.0.1"


class City:
    """A city in `settings.directory`, run by `processes`. `url` is where people look, `local_url` where programs do."""

    def __init__(self, settings: Settings, processes: Processes, say: Callable[[str], None]) -> None:
        self.settings = settings
        self.devices = devices.plan(settings)
        self._processes = processes
        self._say = say
        self._realm = settings.directory / "realm"
        self._gateway = settings.directory / "gateway"
        self._fund = Organisation(settings.directory / "organisation")
        self._mqtt_port = free_port()
        self._certificate: Path | None = None
        self._environment: dict[str, str] = {}
        host = certificate.lan_address() if settings.lan else "localhost"
        scheme = "https" if settings.lan else "http"
        self.url = f"{scheme}://{host}:{settings.port}"
        self.local_url = f"{scheme}://{LOCALHOST}:{settings.port}"

    def start(self) -> None:
        """Set up what is missing and start everything, in the order in which each needs the other."""
        self.start_broker()
        self.start_backend()
        self.start_gateway()
        self.start_devices()
        self.start_desk()
        self.state_something()

    def start_broker(self) -> Child:
        """The MQTT broker."""
        self._say("starting the MQTT broker")
        path = write_configuration(self.settings.directory / "broker", LOCALHOST, self._mqtt_port, free_port())
        child = self._processes.start("broker", [_program("nats-server"), "--config", str(path)])
        self._wait(child, lambda: _accepts(self._mqtt_port))
        return child

    def start_backend(self) -> Child:
        """The backend; the first time, the realm is founded."""
        self.found_realm()
        self._say("starting the backend")
        child = self._processes.start(
            "backend",
            [*_civicroot_command(), "backend", "run", "--config", str(self._realm / "backend.toml")],
            self._backend_environment(),
        )
        self._wait(child, self._healthy)
        if not (self._realm / "registrar.register").is_file():  # a realm that an earlier version founded
            self._say("making the registrar's register from the log")
            self._civicroot("register", "rebuild", *self._registrar, "--url", self.local_url, "--policy", self._policy)
        return child

    def found_realm(self) -> None:
        """The realm's keys and its trust policy, if it is not founded yet: all of it or nothing."""
        if self._realm.is_dir():
            return
        self._say(f"founding the realm {REALM}: keys and trust policy")
        unfinished = self._realm.with_name("realm.new")
        if unfinished.is_dir():  # a start that was interrupted; nothing was signed with those keys
            shutil.rmtree(unfinished)
        self._civicroot("realm", "init", "--realm", REALM, "--dir", str(unfinished))
        unfinished.rename(self._realm)

    def start_gateway(self) -> Child:
        """The gateway; the first time, it makes its key and is enrolled."""
        self._gateway.mkdir(parents=True, exist_ok=True)
        identity = self._gateway / "identity.json"
        data = self._gateway / "data"
        if not identity.is_file():
            self._say("enrolling the gateway")
            if not (data / "gateway.key").is_file():
                self._civicroot("gateway", "init", "--data", str(data), "--realm", REALM)
            asked = self._civicroot(
                "gateway",
                "possession",
                "--data",
                str(data),
                "--realm",
                REALM,
                "--subject",
                "gateway/1",
                "--nonce",
                NONCE,
            )
            request = json.loads(asked)
            gateway = {"subject": "gateway/1", "role": "gateway", "simulated": True, **_without(request, "kid")}
            self._enrol([gateway, self._fund.enrolment_request()])
            self._fund.note_enrolled()
            _write_durably(identity, asked)
        configuration = self._gateway / "gateway.toml"
        configuration.write_text(self._gateway_configuration(data), encoding="utf-8")
        self._say("starting the gateway")
        return self._processes.start(
            "gateway", [*_civicroot_command(), "gateway", "run", "--config", str(configuration)]
        )

    def start_devices(self) -> list[Child]:
        """The devices; the first time, each makes its key, and all are enrolled."""
        gateway = json.loads((self._gateway / "identity.json").read_text(encoding="utf-8"))["kid"]
        for device in self.devices:
            devices.configure(device, self.settings, gateway, self._mqtt_port)
        fresh = [device for device in self.devices if not _is_enrolled(device)]
        if fresh:
            self._say(f"enrolling {len(fresh)} devices: each makes its own key and asks to be enrolled")
            self._enrol([devices.enrolment_request(self.settings, device) for device in fresh])
            for device in fresh:
                _write_durably(device.folder / "enrolled", device.place.subject + "\n")
        self._say(f"starting {len(self.devices)} devices, each the real firmware in its own MicroPython process")
        return [self._processes.start(device.name, devices.command(self.settings, device)) for device in self.devices]

    def start_desk(self) -> Child:
        """The registrar's desk: publishes its status list again and again, so that proofs can show `not revoked`."""
        arguments = ["status-list", "publish", "--if-grown", "--every", str(self.settings.status_seconds)]
        command = [*_civicroot_command(), *arguments, *self._registrar, "--url", self.local_url]
        return self._processes.start("registrar", command, self._environment)

    def state_something(self) -> None:
        """The sample organisation's one statement, submitted once."""
        if not self._fund.statement.is_file():
            self._say("submitting a sample statement of a made-up organisation")
            if not self._fund.enrolled:  # a city that an earlier version started
                self._enrol([self._fund.enrolment_request()])
                self._fund.note_enrolled()
            signed = self._fund.sign()
            receipted = ("--url", self.local_url, "--policy", self._policy, "--out", str(self._fund.statement))
            self._civicroot("statement", "submit", str(signed), *receipted)

    @property
    def _registrar(self) -> tuple[str, str]:
        return "--registrar-key", str(self._realm / "registrar.key")

    @property
    def _policy(self) -> str:
        return str(self._realm / "policy.json")

    def _backend_environment(self) -> dict[str, str]:
        found = {
            "CIVICROOT_BROKER_URL": f"mqtt://{LOCALHOST}:{self._mqtt_port}",
            "CIVICROOT_HTTP_HOST": "0.0.0.0" if self.settings.lan else LOCALHOST,
            "CIVICROOT_HTTP_PORT": str(self.settings.port),
            "CIVICROOT_PUBLIC_URL": self.url,
        }
        if self.settings.lan:
            address = certificate.lan_address()
            self._certificate, key = certificate.make(self.settings.directory / "tls", address)
            found["CIVICROOT_TLS_CERTIFICATE_FILE"] = str(self._certificate)
            found["CIVICROOT_TLS_KEY_FILE"] = str(key)
            self._environment["SSL_CERT_FILE"] = str(self._certificate)  # our own commands trust it
        return found

    def _gateway_configuration(self, data: Path) -> str:
        broker = f"mqtt://{LOCALHOST}:{self._mqtt_port}"
        values = {
            "realm": REALM,
            "data": str(data.resolve()),
            "policy": str(Path(self._policy).resolve()),
            "broker_url": broker,
            "uplink_url": broker,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        return "\n".join([*lines, "", "[batch]", f"max_age = {self.settings.batch_age}", ""])

    def _enrol(self, requests: list[dict[str, object]]) -> None:
        file = self.settings.directory / "enrolment-requests.jsonl"
        file.write_text("".join(json.dumps(request) + "\n" for request in requests), encoding="utf-8")
        self._civicroot("enrol", *self._registrar, "--realm", REALM, "--url", self.local_url, "--from", str(file))
        file.unlink()

    def _civicroot(self, *arguments: str) -> str:
        done = subprocess.run(
            [*_civicroot_command(), *arguments],
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
            env={**os.environ, **self._environment},
        )
        if done.returncode:
            raise DemoError(f"civicroot {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
        return done.stdout

    def _healthy(self) -> bool:
        context = ssl.create_default_context(cafile=str(self._certificate)) if self._certificate else None
        try:
            with urllib.request.urlopen(self.local_url + "/healthz", timeout=5, context=context) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False

    def _wait(self, child: Child, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if not child.running or time.monotonic() > deadline:
                raise DemoError(f"the {child.name} did not start; its log is {child.log}:\n{_tail(child.log)}")
            time.sleep(POLL_SECONDS)


def _is_enrolled(device: Device) -> bool:
    return (device.folder / "enrolled").is_file()


def _without(values: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in values.items() if name != key}


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _civicroot_command() -> list[str]:
    return [sys.executable, "-m", "civicroot_cli"]


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection((LOCALHOST, port), timeout=1):
            return True
    except OSError:
        return False


def _write_durably(path: Path, text: str) -> None:
    """All or nothing, so that a half-made city is completed at the next start."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
