"""A gateway of thirty lines for the device's tests: verifies, keeps every record, acknowledges what it has."""

import threading
import time
from collections.abc import Callable
from typing import Any, Self

import paho.mqtt.client as paho
from civicroot_wire import acknowledgement, claim_notice, opening, record, state, topic
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.cbor import first_item
from civicroot_wire.claim_notice import ClaimNotice
from civicroot_wire.opening import Opening
from civicroot_wire.sodium import verify

GATEWAY = bytes.fromhex("0011223344556677")
BEACON = bytes.fromhex("bea0bea0bea0bea0")
DEADLINE = 30.0


class TinyGateway:
    """Context manager. `records`: kid -> seq -> exact bytes; `states`: kid -> online or not, as the device said it;
    `waiting`: kid -> records that the device said last are waiting, None if it did not say; `standing`: kid -> the
    version that it follows and why it refused the newest, as it said last.

    `openings`: kid -> seq -> opening; each is confirmed as kept, in the place of the backend.
    `silent` stops the acknowledgements; `refuse` maps (kid, seq) to a reason; `conflicts` holds numbers that came
    with two contents.
    """

    def __init__(self, port: int, realm: str, publics: dict[bytes, bytes], gateway: bytes = GATEWAY) -> None:
        self._gateway = gateway
        self.records: dict[bytes, dict[int, bytes]] = {kid: {} for kid in publics}
        self.states: dict[bytes, list[bool]] = {kid: [] for kid in publics}
        self.openings: dict[bytes, dict[int, Opening]] = {kid: {} for kid in publics}
        self.waiting: dict[bytes, int | None] = {}
        self.standing: dict[bytes, tuple[int | None, str | None]] = {}
        self.conflicts: list[tuple[bytes, int]] = []
        self.faults: list[Exception] = []
        self.messages: list[list[int]] = []
        self.refused: dict[tuple[bytes, int], str] = {}
        self.silent = False
        self._publics = publics
        self._realm = realm
        self._changed = threading.Condition()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait(self, condition: Callable[[], bool], deadline: float = DEADLINE) -> None:
        """Return when the condition holds; it is looked at after every message. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(condition, deadline):
                counts = {kid.hex(): len(found) for kid, found in self.records.items()}
                raise TimeoutError(f"records {counts}, states {self.states}")

    def command(self, kid: bytes, signed: bytes) -> None:
        """Leave a command for the device, retained."""
        self._client.publish(topic.of_device(self._gateway, kid, topic.CMD), signed, qos=1, retain=True)

    def acknowledge(self, kid: bytes) -> None:
        """Say what there is: from 0 to the highest, with holes, as a gateway that knows all skips."""
        have = self.records[kid]
        refused = sorted((seq, why) for (of, seq), why in self.refused.items() if of == kid and seq not in have)
        accounted = set(have)
        for found in map(record.decode, have.values()):
            accounted.update(range(found.seq - found.sequence.skip, found.seq))
            for first, last in found.sequence.thinned:
                accounted.update(range(first, last + 1))
        holes: list[tuple[int, int]] = []
        last = max(have, default=-1)
        for seq in range(last + 1):
            if seq in accounted:
                continue
            if holes and holes[-1][1] == seq - 1:
                holes[-1] = (holes[-1][0], seq)
            else:
                if len(holes) == acknowledgement.MAX_RANGES:
                    last = seq - 1
                    break
                holes.append((seq, seq))
        durable = (0, last) if last >= 0 else None
        ack = Acknowledgement(durable, holes, BEACON, int(time.time()), refused[: acknowledgement.MAX_RANGES])
        self._client.publish(topic.of_device(self._gateway, kid, topic.ACK), acknowledgement.encode(ack), qos=1)

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        for kid in self._publics:
            client.subscribe(topic.of_device(self._gateway, kid, topic.UP), 1)
            client.subscribe(topic.of_device(self._gateway, kid, topic.STATE), 1)
            client.subscribe(topic.of_device(self._gateway, kid, topic.PRIVATE), 1)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        with self._changed:
            try:
                self._take(message)
            except Exception as fault:  # noqa: BLE001
                self.faults.append(fault)  # the tests demand that there is none
            self._changed.notify_all()

    def _take(self, message: paho.MQTTMessage) -> None:
        _, kid, leaf = topic.parse(message.topic)
        assert kid is not None
        if leaf == topic.STATE:
            said = state.decode(message.payload)
            self.states[kid].append(said.online)
            self.waiting[kid] = said.waiting
            self.standing[kid] = (said.configuration, said.refused)
            return
        if leaf == topic.PRIVATE:
            self._confirm(kid, opening.decode(message.payload))
            return
        assert len(message.payload) <= 8192
        numbers = []
        start = 0
        while start < len(message.payload):
            end = first_item(message.payload, start)
            numbers.append(self._keep(kid, message.payload[start:end]))
            start = end
        assert len(numbers) <= 32
        self.messages.append(numbers)
        if not self.silent:
            self.acknowledge(kid)

    def _confirm(self, kid: bytes, item: Opening) -> None:
        self.openings[kid][item.seq] = item
        kept = claim_notice.encode(ClaimNotice(item.seq, claim_notice.KEPT))
        self._client.publish(topic.of_device(self._gateway, kid, topic.CLAIM), kept, qos=1)

    def _keep(self, kid: bytes, data: bytes) -> int:
        found = record.verify(record.decode(data), self._realm, self._publics[kid], verify)
        assert found.kid == kid
        assert len(data) <= record.MAX_FRAME_BYTES
        if (kid, found.seq) in self.refused:
            return found.seq
        if self.records[kid].setdefault(found.seq, data) != data:
            self.conflicts.append((kid, found.seq))
        return found.seq
