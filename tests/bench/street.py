"""The devices of a whole street in one process, over one connection: pre-signed records that wait for their `…/ack`.

Each device behaves as the firmware does: one message under way, the next when the gateway's acknowledgement covers it,
the same again when none came; QoS 1. MQTT is spoken here in a few lines, so that the sender takes little of the machine
that it measures. It counts on a broker that sends whole packets in order.
"""

import hashlib
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cbor2
from civicroot_wire import cbor, cose, record, topic
from civicroot_wire.cbor import DecimalFraction, encode
from civicroot_wire.sequence import Sequence
from civicroot_wire.sodium import Signer

RESEND = 20.0  # seconds without an acknowledgement; the firmware's first deadline is shorter, its later ones longer
NOW = 1_790_000_000
_RECEIVE = 1 << 18
_PUBLISH, _PUBLISH_QOS1 = 0x30, 0x32
_PROTECTED = encode({cose.ALG: cose.ED25519, cose.KID: bytes(8), cose.SEQUENCE: []})[:-1]
_KID_AT = 5


def key(number: int) -> Signer:
    """A device's key, the same in every run."""
    return Signer(hashlib.sha256(b"street %d" % number).digest())


def messages(device: Signer, realm: str, numbers: range, per_message: int) -> list[bytes]:
    """A device's records under `numbers`, three measurements with beacon each, as `up` messages."""
    external = encode(cose.aad(record.KIND, realm))
    signed = [_record(device, external, seq) for seq in numbers]
    return [b"".join(signed[at : at + per_message]) for at in range(0, len(signed), per_message)]


def _record(device: Signer, external: bytes, seq: int) -> bytes:
    """As record.sign, with the parts that never change encoded once."""
    sequence, payload = _contents(seq)
    protected = encode(_PROTECTED[:_KID_AT] + device.kid + _PROTECTED[_KID_AT + 8 :] + sequence)
    signature = device(b"\x84\x6aSignature1" + protected + external + payload)
    return b"\xd2\x84" + protected + b"\xa0" + payload + encode(signature)


@lru_cache(4096)
def _contents(seq: int) -> tuple[bytes, bytes]:
    fields = [{-3: NOW + 600 * seq, 0: "fill", 1: "/", 2: DecimalFraction(-2, seq % 100), 7: 600}]
    fields += [{0: "temp", 1: "Cel", 2: DecimalFraction(-1, 215 - seq % 50)}]
    fields += [{0: "weight", 1: "kg", 2: DecimalFraction(-1, 124 + seq)}]
    return encode(Sequence(seq, 0, b"\xbe" * 8).header()), encode(cbor.encode(fields))


@dataclass(slots=True)
class _Device:
    topic: bytes
    waiting: deque[tuple[int, bytes]]  # (last number in it, message)
    sent_at: float = 0.0


