"""Octets of the format: fixed bytes, and varuints (LEB128) before what has a length."""

from civicroot_wire.errors import MalformedError
from civicroot_wire.shape import UINT64

MAX_VARUINT = UINT64  # the first implementation reads any size; no length and no block height needs more
_MAX_VARUINT_BYTES = 10


class Octets:
    """Reads `data` from the front. Every method raises MalformedError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def left(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count > self.left():
            raise MalformedError("truncated", "%d bytes expected, %d left" % (count, self.left()))
        self._at += count
        return self._data[self._at - count : self._at]

    def octet(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def varuint(self) -> int:
        """An unsigned number, seven bits a byte, the lowest first; only the shortest form."""
        found = 0
        for position in range(_MAX_VARUINT_BYTES):
            octet = self.octet()
            found |= (octet & 0x7F) << 7 * position
            if octet & 0x80:
                continue
            if octet == 0 and position:
                raise MalformedError("not-deterministic", "a varuint in long form")
            if found > MAX_VARUINT:
                break
            return found
        raise MalformedError("out-of-range", "a varuint over 64 bits")

    def varbytes(self, least: int, most: int, what: str) -> bytes:
        """A byte string after its length, which is in least … most."""
        length = self.varuint()
        if not least <= length <= most:
            raise MalformedError("out-of-range", "%s has %d bytes, not %d to %d" % (what, length, least, most))
        return self.take(length)

    def finish(self, what: str) -> None:
        """Refuse what is left."""
        if self.left():
            raise MalformedError("trailing-bytes", "%d bytes after %s" % (self.left(), what))


def varuint(value: int) -> bytes:
    """The shortest form of an unsigned number."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varbytes(value: bytes) -> bytes:
    """A byte string after its length."""
    return varuint(len(value)) + value
