"""Operation: one step from a message to the next."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire.errors import MalformedError
from Crypto.Hash import RIPEMD160

from civicroot_anchor.keccak import keccak256

from .octets import Octets, varbytes

MAX_MESSAGE_BYTES = 4096  # of every message and result: what a verifier holds at a time
MAX_HEXLIFIED_BYTES = MAX_MESSAGE_BYTES // 2  # twice as long afterwards

APPEND, PREPEND = 0xF0, 0xF1
REVERSE, HEXLIFY = 0xF2, 0xF3
SHA1, RIPEMD, SHA256, KECCAK256 = 0x02, 0x03, 0x08, 0x67
WITH_ARGUMENT = (APPEND, PREPEND)


def _ripemd160(message: bytes) -> bytes:
    """Not by hashlib: OpenSSL 3 has it among what it no longer loads."""
    return RIPEMD160.new(message).digest()


_HASHES: dict[int, Callable[[bytes], bytes]] = {
    SHA1: lambda message: hashlib.sha1(message).digest(),
    RIPEMD: _ripemd160,
    SHA256: lambda message: hashlib.sha256(message).digest(),
    KECCAK256: keccak256,
}


@dataclass(frozen=True, order=True, slots=True)
class Operation:
    """`tag` is its byte in the file; append and prepend have an `argument`. Ordered as files have them."""

    tag: int
    argument: bytes = b""

    def __post_init__(self) -> None:
        if self.tag in WITH_ARGUMENT:
            if not 1 <= len(self.argument) <= MAX_MESSAGE_BYTES:
                raise MalformedError("out-of-range", "an argument has 1 to %d bytes" % MAX_MESSAGE_BYTES)
        elif self.tag not in _HASHES and self.tag not in (REVERSE, HEXLIFY):
            raise MalformedError("forbidden-item", "no operation has tag 0x%02x" % self.tag)
        elif self.argument:
            raise MalformedError("forbidden-item", "operation 0x%02x has no argument" % self.tag)

    def __call__(self, message: bytes) -> bytes:
        """The result. Raises MalformedError if the message or the result is too long, or empty where it may not be."""
        if len(message) > MAX_MESSAGE_BYTES:
            raise MalformedError("out-of-range", "a message has at most %d bytes" % MAX_MESSAGE_BYTES)
        if self.tag in _HASHES:
            return _HASHES[self.tag](message)
        if self.tag in (REVERSE, HEXLIFY):
            return self._turned(message)
        result = message + self.argument if self.tag == APPEND else self.argument + message
        if len(result) > MAX_MESSAGE_BYTES:
            raise MalformedError("out-of-range", "a result has at most %d bytes" % MAX_MESSAGE_BYTES)
        return result

    def _turned(self, message: bytes) -> bytes:
        if not message:  # the result would be the message: the way could go round for ever
            raise MalformedError("out-of-range", "an empty message is neither reversed nor hexlified")
        if self.tag == REVERSE:
            return message[::-1]
        if len(message) > MAX_HEXLIFIED_BYTES:
            raise MalformedError("out-of-range", "at most %d bytes are hexlified" % MAX_HEXLIFIED_BYTES)
        return message.hex().encode()

    def encode(self) -> bytes:
        """Its bytes in a file."""
        argument = varbytes(self.argument) if self.tag in WITH_ARGUMENT else b""
        return bytes([self.tag]) + argument


def read(tag: int, octets: Octets) -> Operation:
    """The operation whose tag was just read. Raises MalformedError."""
    if tag in WITH_ARGUMENT:
        return Operation(tag, octets.varbytes(1, MAX_MESSAGE_BYTES, "an argument"))
    return Operation(tag)
