"""Detached: a timestamp in a file of its own, beside the file that it is about (`.ots`)."""

from dataclasses import dataclass

from civicroot_wire.errors import MalformedError

from . import timestamp
from .octets import Octets, varuint
from .operation import KECCAK256, RIPEMD, SHA1, SHA256, Operation
from .timestamp import Timestamp

MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
VERSION = 1
# What a file may be hashed with, and how long the digest is.
DIGEST_BYTES = {SHA1: 20, RIPEMD: 20, SHA256: 32, KECCAK256: 32}


@dataclass(slots=True)
class Detached:
    """`hashed` is the operation that makes `digest` of the file's bytes; the timestamp begins at the digest."""

    hashed: Operation
    digest: bytes
    timestamp: Timestamp

    def __post_init__(self) -> None:
        length = DIGEST_BYTES.get(self.hashed.tag)
        if length is None:
            raise MalformedError("forbidden-item", "no file is hashed with operation 0x%02x" % self.hashed.tag)
        if len(self.digest) != length:
            raise MalformedError("bad-length", "the digest has %d bytes" % length)

    def encode(self) -> bytes:
        """The file's bytes."""
        return MAGIC + varuint(VERSION) + self.hashed.encode() + self.digest + self.timestamp.encode()


def decode(data: bytes) -> Detached:
    """Read a `.ots` file strictly. Raises MalformedError."""
    octets = Octets(data)
    if octets.take(min(len(MAGIC), len(data))) != MAGIC:
        raise MalformedError("malformed", "not an OpenTimestamps file")
    if octets.varuint() != VERSION:
        raise MalformedError("wrong-kind", "not version %d of the format" % VERSION)
    tag = octets.octet()
    if tag not in DIGEST_BYTES:
        raise MalformedError("forbidden-item", "no file is hashed with operation 0x%02x" % tag)
    digest = octets.take(DIGEST_BYTES[tag])
    return Detached(Operation(tag), digest, timestamp.decode(octets.take(octets.left()), digest))
