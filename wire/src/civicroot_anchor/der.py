"""DER (X.690 §10): a strict reader for the few structures of a time-stamp; whatever is not DER is refused."""

from dataclasses import dataclass

from civicroot_wire.errors import MalformedError

BOOLEAN, INTEGER, OCTETS, NULL, OID, TIME, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x05, 0x06, 0x18, 0x30, 0x31
CONTEXT, CONSTRUCTED = 0x80, 0xA0  # added to a number: [n] primitive, [n] constructed
MAX_ARC_BYTES = 9  # 63 bits: no registered arc is longer


@dataclass(frozen=True, slots=True)
class Item:
    """`tag` byte, `content`, and `encoded`: all of its bytes."""

    tag: int
    content: bytes
    encoded: bytes


def only(data: bytes, tag: int, what: str) -> Item:
    """The one item of `data`. Raises MalformedError."""
    found, end = _item(data, 0)
    if end != len(data):
        raise MalformedError("malformed", f"{what}: bytes after its end")
    return tagged(found, tag, what)


def tagged(item: Item, tag: int, what: str) -> Item:
    """The item itself, if it has this tag. Raises MalformedError."""
    if item.tag != tag:
        raise MalformedError("malformed", f"{what} has tag {item.tag:#x}, not {tag:#x}")
    return item


def items(content: bytes) -> list[Item]:
    """The items inside a constructed one. Raises MalformedError."""
    found = []
    position = 0
    while position < len(content):
        item, position = _item(content, position)
        found.append(item)
    return found


def _item(data: bytes, start: int) -> tuple[Item, int]:
    if len(data) - start < 2:
        raise MalformedError("truncated", "DER ends in the middle")
    tag, length, begin = data[start], data[start + 1], start + 2
    if tag & 0x1F == 0x1F:
        raise MalformedError("malformed", "DER tag of several bytes")
    if length >= 0x80:
        width = length & 0x7F
        digits = data[begin : begin + width]
        length, begin = int.from_bytes(digits, "big"), begin + width
        # Indefinite, or longer than it need be.
        if not 1 <= width <= 4 or not digits or digits[0] == 0 or length < 0x80:
            raise MalformedError("not-deterministic", "DER length in another form")
    end = begin + length
    if end > len(data):
        raise MalformedError("truncated", "DER ends in the middle")
    return Item(tag, data[begin:end], data[start:end]), end


def integer(item: Item, what: str) -> int:
    """The value of an INTEGER, or of a context item that is one. Raises MalformedError."""
    content = item.content
    if not content or (len(content) > 1 and (content[0], content[1] >> 7) in ((0x00, 0), (0xFF, 1))):
        raise MalformedError("not-deterministic", f"{what} is no DER integer")
    return int.from_bytes(content, "big", signed=True)


def boolean(item: Item, what: str) -> bool:
    """The value of a BOOLEAN. Raises MalformedError."""
    if item.content not in (b"\x00", b"\xff"):
        raise MalformedError("not-deterministic", f"{what} is no DER boolean")
    return item.content == b"\xff"


def oid(item: Item, what: str) -> str:
    """The dotted form of an OBJECT IDENTIFIER. Raises MalformedError."""
    content = tagged(item, OID, what).content
    arcs: list[int] = []
    value = width = 0
    for byte in content:
        width += 1
        if (width == 1 and byte == 0x80) or width > MAX_ARC_BYTES:
            raise MalformedError("not-deterministic", f"{what} is no DER object identifier")
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            arcs.append(value)
            value = width = 0
    if not arcs or width:
        raise MalformedError("malformed", f"{what} is no object identifier")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def write(tag: int, content: bytes) -> bytes:
    """An item's DER."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(digits))) + digits + content
