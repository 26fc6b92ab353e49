"""Improv-Serial, by which browser installers set Wi-Fi: its frames, as pure functions (improv-wifi.com/serial).

A frame: header "IMPROV", version, type, length, data, checksum (sum of all bytes before it, modulo 256). Data of an RPC
is command, length, content; strings in it have their length in a byte before them.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = b"IMPROV"
VERSION = 1
FIXED = len(HEADER) + 4  # bytes of a frame beside its data
_AT_VERSION, _AT_TYPE, _AT_LENGTH, _AT_DATA = 6, 7, 8, 9

# Types of frames.
STATE, ERROR, COMMAND, RESULT = 1, 2, 3, 4
# States.
AUTHORIZED, PROVISIONING, PROVISIONED = 2, 3, 4
# Errors.
NONE, INVALID, UNKNOWN_COMMAND, UNABLE, UNKNOWN = 0, 1, 2, 3, 0xFF
# Commands.
SET_WIFI, GET_STATE, GET_INFO, SCAN = 1, 2, 3, 4


class ImprovError(Exception):
    """A frame is not usable: `code` is what the client is told."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def encode(kind: int, data: bytes) -> bytes:
    """A frame of type `kind`, and a line end, so that a reader of lines finds what follows."""
    body = HEADER + bytes([VERSION, kind, len(data)]) + data
    return body + bytes([sum(body) & 0xFF]) + b"\n"


def size(head: "bytes | bytearray") -> "int | None":
    """Bytes of the frame that begins with `head`; None while that is not known."""
    return FIXED + head[_AT_LENGTH] if len(head) > _AT_LENGTH else None


def decode(frame: bytes) -> "tuple[int, bytes]":
    """(type, data). Raises ImprovError."""
    if len(frame) < FIXED or len(frame) != size(frame) or frame[: len(HEADER)] != HEADER:
        raise ImprovError(INVALID)
    if frame[_AT_VERSION] != VERSION or frame[-1] != sum(frame[:-1]) & 0xFF:
        raise ImprovError(INVALID)
    return frame[_AT_TYPE], frame[_AT_DATA:-1]


def command(data: bytes) -> "tuple[int, bytes]":
    """(command, content) of an RPC. Raises ImprovError."""
    if len(data) < 2 or data[1] != len(data) - 2:
        raise ImprovError(INVALID)
    return data[0], data[2:]


def wifi(content: bytes) -> "tuple[str, str]":
    """(name, password) that SET_WIFI sets. Raises ImprovError."""
    found = []
    rest = content
    while rest:
        end = 1 + rest[0]
        if len(rest) < end:
            raise ImprovError(INVALID)
        found.append(rest[1:end])
        rest = rest[end:]
    if len(found) != 2:
        raise ImprovError(INVALID)
    try:
        return found[0].decode(), found[1].decode()
    except (UnicodeError, ValueError):  # MicroPython's is a ValueError
        raise ImprovError(INVALID)


def result(to: int, strings: "Sequence[str]") -> bytes:
    """The frame that answers a command with strings; those that no longer fit are left out."""
    content = b""
    for text in strings:
        item = text.encode()
        if len(content) + 1 + len(item) > 0xFF - 2:
            break
        content += bytes([len(item)]) + item
    return encode(RESULT, bytes([to, len(content)]) + content)


def state(value: int) -> bytes:
    """The frame that says the state."""
    return encode(STATE, bytes([value]))


def error(value: int) -> bytes:
    """The frame that says the error."""
    return encode(ERROR, bytes([value]))
