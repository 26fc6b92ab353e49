"""Acknowledgement: what a gateway tells a device (SPEC.md §8)."""

from . import shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .errors import MalformedError
from .sequence import BEACON_BYTES, MAX_SEQ

MAX_ACK_BYTES = 2048  # 32 holes and 32 refusals
MAX_RANGES = 32  # one for each record of an `up` message
MAX_REASON = 32
_DURABLE, _HOLES, _BEACON, _TIME, _REFUSED = 1, 2, 3, 4, 5


class Acknowledgement:
    """Every number of `durable` (first, last) outside `holes` is safe; `refused` (seq, reason) never will be."""

    __slots__ = ("beacon", "durable", "holes", "refused", "time")

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
    return encode_cbor(fields)


def decode(data: bytes) -> Acknowledgement:
    """Decode strictly. Raises MalformedError."""
    content = decode_cbor(data, MAX_ACK_BYTES)
    fields = shape.mapping(content, "acknowledgement", (), (_DURABLE, _HOLES, _BEACON, _TIME, _REFUSED))
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
