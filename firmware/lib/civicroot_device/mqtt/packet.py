"""MQTT 3.1.1 packets without I/O: encoders of what a client sends, a decoder of what a broker may send it.

Section numbers are those of the OASIS standard of 29 October 2014. QoS is 0 or 1; QoS 2 is never asked for.
Runs on CPython and MicroPython.
"""

from collections import namedtuple

from civicroot_device.mqtt.errors import MalformedPacket, MqttBusy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import TypeAlias

    Packet: TypeAlias = "ConnAck | Publish | PubAck | SubAck | PingResp"
    Will = tuple[str, bytes, int, bool]  # topic, payload, qos, retain

# Largest remaining length taken from a broker. The biggest message meant for a device is a release's manifest, of 15
# KiB; it is retained, so one that is too large must be refused by its reader and not end every connection: a gateway
# relays 48 KiB at most. Nothing is buffered before a packet of that size is announced.
MAX_INCOMING = 48 * 1024 + 256
MAX_REMAINING = 268_435_455  # §2.2.3: four length bytes hold no more
MAX_PACKET_ID = 65_535  # §2.3.1: sixteen bits, not zero
MAX_STRING = 65_535  # §1.5.3: the length prefix has sixteen bits
SUBSCRIPTION_REFUSED = 0x80  # §3.9.3

PINGREQ = b"\xc0\x00"  # §3.12
DISCONNECT = b"\xe0\x00"  # §3.14

# §3.2.2.3, Table 3.1
CONNACK_REASONS = (
    "accepted",
    "protocol version refused",
    "client id refused",
    "server unavailable",
    "bad user name or password",
    "not authorised",
)

ConnAck = namedtuple("ConnAck", ("session_present", "code"))
Publish = namedtuple("Publish", ("topic", "payload", "qos", "retain", "dup", "packet_id"))  # id 0 at QoS 0
PubAck = namedtuple("PubAck", ("packet_id",))
SubAck = namedtuple("SubAck", ("packet_id", "codes"))
PingResp = namedtuple("PingResp", ())

_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _SUBSCRIBE, _SUBACK, _PINGRESP = 1, 2, 3, 4, 8, 9, 13
# Allowed remaining lengths (least, most) of the packets of a fixed form, checked before the body is buffered.
# A SUBACK answers our own SUBSCRIBE, which carries far fewer than 64 filters.
_LENGTHS = {_CONNACK: (2, 2), _PUBACK: (2, 2), _SUBACK: (3, 2 + 64), _PINGRESP: (0, 0)}


def encode_connect(
    client_id: str,
    keep_alive_s: int,
    *,
    clean_session: bool = True,
    username: str | None = None,
    password: bytes | None = None,
    will: "Will | None" = None,
) -> bytes:
    """CONNECT (§3.1). `will` is (topic, payload bytes, qos, retain). Raises ValueError."""
    if not 1 <= keep_alive_s <= 65_535:
        raise ValueError("keep-alive must be 1 to 65535 s; 0 would leave a dead link undetected")
    if not client_id and not clean_session:
        raise ValueError("a lasting session needs a client id")  # MQTT-3.1.3-7
    if password is not None and username is None:
        raise ValueError("a password needs a user name")  # MQTT-3.1.2-22
    flags = 0x02 if clean_session else 0
    payload = _string(client_id)
    if will is not None:
        topic, message, qos, retain = will
        _check_topic(topic)
        flags |= 0x04 | _check_qos(qos) << 3 | (0x20 if retain else 0)
        payload += _string(topic) + _binary(message)
    if username is not None:
        flags |= 0x80
        payload += _string(username)
    if password is not None:
        flags |= 0x40
        payload += _binary(password)
    head = b"\x00\x04MQTT\x04" + bytes((flags,)) + _u16(keep_alive_s)
    return _packet(_CONNECT << 4, head + payload)


def encode_publish(
    topic: str, payload: bytes, *, qos: int = 0, retain: bool = False, packet_id: int = 0, dup: bool = False
) -> bytes:
    """PUBLISH (§3.3); the packet id is written at QoS 1 only. Raises ValueError."""
    _check_topic(topic)
    flags = _check_qos(qos) << 1 | (1 if retain else 0) | (8 if dup else 0)
    if dup and not qos:
        raise ValueError("only QoS 1 can be a duplicate")  # MQTT-3.3.1-2
    head = _string(topic) + (_packet_id(packet_id) if qos else b"")
    return _packet(_PUBLISH << 4 | flags, head, payload)


def encode_puback(packet_id: int) -> bytes:
    """PUBACK (§3.4). Raises ValueError."""
    return _packet(_PUBACK << 4, _packet_id(packet_id))


