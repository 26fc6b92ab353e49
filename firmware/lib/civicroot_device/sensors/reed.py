"""The lid's switch: a reed contact at the rim, a magnet in the lid.

Wired from the pin to ground with a pull-up: the closed lid closes the contact, so that a cut cable looks like an open
lid and is noticed. A switch has no other fault that it could tell of.
"""

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import NOT_READY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import Input
    from civicroot_device.reporting.kinds import Reading

# A contact bounces for a millisecond; the magnet of a lid that falls shut swings past it for longer.
DEBOUNCE_MS = 20


class Reed:
    """The switch as a Sensor of `lid`. Two equal looks, DEBOUNCE_MS apart, are its state; else it is what it was.

    open_high   whether the pin is high while the lid is open
    """

    names = ("lid",)

    def __init__(self, pin: "Input", open_high: bool = True) -> None:
        self._pin = pin
        self._open_high = open_high
        self._first = False
        self._open: "bool | None" = None

    def start(self) -> int:
        """The first look."""
        self._first = self._pin.high()
        return DEBOUNCE_MS

    def read(self) -> "dict[str, Reading | SensorFault]":
        """{"lid": whether it is open}. Raises SensorFault(NOT_READY) while it has never been at rest."""
        if self._pin.high() == self._first:
            self._open = self._first == self._open_high
        if self._open is None:
            raise SensorFault(NOT_READY, "the lid has moved since the start")
        return {"lid": self._open}

    def raw(self) -> "dict[str, int]":
        """Nothing: a switch needs no calibration."""
        return {}
