"""Where subjects are: by the enrolment of their device, which is signed, or else by the city's inventory."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from civicroot_backend.database import queries
from civicroot_backend.database.inventory_tables import inventories, subject_properties
from civicroot_backend.database.tables import enrolments, revocations


@dataclass(frozen=True, slots=True)
class Place:
    """A subject at WGS 84 degrees; `kid` and log index `enrolled` of its device, None: nothing measures there."""

    subject: str
    label: str | None
    latitude: float
    longitude: float
    kid: bytes | None
    enrolled: int


def version(connection: Connection) -> tuple[int | None, ...]:
    """Changes whenever places may have."""
    newest = (func.max(enrolments.c.log_index), func.max(revocations.c.log_index), func.max(inventories.c.id))
    return tuple(connection.execute(select(each)).scalar_one() for each in newest)


def read(connection: Connection) -> list[Place]:
    """All that are known."""
    found = {place.subject: place for place in _listed(connection)}
    found.update({place.subject: place for place in _enrolled(connection, found)})
    return list(found.values())


def _enrolled(connection: Connection, listed: dict[str, Place]) -> Iterable[Place]:
    for subject, label, latitude, longitude, kid, log_index in queries.current_places(connection):
        known = listed.get(subject)
        if latitude is not None and longitude is not None:
            yield Place(subject, label or (None if known is None else known.label), latitude, longitude, kid, log_index)
        elif known is not None:
            yield Place(subject, label or known.label, known.latitude, known.longitude, kid, log_index)


def _listed(connection: Connection) -> Iterable[Place]:
    columns = [subject_properties.c[name] for name in ("subject", "properties", "latitude", "longitude")]
    query = select(*columns).where(subject_properties.c.replaced.is_(None), subject_properties.c.latitude.is_not(None))
    for subject, properties, latitude, longitude in connection.execute(query):
        said = json.loads(properties)
        yield Place(subject, said.get("label") or said.get("address"), latitude, longitude, None, 0)
