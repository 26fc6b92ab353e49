"""MQTT packets out of a byte stream (MQTT 3.1.1, sections 2.2 and 3.3): messages apart from all else."""

from typing import NamedTuple

# Larger than any message of ours (a batch is at most 256 KiB). Of a longer one, whoever sent it, only so much is kept
# and handed on, to be refused and acknowledged like other bad input: unacknowledged it would come again for ever.
MAX_PACKET = 512 * 1024
_PUBLISH, _PINGRESP = 3, 13


class ProtocolFault(Exception):
    """The broker sent what is no MQTT, or what this client did not ask for."""


class Publication(NamedTuple):
    """An inbound PUBLISH; `packet` is the identifier for its PUBACK, 0 for QoS 0."""

    topic: str
    payload: bytes
    packet: int


class PacketReader:
    """Takes the stream in pieces. `control`: bytes of all packets but PUBLISH and PINGRESP, for paho."""

    def __init__(self) -> None:
        self.control = bytearray()
        self._rest = b""
        self._skip = 0  # bytes of an overlong packet still to come

    def feed(self, data: bytes, found: list[Publication]) -> None:
        """Append the messages that `data` completes to `found`. Raises ProtocolFault."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if self._rest:
            data = self._rest + data
        position, end = 0, len(data)
        while end - position >= 2:
            # 1. The fixed header: type and flags, then the remaining length in 1 to 4 bytes of 7 bits.
            first, length, start = data[position], data[position + 1], position + 2
            if length > 127:
                whole = _long_length(data, position + 1, end)
                if whole is None:
                    break
                length, start = whole
            # 2. The body, if it is there.
            stop = start + length
            if stop > end:
                if length <= MAX_PACKET or end - start < MAX_PACKET:
                    break
                stop, self._skip = end, stop - end
            # 3. Whose it is.
            kind = first >> 4
            if kind == _PUBLISH:
                found.append(_publication(data, first, start, stop))
            elif kind != _PINGRESP:
                if length > MAX_PACKET:
                    raise ProtocolFault(f"a packet of type {kind} with {length} bytes")
                self.control += data[position:stop]
            position = stop
        self._rest = data[position:] if position else data


def _long_length(data: bytes, position: int, end: int) -> tuple[int, int] | None:
    """(remaining length, where the body begins), or None if its bytes are not all there."""
    length = shift = 0
    for at in range(position, min(position + 4, end)):
        byte = data[at]
        length |= (byte & 127) << shift
        if byte < 128:
            return length, at + 1
        shift += 7
    if end - position >= 4:
        raise ProtocolFault("a packet's length of more than four bytes")
    return None


def _publication(data: bytes, first: int, start: int, stop: int) -> Publication:
    quality = first >> 1 & 3
    if quality > 1 or stop - start < 2:  # subscriptions ask for QoS 1 at most
        raise ProtocolFault("a PUBLISH with QoS 2 or without a topic")
    middle = start + 2 + (data[start] << 8 | data[start + 1])
    body = middle + 2 if quality else middle
    if body > stop:
        raise ProtocolFault("a PUBLISH that ends in its header")
    packet = data[middle] << 8 | data[middle + 1] if quality else 0
    if quality and not packet:
        raise ProtocolFault("a PUBLISH with packet identifier 0")
    try:
        topic = data[start + 2 : middle].decode()
    except UnicodeDecodeError:
        topic = ""  # refused by the engine as no topic of ours
    return Publication(topic, data[body:stop], packet)


def puback(packet: int) -> bytes:
    """The acknowledgement of a QoS 1 PUBLISH."""
    return b"\x40\x02" + packet.to_bytes(2, "big")


PINGREQ, DISCONNECT = b"\xc0\x00", b"\xe0\x00"


def publish(topic: str, payload: bytes) -> bytes:
    """A PUBLISH with QoS 0, not retained."""
    name = topic.encode()
    length = 2 + len(name) + len(payload)
    head = bytearray((_PUBLISH << 4,))
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    head.append(length)
    return bytes(head) + len(name).to_bytes(2, "big") + name + payload
