"""Setting up and starting the demo's city. Every step can be repeated: what is there already is kept."""

import json
import os
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from . import certificate, command, devices, inventory
from .broker import free_port, write_configuration
from .devices import Device
from .organisation import Organisation
from .outside import Outside
from .processes import Child, Processes
from .settings import REALM, Settings
from .staff import Staff
from .waiting import LOCALHOST, accepts, wait

NONCE = "00" * 16  # the gateway's enrolment is asked for and signed on this machine, within this program


class City:
    """A city in `settings.directory`, run by `processes`. `url` is where people look, `local_url` where programs do.

    `gateway_url` is the gateway's own status page, for who looks after it; `staff_link` lets the operator in, once.
    """

    def __init__(self, settings: Settings, processes: Processes, say: Callable[[str], None]) -> None:
        self.settings = settings
        self.devices = devices.plan(settings)
        self._processes = processes
        self._say = say
        self._realm = settings.directory / "realm"
        self._gateway = settings.directory / "gateway"
        self.outside = Outside(settings, processes, say)
        self._outside_environment: dict[str, str] = {}
        self._fund = Organisation(settings.directory / "organisation")
        self._staff = Staff(settings.directory / "staff")
        self.staff_link = ""
        self._mqtt_port = free_port()
        self._page_port = free_port()
        self._certificate: Path | None = None
        self._environment: dict[str, str] = {}
        self._backend_settings: dict[str, str] = {}
        host = certificate.lan_address() if settings.lan else "localhost"
        scheme = "https" if settings.lan else "http"
        self.url = f"{scheme}://{host}:{settings.port}"
        self.local_url = f"{scheme}://{LOCALHOST}:{settings.port}"
        self.gateway_url = f"http://{LOCALHOST}:{self._page_port}"

    def start(self) -> None:
        """Set up what is missing and start everything, in the order in which each needs the other."""
        self.start_outside()
        self.start_broker()
        self.start_backend()
        self.start_gateway()
        self.start_devices()
        self.start_desk()
        self.state_something()
        self.invite_staff()
        self.import_inventory()

    def start_broker(self) -> Child:
        """The MQTT broker."""
        self._say("starting the MQTT broker")
        path = write_configuration(self.settings.directory / "broker", LOCALHOST, self._mqtt_port, free_port())
        child = self._processes.start("broker", [command.program("nats-server"), "--config", str(path)])
        wait(child, lambda: accepts(self._mqtt_port))
        return child

    def start_outside(self) -> None:
        """The witnesses and the chain; the first time, the realm is founded, whose policy names them."""
        self.found_realm()
        self._outside_environment = self.outside.start(self._realm)

    def start_backend(self) -> Child:
        """The backend of the realm that `start_outside` founded."""
        self._say("starting the backend")
        child = self._processes.start(
            "backend",
            [*command.CIVICROOT, "backend", "run", "--config", str(self._realm / "backend.toml")],
            self._backend_environment(),
        )
        wait(child, self._healthy)
        if not (self._realm / "registrar.register").is_file():  # a realm that an earlier version founded
            self._say("making the registrar's register from the log")
            self._civicroot("register", "rebuild", *self._registrar, "--url", self.local_url, "--policy", self._policy)
        return child

    def found_realm(self) -> None:
        """The realm's keys and its trust policy, if it is not founded yet: all of it or nothing."""
        if self._realm.is_dir():
            return
        named = self.outside.found()
        self._say(f"founding the realm {REALM}: keys and trust policy")
        unfinished = self._realm.with_name("realm.new")
        if unfinished.is_dir():  # a start that was interrupted; nothing was signed with those keys
            shutil.rmtree(unfinished)
        self._civicroot("realm", "init", "--realm", REALM, "--dir", str(unfinished), *named)
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
        return self._processes.start("gateway", [*command.CIVICROOT, "gateway", "run", "--config", str(configuration)])

    def start_devices(self) -> list[Child]:
        """The devices; the first time, each makes its key, and all are enrolled."""
        gateway = json.loads((self._gateway / "identity.json").read_text(encoding="utf-8"))["kid"]
        for device in self.devices:
            devices.configure(device, self.settings, gateway, self._mqtt_port, self.url.partition("://")[2])
        fresh = [device for device in self.devices if not _is_enrolled(device)]
        if fresh:
            self._say(f"enrolling {len(fresh)} devices: each makes its own key and asks to be enrolled")
            self._enrol([devices.enrolment_request(self.settings, device) for device in fresh])
            for device in fresh:
                _write_durably(device.folder / "enrolled", device.place.subject + "\n")
        for device in self.devices:
            devices.calibrate(self.settings, device)
        self._say(f"starting {len(self.devices)} devices, each the real firmware in its own MicroPython process")
        return [self._processes.start(device.name, devices.command(self.settings, device)) for device in self.devices]

    def start_desk(self) -> Child:
        """The registrar's desk: publishes its status list again and again, so that proofs can show `not revoked`."""
        arguments = ["status-list", "publish", "--if-grown", "--every", str(self.settings.status_seconds)]
        arguments = [*command.CIVICROOT, *arguments, *self._registrar, "--url", self.local_url]
        return self._processes.start("registrar", arguments, self._environment)

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

    def import_inventory(self) -> None:
        """What the city says of its bins and trees, once, and again when a later version says more."""
        folder = self.settings.directory / "inventory"
        folder.mkdir(parents=True, exist_ok=True)
        for kind, content in (("bin", inventory.bins()), ("tree", inventory.trees())):
            path, imported = folder / f"{kind}s.csv", folder / f"{kind}s.imported"
            if not imported.is_file() or imported.read_text(encoding="utf-8") != content:
                self._say(f"importing what the city says of its {kind}s")
                path.write_text(content, encoding="utf-8")
                settings = str(self._realm / "backend.toml")
                self._civicroot("inventory", "import", str(path), "--kind", kind, "--config", settings)
                _write_durably(imported, content)

    def invite_staff(self) -> None:
        """A link for the demo's operator; the first time, the key of the audit trail is enrolled."""
        if not self._staff.enrolled:
            self._enrol([self._staff.enrolment_request()])
            self._staff.note_enrolled()
        self.staff_link = self._staff.invitation(self._realm / "backend.toml", self._backend_settings)

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
            "CIVICROOT_ORGANISATION_KEY_FILE": str(self._staff.key_file),
            **self._outside_environment,
        }
        if self.settings.lan:
            address = certificate.lan_address()
            self._certificate, key = certificate.make(self.settings.directory / "tls", address)
            found["CIVICROOT_TLS_CERTIFICATE_FILE"] = str(self._certificate)
            found["CIVICROOT_TLS_KEY_FILE"] = str(key)
            self._environment["SSL_CERT_FILE"] = str(self._certificate)  # our own commands trust it
        self._backend_settings = found
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
        page = f'\n[page]\nlisten = "{LOCALHOST}:{self._page_port}"\n'
        return "\n".join([*lines, "", "[batch]", f"max_age = {self.settings.batch_age}", page])

    def _enrol(self, requests: list[dict[str, object]]) -> None:
        file = self.settings.directory / "enrolment-requests.jsonl"
        file.write_text("".join(json.dumps(request) + "\n" for request in requests), encoding="utf-8")
        self._civicroot("enrol", *self._registrar, "--realm", REALM, "--url", self.local_url, "--from", str(file))
        file.unlink()

    def _civicroot(self, *arguments: str) -> str:
        return command.run(*arguments, environment=self._environment)

    def _healthy(self) -> bool:
        context = ssl.create_default_context(cafile=str(self._certificate)) if self._certificate else None
        try:
            with urllib.request.urlopen(self.local_url + "/healthz", timeout=5, context=context) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False


def _is_enrolled(device: Device) -> bool:
    return (device.folder / "enrolled").is_file()


def _without(values: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in values.items() if name != key}


def _write_durably(path: Path, text: str) -> None:
    """All or nothing, so that a half-made city is completed at the next start."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
