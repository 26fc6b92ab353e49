"""From drivers to a sample: start all, read each when it is ready; several times, and take the median of each.

Nothing here waits: `look` is a generator of milliseconds, so that a bin's task and a tag that sleeps drive the same
code.
"""

from civicroot_device.errors import SensorFault
from civicroot_device.reporting.kinds import TIMES
from civicroot_device.reporting.sampling import Sample
from civicroot_device.sensors.sensor import MAX_STEPS, NO_ANSWER, NOT_READY, OUT_OF_RANGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from civicroot_device.reporting.kinds import Kind, Quantity, Reading, Switch, Value
    from civicroot_device.sensors.sensor import Sensor

    Readings = list[Reading | SensorFault]


class Sensing:
    """The sensors of a device, each read as often as its quantities want (`times`, kinds.py), at most `most` times.

    Of two sensors with one name the first that has a value counts; a fault of the other is told all the same.

    sample   the result of the last `look` that was driven to its end
    """

    def __init__(self, kind: "Kind", sensors: "Sequence[Sensor]", most: int = TIMES) -> None:
        self._kind = kind
        self._sensors = sensors
        self._times = [min(most, _times(kind, sensor)) for sensor in sensors]
        self.sample: "Sample | None" = None

    def look(self) -> "Iterator[int]":
        """One look at all sensors: a generator of milliseconds to wait before it is resumed; drive it to its end.

        0 lets others run: it comes after every call of a driver, each of which may block for MAX_BLOCK_MS.
        """
        found: "list[dict[str, Readings]]" = [{name: [] for name in sensor.names} for sensor in self._sensors]
        for turn in range(max(self._times + [0])):
            pending = []  # (ms since all were started, how many reads so far, sensor)
            for at in range(len(self._sensors)):
                if turn < self._times[at]:
                    wait = self._start(at, found[at])
                    if wait is not None:
                        pending.append((wait, 0, at))
                    yield 0
            passed = 0
            while pending:
                # The first that is ready: what is switched on for its measurement is not kept on for the slowest.
                due, steps, at = min(pending)
                pending.remove((due, steps, at))
                if due > passed:
                    yield due - passed
                    passed = due
                wait = self._read(at, steps, found[at])
                if wait is not None:
                    pending.append((passed + wait, steps + 1, at))
                yield 0
        self.sample = self._combined(found)

    def look_with(self, sleep_ms: "Callable[[int], object]") -> Sample:
        """One look, waiting with `sleep_ms`."""
        for wait in self.look():
            if wait:
                sleep_ms(wait)
        assert self.sample is not None
        return self.sample

    def _start(self, at: int, found: "dict[str, Readings]") -> "int | None":
        """Milliseconds until it can be read; None if it did not start."""
        try:
            return self._sensors[at].start()
        except (SensorFault, OSError) as error:
            _note_fault(error, found)
            return None

    def _read(self, at: int, steps: int, found: "dict[str, Readings]") -> "int | None":
        """Milliseconds until it wants to be read again; None if that was all."""
        try:
            readings = self._sensors[at].read()
        except (SensorFault, OSError) as error:
            _note_fault(error, found)
            return None
        if isinstance(readings, dict):
            for name, collected in found.items():
                collected.append(readings.get(name, SensorFault(NO_ANSWER)))
            return None
        if steps + 1 < MAX_STEPS:
            return readings
        _note_fault(SensorFault(NOT_READY), found)
        return None

    def _combined(self, found: "list[dict[str, Readings]]") -> Sample:
        values: "dict[str, Value]" = {}
        faults: "dict[str, str]" = {}
        for quantity in self._kind:
            sources = [readings[quantity.name] for readings in found if quantity.name in readings]
            for readings in sources or [[]]:
                value, flag = combine(quantity, readings)
                if value is None:
                    _note(faults, quantity, flag)
                else:
                    values.setdefault(quantity.name, value)
        return Sample(values, faults)


def _times(kind: "Kind", sensor: "Sensor") -> int:
    """How often it is read: as its quantities want, less if it says so itself (`times`: a probe that averages)."""
    wanted = max([quantity.times for quantity in kind if quantity.name in sensor.names] + [0])
    return min(wanted, int(getattr(sensor, "times", wanted)))


def take(kind: "Kind", read: "Callable[[str], Reading]") -> Sample:
    """Read every quantity of the kind once with `read(name)`, which gives a number or boolean or raises SensorFault."""
    values: "dict[str, Value]" = {}
    faults: "dict[str, str]" = {}
    for quantity in kind:
        reading: "Reading | SensorFault"
        try:
            reading = read(quantity.name)
        except SensorFault as fault:
            reading = fault
        value, flag = combine(quantity, [reading])
        if value is None:
            _note(faults, quantity, flag)
        else:
            values[quantity.name] = value
    return Sample(values, faults)


def combine(quantity: "Quantity | Switch", readings: "Readings") -> "tuple[Value | None, str]":
    """(value, "") of several readings of one sensor, or (None, flag): absent, never zero.

    1. What is no value of the quantity is out of range.
    2. If fewer than half are valid there is no value; the commonest flag says why, of several the first.
    3. Else the quantity says what the middle of the valid ones is.
    """
    valid = []
    flags = []
    for reading in readings:
        value = None if isinstance(reading, SensorFault) else quantity.quantize(reading)
        if value is not None:
            valid.append(value)
        else:
            flags.append(reading.flag if isinstance(reading, SensorFault) else OUT_OF_RANGE)
    if valid and 2 * len(valid) >= len(readings):
        return quantity.middle(valid), ""
    return None, _commonest(flags) if flags else NO_ANSWER


def _note(faults: "dict[str, str]", quantity: "Quantity | Switch", flag: str) -> None:
    if quantity.told and quantity.name not in faults:
        faults[quantity.name] = flag


def _commonest(flags: "list[str]") -> str:
    found = flags[0]
    for flag in flags:
        if flags.count(flag) > flags.count(found):
            found = flag
    return found


def _note_fault(error: "SensorFault | OSError", found: "dict[str, Readings]") -> None:
    """Nothing is known of any of the sensor's names. (A driver may leave a silent bus's OSError to be said here.)"""
    fault = error if isinstance(error, SensorFault) else SensorFault(NO_ANSWER, repr(error))
    for collected in found.values():
        collected.append(fault)
