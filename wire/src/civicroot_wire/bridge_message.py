"""What a radio bridge and its gateway tell each other (SPEC.md §8.2): CBOR arrays that begin with their kind.

bridge → gateway   [0, radio, address, rssi, payload]   a frame that was heard
                   [1, {name: count, …}]                statistics since the start, every ten seconds
                   [2, text]                            a line for the log
gateway → bridge   [3, radio, address, payload]         a frame to be sent
                   [4, {1: channel, 2: [region, frequency, spreading factor, power]}]   settings; a radio that is
                                                        left out is off
"""

from . import shape
from .cbor import decode as decode_cbor
from .cbor import encode
from .errors import MalformedError

HEARD, STATISTICS, LINE, SEND, SETTINGS = range(5)
ESPNOW, LORA = 0, 1
MAX_ADDRESS = 8  # ESP-NOW: a MAC address of 6; LoRa has none: everybody hears, and the kid inside says for whom
MAX_PAYLOAD = 250  # ESP-NOW v1; a LoRa frame has at most 222 at every data rate used
MAX_LINE = 160
MAX_COUNTS = 12  # each at most 25 bytes: one frame
MAX_MESSAGE = 318
_MAX_NAME = 16


class Message:
    """`kind`, and what belongs to it: `radio`, `address`, `rssi` (dBm), `payload`; `counts`; `text`; `settings`."""

    __slots__ = ("address", "counts", "kind", "payload", "radio", "rssi", "settings", "text")

    def __init__(self, kind: int) -> None:
        self.kind = kind
        self.radio = 0
        self.address = b""
        self.rssi = 0
        self.payload = b""
        self.counts: "dict[str, int]" = {}
        self.text = ""
        self.settings = Settings()


class Settings:
    """`channel` of ESP-NOW (1–13); `lora`: (region, frequency in Hz, spreading factor, power in dBm); None: off."""

    __slots__ = ("channel", "lora")

    def __init__(self, channel: "int | None" = None, lora: "tuple[str, int, int, int] | None" = None) -> None:
        self.channel = channel
        self.lora = lora


def heard(radio: int, address: bytes, rssi: int, payload: bytes) -> bytes:
    """A frame that was heard."""
    return encode([HEARD, radio, address, rssi, payload])


def statistics(counts: "dict[str, int]") -> bytes:
    """Counters by name."""
    return encode([STATISTICS, counts])


def line(text: str) -> bytes:
    """A line for the log, cut to its limit."""
    return encode([LINE, text[: MAX_LINE // 4] if len(text.encode()) > MAX_LINE else text])


def send(radio: int, address: bytes, payload: bytes) -> bytes:
    """A frame to be sent."""
    return encode([SEND, radio, address, payload])


def settings(value: Settings) -> bytes:
    """How the radios are to be set."""
    fields: "dict[int, object]" = {}
    if value.channel is not None:
        fields[1] = value.channel
    if value.lora is not None:
        fields[2] = value.lora
    return encode([SETTINGS, fields])


def decode(data: bytes) -> Message:
    """Decode strictly. Raises MalformedError."""
    items = shape.array(decode_cbor(data, MAX_MESSAGE), "bridge message", 2, 5)
    found = Message(shape.integer(items[0], "kind", HEARD, SETTINGS))
    if len(items) != (5, 2, 2, 4, 2)[found.kind]:
        raise MalformedError("out-of-range", "bridge message has %d items" % len(items))
    if found.kind in (HEARD, SEND):
        found.radio = shape.integer(items[1], "radio", ESPNOW, LORA)
        found.address = shape.octets(items[2], "address", 0, MAX_ADDRESS)
        found.payload = shape.octets(items[-1], "payload", 1, MAX_PAYLOAD)
    if found.kind == HEARD:
        found.rssi = shape.integer(items[3], "rssi", -200, 100)
    elif found.kind == STATISTICS:
        found.counts = _counts(items[1])
    elif found.kind == LINE:
        found.text = shape.text(items[1], "line", 0, MAX_LINE)
    elif found.kind == SETTINGS:
        found.settings = _settings(items[1])
    return found


def _counts(value: object) -> "dict[str, int]":
    if not isinstance(value, dict) or len(value) > MAX_COUNTS:
        raise MalformedError("wrong-type", "statistics are a map of at most %d counts" % MAX_COUNTS)
    return {shape.text(name, "name", 1, _MAX_NAME): shape.integer(count, "count") for name, count in value.items()}


def _settings(value: object) -> Settings:
    fields = shape.mapping(value, "settings", (), (1, 2))
    found = Settings()
    if 1 in fields:
        found.channel = shape.integer(fields[1], "channel", 1, 13)
    if 2 in fields:
        region, frequency, factor, power = shape.array(fields[2], "LoRa settings", 4, 4)
        found.lora = (
            shape.text(region, "region", 1, 8),
            shape.integer(frequency, "frequency", 1),
            shape.integer(factor, "spreading factor", 7, 12),
            shape.integer(power, "power", -9, 22),
        )
    return found
