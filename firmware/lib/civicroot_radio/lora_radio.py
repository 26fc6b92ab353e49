"""LoRa as a radio: one channel, heard by everybody, so there are no addresses. Listens before it talks
where the region asks for it."""

import time

from civicroot_wire import lora

from civicroot_radio.driver import BUSY, FAILED, SENT
from civicroot_radio.sx1262 import Sx1262

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BUSY_MS = 100  # the chip's longest step, calibration, takes 3.5 ms
LOOK_MS = 2


class LoraRadio:
    """A chip with the gateway's settings (region, frequency, spreading factor, power).

    `rest(ms)` waits while a frame is in the air: a tag sleeps for that time.
    """

    def __init__(
        self,
        chip: Sx1262,
        settings: "tuple[str, int, int, int]",
        rest: "Callable[[int], object]" = time.sleep_ms,
    ) -> None:
        self._rest = rest
        region, frequency, factor, power = settings
        self._chip = chip
        self._free_below = lora.REGIONS[region].listen
        self._factor = factor
        chip.configure(frequency, factor, power)
        chip.listen()

    def receive(self) -> "tuple[bytes, int, bytes] | None":
        """(no address, RSSI in dBm, payload) of the next frame."""
        found = self._chip.received()
        return None if found is None else (b"", found[0], found[1])

    def send(self, _address: bytes, payload: bytes) -> int:
        """SENT, BUSY or FAILED; takes as long as the frame is in the air, in which nothing could be heard anyway."""
        if not self._is_free():
            return BUSY
        airtime_ms = lora.airtime_us(len(payload), self._factor) // 1000
        self._chip.transmit(payload)
        until = time.ticks_add(time.ticks_ms(), 2 * airtime_ms + BUSY_MS)
        self._rest(airtime_ms)
        out = None
        while out is None and time.ticks_diff(until, time.ticks_ms()) > 0:
            time.sleep_ms(LOOK_MS)
            out = self._chip.transmitted()
        self._chip.listen()
        return SENT if out else FAILED

    def _is_free(self) -> bool:
        if self._free_below is None:
            return True
        until = time.ticks_add(time.ticks_ms(), lora.LISTEN_MS)
        while time.ticks_diff(until, time.ticks_ms()) >= 0:
            if self._chip.level() >= self._free_below:
                return False
        return True

    def close(self) -> None:
        """Turn it off."""
        self._chip.sleep()


class SpiBus:
    """The chip's pins; `wiring`: spi, sck, mosi, miso, cs, busy, reset (numbers)."""

    def __init__(self, wiring: "dict[str, Any]") -> None:
        import machine  # noqa: PLC0415 (only on a board)

        pins = {name: machine.Pin(wiring[name]) for name in ("sck", "mosi", "miso")}
        self._spi = machine.SPI(
            wiring["spi"], baudrate=2_000_000, sck=pins["sck"], mosi=pins["mosi"], miso=pins["miso"]
        )
        self._select = machine.Pin(wiring["cs"], machine.Pin.OUT, value=1)
        self._reset = machine.Pin(wiring["reset"], machine.Pin.OUT, value=1)
        self._busy = machine.Pin(wiring["busy"], machine.Pin.IN)

    def transfer(self, out: bytes) -> bytes:
        """One command. Raises OSError if BUSY stays high."""
        self._wait()
        found = bytearray(len(out))
        self._select.value(0)
        self._spi.write_readinto(out, found)
        self._select.value(1)
        return bytes(found)

    def reset(self) -> None:
        """Pull the reset pin."""
        self._reset.value(0)
        time.sleep_ms(1)
        self._reset.value(1)
        time.sleep_ms(5)
        self._wait()

    def _wait(self) -> None:
        until = time.ticks_add(time.ticks_ms(), BUSY_MS)
        while self._busy.value():
            if time.ticks_diff(until, time.ticks_ms()) < 0:
                raise OSError(116)  # ETIMEDOUT


def wired(wiring: "dict[str, Any]") -> Sx1262:
    """The chip on these pins; `tcxo` (a code of the datasheet's table 13-35, 2 for 1.8 V) if it has an oscillator."""
    return Sx1262(SpiBus(wiring), wiring.get("tcxo"))
