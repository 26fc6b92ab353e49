"""CSV by RFC 4180: comma, CRLF, quotes doubled, a header line.

UTF-8 with a byte order mark: without it Excel takes Korean and Chinese for another encoding, and what else reads CSV
knows the mark. A text that a spreadsheet would take for a formula gets an apostrophe before it, which OWASP advises;
a number stays one. So does what follows a semicolon, a tab or a line end within a text: where the decimal sign is a
comma a spreadsheet parts cells there, and its quotes do not hold them together. Whoever needs every text to the letter
takes Parquet.
"""

import csv
import io
import re
from collections.abc import Iterator

from civicroot_backend.export.table import Cell, Column, Kind, Row, Table

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
ROWS_AT_ONCE = 500  # in one piece: some 60 kB
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
# Of a formula in Excel, LibreOffice and Google Sheets, also in full width; tab and line ends are skipped before one.
_SIGN = "[=+\\-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}]"
_BEGINS = re.compile(f"^[\t\r\n ]*{_SIGN}|^[\t\r]")
_GOES_ON = re.compile(f'[;\t\r\n](?=[ "]*{_SIGN})')  # the last of several that part cells
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def pieces(table: Table) -> Iterator[bytes]:
    """The file, some hundred rows at a time."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    out.write(BYTE_ORDER_MARK)
    writer.writerow([column.name for column in table.columns])
    for number, row in enumerate(table.rows, 1):
        writer.writerow(_cells(table.columns, row))
        if number % ROWS_AT_ONCE == 0:
            yield _taken(out)
    yield _taken(out)


def harmless(text: str) -> str:
    """The text so that no spreadsheet calculates it."""
    parted = _GOES_ON.sub(r"\g<0>'", text)
    return f"'{parted}" if _BEGINS.match(text) and not _NUMBER.fullmatch(text) else parted


def _cells(columns: tuple[Column, ...], row: Row) -> list[Cell]:
    return [_cell(column, cell) for column, cell in zip(columns, row, strict=True)]


def _cell(column: Column, cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return repr(cell)
    return harmless(cell) if column.kind is Kind.TEXT and isinstance(cell, str) else cell


def _taken(out: io.StringIO) -> bytes:
    piece = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return piece
