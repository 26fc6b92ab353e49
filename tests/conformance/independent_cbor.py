"""CBOR (RFC 8949), as far as the formats use it: no floats, and only the deterministic encoding (§4.2.1).

Integers are int, strings bytes and str, arrays list, maps dict, tags Tagged; false, true and null are Python's.
"""

from dataclasses import dataclass
from typing import Any

from tests.conformance.independent_refusal import Refused, require


@dataclass(frozen=True)
class Tagged:
    """Major type 6."""

    tag: int
    value: Any


def read(data: bytes) -> Any:
    """The one data item in `data`."""
    reader = _Reader(data)
    value = reader.item()
    require(reader.at == len(data), "bytes after the item")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        require(self.at + count <= len(self.data), "item is cut")
        part = self.data[self.at : self.at + count]
        self.at += count
        return part

    def head(self) -> tuple[int, int]:
        """Major type and argument, §3; the shortest form only."""
        first = self.take(1)[0]
        info = first & 0x1F
        if info < 24:
            return first >> 5, info
        require(info <= 27, "indefinite or reserved length")
        argument = int.from_bytes(self.take(1 << (info - 24)), "big")
        require(argument >= (24, 1 << 8, 1 << 16, 1 << 32)[info - 24], "not the shortest head")
        return first >> 5, argument

    def item(self, depth: int = 0) -> Any:
        require(depth < 16, "nested too deep")
        major, argument = self.head()
        match major:
            case 0:
                return argument
            case 1:
                return -1 - argument
            case 2:
                return self.take(argument)
            case 3:
                return self._text(argument)
            case 4:
                return [self.item(depth + 1) for _ in range(argument)]
            case 5:
                return self._map(argument, depth)
            case 6:
                return Tagged(argument, self.item(depth + 1))
        require(argument in (20, 21, 22), "float or unknown simple value")
        return {20: False, 21: True, 22: None}[argument]

    def _text(self, length: int) -> str:
        try:
            return self.take(length).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused("text is not UTF-8") from error

    def _map(self, count: int, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        last = b""
        for _ in range(count):
            begin = self.at
            key = self.item(depth + 1)
            encoded = self.data[begin : self.at]
            require(isinstance(key, int | str) and not isinstance(key, bool), "key is no integer or text")
            require(encoded > last, "keys out of order or twice")
            last = encoded
            found[key] = self.item(depth + 1)
        return found


def write(value: Any) -> bytes:
    """The deterministic encoding."""
    if value is None or isinstance(value, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(write, value))
    if isinstance(value, Tagged):
        return _head(6, value.tag) + write(value.value)
    pairs = sorted((write(key), write(item)) for key, item in value.items())
    return _head(5, len(pairs)) + b"".join(key + item for key, item in pairs)


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes([major << 5 | argument])
    for info, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << 8 * width:
            return bytes([major << 5 | info]) + argument.to_bytes(width, "big")
    raise ValueError("integer over 64 bits")
