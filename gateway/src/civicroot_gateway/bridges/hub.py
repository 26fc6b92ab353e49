"""All radio bridges of a gateway: frames become messages for the engine, its acknowledgements become radio answers.

Nothing is answered before the commit: the daemon calls `answer` with what the engine's flush returned. While the engine
has no room it answers nothing, so devices keep their records and try again later.
"""

import logging
import random
import time
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from civicroot_wire import acknowledgement, mac0, radio, topic
from civicroot_wire.errors import MalformedError, SignatureError
from civicroot_wire.sodium import Signer

from ..errors import KeyFileError
from ..operate.logs import fields
from ..signing import Verify
from .answer_counter import AnswerCounter
from .asking import Asking
from .bridge import Bridge, Heard
from .link_keys import LinkKeys
from .radio_desk import RadioDesk
from .routes import Address, Routes, Signed, read
from .settings import BridgeSettings

MAX_INBOX = 512  # frames taken in before the daemon must have handed them on: a commit's worth
MAX_ANSWERS = 4  # frames for one address after one commit: what does not fit is said when the device asks again
IDLE = 3600.0  # seconds; there is nothing to do without bridges

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message for the engine, as if it had come over MQTT."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class City:
    """What the hub knows of the city: `public_of` gives the public key of an enrolled device that is not withdrawn."""

    realm: str
    public_of: Callable[[bytes], bytes | None]
    verify: Verify


class Hub:
    """The bridges of the settings. `now` gives Unix seconds, None while the clock is not to be trusted.

    Without a `desk` devices are told of no commands, and nobody's questions are answered.
    """

    def __init__(
        self,
        settings: tuple[BridgeSettings, ...],
        own: Signer,
        city: City,
        folder: Path,
        now: Callable[[], int | None],
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        desk: RadioDesk | None = None,
    ) -> None:
        self.inbox: list[Inbound] = []
        self._own = own
        self._city = city
        self._bridges = {item.name: Bridge(item, monotonic, jitter) for item in settings}
        self._routes = Routes(city.realm, city.public_of, city.verify)
        self._keys = LinkKeys(own, city.realm, folder)
        self._counter = AnswerCounter(folder, now)
        self._owners: dict[int, Bridge] = {}
        self._desk = desk
        self._monotonic = monotonic
        self._asking = None if desk is None else Asking(city.realm, self._key_of, desk, monotonic)

    # Driven by the daemon's loop

    def service(self) -> None:
        """Keep the bridges; cheap when there is nothing to do."""
        if self._asking is not None:
            self._asking.service(self._bridges)
        for bridge in self._bridges.values():
            bridge.service()

    def wait(self) -> float:
        """Seconds until `service` must be called though no event came."""
        parts = None if self._asking is None else self._asking.wait()
        waits = [bridge.wait() for bridge in self._bridges.values()]
        return min(waits if parts is None else [*waits, parts], default=IDLE)

    def wants(self) -> list[tuple[int, int]]:
        """(descriptor, poll mask) to wait for; none while the daemon has not taken what came."""
        self._owners = {}
        if len(self.inbox) >= MAX_INBOX:
            return []
        found = []
        for bridge in self._bridges.values():
            for descriptor, mask in bridge.wants():
                self._owners[descriptor] = bridge
                found.append((descriptor, mask))
        return found

    def serve(self, descriptor: int, events: int) -> None:
        """Read or write what poll said is ready."""
        bridge = self._owners.get(descriptor)
        if bridge is None:
            return
        bridge.serve(descriptor, events)
        for heard in bridge.inbox:
            if heard.payload[0] == mac0.FIRST_BYTE and self._asking is not None:
                self._take_said(self._asking.take(bridge, heard))
            else:
                self._take_record(bridge, heard)
        bridge.inbox.clear()

    def _take_record(self, bridge: Bridge, heard: Heard) -> None:
        try:
            found = read(heard.payload)
        except MalformedError as error:  # not a record of anybody: there is no device to keep it under
            bridge.counts[f"frame-{error.reason}"] += 1
            return
        self._routes.add(heard, found)
        self.inbox.append(Inbound(topic.of_device(self._own.kid, found.kid, topic.UP), heard.payload))

    def _take_said(self, said: tuple[bytes, bytes] | None) -> None:
        if said is not None:
            kid, message = said
            self.inbox.append(Inbound(topic.of_device(self._own.kid, kid, topic.STATE), message))

    def _key_of(self, kid: bytes) -> bytes | None:
        public = self._city.public_of(kid)
        return None if public is None else self._keys.of(public)

    def close(self) -> None:
        """Free the ports."""
        for bridge in self._bridges.values():
            bridge.close()

    # After the commit

    def answer(self, answers: list[tuple[str, bytes]], by_mqtt: Container[bytes]) -> list[tuple[str, bytes]]:
        """Send by radio what answers radio frames; returns what is to be published over MQTT.

        `by_mqtt`: devices of which something came over MQTT since the last commit. A device that is heard both ways
        gets its answer both ways.
        """
        group = self._routes.take()
        rest = []
        for name, payload in answers:
            _, kid, _ = topic.parse(name)
            addresses = group.get(kid) if kid is not None else None
            if kid is None or addresses is None or kid in by_mqtt:
                rest.append((name, payload))
            if kid is not None and addresses is not None:
                self._answer(kid, payload, addresses)
        return rest

    def forget(self) -> None:
        """The commit failed and its group was thrown away: devices send again."""
        self._routes.take()

    def _answer(self, kid: bytes, payload: bytes, addresses: dict[Address, list[Signed]]) -> None:
        public = self._city.public_of(kid)
        if public is None:
            self._count(addresses, "answer-unknown-device")
            return
        try:
            key = self._keys.of(public)
        except (SignatureError, KeyFileError) as error:
            self._count(addresses, "answer-no-key")
            _log.error("no link key", extra=fields(kid=kid.hex(), error=str(error)))
            return
        ack = acknowledgement.decode(payload)
        if self._desk is not None:
            ack.commands = self._desk.waiting(kid)
        for address, frames in addresses.items():
            if not self._routes.confirmed(kid, public, address, frames):
                self._count([address], "frame-not-signed")
                continue
            wanted = {found.seq for found in frames if found.seq is not None}
            for part in radio.cut(ack, wanted)[:MAX_ANSWERS]:
                self._send(kid, part, key, address)

    def _send(self, kid: bytes, payload: bytes, key: bytes, address: Address) -> None:
        try:
            number = self._counter.next()
        except OSError as error:  # the card takes no writes: the device asks again
            self._count([address], "answer-no-counter")
            _log.error("radio answer has no number", extra=fields(error=str(error)))
            return
        name, kind, place = address
        self._bridges[name].send(kind, place, radio.protect(kid, number, payload, self._city.realm, key))
        if self._asking is not None:
            self._asking.sessions.answered(kid, number, self._monotonic())
        self._count([address], "answered")

    def _count(self, addresses: Iterable[Address], what: str) -> None:
        for name, _, _ in addresses:
            self._bridges[name].counts[what] += 1

    # For the operator

    def report(self) -> list[dict[str, Any]]:
        """Each bridge: name, up, seconds (up or down), trouble, alarm, counts, and its own statistics."""
        return [bridge.report() for bridge in self._bridges.values()]

    @property
    def alarms(self) -> list[str]:
        """`bridge-down` if one has been gone for a minute."""
        return ["bridge-down"] if any(bridge.alarm for bridge in self._bridges.values()) else []

    @property
    def devices(self) -> int:
        """Devices that were heard by radio, at most MAX_ROUTES."""
        return len(self._routes)
