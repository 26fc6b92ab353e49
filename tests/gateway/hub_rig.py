"""An engine with radio bridges and no MQTT: the test itself is the daemon's loop."""

import select
import time
from collections.abc import Callable
from pathlib import Path

from civicroot_gateway.bridges.hub import City as Trusted
from civicroot_gateway.bridges.hub import Hub
from civicroot_gateway.bridges.settings import BridgeSettings
from civicroot_wire import batch, record, registration, topic
from civicroot_wire.bridge_message import Settings

from .bridging import RadioDevice
from .city import REALM, City, verify
from .rig import Rig

BOTH = Settings(6, ("EU868", 868_100_000, 7, 14))


def over_serial(port: Path, name: str = "roof") -> BridgeSettings:
    return BridgeSettings(name, port, None, 460_800, BOTH)


def over_socket(path: Path, name: str = "roof") -> BridgeSettings:
    return BridgeSettings(name, None, path, 460_800, BOTH)


class HubRig:
    """A gateway of `city` in `folder`, with the bridges of `settings`."""

    def __init__(self, city: City, folder: Path, *settings: BridgeSettings) -> None:
        self.city = city
        self.folder = folder
        self.rig = Rig(city, folder, spool_bytes=1 << 24)
        self.rig.trust_all()
        self.settings = settings
        self.published: list[tuple[str, bytes]] = []  # what is left for MQTT
        self.by_mqtt: set[bytes] = set()
        self.room = True
        self.withdrawn: set[bytes] = set()
        self.committed: list[bytes] = []
        self.hub = self._new_hub()

    def _new_hub(self) -> Hub:
        trusted = Trusted(REALM, self.public_of, verify)
        return Hub(self.settings, self.city.gateway, trusted, self.folder, lambda: self.rig.now, jitter=lambda: 0.0)

    def public_of(self, kid: bytes) -> bytes | None:
        message = self.city.registrations.get(kid)
        if message is None or kid in self.withdrawn:
            return None
        found = registration.verify(registration.decode(message), self.city.policy, verify)
        return found.public if found.role == record.ROLE else None

    def close(self) -> None:
        self.hub.close()
        self.rig.close()

    def restart(self) -> None:
        """As after SIGKILL: what was not committed is gone."""
        self.close()
        self.rig.open()
        self.hub = self._new_hub()

    def turn(self, seconds: float = 0.02) -> None:
        """Wait for input at most so long, take it in, commit, answer."""
        self.hub.service()
        poll = select.poll()
        for descriptor, mask in self.hub.wants():
            poll.register(descriptor, mask)
        for descriptor, events in poll.poll(min(seconds, self.hub.wait()) * 1000):
            self.hub.serve(descriptor, events)
        for message in self.hub.inbox:
            if self.room:
                self.rig.engine.receive(message.topic, message.payload)
        self.hub.inbox.clear()
        outcome = self.rig.engine.flush()
        self.published += self.hub.answer(outcome.answers, self.by_mqtt)

    def until(self, condition: Callable[[], object], *devices: RadioDevice, seconds: float = 60.0) -> None:
        """Turn until it is true; meanwhile the devices transmit now and then."""
        until = time.monotonic() + seconds
        wake = 0.0
        while not condition():
            assert time.monotonic() < until, (
                self.hub.report(),
                [len(each.waiting) for each in devices],
            )
            if time.monotonic() >= wake:
                wake = time.monotonic() + 0.15
                for device in devices:
                    device.transmit()
            self.turn()

    @property
    def up(self) -> bool:
        return all(report["up"] for report in self.hub.report())

    def spooled(self) -> list[bytes]:
        """Every record of every batch: closes batches by their age and has them committed until nothing is left."""
        self.rig.uptime += 3600
        while True:
            self.rig.engine.flush()
            messages = self.rig.batches()
            if not messages:
                return self.committed
            for message in messages:
                self.committed += batch.decode_message(message)[1]
                self.rig.say(None, topic.ACK, self.city.commit(message))
