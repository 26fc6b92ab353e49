"""What SDI-12 probes say: lines of ASCII that begin with the probe's address and end with CR LF.

SDI-12, A Serial-Digital Interface Standard for Microprocessor-Based Sensors, version 1.4, January 10, 2019: §4.4.2
identification, §4.4.3 and §4.4.5 start of a measurement, §4.4.7 data, §4.4.12 CRC. Everything that arrives is
untrusted: whatever its bytes are, the outcome is a value or a SensorFault.
"""

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import BAD_CRC, NO_ANSWER, OUT_OF_RANGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    Number = tuple[int, int]  # digits without the point, and how many of them stand behind it

END = b"\r\n"
CRC_CHARACTERS = 3
MAX_LINE = 82  # §4.4.7: 75 characters of values (to a concurrent measurement), address, CRC, CR LF; rounded up
MAX_DIGITS = 7  # §4.4.7: at least one, at most seven, beside the sign and the point
_DIGITS = b"0123456789"
_SIGNS = b"+-"


def crc(data: bytes) -> bytes:
    """The three characters of the CRC-16 of address and values (§4.4.12.1 and §4.4.12.2)."""
    found = 0
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found >> 1) ^ 0xA001 if found & 1 else found >> 1
    return bytes([0x40 | found >> 12, 0x40 | found >> 6 & 0x3F, 0x40 | found & 0x3F])


def address(value: str) -> str:
    """The address, if it is one (§4.2: 0 to 9, A to Z, a to z). Raises ValueError."""
    if len(value) != 1 or not ("0" <= value <= "9" or "A" <= value <= "Z" or "a" <= value <= "z"):
        raise ValueError("SDI-12 address " + repr(value))
    return value


def response(heard: bytes, command: bytes, checked: bool = False) -> bytes:
    """What the probe said behind its address, in answer to `command`; its CRC must follow if `checked`.

    Before it the line may carry the break (read as zeros) and the command's own echo. Raises SensorFault.
    """
    line = heard.lstrip(b"\0")
    if line.startswith(command):
        line = line[len(command) :].lstrip(b"\0")
    if not line:
        raise SensorFault(NO_ANSWER, "no response to " + command.decode())
    if not line.endswith(END) or len(line) > MAX_LINE or any(not 0x20 <= byte <= 0x7F for byte in line[:-2]):
        raise SensorFault(BAD_CRC, "a garbled line")
    line = line[:-2]
    if line[:1] != command[:1]:
        raise SensorFault(BAD_CRC, "the answer of another address")
    if not checked:
        return line[1:]
    if len(line) <= CRC_CHARACTERS or crc(line[:-CRC_CHARACTERS]) != line[-CRC_CHARACTERS:]:
        raise SensorFault(BAD_CRC, "CRC")
    return line[1:-CRC_CHARACTERS]


def first_line(heard: bytes) -> "tuple[bytes, bytes]":
    """The first line with its end, and what came after it; nothing if there is no end."""
    end = heard.find(END)
    return (heard, b"") if end < 0 else (heard[: end + len(END)], heard[end + len(END) :])


def is_service_request(heard: bytes, address: bytes) -> bool:
    """Whether the probe said that its values are ready before the time it named (§4.4.4)."""
    return heard.lstrip(b"\0") == address + END


def promise(body: bytes) -> "tuple[int, int]":
    """(seconds until the values are ready, how many there are) from `tttn` (§4.4.3). Raises SensorFault."""
    if len(body) != 4 or not _numeric(body):
        raise SensorFault(BAD_CRC, "no promise of values")
    return int(body[:3]), int(body[3:])


def values(body: bytes) -> "list[Number]":
    """The numbers in `+1.23-4…` (§4.4.7); none from an empty body. Raises SensorFault."""
    found = []
    at = 0
    while at < len(body):
        end = at + 1
        while end < len(body) and body[end] not in _SIGNS:
            end += 1
        found.append(_number(body[at:end]))
        at = end
    return found


def identification(body: bytes) -> "dict[str, str]":
    """The fields of `llccccccccmmmmmmvvvxxx…` (§4.4.2): `sdi12`, `vendor`, `model`, `version`, `more`."""
    if len(body) < 19 or not _numeric(body[:2]):
        raise SensorFault(OUT_OF_RANGE, "no identification")
    text = body.decode()
    return {
        "sdi12": text[0] + "." + text[1],
        "vendor": text[2:10].strip(),
        "model": text[10:16].strip(),
        "version": text[16:19].strip(),
        "more": text[19:].strip(),
    }


def _number(text: bytes) -> "Number":
    sign, rest = text[:1], text[1:]
    point = rest.find(b".")
    digits = rest if point < 0 else rest[:point] + rest[point + 1 :]
    if sign not in (b"+", b"-") or not 1 <= len(digits) <= MAX_DIGITS or not _numeric(digits):
        raise SensorFault(BAD_CRC, "no number")
    value = int(digits)
    return (-value if sign == b"-" else value), (0 if point < 0 else len(rest) - point - 1)


def _numeric(text: bytes) -> bool:
    return all(byte in _DIGITS for byte in text)
