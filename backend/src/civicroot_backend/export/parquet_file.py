"""Parquet, by Apache Arrow's own library: types as they are, and every text to the letter.

Rows are written in groups; a group is what is in memory, and what a reader can skip.
"""

import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from civicroot_backend.export.table import Cell, Column, Kind, Table

MEDIA_TYPE = "application/vnd.apache.parquet"  # registered with IANA
ROW_GROUP = 10_000  # rows: some megabytes of Python objects, one of file


def pieces(table: Table) -> Iterator[bytes]:
    """The file, one group of rows at a time."""
    # Imported here: 60 MB that a backend which nobody asks for Parquet need not have in memory.
    import pyarrow  # noqa: PLC0415
    import pyarrow.parquet  # noqa: PLC0415

    schema = pyarrow.schema([(column.name, _type(pyarrow, column)) for column in table.columns])
    sink = _Sink()
    rows = iter(table.rows)
    with pyarrow.parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        while group := list(itertools.islice(rows, ROW_GROUP)):
            columns = zip(*group, strict=True)
            arrays = [
                pyarrow.array([_cell(column, cell) for cell in cells], field.type)
                for column, field, cells in zip(table.columns, schema, columns, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema), ROW_GROUP)
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """What the writer takes for a file; what was written is taken out piece by piece."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def write(self, data: Any) -> int:
        """`data`: bytes, or what has a buffer of them."""
        part = bytes(data)
        self._parts.append(part)
        self._written += len(part)
        return len(part)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """What was written stays to be taken."""

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def taken(self) -> bytes:
        """What was written since the last time."""
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


def _type(pyarrow: Any, column: Column) -> Any:
    return {
        Kind.TEXT: pyarrow.string(),
        Kind.INTEGER: pyarrow.int64(),
        Kind.NUMBER: pyarrow.float64(),
        Kind.BOOLEAN: pyarrow.bool_(),
        Kind.TIME: pyarrow.timestamp("ms", tz="UTC"),  # Parquet has none of whole seconds
    }[column.kind]


def _cell(column: Column, cell: Cell) -> object:
    if column.kind is Kind.TIME and isinstance(cell, str):
        return datetime.fromisoformat(cell)
    return cell
