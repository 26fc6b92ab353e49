"""An engine over a real spool, with clocks that the test moves and no MQTT."""

from collections import defaultdict
from pathlib import Path

from civicroot_gateway import home
from civicroot_gateway.config import BatchLimits
from civicroot_gateway.engine import Clock, Engine, Outcome, Settings
from civicroot_gateway.spool.spool import Fault, no_fault
from civicroot_wire import acknowledgement, topic
from civicroot_wire.acknowledgement import Acknowledgement

from .city import NOW, REALM, City, Device, verify

SPOOL_BYTES = 1 << 20


class Rig:
    """A gateway of `city` in `folder`. `say` gives it a message; `flush` commits and keeps the acknowledgements."""

    def __init__(
        self, city: City, folder: Path, limits: BatchLimits | None = None, spool_bytes: int = SPOOL_BYTES
    ) -> None:
        self.city = city
        self.folder = folder
        self.now = NOW
        self.uptime = 0.0
        self._limits = limits or BatchLimits(max_records=4, max_bytes=4096, max_age=10)
        self._spool_bytes = spool_bytes
        self.acks: dict[bytes, list[Acknowledgement]] = defaultdict(list)
        if not (folder / "gateway.key").exists():
            home.create(folder, REALM, city.gateway)
        self.open()

    def open(self, fault: Fault = no_fault) -> None:
        """Start, or start again after `close` or a fault, from what is on the disk."""
        self.spool = home.open_spool(self.folder, self.city.gateway, REALM, fault)
        settings = Settings(REALM, self.city.policy, self._limits, self._spool_bytes)
        clock = Clock(lambda: self.now, lambda: self.uptime)
        self.engine = Engine(self.spool, self.city.gateway, settings, clock, verify)

    def close(self) -> None:
        self.spool.close()

    def reopen(self) -> None:
        self.close()
        self.open()

    def trust_all(self) -> None:
        """Tell it of every enrolment in the city; what it then says to the devices is not kept."""
        for kid, message in self.city.registrations.items():
            self.say(kid, topic.ENROLMENT, message)
        self.flush()
        self.acks.clear()

    def say(self, device: bytes | None, leaf: str, payload: bytes) -> None:
        self.engine.receive(self.city.topic(leaf, device), payload)

    def up(self, device: Device, *records: bytes) -> None:
        """Records under the device's topic, and a commit."""
        self.say(device.kid, topic.UP, b"".join(records))
        self.flush()

    def flush(self) -> Outcome:
        outcome = self.engine.flush()
        for name, payload in outcome.answers:
            _, device, leaf = topic.parse(name)
            assert device is not None and leaf == topic.ACK
            self.acks[device].append(acknowledgement.decode(payload))
        return outcome

    def acknowledged(self, device: Device, numbers: range) -> list[int]:
        """Which of the numbers any acknowledgement named."""
        return [number for number in numbers if any(ack.covers(number) for ack in self.acks[device.kid])]

    def refused(self, device: Device) -> dict[int, str]:
        """The numbers that the device was told to give up."""
        return {number: reason for ack in self.acks[device.kid] for number, reason in ack.refused}

    def counted(self, subject: str) -> dict[str, int]:
        """Counters of a subject."""
        return {name: count for (kind, name), count in self.spool.counters().items() if kind == subject}

    def evidence(self) -> list[tuple[str, bytes, bytes | None]]:
        """(reason, data, other) of the samples kept."""
        rows = self.spool._run("SELECT reason, data, other FROM evidence ORDER BY id")
        return [tuple(row) for row in rows]

    def batches(self) -> list[bytes]:
        """Messages of the batches without a verdict."""
        return [self.engine.batch_message(seq) for seq in self.engine.waiting]
