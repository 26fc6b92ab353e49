"""Reading a file into rows of text: CSV with a header, or GeoJSON points (RFC 7946)."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from civicroot_backend.errors import InventoryRefused
from civicroot_backend.inventory.faults import Fault

MAX_BYTES = 128 * 1024 * 1024  # a million rows; more is several files
MAX_ROWS = 1_000_000
MAX_CELL = 100_000  # bytes, Python's csv has 131,072
_DELIMITERS = ",;\t"
LATITUDE, LONGITUDE, ID = "latitude", "longitude", "id"  # columns that GeoJSON has beside its properties


@dataclass(frozen=True, slots=True)
class Table:
    """`rows`: number and cells by column. What could not be read as a row is in `faults`."""

    columns: list[str]
    rows: list[tuple[int, dict[str, str]]]
    faults: list[Fault]


def read(content: bytes, name: str) -> Table:
    """The rows of a file. Raises InventoryRefused if it is none of these."""
    if len(content) > MAX_BYTES:
        raise InventoryRefused(f"{name}: more than {MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InventoryRefused(f"{name}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    is_json = Path(name).suffix.lower() in (".geojson", ".json")
    found = _geojson(text, name) if is_json else _csv(text, name)
    if len(found.rows) > MAX_ROWS:
        raise InventoryRefused(f"{name}: more than {MAX_ROWS} rows")
    return found


def _csv(text: str, name: str) -> Table:
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    faults: list[Fault] = []
    number = 1
    try:
        columns = [column.strip() for column in next(reader, [])]
        if not any(columns) or len(set(columns)) < len(columns):
            raise InventoryRefused(f"{name}: the first line must name every column once")
        for number, cells in enumerate(reader, 2):
            if not any(cells):
                continue
            if len(cells) != len(columns):
                faults.append(Fault(number, "", f"{len(cells)} cells, and the header has {len(columns)}"))
                continue
            rows.append((number, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    except csv.Error as error:
        raise InventoryRefused(f"{name}: after row {number}: {error}") from error
    return Table(columns, rows, faults)


def _geojson(text: str, name: str) -> Table:
    try:
        found = json.loads(text)
        features = found["features"] if found.get("type") == "FeatureCollection" else None
    except (ValueError, RecursionError, AttributeError, KeyError) as error:
        raise InventoryRefused(f"{name} is no GeoJSON: {error}") from error
    if not isinstance(features, list):
        raise InventoryRefused(f"{name} is no GeoJSON FeatureCollection")
    rows: list[tuple[int, dict[str, str]]] = []
    faults: list[Fault] = []
    for number, feature in enumerate(features, 1):
        try:
            rows.append((number, dict(_cells(feature))))
        except (TypeError, KeyError, ValueError, AttributeError):
            faults.append(Fault(number, "", "it is no Feature with a Point and flat properties"))
    columns = list(dict.fromkeys(column for _, cells in rows for column in cells))
    return Table(columns, rows, faults)


def _cells(feature: Any) -> Iterator[tuple[str, str]]:
    if feature["type"] != "Feature":
        raise ValueError
    if ID in feature:
        yield ID, _text(feature[ID])
    for column, value in (feature["properties"] or {}).items():
        yield str(column), _text(value)
    geometry = feature["geometry"]
    if geometry is not None:
        if geometry["type"] != "Point":
            raise ValueError
        longitude, latitude, *_ = geometry["coordinates"]
        yield LATITUDE, _text(latitude)
        yield LONGITUDE, _text(longitude)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    return str(value).strip()
