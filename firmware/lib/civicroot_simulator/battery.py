"""A battery behind a divider at an analog input."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class BatteryModel:
    """The pin as an Adc; `millivolts()` is the battery's voltage, `upper` and `lower` the divider's ohms.

    broken   the divider's lower resistor is off: the pin sees the battery, and its protection limits that to the supply
    """

    SUPPLY_MV = 3_300

    def __init__(self, millivolts: "Callable[[], float]", upper: int, lower: int) -> None:
        self.broken = False
        self._millivolts = millivolts
        self._upper = upper
        self._lower = lower

    def millivolts(self) -> int:
        if self.broken:
            return self.SUPPLY_MV
        return round(self._millivolts() * self._lower / (self._upper + self._lower))
