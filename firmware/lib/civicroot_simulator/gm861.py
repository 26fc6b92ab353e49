"""A GM861 code reader: a Uart with the reader behind it (claim/scanner.py says where its facts come from)."""

from civicroot_device.claim.gm861_serial import crc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_COMMAND_BYTES = 9
_MODE, _TRIGGER, _SETUP_CODES, _OUTPUT, _POWER, _TAIL = 0x00, 0x02, 0x03, 0x0D, 0xD9, 0x60
_FACTORY = {_MODE: 0xD6, _TRIGGER: 0x20, _SETUP_CODES: 0x00, _OUTPUT: 0xA1, _TAIL: 0x01}  # reads on its own, to USB


class Gm861Model:
    """`shown()` gives the text of the code before its window, None for none. `silent` and `noisy` are its faults."""

    def __init__(self, shown: "Callable[[], bytes | None]") -> None:
        self._shown = shown
        self.zones = dict(_FACTORY)
        self.silent = False  # does not answer at all
        self.noisy = False  # replies are damaged
        self.asleep = False
        self._reading = False
        self._out = bytearray()

    def write(self, data: bytes) -> None:
        """Take commands that write one zone byte."""
        if self.silent:
            return
        if self.asleep:
            self.asleep = False  # the bytes that wake it are lost
            return
        for start in range(0, len(data), _COMMAND_BYTES):
            self._command(data[start : start + _COMMAND_BYTES])

    def read(self, size: int) -> bytes:
        """What it has said."""
        if self._reading and self.zones[_OUTPUT] & 3 == 0:
            text = self._shown()
            if text is not None:
                self._reading = False
                self._out.extend(text + (b"\r" if self.zones[_TAIL] & 1 else b""))
        said = bytes(self._out[:size])
        self._out = self._out[size:]
        return said

    def _command(self, data: bytes) -> None:
        if len(data) < _COMMAND_BYTES or data[:4] != b"\x7e\x00\x08\x01" or crc(data[2:]) != 0:
            return
        self.zones[data[5]] = data[6]
        reply = bytearray(b"\x02\x00\x00\x01\x00\x33\x31")
        if self.noisy:
            reply[-1] ^= 1
        self._out.extend(reply)
        self.asleep = data[5] == _POWER and data[6] == 0xA5
        self._reading = not self.asleep and (
            (data[5] == _TRIGGER and data[6] & 1 == 1 and self.zones[_MODE] & 3 == 1) or self._reading
        )