def encode_subscribe(packet_id: int, filters: "list[tuple[str, int]]") -> bytes:
    """SUBSCRIBE (§3.8) to a list of (topic filter, qos). Raises ValueError."""
    if not filters:
        raise ValueError("nothing to subscribe to")  # MQTT-3.8.3-3
    body = _packet_id(packet_id)
    for topic_filter, qos in filters:
        check_filter(topic_filter)
        body += _string(topic_filter) + bytes((_check_qos(qos),))
    return _packet(_SUBSCRIBE << 4 | 2, body)


def check_filter(topic_filter: str) -> str:
    """The topic filter itself if its wildcards stand where §4.7.1 allows. Raises ValueError."""
    if not topic_filter:
        raise ValueError("empty topic filter")
    levels = topic_filter.split("/")
    for number, level in enumerate(levels):
        if "#" in level and (level != "#" or number != len(levels) - 1):
            raise ValueError("# must be the whole last level")
        if "+" in level and level != "+":
            raise ValueError("+ must be a whole level")
    return topic_filter


class PacketIds:
    """Gives out packet ids 1 to 65,535 in turn, wrapping, never one that is still in flight (§2.3.1)."""

    def __init__(self, last: int = 0) -> None:
        self._last = last

    def take(self, in_flight: "Container[int]") -> int:
        """The next id not in `in_flight` (any container of ids). Raises MqttBusy when all are."""
        for _ in range(MAX_PACKET_ID):
            self._last = self._last % MAX_PACKET_ID + 1
            if self._last not in in_flight:
                return self._last
        raise MqttBusy("every packet id is in flight")


class Decoder:
    """Takes a broker's bytes in any fragments; gives packets.

    Holds at most one incomplete packet (limited before it is buffered) and the bytes fed last; so call `next`
    until it gives None after each `feed`. After an error it stays in error: the stream has no way back.
    """

    def __init__(self, limit: int = MAX_INCOMING) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._start = 0
        self._error: "str | None" = None

    def feed(self, data: bytes) -> None:
        """Append received bytes."""
        if self._start:
            self._buffer = self._buffer[self._start :]
            self._start = 0
        self._buffer.extend(data)

    def next(self) -> "Packet | None":
        """The next whole packet, or None while it is incomplete. Raises MalformedPacket, then again for ever."""
        if self._error is not None:
            raise MalformedPacket(self._error)
        try:
            return self._decode()
        except MalformedPacket as error:
            self._error = error.reason
            self._buffer = bytearray()
            self._start = 0
            raise

    def _decode(self) -> "Packet | None":
        # 1. The first byte must start a packet that a broker sends: no need to wait for more of any other.
        if self._start == len(self._buffer):
            return None
        first = self._buffer[self._start]
        kind = _check_first(first)
        # 2. The length must be one that this kind can have: nothing is buffered beyond the limit.
        length, size = self._remaining_length()
        if size == 0:
            return None
        _check_length(kind, length, self._limit)
        # 3. The body must be whole, and then obey the rules of its kind.
        begin = self._start + size
        if len(self._buffer) < begin + length:
            return None
        body = memoryview(self._buffer)[begin : begin + length]
        self._start = begin + length
        return _decode_body(kind, first & 0x0F, body)

    def _remaining_length(self) -> "tuple[int, int]":
        """(remaining length, size of the fixed header) by §2.2.3; (0, 0) while incomplete."""
        value = 0
        for number in range(4):
            at = self._start + 1 + number
            if at >= len(self._buffer):
                return 0, 0
            byte = self._buffer[at]
            value |= (byte & 0x7F) << 7 * number
            if not byte & 0x80:
                return value, number + 2
        raise MalformedPacket("remaining length has more than four bytes")


def _check_first(first: int) -> int:
    """The packet type of a first byte whose flags are those that §2.2.2 prescribes."""
    kind = first >> 4
    if kind == _PUBLISH:
        qos = first >> 1 & 3
        if qos > 1:
            raise MalformedPacket("publish with a QoS that was not asked for")  # 2; 3 is MQTT-3.3.1-4
        if qos == 0 and first & 8:
            raise MalformedPacket("duplicate flag at QoS 0")  # MQTT-3.3.1-2
    elif kind not in _LENGTHS:
        raise MalformedPacket("packet type %d does not come from a broker here" % kind)
    elif first & 0x0F:
        raise MalformedPacket("reserved flags are set")  # MQTT-2.2.2-1
    return kind


def _check_length(kind: int, length: int, limit: int) -> None:
    if length > limit:
        raise MalformedPacket("packet of %d bytes is above the limit" % length)
    if kind in _LENGTHS:
        least, most = _LENGTHS[kind]
        if not least <= length <= most:
            raise MalformedPacket("length %d is wrong for packet type %d" % (length, kind))


def _decode_body(kind: int, flags: int, body: memoryview) -> "Packet":
    if kind == _PUBLISH:
        return _decode_publish(flags, body)
    if kind == _PUBACK:
        return PubAck(_read_packet_id(body, 0))
    if kind == _SUBACK:
        return _decode_suback(body)
    if kind == _CONNACK:
        return _decode_connack(body)
    return PingResp()


