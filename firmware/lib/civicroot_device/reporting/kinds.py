"""What each kind of device measures: SenML name and unit, resolution, when a value is worth a report, when an alarm.

Values are integers in units of the resolution everywhere in the firmware: 215 with one digit is 21.5. There are no
floats on the wire (SPEC.md §1), and single-precision floats of an ESP32 would not survive a comparison of deltas.

A kind is a tuple that is handed to whatever needs it; one with other deltas or limits is another tuple.
"""

from civicroot_wire.cbor import DecimalFraction

from civicroot_device.reporting.alarms import During, Rise, Threshold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.reporting.alarms import Rule

    Reading = int | float | bool  # what a sensor gives
    Value = int | bool  # what the firmware keeps of it
    Kind = tuple["Quantity | Switch", ...]

TIMES = 3  # readings of an analog or echo sensor per sample: the fewest of which a median throws out one that is wild


class Quantity:
    """A measured number.

    name, unit  as in SPEC.md §3.1
    digits      decimal places of the sensor's resolution
    delta       a change of this many units of the resolution is reported at once
    low, high   what the sensor can say, in the same units; anything else is a fault, not a value
    times       readings per sample, of which the median counts
    beat        whether every heartbeat tells it; the others are told when they change, and once a day. Three beat, and
                which ones keeps a heartbeat within 176 bytes at any value (tests/firmware/record_sizes.py)
    alarms      rules of alarms.py
    """

    told = True  # as a measurement

    def __init__(
        self,
        name: str,
        unit: str,
        digits: int,
        delta: int,
        low: int,
        high: int,
        times: int = TIMES,
        beat: bool = False,
        alarms: "tuple[Rule, ...]" = (),
    ) -> None:
        self.name = name
        self.unit = unit
        self.digits = digits
        self.delta = delta
        self.low = low
        self.high = high
        self.times = times
        self.beat = beat
        self.alarms = alarms

    def with_limits(self, delta: int, alarms: "tuple[Rule, ...]") -> "Quantity":
        """The same quantity with another delta and other rules."""
        made = Quantity(self.name, self.unit, self.digits, delta, self.low, self.high)
        made.times, made.beat, made.alarms = self.times, self.beat, alarms
        return made

    def quantize(self, value: "Reading") -> "int | None":
        """A sensor's float or integer in units of the resolution; None if it is not a value of this sensor."""
        if value is True or value is False or value != value:  # noqa: PLR0124 (the last is not-a-number)
            return None
        if not self.low <= value * 10**self.digits <= self.high:
            return None
        return round(value * 10**self.digits)

    def middle(self, values: "list[Value]") -> "Value":
        """The median; of an even number the mean of the two in the middle."""
        ordered = sorted(values)
        half = len(ordered) // 2
        return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2

    def changed(self, before: "Value", now: "Value") -> bool:
        """Whether the difference is worth a report."""
        return abs(now - before) >= self.delta

    def wire(self, value: "Value") -> "DecimalFraction | Value":
        """The value as SenML carries it."""
        return DecimalFraction(-self.digits, value) if self.digits else value


class Switch:
    """A measured boolean; every change is reported."""

    unit = None
    told = True
    times = 1
    beat = False
    alarms: "tuple[Rule, ...]" = ()

    def __init__(self, name: str) -> None:
        self.name = name

    def quantize(self, value: "Reading") -> "bool | None":
        """True or False; None for anything else."""
        return value is True if value is True or value is False else None

    def middle(self, values: "list[Value]") -> "Value":
        """The newest: a switch has no mean."""
        return values[-1]

    def changed(self, before: "Value", now: "Value") -> bool:
        """Whether it switched."""
        return before is not now

    def wire(self, value: "Value") -> "Value":
        """The value as SenML carries it."""
        return value


class Event(Switch):
    """Something that happened since the last reading. It is no measurement: only the alarm of its name is reported.

    Nor has it faults: its chip measures other things, too, and those are named.
    """

    told = False

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.alarms = (During(name),)

    def middle(self, values: "list[Value]") -> "Value":
        """Whether it happened: the first of several readings clears the chip's latch."""
        return True in values


# Heat detectors of class A1 respond between 54 and 65 °C, for places of at most 50 °C (EN 54-5, table 1); those
# that watch the rise respond from about 8 K (15 °F) a minute on, which neither the sun nor an opened lid does for long.
# Samples every minute see it within two.
_FIRE = (Threshold("fire", 600, 500), Rise("fire", 80, 80, 40, 300_000))
_EMPTY = (Threshold("battery", 10, 20),)  # days are left to come with another; at 20 % it was charged
_BIN: "Kind" = (
    Quantity("fill", "/", 2, 2, 0, 100, beat=True, alarms=(Threshold("full", 90, 85),)),  # at 90 % a crew is due
    Quantity("temp", "Cel", 1, 10, -400, 1250, beat=True, alarms=_FIRE),
    Switch("lid"),
    Quantity("weight", "kg", 2, 50, -500, 50_000, beat=True),  # a scale whose zero has drifted may be under it
    Quantity("tilt", "rad", 3, 50, 0, 3142, alarms=(Threshold("tilt", 500, 400),)),  # 29°: pushed over
    Event("knock"),
    Quantity("battery", "%EL", 0, 5, 0, 100, alarms=_EMPTY),
)
_TREE: "Kind" = (
    Quantity("soil", "/", 3, 10, 0, 1000, beat=True),
    Quantity("soiltemp", "Cel", 1, 10, -400, 850, times=1),
    Quantity("temp", "Cel", 1, 10, -400, 1250, times=1, beat=True, alarms=_FIRE),
    Quantity("humidity", "%RH", 1, 50, 0, 1000, times=1),
    Quantity("tilt", "rad", 3, 20, 0, 3142, alarms=(Threshold("tilt", 300, 250),)),  # 17°: no wind does that, it falls
    Quantity("girth", "m", 6, 100, -100_000, 100_000),  # a trunk breathes by a tenth of a millimetre a day
    Quantity("battery", "%EL", 0, 5, 0, 100, beat=True, alarms=_EMPTY),
)
KINDS: "dict[str, Kind]" = {"bin": _BIN, "tree": _TREE}
