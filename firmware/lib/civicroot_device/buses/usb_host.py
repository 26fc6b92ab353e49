"""Whether a computer is at the USB port of a chip with a USB Serial/JTAG controller (ESP32-C3, C6).

A host begins a frame every millisecond, and the controller counts them (technical reference manual of the chip, "USB
Serial/JTAG Controller", register FRAM_NUM): while the number moves, a host is there. A charger begins none. Reading it
costs nothing, and needs no pin.
"""

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.board import Board

_FRAME_NUMBER = {"ESP32-C3": 0x60043024, "ESP32-C6": 0x6000F024}  # address, by chip as in board files
_BITS = 0x7FF
LOOK_MS = 10  # between two looks; ten frames
FILE = "usb"  # on the Unix port, in the data folder: whoever makes this file plugged a computer in


class UsbHost:
    """`frame()` gives the number of the last frame, `pause(ms)` waits. Make it at a wake's beginning."""

    def __init__(self, frame: "Callable[[], int]", pause: "Callable[[int], None]") -> None:
        self._frame = frame
        self._pause = pause
        self._last = frame()

    def seen(self) -> bool:
        """Whether a frame began since the last look, which was a few milliseconds ago at the least."""
        last, self._last = self._last, self._frame()
        return self._last != last

    def seen_within(self, ms: int) -> bool:
        """The same; waits for it so long. After a start a computer takes a second to find the port."""
        while not self.seen():
            if ms <= 0:
                return False
            self._pause(LOOK_MS)
            ms -= LOOK_MS
        return True


def of(board: "Board", data: str) -> UsbHost:
    """That of this port, and the chip of the board file; one without such a controller never sees a computer."""
    if sys.platform in ("linux", "darwin"):
        return UsbHost(_Pretended(data), time.sleep_ms)
    return UsbHost(_reader("" if board.wiring is None else board.wiring.chip), time.sleep_ms)


class _Pretended:
    """A number that moves with each look while the file is there."""

    def __init__(self, data: str) -> None:
        self._path = data + "/" + FILE
        self._number = 0

    def __call__(self) -> int:
        try:
            os.stat(self._path)
        except OSError:
            return self._number
        self._number += 1
        return self._number


def _reader(chip: str) -> "Callable[[], int]":
    if chip not in _FRAME_NUMBER:
        return lambda: 0
    from machine import mem32  # noqa: PLC0415 (only on a board)

    address = _FRAME_NUMBER[chip]
    return lambda: mem32[address] & _BITS
