"""Read a device's sensors, and decide whether what they say is worth a report."""

from civicroot_device.errors import SensorFault
from civicroot_device.storage.segment import ALARM, CHANGE, HEARTBEAT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.reporting.kinds import Kind, Reading, Value


class Sample:
    """`values`: name -> integer in units of the resolution, or bool; `faults`: names that gave no valid value."""

    def __init__(self, values: "dict[str, Value]", faults: "list[str]") -> None:
        self.values = values
        self.faults = faults


def take(kind: "Kind", read: "Callable[[str], Reading]") -> Sample:
    """Read every sensor of the kind with `read(name)`, which returns a number or boolean or raises SensorFault."""
    values = {}
    faults = []
    for quantity in kind:
        try:
            value = quantity.quantize(read(quantity.name))
        except SensorFault:
            value = None
        if value is None:
            faults.append(quantity.name)  # absent, never zero
        else:
            values[quantity.name] = value
    return Sample(values, faults)


class ReportRule:
    """Reports the first sample, every change beyond a delta, and a heartbeat every `interval_ms`."""

    def __init__(self, kind: "Kind", interval_ms: int) -> None:
        self._kind = kind
        self._interval_ms = interval_ms
        self._reported: "Sample | None" = None
        self._reported_at = 0

    def priority(self, sample: Sample, now_ms: int) -> "int | None":
        """ALARM, CHANGE or HEARTBEAT; None if the sample need not be reported now."""
        before = self._reported
        changed = before is None or sample.faults != before.faults or self._changed(before.values, sample.values)
        if changed:
            return ALARM if self._alarming(sample.values) else CHANGE
        return HEARTBEAT if now_ms - self._reported_at >= self._interval_ms else None

    def reported(self, sample: Sample, now_ms: int) -> None:
        """The sample is in the outbox."""
        self._reported = sample
        self._reported_at = now_ms

    def _changed(self, before: "dict[str, Value]", now: "dict[str, Value]") -> bool:
        return any(
            quantity.name in before
            and quantity.name in now
            and quantity.changed(before[quantity.name], now[quantity.name])
            for quantity in self._kind
        )

    def _alarming(self, values: "dict[str, Value]") -> bool:
        return any(quantity.name in values and quantity.alarming(values[quantity.name]) for quantity in self._kind)
