"""The HX711 and its lines."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HIGHEST, LOWEST = 0x7FFFFF, -0x800000


class Hx711Model:
    """The converter as a Shift; `counts()` is what the bridge's voltage gives, clipped to the converter's range.

    silent    no chip: DOUT stays high
    shorted   DOUT stays low
    broken    a pulse of the next read was too long
    """

    def __init__(self, counts: "Callable[[], float]") -> None:
        self.silent = False
        self.shorted = False
        self.broken = False
        self.asleep = False
        self._counts = counts

    def ready(self) -> bool:
        return self.shorted or not (self.silent or self.asleep)

    def read(self, bits: int) -> int:
        if self.broken:
            self.asleep = True
            raise OSError(110)  # ETIMEDOUT
        if self.shorted:
            return 0
        word = min(HIGHEST, max(LOWEST, round(self._counts()))) & 0xFFFFFF
        return word << (bits - 24) | (1 << (bits - 24)) - 1

    def sleep(self) -> None:
        self.asleep = True

    def wake(self) -> None:
        self.asleep = False
