"""A phase: something that takes a current for a time, so many times a day. Each number says where it is from."""

from dataclasses import dataclass, replace
from enum import IntEnum

DAY_S = 86_400.0


class Mark(IntEnum):
    """Where a number is from, the firmest first; README.md says what each means."""

    FIRMWARE = 0
    MEASURED = 1
    DATASHEET = 2
    ASSUMED = 3
    PUBLISHED = 4
    SCALED = 5


@dataclass(frozen=True)
class Figure:
    """A number with its source: document and table, name in the firmware, or measurement and factor."""

    value: float
    mark: Mark
    source: str

    def times(self, factor: float, why: str) -> "Figure":
        """The same times a factor, which belongs to the source."""
        return replace(self, value=self.value * factor, source=f"{self.source}; × {factor:g} {why}")


def datasheet(value: float, source: str) -> Figure:
    """A maker's number."""
    return Figure(value, Mark.DATASHEET, source)


def firmware(value: float, source: str) -> Figure:
    """What the firmware does."""
    return Figure(value, Mark.FIRMWARE, source)


def assumed(value: float, why: str) -> Figure:
    """Our assumption of people, weather and gateways."""
    return Figure(value, Mark.ASSUMED, why)


@dataclass(frozen=True)
class Phase:
    """`current` in mA on a rail of `volts`, for `seconds`, `per_day` times a day.

    `direct`: the current comes from the battery past the regulator, at the battery's voltage.
    """

    name: str
    current: Figure
    seconds: Figure
    per_day: float
    volts: float
    direct: bool = False

    @property
    def mark(self) -> Mark:
        """The weakest of its numbers."""
        return max(self.current.mark, self.seconds.mark)

    @property
    def mean_ma(self) -> float:
        """Over the day, on its rail."""
        return self.current.value * self.seconds.value * self.per_day / DAY_S

    @property
    def watts(self) -> float:
        """Over the day, on its rail."""
        return self.mean_ma * self.volts / 1000

    def slower(self, factor: float, least: Mark) -> "Phase":
        """With its time multiplied, if its mark is `least` or weaker."""
        if self.seconds.mark < least:
            return self
        return self.longer(factor)

    def longer(self, factor: float) -> "Phase":
        """With its time multiplied (of a phase that never ends: its current)."""
        if self.seconds.value * self.per_day >= DAY_S:
            return replace(self, current=self.current.times(factor, "for comparison"))
        return replace(self, seconds=self.seconds.times(factor, "for comparison"))


def always(name: str, current: Figure, volts: float, direct: bool = False) -> Phase:
    """A phase that never ends."""
    return Phase(name, current, firmware(DAY_S, "all day"), 1, volts, direct)
