"""Bitcoin block header: its hash, the root of its transactions, its time and the work in it."""

import hashlib

from civicroot_wire.errors import AnchorError, MalformedError

HEADER_BYTES = 80
HASH_BITS = 256
_ROOT = slice(36, 68)
_TIME = slice(68, 72)
_BITS = slice(72, 76)
_MANTISSA_BITS = 23
_SIGN = 1 << _MANTISSA_BITS


class Header:
    """The 80 bytes of a block's header. Raises MalformedError for another length."""

    def __init__(self, data: bytes) -> None:
        if len(data) != HEADER_BYTES:
            raise MalformedError("bad-length", "a block header has %d bytes" % HEADER_BYTES)
        self.data = data
        self.hash = hashlib.sha256(hashlib.sha256(data).digest()).digest()
        self.merkle_root = data[_ROOT]
        self.time = int.from_bytes(data[_TIME], "little")
        self.bits = int.from_bytes(data[_BITS], "little")

    @property
    def name(self) -> str:
        """The block's hash as people write it: the last byte first."""
        return self.hash[::-1].hex()

    def check_work(self, work: int) -> None:
        """Raise AnchorError unless the hash is at most the header's own target and at most 2^(256 − `work`)."""
        found = int.from_bytes(self.hash, "little")
        if found > target(self.bits):
            raise AnchorError("too-little-work", "block %s misses its own target" % self.name)
        if found > 1 << (HASH_BITS - work):
            raise AnchorError("too-little-work", "block %s shows less than 2^%d hashes of work" % (self.name, work))


def target(bits: int) -> int:
    """The number that `bits` stands for, of which a hash is at most; as Bitcoin reads it. Raises AnchorError.

    The first byte counts the bytes of the number, three follow, and the highest bit of these is a sign.
    """
    size, mantissa = bits >> 24, bits & (_SIGN - 1)
    found = mantissa >> 8 * (3 - size) if size <= 3 else mantissa << 8 * (size - 3)
    if bits & _SIGN or not found or found >> HASH_BITS:
        raise AnchorError("too-little-work", "0x%08x is no target: negative, zero or over 256 bits" % bits)
    return found
