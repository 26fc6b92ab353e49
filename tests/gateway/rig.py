"""An engine over a real spool, with clocks that the test moves and no MQTT."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from civicroot_gateway import home
from civicroot_gateway.config import BatchLimits
from civicroot_gateway.engine import Engine, Outcome, Settings
from civicroot_gateway.spool.segment import Fault
from civicroot_gateway.spool.spool import no_fault
from civicroot_wire import acknowledgement, topic
from civicroot_wire.acknowledgement import Acknowledgement

from .city import NOW, REALM, City, Device, verify

SPOOL_BYTES = 1 << 20


class RigClock:
    """A clock that says what the test says; `trusted` is False for one that is not set."""

    def __init__(self) -> None:
        self.wall = NOW
        self.uptime = 0.0
        self.trusted = True
        self.floor = 0
        self.told: list[tuple[str, int]] = []

    def now(self) -> int | None:
        return self.wall if self.trusted else None

    def monotonic(self) -> float:
        return self.uptime

    def raise_floor(self, used: int) -> None:
        self.floor = used

    def checkpoint(self, earliest: int) -> None:
        self.told.append(("checkpoint", earliest))

    def known(self, earliest: int) -> None:
        self.told.append(("known", earliest))

    def refused(self, closed: int) -> None:
        self.told.append(("refused", closed))


class Rig:
    """A gateway of `city` in `folder`. `say` gives it a message; `flush` commits and keeps the acknowledgements."""

    def __init__(
        self,
        city: City,
        folder: Path,
        limits: BatchLimits | None = None,
        spool_bytes: int = SPOOL_BYTES,
        fault: Fault = no_fault,
    ) -> None:
        self.city = city
        self.folder = folder
        self.clock = RigClock()
        self._limits = limits or BatchLimits(max_records=4, max_bytes=4096, max_age=10)
        self._spool_bytes = spool_bytes
        self.acks: dict[bytes, list[Acknowledgement]] = defaultdict(list)
        if not (folder / "gateway.key").exists():
            home.create(folder, REALM, city.gateway)
        self.open(fault)

    def open(self, fault: Fault = no_fault) -> None:
        """Start, or start again after `close` or a fault, from what is on the disk."""
        self.spool = home.open_spool(self.folder, self.city.gateway, REALM, fault)
        settings = Settings(REALM, self.city.policy, self._limits, self._spool_bytes)
        self.engine = Engine(self.spool, self.city.gateway, settings, self.clock, verify)

    def close(self) -> None:
        """A clean end."""
        self.engine.close()
        self.spool.close()

    def kill(self) -> None:
        """An end like SIGKILL: nothing is stored any more."""
        self.spool.close()

    @property
    def now(self) -> int:
        """Unix seconds of the rig's clock."""
        return self.clock.wall

    @now.setter
    def now(self, value: int) -> None:
        self.clock.wall = value

    @property
    def uptime(self) -> float:
        """Its monotonic seconds."""
        return self.clock.uptime

    @uptime.setter
    def uptime(self, value: float) -> None:
        self.clock.uptime = value

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
        return [(row[0], row[1], row[2]) for row in self.select("SELECT reason, data, other FROM evidence ORDER BY id")]

    def select(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of state.db, with all that waits in memory."""
        self.engine._upkeep.save(window=True)
        return list(self.spool.projection._state._run(sql).fetchall())

    def batches(self) -> list[bytes]:
        """Messages of the batches without a verdict."""
        return [self.engine.batch_message(seq) for seq in self.engine.waiting]
