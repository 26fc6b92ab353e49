"""The LIS3DH as its driver sees it."""

from civicroot_simulator.simulated_i2c import ENODEV

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

WHO_AM_I, TEMP_CFG_REG, CTRL_REG1, STATUS_REG, CLICK_SRC, CLICK_THS = 0x0F, 0x1F, 0x20, 0x27, 0x39, 0x3A
SEQUENTIAL = 0x80


class Lis3dhModel:
    """The chip; `milli_g()` gives the three axes, `celsius()` its temperature; `hit(mg)` knocks at it.

    silent   it does not acknowledge
    """

    def __init__(self, milli_g: "Callable[[], tuple[float, float, float]]", celsius: "Callable[[], float]") -> None:
        self.silent = False
        self._milli_g = milli_g
        self._celsius = celsius
        self.power_up()

    def power_up(self) -> None:
        """Forget all settings."""
        self._registers = bytearray(0x40)
        self._registers[WHO_AM_I] = 0x33
        self._registers[CTRL_REG1] = 0x07
        self._at = 0

    def hit(self, milli_g: float) -> None:
        """A blow of this acceleration."""
        if self.running and milli_g >= (self._registers[CLICK_THS] & 0x7F) * 16:
            self._registers[CLICK_SRC] |= 0x40

    def write(self, data: bytes) -> None:
        self._acknowledge()
        self._at = data[0] & 0x3F
        self._registers[self._at : self._at + len(data) - 1] = data[1:]

    def read(self, size: int) -> bytes:
        self._acknowledge()
        if self.running:
            self._measure()
        found = bytes(self._registers[self._at : self._at + size])
        if self._at == CLICK_SRC:
            self._registers[CLICK_SRC] = 0
        return found

    @property
    def running(self) -> bool:
        """Whether it is not in power-down."""
        return bool(self._registers[CTRL_REG1] & 0xF0)

    def _measure(self) -> None:
        self._registers[STATUS_REG] = 0x0F
        self._registers[0x07] = 0x0F if self._registers[TEMP_CFG_REG] & 0xC0 == 0xC0 else 0
        for number, axis in enumerate(self._milli_g()):
            self._put(0x28 + 2 * number, min(2047, max(-2048, round(axis))) << 4)
        self._put(0x0C, round((self._celsius() - 25) * 4) << 6)

    def _put(self, register: int, value: int) -> None:
        self._registers[register : register + 2] = (value & 0xFFFF).to_bytes(2, "little")

    def _acknowledge(self) -> None:
        if self.silent:
            raise OSError(ENODEV)
