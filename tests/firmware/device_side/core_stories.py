"""Stories for the pure parts of the reporting core, told in plain lists; run on CPython and on MicroPython."""

from civicroot_device.errors import SensorFault
from civicroot_device.reporting.alarms import Alarms
from civicroot_device.reporting.deposits import DepositWatch
from civicroot_device.reporting.kinds import KINDS
from civicroot_device.reporting.sampling import ReportRule, Sample
from civicroot_device.reporting.sensing import Sensing


class Scripted:
    """A sensor that follows a script: per turn `(wait or flag, [milliseconds of a further step, …], readings or flag)`.

    A reading is a value or a flag; "io" raises an OSError in place of a fault.
    """

    def __init__(self, names, turns, diary) -> None:
        self.names = tuple(names)
        self._turns = [(wait, list(steps), readings) for wait, steps, readings in turns]
        self._at = -1
        self._diary = diary

    def start(self):
        self._at += 1
        self._diary.append(("start", self.names[0]))
        return self._given(self._turns[self._at][0])

    def read(self):
        self._diary.append(("read", self.names[0]))
        _, steps, readings = self._turns[self._at]
        if steps:
            return steps.pop(0)
        if isinstance(readings, str):
            self._given(readings)
        return {
            name: SensorFault(reading) if isinstance(reading, str) else reading for name, reading in readings.items()
        }

    @staticmethod
    def _given(value):
        if value == "io":
            raise OSError(116)
        if isinstance(value, str):
            raise SensorFault(value)
        return value


def sense(kind, sensors, most=3):
    """(values, faults, diary) of one look; the diary has starts, reads and waits in their order."""
    diary = []
    sensing = Sensing(KINDS[kind], [Scripted(names, turns, diary) for names, turns in sensors], most)
    for wait in sensing.look():
        if wait:
            diary.append(("wait", wait))
    return sensing.sample.values, sensing.sample.faults, diary


def watch(events):
    """The outcomes of a DepositWatch as (index of the event, what, amount, flag), and what it last waits for.

    Events: ("lid", open, ms), ("weight", value or flag, ms), ("poll", None, ms).
    """
    deposits = DepositWatch()
    found = []
    now = 0
    for index, (event, argument, now) in enumerate(events):
        if event == "lid":
            outcome = deposits.on_lid(argument, now)
        elif event == "poll":
            outcome = deposits.poll(now)
        elif isinstance(argument, str):
            outcome = deposits.on_weight(None, now, argument)
        else:
            outcome = deposits.on_weight(argument, now)
        if outcome is not None:
            found.append((index, outcome.what, outcome.amount, outcome.flag))
    return found, deposits.weighing, deposits.wait_ms(now)


def alarmed(kind, samples):
    """The alarms after each sample (values, ms)."""
    alarms = Alarms(KINDS[kind])
    return [alarms.update(values, ms) for values, ms in samples]


def told(kind, samples, interval_ms=60_000):
    """What is told of each sample (values, faults, ms): (priority, names, alarms), or None."""
    rule = ReportRule(KINDS[kind], interval_ms)
    found = []
    for values, faults, ms in samples:
        due = rule.due(Sample(values, faults), ms)
        if due is not None:
            rule.reported(due, ms)
        found.append(None if due is None else (due.priority, due.names, due.alarms))
    return found
