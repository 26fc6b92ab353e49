"""From a battery and phases to a life."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from hardware.power.phase import Figure, Mark, Phase

YEAR_D = 365.25
DAY_H = 24.0


@dataclass(frozen=True)
class Battery:
    """What of it can be used: nominal energy in Wh, parts of it, and the part that it loses in a year by itself."""

    name: str
    volts: float
    hours: Figure  # Ah
    usable: Figure  # down to where the regulator or the battery's own protection ends
    cold: Figure  # of the usable, over a year outdoors
    lost_a_year: Figure  # of the nominal

    @property
    def nominal_wh(self) -> float:
        """Printed on it."""
        return self.volts * self.hours.value

    @property
    def usable_wh(self) -> float:
        """Fresh, outdoors."""
        return self.nominal_wh * self.usable.value * self.cold.value


@dataclass(frozen=True)
class Unit:
    """A device: phases behind a regulator of `efficiency` (output over input), on a battery."""

    name: str
    phases: tuple[Phase, ...]
    battery: Battery
    efficiency: Figure
    target_days: float

    @property
    def watts(self) -> float:
        """Taken from the battery over the day."""
        return sum(phase.watts if phase.direct else phase.watts / self.efficiency.value for phase in self.phases)

    @property
    def days(self) -> float:
        """Until the usable energy is gone, what the battery loses by itself included."""
        lost_wh_a_day = self.battery.nominal_wh * self.battery.lost_a_year.value / YEAR_D
        return self.battery.usable_wh / (self.watts * DAY_H + lost_wh_a_day)

    @property
    def years(self) -> float:
        """The same in years."""
        return self.days / YEAR_D

    def slower(self, factor: float, least: Mark = Mark.SCALED) -> "Unit":
        """With all times multiplied whose mark is `least` or weaker."""
        return self._with(phase.slower(factor, least) for phase in self.phases)

    def doubled(self) -> list[tuple[Phase, float]]:
        """Each phase, and what part of its life the device loses if that phase is twice as long; the worst first."""
        found = []
        for at, phase in enumerate(self.phases):
            changed = (*self.phases[:at], phase.longer(2), *self.phases[at + 1 :])
            found.append((phase, 1 - self._with(changed).days / self.days))
        return sorted(found, key=_loss, reverse=True)

    def without(self, unwanted: Callable[[Phase], bool]) -> "Unit":
        """With some phases left out."""
        return self._with(phase for phase in self.phases if not unwanted(phase))

    def _with(self, phases: Iterable[Phase]) -> "Unit":
        return replace(self, phases=tuple(phases))


def _loss(found: tuple[Phase, float]) -> float:
    return found[1]