def _decode_connack(body: memoryview) -> ConnAck:
    """§3.2.2."""
    if body[0] > 1:
        raise MalformedPacket("reserved CONNACK flags are set")
    if body[1] >= len(CONNACK_REASONS):
        raise MalformedPacket("unknown CONNACK return code")
    if body[1] and body[0]:
        raise MalformedPacket("refused connection with a session")  # MQTT-3.2.2-4
    return ConnAck(body[0] == 1, body[1])


def _decode_suback(body: memoryview) -> SubAck:
    """§3.9."""
    codes = bytes(body[2:])
    for code in codes:
        if code > 1 and code != SUBSCRIPTION_REFUSED:
            raise MalformedPacket("SUBACK grants a QoS that was not asked for")
    return SubAck(_read_packet_id(body, 0), codes)


def _decode_publish(flags: int, body: memoryview) -> Publish:
    """§3.3."""
    if len(body) < 2:
        raise MalformedPacket("publish without a topic")
    end = 2 + (body[0] << 8 | body[1])
    if end > len(body):
        raise MalformedPacket("topic is longer than its packet")
    topic = _decode_topic(bytes(body[2:end]))
    qos = flags >> 1 & 3
    packet_id = 0
    if qos:
        packet_id = _read_packet_id(body, end)
        end += 2
    return Publish(topic, bytes(body[end:]), qos, bool(flags & 1), bool(flags & 8), packet_id)


def _decode_topic(data: bytes) -> str:
    if not data:
        raise MalformedPacket("empty topic")  # MQTT-4.7.3-1
    _check_utf8(data)
    topic = data.decode()
    if "#" in topic or "+" in topic:
        raise MalformedPacket("wildcard in a published topic")  # MQTT-3.3.2-2
    return topic


def _check_utf8(data: bytes) -> None:
    """§1.5.3: well-formed UTF-8 (RFC 3629) without U+0000. MicroPython's own decoder lets both faults pass."""
    at = 0
    while at < len(data):
        first = data[at]
        if first == 0:
            raise MalformedPacket("NUL in a string")  # MQTT-1.5.3-2
        tail, low, high = _utf8_form(first)
        if at + tail >= len(data):
            raise MalformedPacket("ill-formed UTF-8")
        for byte in data[at + 1 : at + 1 + tail]:
            if not low <= byte <= high:
                raise MalformedPacket("ill-formed UTF-8")
            low, high = 0x80, 0xBF  # only the second byte of a character has a narrower range
        at += 1 + tail


def _utf8_form(first: int) -> "tuple[int, int, int]":
    """(continuation bytes, least and most second byte) after a first byte: the table of RFC 3629 §4."""
    if first < 0x80:
        return 0, 0, 0
    if 0xC2 <= first <= 0xDF:
        return 1, 0x80, 0xBF
    if 0xE0 <= first <= 0xEF:
        return 2, 0xA0 if first == 0xE0 else 0x80, 0x9F if first == 0xED else 0xBF
    if 0xF0 <= first <= 0xF4:
        return 3, 0x90 if first == 0xF0 else 0x80, 0x8F if first == 0xF4 else 0xBF
    raise MalformedPacket("ill-formed UTF-8")


def _read_packet_id(body: memoryview, at: int) -> int:
    if len(body) < at + 2:
        raise MalformedPacket("packet id is missing")
    packet_id = body[at] << 8 | body[at + 1]
    if packet_id == 0:
        raise MalformedPacket("packet id is zero")  # MQTT-2.3.1-1
    return packet_id


def _check_topic(topic: str) -> None:
    if not topic or "#" in topic or "+" in topic:
        raise ValueError("a topic to publish to is not empty and has no wildcard")


def _check_qos(qos: int) -> int:
    if qos not in (0, 1):
        raise ValueError("QoS must be 0 or 1")
    return qos


def _packet_id(packet_id: int) -> bytes:
    if not 1 <= packet_id <= MAX_PACKET_ID:
        raise ValueError("packet id must be 1 to 65535")
    return _u16(packet_id)


def _u16(value: int) -> bytes:
    return bytes((value >> 8, value & 0xFF))


def _binary(data: bytes) -> bytes:
    if len(data) > MAX_STRING:
        raise ValueError("longer than 65535 bytes")
    return _u16(len(data)) + data


def _string(text: str) -> bytes:
    if "\x00" in text:
        raise ValueError("NUL in a string")
    return _binary(text.encode())


def _packet(first: int, head: bytes, payload: bytes = b"") -> bytes:
    length = len(head) + len(payload)
    if length > MAX_REMAINING:
        raise ValueError("packet is too long for MQTT")
    header = bytearray((first,))
    while length > 0x7F:
        header.append(length & 0x7F | 0x80)
        length >>= 7
    header.append(length)
    return bytes(header) + head + payload
