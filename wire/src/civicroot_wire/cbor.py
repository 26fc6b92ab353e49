"""Deterministic CBOR (RFC 8949 §4.2.1): an encoder, and a decoder that refuses everything else.

CBOR                 Python
integers             int
byte, text string    bytes, str
array, map           list, dict (keys int or str)
false, true, null    False, True, None
tag 4                DecimalFraction
tags 18, 98          Tag
"""

from .errors import MalformedError

MAX_DEPTH = 8  # the deepest message needs 4; bounds recursion on a small stack
MAX_EXPONENT_SHIFT = 12  # no sensor resolves more than twelve decimal places
MESSAGE_TAGS = (18, 98)  # COSE_Sign1 and COSE_Sign (RFC 9052 §2)
_MIN_FOR_WIDTH = {1: 24, 2: 0x100, 4: 0x10000, 8: 0x100000000}
_SIMPLE = {20: False, 21: True, 22: None}


class Tag:
    """A tagged item: `number` is 18 or 98, `value` any item."""

    __slots__ = ("number", "value")

    def __init__(self, number: int, value: object) -> None:
        self.number = number
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tag) and self.number == other.number and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.number)


class DecimalFraction:
    """mantissa · 10^exponent at the sensor's own resolution (RFC 8949 §3.4.4); exponent −12 … −1."""

    __slots__ = ("exponent", "mantissa")

    def __init__(self, exponent: int, mantissa: int) -> None:
        if not -MAX_EXPONENT_SHIFT <= exponent <= -1:
            raise MalformedError("out-of-range", "decimal exponent must be -12 to -1")
        if not -(1 << 64) <= mantissa < 1 << 64:
            raise MalformedError("out-of-range", "decimal mantissa must fit 64 bits")
        self.exponent = exponent
        self.mantissa = mantissa

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DecimalFraction):
            return False
        return self.exponent == other.exponent and self.mantissa == other.mantissa

    def __hash__(self) -> int:
        return hash((self.exponent, self.mantissa))

    def __str__(self) -> str:
        digits = str(abs(self.mantissa))
        places = -self.exponent
        if len(digits) <= places:
            digits = "0" * (places + 1 - len(digits)) + digits
        return ("-" if self.mantissa < 0 else "") + digits[:-places] + "." + digits[-places:]

    def __repr__(self) -> str:
        return "DecimalFraction(%d, %d)" % (self.exponent, self.mantissa)


def encode(value: object) -> bytes:
    """Return the deterministic encoding; TypeError for a type the format does not have."""
    out = bytearray()
    _encode(out, value)
    return bytes(out)


def _head(out: bytearray, major: int, argument: int) -> None:
    if argument < 24:
        out.append(major << 5 | argument)
    elif argument < 0x100:
        out.append(major << 5 | 24)
        out.append(argument)
    else:
        width = 2 if argument < 0x10000 else 4 if argument < 0x100000000 else 8
        out.append(major << 5 | (25 if width == 2 else 26 if width == 4 else 27))
        out.extend(argument.to_bytes(width, "big"))


def _encode(out: bytearray, value: object) -> None:
    if value is None or value is True or value is False:  # before int: CPython's bool is one
        out.append(0xF6 if value is None else 0xF5 if value else 0xF4)
    elif isinstance(value, int):
        _encode_int(out, value)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        _head(out, 2, len(value))
        out.extend(value)
    elif isinstance(value, str):
        raw = value.encode()
        _head(out, 3, len(raw))
        out.extend(raw)
    elif isinstance(value, (list, tuple)):
        _head(out, 4, len(value))
        for item in value:
            _encode(out, item)
    elif isinstance(value, dict):
        _encode_map(out, value)
    elif isinstance(value, DecimalFraction):
        out.append(0xC4)
        _encode(out, [value.exponent, value.mantissa])
    elif isinstance(value, Tag):
        _head(out, 6, value.number)
        _encode(out, value.value)
    else:
        raise TypeError("no CBOR for " + type(value).__name__)


def _encode_int(out: bytearray, value: int) -> None:
    if not -(1 << 64) <= value < 1 << 64:
        raise MalformedError("out-of-range", "integer over 64 bits")
    if value >= 0:
        _head(out, 0, value)
    else:
        _head(out, 1, -1 - value)


def _encode_map(out: bytearray, value: "dict[object, object]") -> None:
    _head(out, 5, len(value))
    for key, item in sorted([(encode(key), item) for key, item in value.items()], key=_first):
        out.extend(key)
        _encode(out, item)


def _first(pair: "tuple[bytes, object]") -> bytes:
    return pair[0]


def decode(data: bytes, limit: int) -> object:
    """Return the one item in `data`, at most `limit` bytes; MalformedError for anything else."""
    if len(data) > limit:
        raise MalformedError("too-large", "%d bytes, limit %d" % (len(data), limit))
    value, end = _item(data, 0, 1)
    if end != len(data):
        raise MalformedError("trailing-bytes", "%d bytes after the item" % (len(data) - end))
    return value


