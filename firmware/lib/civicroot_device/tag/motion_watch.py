"""The accelerometer while the tag sleeps: an LIS3DH that pulls its first interrupt line up when it is moved.

Sources: ST LIS3DH datasheet DocID17530 rev. 2 (§ numbers), application note AN3308 rev. 3, §6.3 (wake-up with the
high-pass filter). At 10 Hz in low-power mode the chip takes 3 µA (Table 11): 130 mAh in five years. Its driver
(sensors/lis3dh.py) sets it up anew at each reading, which ends the watch.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.buses.bus import I2c

SEQUENTIAL = 0x80  # in the register's number: the next byte is of the next register (§6.1.1)
TEMP_CFG_REG = 0x1F  # and CTRL_REG1 to CTRL_REG6 after it
REFERENCE = 0x26
INT1_CFG = 0x30
INT1_SRC = 0x31
INT1_THS = 0x32  # and INT1_DURATION after it
SET_UP = bytes(
    [
        0x00,  # TEMP_CFG_REG: no converter
        0x2F,  # CTRL_REG1: 10 Hz, low power, all axes (§8.8)
        0x01,  # CTRL_REG2: high-pass for interrupt 1 (§8.9): gravity does not count, being moved does
        0x40,  # CTRL_REG3: interrupt 1 to its pin (§8.10)
        0x00,  # CTRL_REG4: ±2 g
        0x08,  # CTRL_REG5: latched until INT1_SRC is read (§8.12), so that a short one is not missed
        0x00,  # CTRL_REG6: the pin goes high (§8.13)
    ]
)
MOVED_MG = 208  # a fifth of the weight: a tree that falls or is cut, not one in the wind, whose trunk sways by a tenth
THRESHOLD_MG = 16  # one step of INT1_THS at ±2 g
LASTING = 3  # samples, 0.3 s: a hailstone is shorter
ANY_AXIS = 0x2A  # INT1_CFG: high events of X, Y, Z, any of them (§8.21)
SETTLE_MS = 150  # the first sample after the change of rate, and half of the next


class MotionWatch:
    """The chip at `address` on `bus`; `pause(ms)` waits."""

    def __init__(self, bus: "I2c", address: int, pause: "Callable[[int], None]") -> None:
        self._bus = bus
        self._address = address
        self._pause = pause

    def arm(self) -> None:
        """Watch from now on. Raises OSError if the chip does not answer."""
        self._write(INT1_CFG, b"\x00")
        self._write(TEMP_CFG_REG, SET_UP)
        self._write(INT1_THS, bytes([MOVED_MG // THRESHOLD_MG, LASTING]))
        self._pause(SETTLE_MS)
        self._read(REFERENCE)  # the filter begins with the present position (§8.14)
        self._write(INT1_CFG, bytes([ANY_AXIS]))
        self._read(INT1_SRC)

    def _write(self, register: int, data: bytes) -> None:
        number = register | SEQUENTIAL if len(data) > 1 else register
        self._bus.write(self._address, bytes([number]) + data)

    def _read(self, register: int) -> None:
        self._bus.write_read(self._address, bytes([register]), 1)
