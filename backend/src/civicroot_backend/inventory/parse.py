"""From rows to what the city says of each subject; every fault of every row is found, not the first alone."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from civicroot_wire import names
from civicroot_wire.errors import MalformedError

from civicroot_backend.inventory import fields, values
from civicroot_backend.inventory.faults import Fault, Unfit
from civicroot_backend.inventory.table import Table

_Convert = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row says of a subject. `properties`: canonical JSON."""

    row: int
    subject: str
    properties: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Parsed:
    """Entries of rows without fault, and the faults of the others, in the order of rows."""

    entries: list[Entry]
    faults: list[Fault]


def parse(kind: str, table: Table, mapping: Mapping[str, str], today: date) -> Parsed:
    """Check every row; `mapping` is field → column, `today` what no tree is planted after."""
    converters = _converters(today)
    entries: list[Entry] = []
    faults = list(table.faults)
    first_row: dict[str, int] = {}
    for number, cells in table.rows:
        found, wrong = _converted(cells, mapping, converters, number)
        subject, fault = _subject(kind, found, mapping[fields.NAME], number)
        wrong += [fault] if fault is not None else []
        wrong += _together(found, cells, mapping, number)
        if not wrong and subject in first_row:
            wrong.append(Fault(number, mapping[fields.NAME], f"{subject} stands in row {first_row[subject]} already"))
        if wrong:
            faults += wrong
            continue
        first_row[subject] = number
        entries.append(_entry(kind, number, subject, found))
    return Parsed(entries, sorted(faults, key=lambda fault: fault.row))


def _converters(today: date) -> Mapping[str, _Convert]:
    special: dict[str, _Convert] = {
        "latitude": lambda cell: values.degrees(cell, 90.0),
        "longitude": lambda cell: values.degrees(cell, 180.0),
        "accepts": values.accepted,
        "planted": lambda cell: values.planted(cell, today),
        "trunk_cm": lambda cell: values.trunk(cell, inches=False),
        "trunk_in": lambda cell: values.trunk(cell, inches=True),
        "picture": values.web_address,
        "picture_sha256": values.sha256,
        **dict.fromkeys(("species_en", "species_ko", "species_zh"), values.common_name),
    }
    every = {field for kind in fields.KINDS for field in fields.of_kind(kind)}
    return {field: special.get(field, values.text) for field in every}


def _converted(
    cells: Mapping[str, str], mapping: Mapping[str, str], converters: Mapping[str, _Convert], number: int
) -> tuple[dict[str, Any], list[Fault]]:
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for field, column in mapping.items():
        cell = cells.get(column, "")
        if cell == "":
            continue
        try:
            found[field] = converters[field](cell)
        except Unfit as error:
            faults.append(Fault(number, column, str(error)))
    return found, faults


def _subject(kind: str, found: Mapping[str, Any], column: str, number: int) -> tuple[str, Fault | None]:
    name = found.get(fields.NAME, "")
    if name == "":
        return "", Fault(number, column, f"a {kind} needs a name")
    try:
        return names.subject(f"{kind}/{name}"), None
    except MalformedError:
        most = names.MAX_SUBJECT_NAME
        return "", Fault(number, column, f"{name!r} is no name: 1 to {most} of A-Z a-z 0-9 . _ -")


def _together(
    found: Mapping[str, Any], cells: Mapping[str, str], mapping: Mapping[str, str], number: int
) -> list[Fault]:
    """Fields that need another one."""
    faults = []
    for one, other in (("latitude", "longitude"), ("longitude", "latitude"), ("picture_sha256", "picture")):
        if one in found and not cells.get(mapping.get(other, ""), ""):
            faults.append(Fault(number, mapping[one], f"it goes with a {other}"))
    return faults


def _entry(kind: str, number: int, subject: str, found: dict[str, Any]) -> Entry:
    shown = {"label": found.get("label"), "district": found.get("district"), "address": found.get("address")}
    shown |= _of_tree(found) if kind == fields.TREE else {"accepts": found.get("accepts")}
    said = {field: value for field, value in shown.items() if value}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Entry(number, subject, text, found.get("latitude"), found.get("longitude"))


def _of_tree(found: Mapping[str, Any]) -> dict[str, Any]:
    parts = [found.get(part, "") for part in ("genus", "epithet", "cultivar")]
    species = {language: found.get(f"species_{language}") for language in ("en", "ko", "zh")}
    picture = {"url": found.get("picture"), "sha256": found.get("picture_sha256")}
    return {
        "scientific": found.get("scientific") or values.scientific(*parts),
        "species": {language: name for language, name in species.items() if name},
        "planted": found.get("planted"),
        "trunk_cm": found.get("trunk_cm") or found.get("trunk_in"),
        "picture": {name: value for name, value in picture.items() if value},
    }