def first_item(data: bytes, start: int) -> int:
    """Return where the item that begins at `start` ends: one step through a CBOR sequence (RFC 8742)."""
    return _item(data, start, 1)[1]


def _item(data: bytes, pos: int, depth: int) -> "tuple[object, int]":
    if depth > MAX_DEPTH:
        raise MalformedError("too-deep", "nesting over %d" % MAX_DEPTH)
    if pos >= len(data):
        raise MalformedError("truncated", "item expected at byte %d" % pos)
    major = data[pos] >> 5
    if major == 7:
        return _simple(data[pos] & 31, pos)
    argument, pos = _argument(data, pos)
    if major == 0:
        return argument, pos
    if major == 1:
        return -1 - argument, pos
    if major == 2 or major == 3:  # noqa: PLR1714  # two comparisons beat building a tuple on the hot path
        return _string(data, pos, argument, major)
    if argument > len(data) - pos and major != 6:
        raise MalformedError("truncated", "more items announced than bytes left")
    if major == 4:
        return _array(data, pos, argument, depth)
    if major == 5:
        return _map(data, pos, argument, depth)
    return _tag(data, pos, argument, depth)


def _simple(info: int, pos: int) -> "tuple[object, int]":
    if info == 31:
        raise MalformedError("not-deterministic", "indefinite length")
    if info not in _SIMPLE:
        raise MalformedError("forbidden-item", "float, undefined or simple value at byte %d" % pos)
    return _SIMPLE[info], pos + 1


def _argument(data: bytes, pos: int) -> "tuple[int, int]":
    info = data[pos] & 31
    if info < 24:
        return info, pos + 1
    if info == 31:
        raise MalformedError("not-deterministic", "indefinite length")
    if info > 27:
        raise MalformedError("forbidden-item", "reserved head at byte %d" % pos)
    width = 1 << (info - 24)
    end = pos + 1 + width
    if end > len(data):
        raise MalformedError("truncated", "head cut at byte %d" % pos)
    argument = int.from_bytes(data[pos + 1 : end], "big")
    if argument < _MIN_FOR_WIDTH[width]:
        raise MalformedError("not-deterministic", "long form at byte %d" % pos)
    return argument, end


def _string(data: bytes, pos: int, length: int, major: int) -> "tuple[object, int]":
    end = pos + length
    if end > len(data):
        raise MalformedError("truncated", "string of %d bytes at byte %d" % (length, pos))
    raw = bytes(data[pos:end])
    return (raw if major == 2 else text(raw)), end


def _array(data: bytes, pos: int, count: int, depth: int) -> "tuple[object, int]":
    items = []
    for _ in range(count):
        item, pos = _item(data, pos, depth + 1)
        items.append(item)
    return items, pos


def _map(data: bytes, pos: int, count: int, depth: int) -> "tuple[object, int]":
    items: "dict[int | str, object]" = {}
    previous = b""
    for _ in range(count):
        start = pos
        key, pos = _item(data, pos, depth + 1)
        if type(key) is not int and not isinstance(key, str):
            raise MalformedError("forbidden-item", "map key at byte %d is neither integer nor text" % start)
        encoded = bytes(data[start:pos])
        if encoded <= previous:
            raise MalformedError("not-deterministic", "map key at byte %d out of order or repeated" % start)
        previous = encoded
        items[key], pos = _item(data, pos, depth + 1)
    return items, pos


def _tag(data: bytes, pos: int, number: int, depth: int) -> "tuple[object, int]":
    if number != 4 and number not in MESSAGE_TAGS:
        raise MalformedError("forbidden-item", "tag %d" % number)
    value, pos = _item(data, pos, depth + 1)
    if number != 4:
        return Tag(number, value), pos
    if not isinstance(value, list) or len(value) != 2 or type(value[0]) is not int or type(value[1]) is not int:
        raise MalformedError("wrong-type", "a decimal fraction is [exponent, mantissa]")
    return DecimalFraction(value[0], value[1]), pos


def text(raw: bytes) -> str:
    """Return `raw` as text; MalformedError unless it is well-formed UTF-8 (RFC 3629 §4).

    Written out because MicroPython's decoder accepts overlong forms and surrogates.
    """
    pos, end = 0, len(raw)
    while pos < end:
        lead = raw[pos]
        pos += 1
        if lead < 0x80:
            continue
        if 0xC2 <= lead <= 0xDF:
            more, low, high = 1, 0x80, 0xBF
        elif 0xE0 <= lead <= 0xEF:
            more = 2
            low, high = (0xA0 if lead == 0xE0 else 0x80), (0x9F if lead == 0xED else 0xBF)
        elif 0xF0 <= lead <= 0xF4:
            more = 3
            low, high = (0x90 if lead == 0xF0 else 0x80), (0x8F if lead == 0xF4 else 0xBF)
        else:
            raise MalformedError("bad-text", "not UTF-8")
        for _ in range(more):
            if pos >= end or not low <= raw[pos] <= high:
                raise MalformedError("bad-text", "not UTF-8")
            pos += 1
            low, high = 0x80, 0xBF
    return str(raw, "utf-8")
