"""What a tag remembers while it sleeps: RTC memory, which survives deep sleep and resets but no loss of power.

Layout: magic "CRT", version (uint8), CBOR map of the fields that are not what they begin with, CRC-32 of all that
(little-endian).
Memory that does not pass, or is another key's or another gateway's, counts as lost: then every field has its default,
with which nothing is believed that was not proved since, and no number is used twice (those are the flash's).
"""

from binascii import crc32

from civicroot_wire import cbor
from civicroot_wire.errors import WireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Memory(Protocol):
        """Bytes that outlive the sleep; read() gives what was written last, or anything after a loss of power."""

        def read(self) -> bytes: ...
        def write(self, data: bytes) -> None: ...


MAX_BYTES = 2048  # what MicroPython's RTC memory holds on an ESP32 (MICROPY_HW_RTC_USER_MEM_MAX)
_MAGIC = b"CRT\x01"
_KID, _GATEWAY = 0, 1
_FIELDS: "dict[int, tuple[str, Any]]" = {  # label: (name, default)
    2: ("last", None),
    3: ("unkept", 0),
    4: ("beacon", None),
    5: ("told", None),
    6: ("told_at", 0),
    7: ("rate", None),
    8: ("wakes", 0),
    9: ("silent", 0),
    10: ("skip", 0),
    11: ("due", 0),
    12: ("motions", 0),
    13: ("sent", None),
    14: ("held", []),
    15: ("suspects", []),
    16: ("rule", None),
    17: ("rule_at", 0),
    18: ("channel", None),
    19: ("bridge", None),
    20: ("air_ms", None),
    21: ("air_at", 0),
    22: ("next", 0),
    23: ("urgent", []),
    24: ("hurried", 0),
    25: ("begun", 0),
    26: ("version", None),
    27: ("started", 0),
    28: ("restart", None),
    29: ("first", None),
    30: ("updating", None),
    31: ("told_news", []),
    32: ("settled_configuration", None),
    33: ("settled_release", None),
    34: ("put_off", None),
    35: ("put_off_until", 0),
    36: ("verified", None),
    37: ("follows", None),
    38: ("refused", None),
    50: ("link", None),
}


SMALL = 24  # smaller numbers and lengths are one byte in CBOR
_ROWS = [(_FIELDS[label][0], _FIELDS[label][1], cbor.encode(label)) for label in sorted(_FIELDS)]


class Retained:
    """`lost`: nothing was found, or only that wakes began which told nothing.

    Times are the tag's milliseconds (TagClock), which go on while it sleeps.

    last, unkept     counter of the newest answer believed (None: never), and how many since it went to the flash
    beacon           the newest beacon
    told, told_at    Unix seconds that the gateway last told, and when;  rate: the sleep clock's error (sleep_clock.py)
    wakes            since the power came;  motions: those that the accelerometer caused since the last planned one
    silent, skip     tries of the radio in a row that nobody answered; planned wakes that still leave it off
    due              when the next planned wake is
    next             the next number; 0: not known
    sent             highest number that was ever transmitted, None for none
    held             ranges of the numbers in the outbox: others below `next` have left it
    suspects         numbers that stayed unanswered although others were answered: they wait behind the others
    urgent, hurried  numbers of an alarm's records that wait, and how many wakes it has hurried
    begun            wakes in a row that began and did not end; more in safe mode (safe_wake.py)
    rule, rule_at    state of the rule that says what is reported (reporting/sampling.py), in JSON; when it was taken
    version          of the software that runs, and `started`: when it began to; restart: why it ends itself
    first            the first number that it made;  updating: whether it has to do with an update, None: not known
    told_news        what it told of updates since it started
    settled_configuration, settled_release   heads of the commands that the gateway needs not to tell any more
    put_off, put_off_until   head of a release that there was no room for, and when it is tried again
    verified         SHA-256 of the configuration whose signature was verified
    follows, refused   version of the configuration that it follows, and why not the newest
    link             the beginning of the realm's hash, and the link key (link.py)
    channel, bridge  where ESP-NOW was answered;  air_ms, air_at: allowance of LoRa's airtime (allowance.py)
    """

    def __init__(self, memory: "Memory", kid: bytes, gateway: bytes) -> None:
        self._memory = memory
        self._owner = {_KID: kid, _GATEWAY: gateway}
        self._owned = cbor.encode(self._owner)[1:]  # without the map's head; their labels are the lowest
        # For the type checker; the table gives the values.
        self.last: "int | None"
        self.unkept: int
        self.beacon: "bytes | None"
        self.told: "int | None"
        self.told_at: int
        self.rate: "int | None"
        self.wakes: int
        self.silent: int
        self.skip: int
        self.due: int
        self.motions: int
        self.sent: "int | None"
        self.next: int
        self.held: "list[tuple[int, int]]"
        self.suspects: "list[int]"
        self.urgent: "list[int]"
        self.hurried: int
        self.begun: int
        self.link: "bytes | None"
        self.rule: "str | None"
        self.rule_at: int
        self.channel: "int | None"
        self.bridge: "bytes | None"
        self.air_ms: "int | None"
        self.air_at: int
        self.version: "str | None"
        self.started: int
        self.restart: "str | None"
        self.first: "int | None"
        self.updating: "bool | None"
        self.told_news: "list[str]"
        self.settled_configuration: "bytes | None"
        self.settled_release: "bytes | None"
        self.put_off: "bytes | None"
        self.put_off_until: int
        self.verified: "bytes | None"
        self.follows: "int | None"
        self.refused: "str | None"
        found = self._read()
        for label, (name, default) in _FIELDS.items():
            setattr(self, name, (found or {}).get(label, list(default) if default == [] else default))
        self.lost = found is None or (self.begun > 0 and self.wakes == 0)

    def starts(self, version: str, now_ms: int) -> None:
        """Software of this version begins to run: another one, or the same anew."""
        self.version, self.started, self.first, self.restart = version, now_ms, None, None
        self.updating, self.told_news, self.hurried = None, [], 0

    def save(self) -> None:
        """Write all of it. What does not fit is the rule's state; without it the next wake reports once more."""
        data = self._encoded()
        if len(data) > MAX_BYTES:
            self.rule = None
            data = self._encoded()
        self._memory.write(data)

    def _encoded(self) -> bytes:
        """The map is put together by hand: a wake saves six times, and cbor.encode would sort its labels each time."""
        out, count = bytearray(), len(self._owner)
        for name, default, label in _ROWS:
            value = getattr(self, name)
            if value != default:
                count += 1
                out.extend(label)
                if isinstance(value, int) and 0 <= value < SMALL and value is not True and value is not False:
                    out.append(value)  # as most are
                else:
                    out.extend(cbor.encode(value))
        head = bytes([0xA0 | count] if count < SMALL else [0xB8, count])
        data = _MAGIC + head + self._owned + out
        return data + crc32(data).to_bytes(4, "little")

    def _read(self) -> "dict[int, Any] | None":
        data = self._memory.read()
        if data[:4] != _MAGIC or crc32(data[:-4]).to_bytes(4, "little") != data[-4:]:
            return None
        try:
            found: "Any" = cbor.decode(data[4:-4], MAX_BYTES)
        except WireError:
            return None
        return found if all(found.get(label) == value for label, value in self._owner.items()) else None
