"""Driver of a 200 × 200 black and white e-paper with SSD1681 (Solomon Systech SSD1681 Rev 0.13; panel GDEH0154D67).

A page is a full refresh with the waveform that the panel's maker burnt into its memory (OTP), chosen by the chip's own
temperature sensor. Then the chip goes into deep sleep, in which the picture stays without power; only the reset pin
wakes it, so that every page begins from nothing and a disturbed one leaves no trace in the next.
"""

from civicroot_device.display.canvas_size import BYTES, SIDE
from civicroot_device.display.errors import DisplayFault
from civicroot_device.sensors.sensor import NO_ANSWER, NOT_READY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from civicroot_device.buses.bus import Input, Output, Spi

# Commands (§8, command table) with the parameters that are used here.
DRIVER_OUTPUT = 0x01  # last gate line (two bytes, low first), then scanning order 0: G0, G1, G2 …
DEEP_SLEEP = 0x10  # 1: mode 1, the memory is kept
DATA_ENTRY = 0x11  # 3: both addresses count upwards, X first
SOFT_RESET = 0x12
TEMPERATURE_SENSOR = 0x18  # 0x80: the internal one
ACTIVATE = 0x20  # runs what UPDATE_CONTROL says; busy is high until it is done
UPDATE_CONTROL = 0x22  # 0xF7: clock and analog on, load temperature, display in mode 1, analog and clock off
WRITE_BLACK_WHITE = 0x24  # 1 = white
WRITE_RED = 0x26  # 1 = red: on a black and white panel a waveform that it does not have
BORDER = 0x3C  # 5: the border follows the waveform of white
X_RANGE, Y_RANGE = 0x44, 0x45  # first and last address: X in bytes, Y in lines (two bytes each, low first)
X_COUNTER, Y_COUNTER = 0x4E, 0x4F  # where the next byte goes

_SETTINGS = (
    (DRIVER_OUTPUT, bytes((SIDE - 1, 0, 0))),
    (DATA_ENTRY, b"\x03"),
    (X_RANGE, bytes((0, SIDE // 8 - 1))),
    (Y_RANGE, bytes((0, 0, SIDE - 1, 0))),
    (BORDER, b"\x05"),
    (TEMPERATURE_SENSOR, b"\x80"),
)
_START = ((X_COUNTER, b"\x00"), (Y_COUNTER, b"\x00\x00"))
_CHUNK = 1000  # bytes of one transfer: 2 ms at 4 MHz

RESET_MS = 10  # low, and again until the chip listens (§9.1 asks for 10 ms after power and after a reset)
POLL_MS = 20  # between two looks at busy
BEGIN_MS = 60  # within which busy must have gone high after ACTIVATE; it takes microseconds
RESET_LIMIT_MS = 200  # for a software reset, which takes 10 ms
REFRESH_LIMIT_MS = 10_000  # a full refresh takes 2.6 s at 25 °C, and several times as long near 0 °C


class Ssd1681:
    """One panel. `busy` is high while the chip works; `sleep_ms` is asyncio's, or a test's."""

    def __init__(
        self, spi: "Spi", dc: "Output", reset: "Output", busy: "Input", sleep_ms: "Callable[[int], Awaitable[None]]"
    ) -> None:
        self._spi, self._dc, self._reset, self._busy, self._sleep_ms = spi, dc, reset, busy, sleep_ms

    async def show(self, page: "bytes | bytearray") -> None:
        """Show a page of 5,000 bytes (canvas.py). One at a time.

        DisplayFault: `no-answer` if the chip never begins, `not-ready` if it does not end in time. The next page may
        work again: each begins with a reset.
        """
        if len(page) != BYTES:
            raise ValueError("a page has %d bytes" % BYTES)
        await self._wake()
        for command, data in _SETTINGS:
            self._send(command, data)
        await self._fill(WRITE_BLACK_WHITE, page)
        await self._fill(WRITE_RED, bytes(_CHUNK))
        self._send(UPDATE_CONTROL, b"\xf7")
        self._send(ACTIVATE)
        await self._refresh()
        self._send(DEEP_SLEEP, b"\x01")

    async def _wake(self) -> None:
        """Hardware reset, which alone ends deep sleep; then a software reset of the settings."""
        self._reset.set(False)
        await self._sleep_ms(RESET_MS)
        self._reset.set(True)
        await self._sleep_ms(RESET_MS)
        self._send(SOFT_RESET)
        await self._sleep_ms(RESET_MS)
        await self._idle(RESET_LIMIT_MS)

    async def _fill(self, command: int, data: "bytes | bytearray") -> None:
        """Write one of the two memories from its first address on, over and over the data; gives way in between."""
        for counter, start in _START:
            self._send(counter, start)
        self._send(command)
        for at in range(0, BYTES, _CHUNK):
            begin = at % len(data)
            self._spi.write(bytes(data[begin : begin + _CHUNK]))
            await self._sleep_ms(0)

    async def _refresh(self) -> None:
        """Wait until the page is on the panel."""
        waited = 0
        while not self._busy.high():
            if waited >= BEGIN_MS:
                raise DisplayFault(NO_ANSWER, "never busy: is a panel connected?")
            await self._sleep_ms(POLL_MS)
            waited += POLL_MS
        await self._idle(REFRESH_LIMIT_MS)

    async def _idle(self, limit: int) -> None:
        """Wait for busy to go low, at most so many milliseconds."""
        waited = 0
        while self._busy.high():
            if waited >= limit:
                raise DisplayFault(NOT_READY, "busy for more than %d ms" % limit)
            await self._sleep_ms(POLL_MS)
            waited += POLL_MS

    def _send(self, command: int, data: bytes = b"") -> None:
        """A command with dc low, its parameters with dc high, which then stays high for a memory's bytes."""
        self._dc.set(False)
        self._spi.write(bytes((command,)))
        self._dc.set(True)
        if data:
            self._spi.write(data)
