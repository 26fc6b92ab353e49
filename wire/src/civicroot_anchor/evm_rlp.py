"""RLP, Ethereum's encoding of byte strings and lists: a decoder that takes the one encoding of each item only.

https://ethereum.org/en/developers/docs/data-structures-and-encoding/rlp/
"""

from typing import TypeAlias

from civicroot_wire.errors import MalformedError

MAX_DEPTH = 8  # a receipt's topics are at depth 4; bounds recursion
_SHORT = 55  # bytes of a payload whose length stands in the first byte

Item: TypeAlias = "bytes | list[Item]"


def decode(data: bytes) -> Item:
    """The one item that `data` is. Raises MalformedError, reason `malformed`."""
    item, end = _item(data, 0, len(data), 0)
    if end != len(data):
        raise _malformed("something follows the item")
    return item


def items(data: bytes, what: str, least: int, most: int) -> list[Item]:
    """The list that `data` is, with least … most items. Raises MalformedError."""
    return as_list(decode(data), what, least, most)


def as_list(item: Item, what: str, least: int, most: int) -> list[Item]:
    """`item` if it is a list of least … most items. Raises MalformedError."""
    if not isinstance(item, list) or not least <= len(item) <= most:
        raise _malformed(f"{what} is not a list of {least} to {most} items")
    return item


def as_bytes(item: Item, what: str, least: int, most: int) -> bytes:
    """`item` if it is a string of least … most bytes. Raises MalformedError."""
    if not isinstance(item, bytes) or not least <= len(item) <= most:
        raise _malformed(f"{what} is not a string of {least} to {most} bytes")
    return item


def as_uint(item: Item, what: str) -> int:
    """`item` if it is an integer below 2⁶⁴, without leading zeros. Raises MalformedError."""
    digits = as_bytes(item, what, 0, 8)
    if digits[:1] == b"\x00":
        raise _malformed(f"{what} has a leading zero")
    return int.from_bytes(digits, "big")


def uint(number: int) -> bytes:
    """The encoding of a non-negative integer below 2⁴⁴⁰."""
    if 0 < number < 0x80:
        return bytes([number])
    digits = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([0x80 + len(digits)]) + digits


def _malformed(detail: str) -> MalformedError:
    return MalformedError("malformed", "RLP: " + detail)


def _item(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    """The item at `at`, and where it ends, which is not beyond `end`."""
    if at >= end:
        raise _malformed("cut short")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    is_list = first >= 0xC0
    begin, size = _payload(data, at, first - (0xC0 if is_list else 0x80), end)
    if begin + size > end:
        raise _malformed("cut short")
    if is_list:
        return _list(data, begin, begin + size, depth + 1), begin + size
    if size == 1 and data[begin] < 0x80:
        raise _malformed("a byte in a longer form than it needs")
    return data[begin : begin + size], begin + size


def _payload(data: bytes, at: int, length: int, end: int) -> tuple[int, int]:
    """Where the payload begins, and its bytes."""
    if length <= _SHORT:
        return at + 1, length
    begin = at + 1 + length - _SHORT
    digits = data[at + 1 : min(begin, end)]
    size = int.from_bytes(digits, "big")
    if begin > end:
        raise _malformed("cut short")
    if digits[0] == 0 or size <= _SHORT:
        raise _malformed("a length in a longer form than it needs")
    return begin, size


def _list(data: bytes, at: int, end: int, depth: int) -> list[Item]:
    if depth > MAX_DEPTH:
        raise _malformed(f"lists nest deeper than {MAX_DEPTH}")
    found: list[Item] = []
    while at < end:
        item, at = _item(data, at, end, depth)
        found.append(item)
    return found
