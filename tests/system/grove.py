"""A city of real processes with trees: a tag that is the real firmware, behind a real bridge and bad air."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from civicroot_backend.demo import command
from civicroot_backend.demo.processes import Processes
from civicroot_backend.demo.settings import REALM
from civicroot_gateway.operate import status

from tests.gateway.bridging import Air, BridgeProcess, Cable
from tests.support.brokers import MosquittoBroker
from tests.system.roll_out.releasing import RELEASER
from tests.system.roll_out.street import Device
from tests.system.roll_out.town import Town
from tests.system.tags import Antenna

SUBJECT, TARGET, OPERATOR = "tree/1", "tree-tag", "operator/1"
SEED = 23
WAKE_SECONDS = 1.0
ADDRESS = bytes([2, 0, 0, 0, 0, 1])
LOOK_SECONDS = 0.02


class Grove(Town):
    """The gateway has a bridge; the devices' broker has nobody."""

    cable: Cable

    def _gateway_configuration(self, data: Path) -> str:
        bridge = f'[[bridge]]\nname = "roof"\nserial = "{self.cable.port}"\nespnow_channel = 6\n'
        return super()._gateway_configuration(data) + bridge

    def plant(self, antenna: Antenna) -> Device:
        """A tag, enrolled with its city's release and operator keys."""
        operator = self.folder / "operator.key"
        command.run("key", "new", str(operator))
        asked = [
            command.run("key", "request", str(key), "--realm", REALM, "--subject", subject, "--role", role)
            for key, subject, role in ((self.key, RELEASER, "release"), (operator, OPERATOR, "operator"))
        ]
        publics = [json.loads(line)["public"] for line in asked]
        tag = self._tag(antenna, *publics)
        requests = self.folder / "requests.jsonl"
        requests.write_text("".join(asked) + json.dumps(tag.request()) + "\n")
        registrar = ("--registrar-key", str(self.realm / "registrar.key"))
        command.run("enrol", *registrar, "--realm", REALM, "--url", self.local_url, "--from", str(requests))
        return tag

    def _tag(self, antenna: Antenna, release: str, operator: str) -> Device:
        identity = json.loads((self.folder / "city" / "gateway" / "identity.json").read_text())
        tag = Device(
            self.folder / "tree-1",
            0,
            realm=REALM,
            subject=SUBJECT,
            kind="tree",
            release=release,
            operator=operator,
            target=TARGET,
            interval_s=WAKE_SECONDS,
            sample_s=WAKE_SECONDS,
            trial_s=120,
            radio={"kind": "udp", "gateway": identity["public"], "port": antenna.port, "address": ADDRESS.hex()},
        )
        for name in ("gateway", "broker", "answer_s"):
            del tag.configuration[name]
        return tag

    def configure(self, version: int, *settings: str) -> None:
        """Have the operator sign settings, and submit them."""
        signed = self.folder / f"wanted-{version}.cose"
        about = ("--version", str(version), "--subject", SUBJECT, "--realm", REALM, "--issuer", OPERATOR)
        key = ("--key", str(self.folder / "operator.key"), "-o", str(signed))
        command.run("configuration", "sign", *settings, *about, *key)
        command.run("configuration", "submit", str(signed), "--url", self.local_url)

    def at_gateway(self) -> dict[str, Any]:
        """What the gateway's status says of the tag."""
        found = status.show(self.folder / "city" / "gateway" / "data")
        return next((item for item in found["devices"] if item["subject"] == SUBJECT), {})


class Awake:
    """Keeps a tag's process running: it ends when another version is to start, as a board's program does."""

    def __init__(self, tag: Device) -> None:
        self._tag = tag
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self._tag.kill()

    def configure(self, **more: Any) -> None:
        """Give it another configuration: it ends, and starts with it."""
        with self._lock:
            self._tag.configuration |= more
            self._tag.kill()

    def _run(self) -> None:
        while not self._end.wait(LOOK_SECONDS):
            with self._lock:
                self._tag.look()


@contextmanager
def made(folder: Path) -> Iterator[tuple[Grove, Air, Antenna]]:
    """A running grove, its air, and where its tag listens."""
    with (
        Processes(folder / "logs") as processes,
        MosquittoBroker(folder) as broker,
        Cable(folder, SEED) as cable,
        Air(SEED, loss=0.05, twice=0.05, late=0.05) as air,
    ):
        antenna = Antenna(air, ADDRESS)
        grove = Grove(folder, processes, broker)
        grove.cable = cable
        try:
            grove.found()
            with BridgeProcess(cable, air):
                yield grove, air, antenna
        finally:
            grove.asked.close()
            antenna.close()
