"""Model of a capacitive soil moisture probe with its switched supply."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class SoilCapacitiveModel:
    """A bus.Adc and, as `power`, its bus.Output. `content` gives the volumetric water content, 0 to 1.

    Switches: unplugged; shorted (to the supply).
    """

    def __init__(self, content: "Callable[[], float]", dry_mv: int = 2300, wet_mv: int = 1100) -> None:
        self._content = content
        self._dry_mv = dry_mv
        self._wet_mv = wet_mv
        self.power = Switch()
        self.unplugged = self.shorted = False

    def millivolts(self) -> int:
        """The probe's voltage; none without its supply."""
        if self.unplugged or not self.power.on:
            return 0
        if self.shorted:
            return 2500
        return round(self._dry_mv + (self._wet_mv - self._dry_mv) * self._content())


class Switch:
    """A bus.Output: `on`, and how often it was switched on."""

    def __init__(self) -> None:
        self.on = False
        self.times = 0

    def set(self, high: bool) -> None:
        """Switch."""
        self.times += high and not self.on
        self.on = high
