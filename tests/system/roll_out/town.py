"""A city of real processes for a roll-out: Mosquitto, backend, gateway, and the commands as people give them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.subscribe
from civicroot_backend.demo import command
from civicroot_backend.demo.broker import free_port
from civicroot_backend.demo.city import City
from civicroot_backend.demo.processes import Child, Processes
from civicroot_backend.demo.settings import REALM, Settings
from civicroot_cli import verify
from civicroot_wire import state, topic
from civicroot_wire.policy import Policy

from tests.support.brokers import Broker, MosquittoBroker
from tests.support.micropython import ROOT
from tests.system.roll_out import content
from tests.system.roll_out.releasing import RELEASER, TARGET, Releasing
from tests.system.roll_out.street import Device, Street
from tests.system.witnessed import Asked

REPORT_SECONDS = 6.0
TRIAL_SECONDS = 120  # fifty of them start on two cores


class Town(City):
    """The demo's city on another broker: fifty devices cost NATS, which is made for clusters, seconds of work."""

    def __init__(self, folder: Path, processes: Processes, broker: Broker) -> None:
        super().__init__(
            Settings(directory=folder / "city", firmware=ROOT / "firmware", port=free_port(), batch_age=0.3),
            processes,
            print,
        )
        self.folder, self.broker = folder, broker
        self._mqtt_port = broker.port
        self.realm = folder / "city" / "realm"
        self.key = folder / "release.key"
        self.asked = Asked(self.local_url)

    def start_broker(self) -> Child:
        raise NotImplementedError("it runs already")

    def found(self) -> None:
        """Without witnesses: they have tests of their own."""
        command.run("realm", "init", "--realm", REALM, "--dir", str(self.realm))
        self.start_outside()
        self.start_backend()
        self.start_gateway()
        command.run("key", "new", str(self.key))

    @property
    def gateway(self) -> str:
        """Its kid."""
        return str(json.loads((self.folder / "city" / "gateway" / "identity.json").read_text())["kid"])

    def settle(self, count: int) -> Street:
        """So many devices, and the release key, all enrolled."""
        about = ("--realm", REALM, "--subject", RELEASER, "--role", "release")
        asked = command.run("key", "request", str(self.key), *about)
        street = Street(self._device(number, json.loads(asked)["public"]) for number in range(count))
        requests = self.folder / "requests.jsonl"
        requests.write_text(asked + street.requests())
        registrar = ("--registrar-key", str(self.realm / "registrar.key"))
        command.run("enrol", *registrar, "--realm", REALM, "--url", self.local_url, "--from", str(requests))
        return street

    def _device(self, number: int, release_key: str) -> Device:
        return Device(
            self.folder / f"bin-{number}",
            self.broker.port,
            realm=REALM,
            gateway=self.gateway,
            subject=f"bin/{number}",
            release=release_key,
            target=TARGET,
            trial_s=TRIAL_SECONDS,
            interval_s=REPORT_SECONDS,
            sample_s=REPORT_SECONDS,
            answer_s=10,
            seed=number,
            speed=1,
        )

    def release(self, version: str, files: dict[str, bytes], target: str = TARGET, kind: str = "bin") -> Releasing:
        """Lay a release out and offer its files, as docs/operations.md says."""
        folder = self.folder / version
        paths = content.write(folder / "files", files)
        offered = folder / "offered.txt"
        config = ("--config", str(self.realm / "backend.toml"))
        offered.write_text(command.run("backend", "offer", *config, *map(str, paths)))
        return Releasing(self.local_url, self.key, version, folder, target, kind)

    def listed(self) -> dict[str, dict[str, Any]]:
        """What the API says of each device, by subject."""
        return {item["subject"]: item for item in self.asked.json("/api/v1/devices?limit=200")["devices"]}

    def readings(self, kid: str) -> list[dict[str, Any]]:
        """The newest of a device."""
        return list(self.asked.json(f"/api/v1/devices/{kid}/readings?limit=200")["readings"])

    def is_proved(self, kid: str, seq: int) -> bool:
        """Whether the reading's proof is out, and holds. Raises ProofError."""
        bundle = self.asked.proof(kid, seq)
        return bundle is not None and bool(verify.check(bundle, self.policy()).findings)

    def policy(self) -> Policy:
        return verify.load_policy(self.realm / "policy.json")

    def said(self, kid: str) -> set[str]:
        """What a device told of releases."""
        values = [value for reading in self.readings(kid) for value in reading["values"]]
        return {value["value"] for value in values if value["name"] == "update"}

    def status(self, version: str, kind: str = "bin") -> dict[str, str]:
        """By subject what `civicroot release status` shows."""
        about = ("--version", version, "--kind", kind, "--url", self.local_url)
        done = command.run("release", "status", *about, "--json")
        lines = [json.loads(line) for line in done.splitlines()]
        return {line["subject"]: line["says"] for line in lines}

    def versions(self, count: int) -> list[str | None]:
        """What the devices' retained states say that they run."""
        found = paho.mqtt.subscribe.simple(
            f"{topic.PREFIX}{self.gateway}/+/{topic.STATE}",
            qos=1,
            msg_count=count,
            hostname=self.broker.host,
            port=self.broker.port,
        )
        return [state.decode(bytes(message.payload)).version for message in found]


@contextmanager
def made(folder: Path) -> Iterator[Town]:
    """A running town without devices."""
    with Processes(folder / "logs") as processes, MosquittoBroker(folder) as broker:
        town = Town(folder, processes, broker)
        try:
            town.found()
            yield town
        finally:
            town.asked.close()
