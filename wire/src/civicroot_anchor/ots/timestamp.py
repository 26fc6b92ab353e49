"""Timestamp: a tree of operations, with attestations where somebody saw the message."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from civicroot_wire.errors import MalformedError

from . import attestation, operation
from .attestation import Attestation
from .octets import Octets
from .operation import MAX_MESSAGE_BYTES, Operation

MAX_BYTES = 64 * 1024  # ours: real ones have a few kilobytes, and reading takes a step of up to 4 KiB a byte or two
MAX_OPERATIONS = 255  # one after the other; the first implementation goes down 256 levels, the start among them
_FORK, _ATTESTATION = 0xFF, 0x00


@dataclass(frozen=True, slots=True)
class Line:
    """One way through a timestamp: `operations` lead to `message`, which `attestation` is about."""

    operations: tuple[Operation, ...]
    message: bytes
    attestation: Attestation


@dataclass(slots=True)
class Timestamp:
    """What is known of a message: `attestations`, and by operation the timestamp of its result.

    The message itself is not in the file. Whoever has one calls `lines(message)`.
    """

    attestations: set[Attestation] = field(default_factory=set)
    branches: dict[Operation, "Timestamp"] = field(default_factory=dict)

    def lines(self, message: bytes, before: tuple[Operation, ...] = ()) -> Iterator[Line]:
        """Every way from the message to an attestation. Raises MalformedError as operations do."""
        for each in sorted(self.attestations, key=attestation.order):
            yield Line(before, message, each)
        for step, then in sorted(self.branches.items()):
            yield from then.lines(step(message), (*before, step))

    def merge(self, other: "Timestamp") -> None:
        """Take in what another timestamp of the same message knows."""
        self.attestations |= other.attestations
        for step, then in other.branches.items():
            self.branches.setdefault(step, Timestamp()).merge(then)

    def encode(self) -> bytes:
        """The one form: attestations by kind, then operations by tag. Raises MalformedError if it says nothing."""
        out: list[bytes] = []
        self._write(out)
        return b"".join(out)

    def _write(self, out: list[bytes]) -> None:
        left = len(self.attestations) + len(self.branches)
        if not left:
            raise MalformedError("out-of-range", "a timestamp without attestation and operation")
        for each in sorted(self.attestations, key=attestation.order):
            left -= 1
            out.append((b"\xff\x00" if left else b"\x00") + attestation.encode(each))
        for step, then in sorted(self.branches.items()):
            left -= 1
            out.append((b"\xff" if left else b"") + step.encode())
            then._write(out)  # one frame a level: 255 levels fit the interpreter's stack


def of_line(operations: tuple[Operation, ...], end: Attestation) -> Timestamp:
    """The timestamp that has this one line only."""
    found = Timestamp({end})
    for step in reversed(operations):
        found = Timestamp(branches={step: found})
    return found


def decode(data: bytes, message: bytes) -> Timestamp:
    """The timestamp of `message` in `data`, which holds nothing else. Raises MalformedError."""
    if len(data) > MAX_BYTES:
        raise MalformedError("too-large", "%d bytes, limit %d" % (len(data), MAX_BYTES))
    if len(message) > MAX_MESSAGE_BYTES:
        raise MalformedError("out-of-range", "a message has at most %d bytes" % MAX_MESSAGE_BYTES)
    octets = Octets(data)
    found = _read(octets, message, 0)
    octets.finish("the timestamp")
    # The first implementation reads any order and writes this one.
    if found.encode() != data:
        raise MalformedError("not-deterministic", "attestations or operations are unsorted or repeat")
    return found


def _read(octets: Octets, message: bytes, depth: int) -> Timestamp:
    if depth > MAX_OPERATIONS:
        raise MalformedError("too-deep", "over %d operations in a row" % MAX_OPERATIONS)
    found, more = Timestamp(), True
    while more:
        tag = octets.octet()
        more = tag == _FORK
        if more:
            tag = octets.octet()
        if tag == _ATTESTATION:
            found.attestations.add(attestation.read(octets))
        else:
            step = operation.read(tag, octets)
            # Applied at once: a message that gets too long is refused here, not by whoever walks the tree.
            found.branches[step] = _read(octets, step(message), depth + 1)
    return found


def encode_line(operations: tuple[Operation, ...]) -> bytes:
    """Operations one after the other, without an attestation."""
    return b"".join(step.encode() for step in operations)


def decode_line(data: bytes) -> tuple[Operation, ...]:
    """Operations one after the other: no fork, no attestation, nothing applied yet. Raises MalformedError."""
    octets = Octets(data)
    found: list[Operation] = []
    while octets.left():
        if len(found) == MAX_OPERATIONS:
            raise MalformedError("too-deep", "over %d operations in a row" % MAX_OPERATIONS)
        found.append(operation.read(octets.octet(), octets))
    return tuple(found)


def result(operations: tuple[Operation, ...], message: bytes) -> bytes:
    """Where operations lead from a message. Raises MalformedError."""
    for step in operations:
        message = step(message)
    return message
