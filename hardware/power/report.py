"""Tables of a unit's phases, its life, and what doubled phases cost, as text or JSON."""

from typing import Any

from hardware.power.battery import YEAR_D, Unit
from hardware.power.phase import Mark

TRIPLED = 3.0  # the error of a scaled time, either way
WORST = 8  # phases in the list of the sensitive ones


def life(unit: Unit) -> str:
    """In years or days, whichever its target is in."""
    return f"{unit.years:.1f} years" if unit.target_days >= YEAR_D else f"{unit.days:.0f} days"


def scaled_slower(unit: Unit) -> Unit:
    """With the scaled times tripled."""
    return unit.slower(TRIPLED, Mark.SCALED)


def unknown_slower(unit: Unit) -> Unit:
    """With the published times tripled, too."""
    return unit.slower(TRIPLED, Mark.PUBLISHED)


def text(unit: Unit) -> str:
    """For people."""
    battery = unit.battery
    lines = [
        f"{unit.name}: {life(unit)}; scaled times tripled {life(scaled_slower(unit))}; "
        f"published ones, too, {life(unknown_slower(unit))}",
        f"  {battery.usable_wh:.1f} of {battery.nominal_wh:.1f} Wh, less {battery.lost_a_year.value:.0%} a year; "
        f"{unit.watts * 1000:.3g} mW from the battery",
        "",
        f"  {'phase':<26}{'mA':>9}{'s':>11}{'a day':>9}{'share':>8}  mark",
    ]
    for phase in unit.phases:
        used = phase.watts if phase.direct else phase.watts / unit.efficiency.value
        lines.append(
            f"  {phase.name:<26}{phase.current.value:>9.4g}{phase.seconds.value:>11.4g}{phase.per_day:>9.4g}"
            f"{used / unit.watts:>8.1%}  {phase.mark.name.lower()}"
        )
    lines += ["", "  twice as much of a phase costs, of the life:"]
    lines += [f"  {phase.name:<26}{loss:>8.1%}" for phase, loss in unit.doubled()[:WORST]]
    lines += ["", "  sources:"]
    for phase in unit.phases:
        lines.append(f"  {phase.name}: {phase.current.source}. {phase.seconds.source}.")
    return "\n".join(lines)


def data(unit: Unit) -> dict[str, Any]:
    """For programs."""
    return {
        "name": unit.name,
        "days": round(unit.days, 1),
        "days_scaled_tripled": round(scaled_slower(unit).days, 1),
        "days_published_tripled": round(unknown_slower(unit).days, 1),
        "target_days": unit.target_days,
        "milliwatts": round(unit.watts * 1000, 4),
        "usable_wh": round(unit.battery.usable_wh, 2),
        "phases": [
            {
                "name": phase.name,
                "milliampere": phase.current.value,
                "seconds": phase.seconds.value,
                "per_day": phase.per_day,
                "volts": phase.volts,
                "mark": phase.mark.name.lower(),
                "sources": [phase.current.source, phase.seconds.source],
            }
            for phase in unit.phases
        ],
        "doubled_costs": {phase.name: round(loss, 4) for phase, loss in unit.doubled()},
    }
