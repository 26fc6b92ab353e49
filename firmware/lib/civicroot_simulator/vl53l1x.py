"""The VL53L1X as its driver sees it: a register file, and a ranging that ends when it is asked about."""

from civicroot_simulator.simulated_i2c import ENODEV

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

STATUS, READY, CLEAR, MODE, RESULT = 0x00E5, 0x0031, 0x0086, 0x0087, 0x0089
MODEL = b"\xea\xcc\x10"
GOOD, WEAK_SIGNAL = 9, 4
FAR_MM, SHORT_FAR_MM = 4000, 1360  # beyond, no light comes back; in short mode earlier
SHORT = 0x14  # PHASECAL_CONFIG__TIMEOUT_MACROP, 0x4B, in short mode


class Vl53l1xModel:
    """The chip; `millimetres()` is the distance.

    silent   it does not acknowledge
    stuck    no ranging ends
    status   of the next results, instead of what the distance gives
    """

    def __init__(self, millimetres: "Callable[[], float]") -> None:
        self.silent = False
        self.stuck = False
        self.status: "int | None" = None
        self.rangings = 0
        self._millimetres = millimetres
        self.power_up()

    def power_up(self) -> None:
        """Forget all settings."""
        self._registers = bytearray(0x120)
        self._registers[STATUS] = 3
        self._registers[0x010F:0x0112] = MODEL
        self._index = 0

    def write(self, data: bytes) -> None:
        self._acknowledge()
        self._index = int.from_bytes(data[:2], "big")
        self._registers[self._index : self._index + len(data) - 2] = data[2:]
        if self._index <= CLEAR < self._index + len(data) - 2 and self._registers[CLEAR] & 1:
            self._registers[READY] &= 0xFE
            self._registers[CLEAR] = 0

    def read(self, size: int) -> bytes:
        self._acknowledge()
        if self._registers[MODE] & 0x40 and not self.stuck:
            self._range()
        return bytes(self._registers[self._index : self._index + size])

    def _range(self) -> None:
        mm = round(self._millimetres())
        far = SHORT_FAR_MM if self._registers[0x4B] == SHORT else FAR_MM
        status = self.status if self.status is not None else GOOD if mm <= far else WEAK_SIGNAL
        self._registers[READY] |= 1
        self._registers[RESULT] = status
        self._registers[RESULT + 13 : RESULT + 15] = min(mm, 8191).to_bytes(2, "big")
        self.rangings += 1

    def _acknowledge(self) -> None:
        if self.silent:
            raise OSError(ENODEV)
