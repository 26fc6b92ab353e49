"""From the inventory's rows to what the API answers."""

from typing import Any

from civicroot_backend.api.models import Location
from civicroot_backend.api.presentation import device_of
from civicroot_backend.api.subject_models import (
    BinProperties,
    InventorySource,
    Picture,
    Properties,
    PropertiesVersion,
    SpeciesNames,
    Subject,
    TreeProperties,
)
from civicroot_backend.api.subject_models import Level as ShownLevel
from civicroot_backend.database.queries import DeviceRow, ReadingRow
from civicroot_backend.inventory import fields
from civicroot_backend.inventory.book import Known
from civicroot_backend.paths import entry_path, page_of, proof_of
from civicroot_backend.subjects.emptying import Level
from civicroot_backend.times import iso, iso_claim


def subject_of(device: DeviceRow | None, known: Known | None, published_size: int) -> Subject:
    """At least one of the two is there."""
    properties = None if known is None else properties_of(known)
    source = None if known is None else source_of(known)
    if device is not None:
        shown = device_of(device, published_size).model_dump()
    else:
        assert known is not None
        kind, _, name = known.subject.partition("/")
        nothing = dict.fromkeys(("kid", "label", "location", "enrolled_at_index", "latest"))
        shown = {"subject": known.subject, "kind": kind, "name": name, "simulated": False, **nothing}
        shown["page"] = page_of(known.subject)
    if known is not None:
        shown["location"] = shown["location"] or location_of(known)
        shown["label"] = shown["label"] or known.properties.get("label") or known.properties.get("address")
    return Subject(**shown, properties=properties, inventory=source)


def version_of(known: Known) -> PropertiesVersion:
    """What one file said."""
    return PropertiesVersion(properties=properties_of(known), location=location_of(known), inventory=source_of(known))


def properties_of(known: Known) -> Properties:
    """By the subject's kind; inventories are of bins and trees alone."""
    said: dict[str, Any] = known.properties
    district, address = said.get("district"), said.get("address")
    if known.kind == fields.BIN:
        return BinProperties(accepts=said.get("accepts", []), district=district, address=address)
    species, picture = said.get("species", {}), said.get("picture")
    return TreeProperties(
        scientific=said.get("scientific"),
        species=SpeciesNames(**{language: species.get(language) for language in SpeciesNames.model_fields}),
        planted=said.get("planted"),
        trunk_cm=said.get("trunk_cm"),
        picture=None if picture is None else Picture(url=picture["url"], sha256=picture.get("sha256")),
        district=district,
        address=address,
    )


def source_of(known: Known) -> InventorySource:
    """Where it comes from."""
    statement = None if known.log_index is None else entry_path(known.log_index)
    return InventorySource(file_sha256=known.sha256.hex(), imported=iso(known.imported), statement=statement)


def location_of(known: Known) -> Location | None:
    """Where the inventory has it."""
    if known.latitude is None or known.longitude is None:
        return None
    return Location(latitude=known.latitude, longitude=known.longitude)


def level_of(level: Level[ReadingRow]) -> ShownLevel:
    """How full a bin is, and the reading that says so."""
    row, kid = level.reading, level.reading.kid.hex()
    return ShownLevel(
        value=float(level.fill),
        text=str(level.fill),
        time=iso_claim(row.time),
        received=iso(row.closed),
        kid=kid,
        seq=row.seq,
        proof=proof_of(kid, row.seq),
    )
