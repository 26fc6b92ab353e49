"""What a device itself says is wrong with it, or with what it hangs on: faults of sensors, alarms, silence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`name:flag` of a report's `fault`: which sensor has no valid value, and why (docs/devices.md)."""

    sensor: str
    flag: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Of a place. `silent_since`: Unix seconds since when its next report is overdue."""

    faults: tuple[Fault, ...] = ()
    alarms: tuple[str, ...] = ()
    silent_since: int | None = None

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.faults or self.alarms) or self.silent_since is not None


def faults_of(text: str) -> tuple[Fault, ...]:
    """Of a `fault` measurement; words of another form are the sensor's name alone."""
    found = (word.partition(":") for word in text.split())
    return tuple(dict.fromkeys(Fault(sensor, flag) for sensor, _, flag in found))
