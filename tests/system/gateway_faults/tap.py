"""What a process said over MQTT, from the bytes that it sent: the messages that were complete."""

from collections.abc import Iterable, Iterator

from tests.support.torn_disk import Op

_PUBLISH = 3


def publications(ops: Iterable[Op]) -> Iterator[tuple[int, str, bytes]]:
    """(number of the operation that completed it, topic, payload) of each PUBLISH, in order (MQTT 3.1.1 §3.3)."""
    streams: dict[str, bytearray] = {}
    for number, op in enumerate(ops):
        if op.kind == "send":
            stream = streams.setdefault(op.name, bytearray())
            stream += op.data
            for head, body in _packets(stream):
                if head >> 4 == _PUBLISH:
                    length = int.from_bytes(body[:2], "big")
                    identifier = 2 if head & 0x06 else 0
                    yield number, body[2 : 2 + length].decode(), body[2 + length + identifier :]


def _packets(stream: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take whole packets off the stream."""
    while len(stream) >= 2:
        length, at = 0, 1
        while at < len(stream) and at < 5:
            length |= (stream[at] & 0x7F) << 7 * (at - 1)
            at += 1
            if stream[at - 1] < 0x80:
                break
        else:
            return
        if len(stream) < at + length:
            return
        packet = stream[0], bytes(stream[at : at + length])
        del stream[: at + length]
        yield packet
