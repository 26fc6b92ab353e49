"""Acknowledgement: what a gateway tells a device (SPEC.md §8)."""

from . import shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .errors import MalformedError
from .sequence import BEACON_BYTES, MAX_SEQ

MAX_ACK_BYTES = 2048  # 32 holes and 32 refusals
MAX_RANGES = 32  # one for each record of an `up` message
MAX_REASON = 32
HEAD_BYTES = 8  # of a content's SHA-256: what a device fetches by it proves itself by its signature
MAX_COMMAND_BYTES = 48 * 1024  # what a gateway relays: a release of 256 files with paths of 96 bytes has 36 KiB
CONFIGURATION, RELEASE = 1, 2  # kinds of commands
_DURABLE, _HOLES, _BEACON, _TIME, _REFUSED, _COMMANDS = 1, 2, 3, 4, 5, 6
_ALL = (_DURABLE, _HOLES, _BEACON, _TIME, _REFUSED, _COMMANDS)


class Acknowledgement:
    """Every number of `durable` (first, last) outside `holes` is safe; `refused` (seq, reason) never will be.

    `commands` wait for a device that has no MQTT: kind -> (first bytes of the message's SHA-256, its size).
    """

    __slots__ = ("beacon", "commands", "durable", "holes", "refused", "time")

    def __init__(
        self,
        durable: "tuple[int, int] | None" = None,
        holes: "list[tuple[int, int]] | None" = None,
        beacon: "bytes | None" = None,
        time: "int | None" = None,
        refused: "list[tuple[int, str]] | None" = None,
    ) -> None:
        self.durable = durable
        self.holes = holes or []
        self.beacon = beacon
        self.time = time
        self.refused = refused or []
        self.commands: "dict[int, tuple[bytes, int]]" = {}

    def covers(self, seq: int) -> bool:
        """Whether record `seq` is durable at the gateway."""
        if self.durable is None or not self.durable[0] <= seq <= self.durable[1]:
            return False
        return not any(first <= seq <= last for first, last in self.holes)


def encode(ack: Acknowledgement) -> bytes:
    """The message's bytes."""
    fields: "dict[int, object]" = {}
    if ack.durable is not None:
        fields[_DURABLE] = ack.durable
    if ack.holes:
        fields[_HOLES] = ack.holes
    if ack.beacon is not None:
        fields[_BEACON] = ack.beacon
    if ack.time is not None:
        fields[_TIME] = ack.time
    if ack.refused:
        fields[_REFUSED] = ack.refused
    if ack.commands:
        fields[_COMMANDS] = ack.commands
    return encode_cbor(fields)


def decode(data: bytes) -> Acknowledgement:
    """Decode strictly. Raises MalformedError."""
    content = decode_cbor(data, MAX_ACK_BYTES)
    fields = shape.mapping(content, "acknowledgement", (), _ALL)
    ack = Acknowledgement()
    if _DURABLE in fields:
        ack.durable = _range(fields[_DURABLE])
    if _HOLES in fields:
        ack.holes = _holes(fields[_HOLES], ack.durable)
    if _BEACON in fields:
        ack.beacon = shape.octets(fields[_BEACON], "beacon", BEACON_BYTES, BEACON_BYTES)
    if _TIME in fields:
        ack.time = shape.integer(fields[_TIME], "time")
    if _REFUSED in fields:
        ack.refused = _refused(fields[_REFUSED])
    if _COMMANDS in fields:
        ack.commands = _commands(fields[_COMMANDS])
    return ack


def _range(value: object) -> "tuple[int, int]":
    first, last = shape.array(value, "range", 2, 2)
    low = shape.integer(first, "first", 0, MAX_SEQ)
    return low, shape.integer(last, "last", low, MAX_SEQ)


def _holes(value: object, durable: "tuple[int, int] | None") -> "list[tuple[int, int]]":
    if durable is None:
        raise MalformedError("missing-key", "holes of no range")
    found: "list[tuple[int, int]]" = []
    for item in shape.array(value, "holes", 1, MAX_RANGES):
        hole = _range(item)
        if hole[0] < (found[-1][1] + 2 if found else durable[0]) or hole[1] > durable[1]:
            raise MalformedError("out-of-range", "holes are not ascending inside the range")
        found.append(hole)
    return found


def _refused(value: object) -> "list[tuple[int, str]]":
    found: "list[tuple[int, str]]" = []
    for item in shape.array(value, "refused", 1, MAX_RANGES):
        number, reason = shape.array(item, "refused record", 2, 2)
        seq = shape.integer(number, "seq", 0, MAX_SEQ)
        if found and seq <= found[-1][0]:
            raise MalformedError("not-deterministic", "refused records are not ascending")
        found.append((seq, shape.text(reason, "reason", 1, MAX_REASON)))
    return found


def _commands(value: object) -> "dict[int, tuple[bytes, int]]":
    found: "dict[int, tuple[bytes, int]]" = {}
    for kind, item in shape.mapping(value, "commands", (), (CONFIGURATION, RELEASE)).items():
        head, size = shape.array(item, "command", 2, 2)
        octets = shape.octets(head, "head", HEAD_BYTES, HEAD_BYTES)
        found[int(kind)] = octets, shape.integer(size, "size", 1, MAX_COMMAND_BYTES)
    if not found:
        raise MalformedError("out-of-range", "no commands")
    return found
