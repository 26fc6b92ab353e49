"""A unit's report: supplies, heat, buses, cost, single sources, what is open. Markdown, the same bytes at each run."""

from hardware.checks import i2c, rails, regulators
from hardware.circuits.circuit import Circuit
from hardware.circuits.tree_tag import LOOK_UP
from hardware.parts.part import QUANTITIES
from hardware.reports import bom


def text(circuit: Circuit) -> str:
    """The report."""
    parts = [
        f"# {circuit.title}: report\n\nMade by `make hardware` from hardware/circuits; do not edit.",
        _rails(circuit),
        _heat(circuit),
        _buses(circuit),
        _cost(circuit),
        _single(circuit),
        _open(circuit),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _rows(*rows: tuple[str, ...]) -> str:
    head, *rest = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rest))


def _rails(circuit: Circuit) -> str:
    rows = [("rail", "V", "from", "mA at most", "source gives, mA", "the largest loads")]
    for rail in circuit.rails:
        loads = rails.loads(circuit, rail)
        most = ", ".join(f"{load.what} {load.ma:.0f}" for load in loads[:3] if load.ma >= 1)
        volts = f"{rail.low:g} to {rail.high:g}"
        rows.append((rail.net, volts, rail.source, f"{rails.total_ma(circuit, rail):.0f}", f"{rail.budget_ma:g}", most))
    return "## Supplies, everything on at once\n\n" + _rows(*rows)


def _heat(circuit: Circuit) -> str:
    rows = [("converter", "rail", "feedback gives, V", "lost in the chip, mW", "junction, °C")]
    for rail, part in regulators.converters(circuit):
        heat = regulators.heat(circuit, rail, part)
        volts = regulators.feedback_volts(circuit, rail, part)
        name = f"{part.ref} {part.type.name}"
        rows.append(
            (name, rail.net, f"{volts:.2f}" if volts else "set", f"{heat.watts * 1000:.0f}", f"{heat.junction:.0f}")
        )
    head = f"## Converters at their most, {regulators.AMBIENT_C:g} °C in the box"
    return f"{head}\n\n{_rows(*rows)}" if len(rows) > 1 else ""


def _buses(circuit: Circuit) -> str:
    rows = [("bus", "address", "part", "pull-up, Ω", "rises in, ns (at most 300)")]
    for clock, parts in i2c.buses(circuit).items():
        ohm, farad = i2c.pull_up_ohm(circuit, clock), i2c.farads(circuit, clock)
        for part in parts:
            optional = "" if part.fitted else " (optional)"
            rise = f"{i2c.RISE_FACTOR * ohm * farad * 1e9:.0f}"
            address = f"0x{i2c.address(circuit, part):02x}"
            rows.append((clock, address, f"{part.ref} {part.type.name}{optional}", f"{ohm:.0f}", rise))
    return "## I2C\n\n" + _rows(*rows)


def _cost(circuit: Circuit) -> str:
    rows: list[tuple[str, ...]] = [("USD for a unit, built at", *(f"{quantity:,}" for quantity in QUANTITIES))]
    for name, cables in (("board, soldered", False), ("at cables", True)):
        rows.append((name, *(f"{bom.cost(circuit, at, cables):.2f}" for at in range(len(QUANTITIES)))))
    totals = (sum(bom.cost(circuit, at, cables) for cables in (False, True)) for at in range(len(QUANTITIES)))
    rows.append(("together", *(f"{total:.2f}" for total in totals)))
    return f"## Cost\n\n{bom.prices_note()} Boxes, cables and work of a crew are not in them.\n\n" + _rows(*rows)


def _single(circuit: Circuit) -> str:
    found = bom.single_sources(circuit)
    rows = [("part", "references", "number"), *((x.type.name, " ".join(x.refs), x.type.mpn) for x in found)]
    return "## Single sources: order these first\n\n" + (_rows(*rows) if found else "None.")


def _open(circuit: Circuit) -> str:
    """What a person has to do before ordering."""
    points = [
        "Routing is manual: the board file has outline, placement and nets, and no tracks.",
        "Numbers of makers, data sheet figures and prices were written from memory of the data sheets named; look each "
        "up again before ordering.",
    ]
    unknown = [part.ref for part in circuit.parts if part.note == LOOK_UP]
    if unknown:
        points.append(f"{', '.join(unknown)}: {LOOK_UP}.")
    points += [f"{pin}: {why}." for pin, why in circuit.spare.items()]
    return "## Open\n\n" + "\n".join(f"- {point}" for point in points)
