"""The list of parts of a unit, and what it costs at 10, 100 and 1,000 units. Prices are dated assumptions."""

import csv
import io
import math
from dataclasses import dataclass

from hardware.circuits.circuit import Circuit, Placed
from hardware.parts.part import PRICES_AS_OF, QUANTITIES, PartType

HEADER = (
    "references", "quantity", "part", "description", "maker", "number", "footprint", "data sheet", "alternates", "RoHS",
    "single source", "where", *(f"USD each at {quantity}" for quantity in QUANTITIES),
)  # fmt: skip
ASSEMBLY = (0.35, 0.22, 0.12)  # USD for each part on the board that is soldered, by units; an assumption as well
BOARD = (6.50, 3.20, 1.60)  # USD for the bare board of two layers
# Of what is fitted, how much is kept on the shelf for five years: sensors that people and weather reach most.
SPARE_SHARE = {"off-board": 0.08, "module": 0.02, "connector": 0.02, "battery": 0.02}


@dataclass(frozen=True)
class Line:
    """One type of part, and where it is."""

    type: PartType
    refs: tuple[str, ...]
    fitted: bool

    @property
    def where(self) -> str:
        """On the board, at a cable, or not at all."""
        if not self.fitted:
            return "optional, not fitted"
        return "cable" if self.type.off_board else "board"


def lines(circuit: Circuit) -> list[Line]:
    """By reference. Test points and jumpers, which nobody buys, are left out."""
    groups: dict[tuple[str, bool], list[Placed]] = {}
    for part in circuit.parts:
        if part.type.mpn != "none":
            groups.setdefault((part.type.mpn, part.fitted), []).append(part)
    return [Line(parts[0].type, tuple(part.ref for part in parts), fitted) for (_, fitted), parts in groups.items()]


def text(circuit: Circuit) -> str:
    """The list as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for line in lines(circuit):
        part = line.type
        alternates, single = "; ".join(part.alternates), "yes" if part.single_source else "no"
        writer.writerow(
            [
                " ".join(line.refs), len(line.refs), part.name, part.description, part.maker, part.mpn, part.footprint,
                part.datasheet, alternates, part.rohs, single, line.where,
                *(f"{price:.3f}" for price in part.prices),
            ]
        )  # fmt: skip
    return out.getvalue()


def cost(circuit: Circuit, at: int, cables: bool) -> float:
    """USD for one unit when QUANTITIES[at] are built: parts on the board with soldering, or those at cables."""
    found = [line for line in lines(circuit) if line.fitted and line.type.off_board == cables]
    parts = sum(line.type.prices[at] * len(line.refs) for line in found)
    if cables:
        return parts
    return parts + BOARD[at] + ASSEMBLY[at] * sum(len(line.refs) for line in found)


def single_sources(circuit: Circuit) -> list[Line]:
    """Parts without an alternate: buy them first."""
    return [line for line in lines(circuit) if line.type.single_source]


def spares(circuit: Circuit, units: int) -> str:
    """CSV of what to keep for so many units, at least one of each."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("part", "maker", "number", f"fitted in {units} units", "spares"))
    for line in lines(circuit):
        share = SPARE_SHARE.get(line.type.kind)
        if share is not None and line.fitted:
            fitted = len(line.refs) * units
            writer.writerow((line.type.name, line.type.maker, line.type.mpn, fitted, math.ceil(fitted * share)))
    return out.getvalue()


def prices_note() -> str:
    """What the prices are."""
    return f"Prices are assumptions of {PRICES_AS_OF}, in US dollars, without tax and freight."
