"""The list of a box: CSV in UTF-8, a device a row, as spreadsheets save it. All faults are found before a start.

Columns: subject (bin/12), asset (number of the city's inventory), label (what people call the place), latitude,
longitude, model (of the hardware), photo (JPEG or PNG of where it hangs, relative to the list). Only subject is needed.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from civicroot_wire import names
from civicroot_wire.errors import WireError

from civicroot_cli import files
from civicroot_cli.main import CommandError

from .errors import ListError

COLUMNS = ("subject", "asset", "label", "latitude", "longitude", "model", "photo")
PAGES = {"bin": "/b/", "tree": "/t/"}  # of the city's site, by the subject's class: they are in the code on the label
MAX_BYTES = 4 << 20
MAX_LABEL, MAX_MODEL = 96, 32  # bytes (SPEC.md §3.3)
MAX_ASSET = 24  # characters that can be read on a label 50 mm wide
SHOWN = 20  # faults
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,12})?")  # no more decimals than an enrolment carries (SPEC.md §3.3)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One device to be. `photo` is the path of the file."""

    subject: str
    asset: str = ""
    label: str = ""
    latitude: str = ""
    longitude: str = ""
    model: str = ""
    photo: str = ""

    @property
    def page(self) -> str:
        """Path of the device's page."""
        kind, _, name = self.subject.partition("/")
        return PAGES[kind] + name


def load(path: Path) -> list[Row]:
    """Read a list. Raises ListError with every fault: its row, as a spreadsheet counts, and its column."""
    data = files.read(path, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise ListError(f"{path} has over {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListError(f"{path}: not UTF-8 at byte {error.start}; save it as `CSV UTF-8`") from error
    try:
        return read(text, path.parent)
    except ListError as error:
        raise ListError(f"{path}: {error}") from error


def read(text: str, folder: Path) -> list[Row]:
    """The rows of a list's text. Raises ListError."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        table = list(lines)
    except csv.Error as error:
        raise ListError(f"row {lines.line_num}: {error}") from error
    if not table:
        raise ListError("it is empty")
    header = [name.strip().lower() for name in table[0]]
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or "subject" not in header or len(set(header)) != len(header):
        raise ListError(f"row 1: columns are {', '.join(COLUMNS)}; unknown: {', '.join(unknown) or '-'}")
    rows: list[Row] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue  # a spreadsheet's empty last row
        if len(cells) != len(header):
            faults.append(f"row {number}: {len(cells)} cells under {len(header)} columns")
            continue
        values = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        found = [f"row {number}, column {column}: {what}" for column, what in check(values, folder)]
        first = seen.setdefault(values["subject"], number)
        if first != number:
            found.append(f"row {number}, column subject: {values['subject']} is in row {first} already")
        faults += found
        if not found:
            rows.append(row_of(values, folder))
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise ListError("; ".join(faults[:SHOWN]) + more)
    return rows


def check(values: dict[str, str], folder: Path) -> Iterator[tuple[str, str]]:
    """(column, fault) of a row."""
    try:
        kind = names.subject(values["subject"]).partition("/")[0]
        if kind not in PAGES:
            yield "subject", f"{values['subject']}: a device is one of {', '.join(PAGES)}"
    except WireError as error:
        yield "subject", str(error)
    yield from _lengths(values)
    for column, limit in (("latitude", 90), ("longitude", 180)):
        text = values.get(column, "")
        if text and not _degrees(text, limit):
            yield column, f"{text!r} is no number of degrees from -{limit} to {limit}, like 37.5665"
    if bool(values.get("latitude")) != bool(values.get("longitude")):
        yield "latitude" if values.get("longitude") else "longitude", "is missing"
    if values.get("photo"):
        yield from _photo(folder / values["photo"])


def _lengths(values: dict[str, str]) -> Iterator[tuple[str, str]]:
    for column, limit in (("label", MAX_LABEL), ("model", MAX_MODEL)):
        if len(values.get(column, "").encode()) > limit:
            yield column, f"over {limit} bytes"
    if len(values.get("asset", "")) > MAX_ASSET:
        yield "asset", f"over {MAX_ASSET} characters"
    for column in ("asset", "label", "model"):
        if not values.get(column, "").isprintable():
            yield column, "has characters that cannot be printed"


def row_of(values: dict[str, str], folder: Path) -> Row:
    """A row without faults."""
    photo = values.get("photo", "")
    found = {name: values.get(name, "") for name in COLUMNS}
    return Row(**found | {"photo": str(folder / photo) if photo else ""})


def _photo(path: Path) -> Iterator[tuple[str, str]]:
    from . import photo  # noqa: PLC0415 (needs the extra; lists without photos do not)

    try:
        photo.read(path)
    except CommandError as error:
        yield "photo", str(error)


def _degrees(text: str, limit: int) -> bool:
    return _DEGREES.fullmatch(text) is not None and abs(Decimal(text)) <= limit
