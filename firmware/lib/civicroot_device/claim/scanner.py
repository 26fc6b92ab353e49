"""GM861 code reader: reads a citizen's card while a deposit is offered, and sleeps otherwise.

Source: the manual named in gm861_serial.py: command-triggered mode (zone byte 0x0002) and table of zone bytes. Each
time it is needed it is woken and set up anew, in its memory only: its flash does not wear, a reader that was exchanged
or reset works at once, and printed set-up codes, which are switched off, change nothing, or nothing for long. Scanned
text leaves this object only through `poll`.
"""

from civicroot_wire.opening import MAX_VALUE_BYTES

from civicroot_device.claim.gm861_serial import LINE, WRITE, Reader, command
from civicroot_device.sensors.sensor import BAD_CRC, NO_ANSWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import Uart

MIN_CARD_BYTES = 16  # the longest code on a product (GTIN-14) has 14 digits: an empty bottle is no card
REPLY_MS = 500  # the manual gives none; a reply takes 8 ms at 9600 baud
ATTEMPTS = 3
WAKE_MS = 100  # the first byte wakes it and is lost
READ_MS = 5_000  # how long a trigger lasts (zone byte 0x0006, in tenths of a second)
RETRY_MS = 60_000  # until a reader that does not answer is tried again
CHUNK = 256  # bytes taken at once: more than arrive in 100 ms


def _set(address: int, value: int) -> bytes:
    return command(WRITE, address, bytes([value]))


_SETUP = (
    _set(0x000D, 0xA0),  # bits 1–0: output to the serial port
    _set(0x0003, 0x02),  # bit 1: printed set-up codes are not followed; bit 0: their content is not said
    _set(0x0060, 0x01),  # text without a frame around it; tail on: carriage return
    _set(0x0006, READ_MS // 100),
    _set(0x0000, 0xD5),  # light and aim while it reads, a beep and a light for success, bits 1–0: reads on command
)
_TRIGGER = _set(0x0002, 0x01)
_SLEEP = _set(0x00D9, 0xA5)
_WAKE = _set(0x00D9, 0x00)
_DONE = b"\x00"  # data of the reply to a command that was carried out


class Gm861:
    """`fault`: a flag of sensor.py, None if it is well. `refused`: how many lines were no card that was asked for."""

    def __init__(self, uart: "Uart") -> None:
        self._uart = uart
        self.reader = Reader(MAX_VALUE_BYTES)
        self.fault: "str | None" = None
        self.refused = 0
        self._checked = False  # it has been set up once since the start, or since it last failed
        self._awake = False
        self._queue: "list[bytes]" = []  # commands to send, the first one under way if `_awaits`
        self._awaits = False
        self._attempts = 0
        self._due_at = 0

    @property
    def busy(self) -> bool:
        """Whether it is being set up or reads: `poll` has to come every 100 ms."""
        return self._awake

    def poll(self, now_ms: int, wanted: bool) -> "bytes | None":
        """Let time pass; `wanted`: a card shall be read. Returns its text once it was."""
        card = None
        for kind, content in self.reader.feed(self._uart.read(CHUNK), now_ms):
            if kind != LINE:
                self._replied(content, now_ms)
            elif wanted and card is None and self._awake and len(content) >= MIN_CARD_BYTES:
                card = content
            else:
                self.refused += 1
        self._step(now_ms, wanted and card is None)
        return card

    def _replied(self, content: bytes, now_ms: int) -> None:
        if not self._awaits or content != _DONE:
            return
        self._awaits = False
        self._attempts = 0
        triggered = self._queue.pop(0) == _TRIGGER
        self._due_at = now_ms + (READ_MS if triggered else 0)
        if not self._queue:
            self._checked = True
            self.fault = None

    def _step(self, now_ms: int, wanted: bool) -> None:
        if self._awake and not wanted and not self._queue:
            self._uart.write(_SLEEP)
            self._awake = False
            self._due_at = now_ms
        elif now_ms < self._due_at:
            return
        elif not self._awake:
            if wanted or not self._checked:
                self._wake(now_ms)
        elif self._awaits and self._attempts == ATTEMPTS:
            self._fail(now_ms)
        else:
            if not self._queue:
                self._queue.append(_TRIGGER)
            self._uart.write(self._queue[0])
            self._awaits = True
            self._attempts += 1
            self._due_at = now_ms + REPLY_MS

    def _wake(self, now_ms: int) -> None:
        self.reader.clear()
        self.reader.bad_crc = 0
        self._uart.write(_WAKE)
        self._awake = True
        self._queue = list(_SETUP)
        self._awaits = False
        self._attempts = 0
        self._due_at = now_ms + WAKE_MS

    def _fail(self, now_ms: int) -> None:
        self.fault = BAD_CRC if self.reader.bad_crc else NO_ANSWER
        self._awake = False
        self._checked = False
        self._queue = []
        self._awaits = False
        self._due_at = now_ms + RETRY_MS
