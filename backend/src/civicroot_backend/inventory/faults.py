"""What is wrong with a file, in words that lead to the cell."""

from dataclasses import dataclass


class Unfit(ValueError):
    """A cell's text is no value of its field; the message says why, without the cell."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`row` as a spreadsheet counts, the header being 1; of GeoJSON the feature, from 1. `column`: empty for all."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        """For people."""
        place = f"row {self.row}" + (f", column {self.column}" if self.column else "")
        return f"{place}: {self.reason}"