class Street:
    """`backlog`: for each kid its messages and the numbers in each; `window`: devices that talk at the same time."""

    def __init__(self, host: str, port: int, gateway: bytes, window: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._gateway = gateway
        self._window = window
        self._buffer = bytearray()
        self._devices: dict[bytes, _Device] = {}
        self._silent: deque[_Device] = deque()  # have something to say and wait for their turn
        self._talking: dict[bytes, _Device] = {}
        self._packet = 0
        self.resent = 0
        self._look_at = time.monotonic() + RESEND
        self._send(0x10, b"\x00\x04MQTT\x04\x02\x00\x00" + _text(b"street"))
        name = topic.PREFIX + gateway.hex() + "/+/" + topic.ACK
        self._send(0x82, b"\x00\x01" + _text(name.encode()) + b"\x00")

    def close(self) -> None:
        self._socket.close()

    def add(self, kid: bytes, said: list[bytes], first: int, per_message: int, count: int) -> None:
        """What a device is going to say: `count` records from number `first` on."""
        lasts = [min(first + per_message * (at + 1), first + count) - 1 for at in range(len(said))]
        name = topic.of_device(self._gateway, kid, topic.UP).encode()
        device = _Device(name, deque(zip(lasts, said, strict=True)))
        self._devices[kid] = device
        self._silent.append(device)

    @property
    def done(self) -> bool:
        """Whether everything is acknowledged."""
        return not self._silent and not self._talking

    @property
    def left(self) -> int:
        """Devices with something unacknowledged."""
        return len(self._silent) + len(self._talking)

    def listen(self, seconds: float) -> None:
        """Read what comes."""
        self._take_in(seconds)

    def publish(self, kid: bytes, message: bytes) -> None:
        """Say it once, and wait for nothing."""
        out = bytearray()
        self._say(out, _Device(topic.of_device(self._gateway, kid, topic.UP).encode(), deque([(0, message)])))
        self._write(out)

    def turn(self, seconds: float = 1.0) -> None:
        """Let as many talk as the window allows, and read what comes."""
        out = bytearray()
        while self._silent and len(self._talking) < self._window:
            device = self._silent.popleft()
            self._talking[device.topic] = device
            self._say(out, device)
        self._write(out)
        self._take_in(seconds)

    def _take_in(self, seconds: float) -> None:
        if time.monotonic() > self._look_at:
            self._look_at = time.monotonic() + RESEND / 4
            self._resend()
        if not select.select([self._socket], [], [], seconds)[0]:
            return
        self._buffer += self._read()
        out = bytearray()
        for head, body in self._packets():
            if head & 0xF0 == _PUBLISH:
                self._on_ack(out, body)
        self._write(out)

    def _on_ack(self, out: bytearray, body: bytes) -> None:
        size = int.from_bytes(body[:2], "big")
        kid = bytes.fromhex(body[2 : 2 + size].split(b"/")[3].decode())
        durable = cbor2.loads(body[2 + size :]).get(1)
        device = self._devices.get(kid)
        if durable is None or device is None or device.topic not in self._talking:
            return
        while device.waiting and device.waiting[0][0] <= durable[1]:
            device.waiting.popleft()
            device.sent_at = 0.0
        if not device.waiting:
            del self._talking[device.topic]
        elif device.sent_at == 0.0:
            self._say(out, device)

    def _say(self, out: bytearray, device: _Device) -> None:
        self._packet = self._packet % 0xFFFF + 1
        device.sent_at = time.monotonic()
        body = _text(device.topic) + self._packet.to_bytes(2, "big") + device.waiting[0][1]
        out += bytes([_PUBLISH_QOS1]) + _length(len(body)) + body

    def _resend(self) -> None:
        out = bytearray()
        before = time.monotonic() - RESEND
        for device in self._talking.values():
            if device.sent_at < before:
                self.resent += 1
                self._say(out, device)
        self._write(out)

    def _send(self, head: int, body: bytes) -> None:
        self._write(bytes([head]) + _length(len(body)) + body)

    def _write(self, data: bytes | bytearray) -> None:
        """Write all of it, and read meanwhile: a broker that cannot write to us does not read from us."""
        view = memoryview(data)
        while view:
            readable, writable, _ = select.select([self._socket], [self._socket], [])
            if readable:
                self._buffer += self._read()
            if writable:
                view = view[self._socket.send(view[:_RECEIVE]) :]

    def _read(self) -> bytes:
        data = self._socket.recv(_RECEIVE)
        if not data:
            raise ConnectionError("the broker closed the connection")
        return data

    def _packets(self) -> Iterator[tuple[int, bytes]]:
        """The whole packets in the buffer, which are taken out of it."""
        at = 0
        while len(self._buffer) >= at + 2:
            length = shift = 0
            end = at + 1
            while end < len(self._buffer):
                length |= (self._buffer[end] & 0x7F) << shift
                shift += 7
                end += 1
                if self._buffer[end - 1] < 0x80:
                    break
            else:
                break
            if len(self._buffer) < end + length:
                break
            yield self._buffer[at], bytes(self._buffer[end : end + length])
            at = end + length
        del self._buffer[:at]


def _text(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, low = size >> 7, size & 0x7F
        out.append(low | (0x80 if size else 0))
        if not size:
            return bytes(out)
