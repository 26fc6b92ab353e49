"""What each kind of device measures: SenML name and unit, resolution, and when a value is worth reporting.

Values are integers in units of the resolution everywhere in the firmware: 215 with one digit is 21.5. There are no
floats on the wire (SPEC.md §1), and single-precision floats of an ESP32 would not survive a comparison of deltas.
"""

from civicroot_wire.cbor import DecimalFraction

TYPE_CHECKING = False
if TYPE_CHECKING:
    Reading = int | float | bool  # what a sensor gives
    Value = int | bool  # what the firmware keeps of it
    Kind = tuple["Quantity | Switch", ...]


class Quantity:
    """A measured number.

    name, unit     as in SPEC.md §3.1
    digits         decimal places of the sensor's resolution
    delta          a change of this many units of the resolution is reported at once
    low, high      what the sensor can say, in the same units; anything else is a fault, not a value
    alarm          (low, high): outside, the record is an alarm; None for no alarm
    """

    def __init__(
        self,
        name: str,
        unit: str,
        digits: int,
        delta: int,
        low: int,
        high: int,
        alarm: "tuple[int, int] | None" = None,
    ) -> None:
        self.name = name
        self.unit = unit
        self.digits = digits
        self.delta = delta
        self.low = low
        self.high = high
        self.alarm = alarm

    def quantize(self, value: "Reading") -> "int | None":
        """A sensor's float or integer in units of the resolution; None if it is not a value of this sensor."""
        if value is True or value is False or value != value:  # noqa: PLR0124 (the last is not-a-number)
            return None
        if not self.low <= value * 10**self.digits <= self.high:
            return None
        return round(value * 10**self.digits)

    def changed(self, before: "Value", now: "Value") -> bool:
        """Whether the difference is worth a report."""
        return abs(now - before) >= self.delta

    def alarming(self, value: "Value") -> bool:
        """Whether the value is an alarm."""
        return self.alarm is not None and not self.alarm[0] <= value <= self.alarm[1]

    def wire(self, value: "Value") -> "DecimalFraction | Value":
        """The value as SenML carries it."""
        return DecimalFraction(-self.digits, value) if self.digits else value


class Switch:
    """A measured boolean; every change is reported."""

    unit = None

    def __init__(self, name: str) -> None:
        self.name = name

    def quantize(self, value: "Reading") -> "bool | None":
        """True or False; None for anything else."""
        return value is True if value is True or value is False else None

    def changed(self, before: "Value", now: "Value") -> bool:
        """Whether it switched."""
        return before is not now

    def alarming(self, _: "Value") -> bool:
        """Never."""
        return False

    def wire(self, value: "Value") -> "Value":
        """The value as SenML carries it."""
        return value


_BIN = (
    Quantity("fill", "/", 2, 2, 0, 100, (0, 90)),  # at 90 % a crew is due
    Quantity("temp", "Cel", 1, 10, -400, 1250, (-400, 600)),  # over 60 °C it burns
    Switch("lid"),
    Quantity("weight", "kg", 1, 5, 0, 5000),
)
_TREE = (
    Quantity("soil", "/", 3, 10, 0, 1000),
    Quantity("soiltemp", "Cel", 1, 10, -400, 850),
    Quantity("tilt", "rad", 3, 20, 0, 3142, (0, 300)),  # 17°: no wind does that, the tree is falling
    Quantity("battery", "%EL", 0, 5, 0, 100, (10, 100)),
)
KINDS: "dict[str, Kind]" = {"bin": _BIN, "tree": _TREE}
