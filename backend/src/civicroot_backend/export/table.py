"""A table that becomes a file: named columns of one kind each, and rows that come while it is written."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

Cell = str | int | float | bool | None
Row = tuple[Cell, ...]


class Kind(Enum):
    """What a column holds; any cell may be None."""

    TEXT = "text"
    INTEGER = "integer"  # 64 bits, signed
    NUMBER = "number"  # a double
    BOOLEAN = "boolean"
    TIME = "time"  # ISO 8601 text in UTC with whole seconds, as the API has times


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it holds."""

    name: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """`name`: what the file is called, without ending. Rows have as many cells as there are columns."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
