"""Narrow a decoded item to the type, size and range that the format asks for, or raise MalformedError."""

from .cbor import DecimalFraction
from .errors import MalformedError

UINT32 = (1 << 32) - 1
UINT64 = (1 << 64) - 1


def integer(value: object, what: str, low: int = 0, high: int = UINT64) -> int:
    """An integer in low … high."""
    if type(value) is not int:
        raise MalformedError("wrong-type", what + " is not an integer")
    if not low <= value <= high:
        raise MalformedError("out-of-range", "%s is not in %d to %d" % (what, low, high))
    return value


def number(value: object, what: str) -> "int | DecimalFraction":
    """An integer or a decimal fraction."""
    if isinstance(value, DecimalFraction):
        return value
    return integer(value, what, -UINT64 - 1)


def octets(value: object, what: str, least: int, most: int) -> bytes:
    """A byte string of least … most bytes."""
    if not isinstance(value, bytes):
        raise MalformedError("wrong-type", what + " is not a byte string")
    if not least <= len(value) <= most:
        reason = "bad-length" if least == most else "out-of-range"
        raise MalformedError(reason, "%s has %d bytes, not %d to %d" % (what, len(value), least, most))
    return value


def text(value: object, what: str, least: int = 1, most: int = 128) -> str:
    """A text string of least … most UTF-8 bytes."""
    if not isinstance(value, str):
        raise MalformedError("wrong-type", what + " is not text")
    try:
        size = len(value.encode())
    except UnicodeError as error:  # half a surrogate pair, which JSON can spell and UTF-8 cannot
        raise MalformedError("bad-text", what + " is not Unicode text") from error
    if not least <= size <= most:
        raise MalformedError("out-of-range", "%s is not %d to %d bytes long" % (what, least, most))
    return value


def array(value: object, what: str, least: int, most: int) -> "list[object]":
    """An array of least … most items."""
    if not isinstance(value, list):
        raise MalformedError("wrong-type", what + " is not an array")
    if not least <= len(value) <= most:
        raise MalformedError("out-of-range", "%s has %d items, not %d to %d" % (what, len(value), least, most))
    return value


def mapping(
    value: object, what: str, required: "tuple[int | str, ...]", optional: "tuple[int | str, ...]" = ()
) -> "dict[int | str, object]":
    """A map with all of `required`, any of `optional` and no other key."""
    if not isinstance(value, dict):
        raise MalformedError("wrong-type", what + " is not a map")
    for key in value:
        if key not in required and key not in optional:
            raise MalformedError("unknown-key", "%s has key %s" % (what, key))
    for key in required:
        if key not in value:
            raise MalformedError("missing-key", "%s lacks key %s" % (what, key))
    return value


def hashes(value: object, what: str, most: int) -> "list[bytes]":
    """An array of at most `most` 32-byte hashes."""
    return [octets(item, what, 32, 32) for item in array(value, what, 0, most)]
