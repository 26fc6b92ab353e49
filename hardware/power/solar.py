"""The smart bin on its panel over a year: what comes in, what the bin takes, and how empty its battery gets.

That the charger gives 0.83 A at most is left out: it cuts a panel of 20 W in full sun at noon, where there is plenty.
"""

from dataclasses import dataclass

from hardware.power.battery import DAY_H, YEAR_D, Unit
from hardware.power.irradiance import MONTH_DAYS, SITES, Site, tilted
from hardware.power.phase import Figure, assumed, datasheet

TILT = 60.0  # degrees: the winter's sun counts, and snow and leaves slide off
PANEL_W = 20.0
CHARGER = datasheet(0.87, "LT3652 data sheet, efficiency at 12 V and 1 A, catch diode included")
HELD = assumed(0.92, "the charger holds the panel at one voltage, not at its best at each temperature")
DIRT = assumed(0.90, "dust and bird droppings between two visits")
SHADE = assumed(0.5, "of the light that houses and trees leave to a bin on a street")
# Weather comes in runs: of each ten days four dull ones in a row, six bright ones; together the month's mean.
DULL, BRIGHT = 0.25, 1.5
RUN = (DULL,) * 4 + (BRIGHT,) * 6
LEAST_LEFT = 0.4  # of the usable energy, in a usual year: what is below carries the bin through an unusual one


@dataclass(frozen=True)
class Year:
    """incomes: Wh a day by month, mean; demand: Wh a day; lowest: share of the usable energy left at the worst moment;
    lowest_day: when, counted from 1 January."""

    site: str
    incomes: tuple[float, ...]
    demand: float
    lowest: float
    lowest_day: int

    @property
    def closes(self) -> bool:
        """Whether the battery is not emptier than it should get."""
        return self.lowest >= LEAST_LEFT


def income(site: Site, month: int, panel: float = PANEL_W, shade: Figure = SHADE) -> float:
    """Wh a day into the battery, the month's mean. A panel's watts are those at 1 kW/m²."""
    kept = CHARGER.value * HELD.value * DIRT.value * shade.value
    return panel * tilted(site, month, TILT) * kept * site.warm[month]


def year(unit: Unit, site: Site, panel: float = PANEL_W, shade: Figure = SHADE) -> Year:
    """Day by day through two years from a full battery; the second one counts."""
    incomes = tuple(income(site, month, panel, shade) for month in range(len(MONTH_DAYS)))
    usable = unit.battery.usable_wh
    demand = unit.watts * DAY_H + unit.battery.nominal_wh * unit.battery.lost_a_year.value / YEAR_D
    months = [month for month, days in enumerate(MONTH_DAYS) for _ in range(days)]
    energy, lowest, lowest_day = usable, usable, 0
    for day in range(2 * len(months)):
        at = day % len(months)
        energy = min(usable, energy + incomes[months[at]] * RUN[day % len(RUN)] - demand)
        if day >= len(months) and energy < lowest:
            lowest, lowest_day = energy, at
    return Year(site.name, incomes, demand, max(0.0, lowest / usable), lowest_day)


def years(unit: Unit) -> list[Year]:
    """At all sites, as the bin is built."""
    return [year(unit, site) for site in SITES]
