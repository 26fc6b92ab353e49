"""What is worth a report of a sample: what changed, alarms, a heartbeat."""

from civicroot_device.reporting.alarms import Alarms
from civicroot_device.storage.segment import ALARM, CHANGE, HEARTBEAT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from civicroot_device.reporting.kinds import Kind, Value

DAY_MS = 86_400_000  # once a day everything is told, never thinned: what does not change is not forgotten either


class Sample:
    """`values`: name -> integer in units of the resolution, or bool; `faults`: name -> flag (sensors/sensor.py).

    A name has a fault and a value if one of two sensors has failed.
    """

    def __init__(self, values: "dict[str, Value]", faults: "dict[str, str]") -> None:
        self.values = values
        self.faults = faults


class Due:
    """What is to be told of a sample.

    priority   ALARM, CHANGE or HEARTBEAT
    names      the quantities, in the kind's order
    alarms     those in force, if they changed, and once a day if there are any; else None: a gateway hurries with them
    full       whether it tells everything
    """

    def __init__(
        self, sample: Sample, priority: int, names: "list[str]", alarms: "list[str] | None", full: bool
    ) -> None:
        self.sample = sample
        self.priority = priority
        self.names = names
        self.alarms = alarms
        self.full = full


class ReportRule:
    """Tells all of the first sample and of one a day, what changed by its delta, alarms, and heartbeats.

    A heartbeat comes `interval_ms` after the last report. Heartbeats tell the same quantities every time, so that each
    is superseded by the next; an alarm tells them, too. The set of alarms that grew is an alarm; one that shrank is a
    change. `speed` is that of a made-up street (board_unix.py), whose days would else be rapid rises of temperature.
    """

    def __init__(self, kind: "Kind", interval_ms: int, speed: float = 1) -> None:
        self._kind = kind
        self._speed = speed
        self._interval_ms = interval_ms
        self._alarms = Alarms(kind)
        self._fresh = True
        self._told: "dict[str, Value]" = {}
        self._told_faults: "dict[str, str]" = {}
        self._told_alarms: "list[str]" = []
        self._told_at = 0
        self._full_at = 0

    def tune(self, kind: "Kind", interval_ms: int) -> None:
        """Go on with other limits of the same quantities, and another interval."""
        self._kind = kind
        self._interval_ms = interval_ms
        self._alarms.tune(kind)

    @property
    def alarms(self) -> "list[str]":
        """Those in force when it was last reported."""
        return list(self._told_alarms)

    def due(self, sample: Sample, now_ms: int) -> "Due | None":
        """What is to be told of the sample now, if anything. Every sample has to come here, in its order."""
        alarms = self._alarms.update(sample.values, int(now_ms * self._speed))
        grown = any(alarm not in self._told_alarms for alarm in alarms)
        changed = self._changed(sample)
        full = self._fresh or now_ms - self._full_at >= DAY_MS
        if full:
            priority, names = CHANGE, self._all(sample)
        elif grown:
            priority, names = CHANGE, self._beat(sample, changed)
        elif changed or alarms != self._told_alarms or sample.faults != self._told_faults:
            priority, names = CHANGE, changed
        elif now_ms - self._told_at >= self._interval_ms:
            priority, names = HEARTBEAT, self._beat(sample, [])
        else:
            return None
        told = alarms if alarms != self._told_alarms or (full and alarms) else None
        return Due(sample, ALARM if grown else priority, names, told, full)

    def reported(self, due: Due, now_ms: int) -> None:
        """It is in the outbox."""
        for name in due.names:
            self._told[name] = due.sample.values[name]
        self._told_faults = due.sample.faults
        if due.alarms is not None:
            self._told_alarms = due.alarms
        self._told_at = now_ms
        if due.full:
            self._full_at = now_ms
        self._fresh = False

    def state(self, now_ms: int) -> "list[Any]":
        """What a device that sleeps without memory has to keep, as JSON; the history of a `Rise` is not in it."""
        ages = [now_ms - self._told_at, now_ms - self._full_at]
        return [self._told, self._told_faults, self._told_alarms, self._alarms.held, ages]

    def resume(self, state: "list[Any]", taken_ms: int) -> None:
        """Go on from a state; `taken_ms` is when it was taken, on this life's monotonic clock (before zero)."""
        self._told, self._told_faults, self._told_alarms, held, ages = state
        self._alarms.resume(held)
        self._told_at, self._full_at = [taken_ms - age for age in ages]
        self._fresh = False

    def _changed(self, sample: Sample) -> "list[str]":
        """Quantities that moved by their delta since they were told, or that are there again, or whose fault ended."""
        return [
            quantity.name
            for quantity in self._kind
            if quantity.told
            and quantity.name in sample.values
            and (
                quantity.name not in self._told
                or quantity.changed(self._told[quantity.name], sample.values[quantity.name])
                or (quantity.name in self._told_faults and quantity.name not in sample.faults)
            )
        ]

    def _beat(self, sample: Sample, changed: "list[str]") -> "list[str]":
        """Those of a heartbeat and the changed ones; all, if the device has none of a heartbeat's."""
        names = [
            quantity.name
            for quantity in self._kind
            if quantity.name in sample.values and (quantity.beat or quantity.name in changed)
        ]
        return names if any(quantity.beat for quantity in self._kind) else self._all(sample)

    def _all(self, sample: Sample) -> "list[str]":
        return [quantity.name for quantity in self._kind if quantity.told and quantity.name in sample.values]
