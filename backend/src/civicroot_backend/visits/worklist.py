"""Where crews are needed: places whose devices say that something is wrong, or of which citizens reported something."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from civicroot_backend.inventory import book
from civicroot_backend.map.places import Place
from civicroot_backend.map.snapshot import Snapshot
from civicroot_backend.map.trouble import Trouble
from civicroot_backend.people.roles import CITY
from civicroot_backend.reports import reports
from civicroot_backend.subjects import distance
from civicroot_backend.subjects.distance import Place as Point

Need = Literal["fault", "alarm", "silent", "report"]
_GROUP = 500  # subjects asked for at once
_NAME_BITS = 24  # of a rank: what orders those at the same distance
_NOWHERE = 1 << 35  # millimetres: more than half the earth's circumference, for what has no place


@dataclass(frozen=True, slots=True)
class Work:
    """What is wrong at a subject. `district` is empty if none is known; `metres` None: it is not known where it is."""

    subject: str
    label: str | None
    place: Place | None
    district: str
    trouble: Trouble
    reports: int
    metres: float | None

    @property
    def rank(self) -> int:
        """Orders by distance; below 2⁶⁰, and no two are the same in a city but by a chance of one in millions."""
        millimetres = _NOWHERE if self.metres is None else int(self.metres * 1000)
        return millimetres << _NAME_BITS | zlib.crc32(self.subject.encode()) & (1 << _NAME_BITS) - 1

    def needs(self, wanted: Sequence[Need]) -> bool:
        """Whether it is of one of these kinds."""
        has: Mapping[Need, bool] = {
            "fault": bool(self.trouble.faults),
            "alarm": bool(self.trouble.alarms),
            "silent": self.trouble.silent_since is not None,
            "report": self.reports > 0,
        }
        return any(has[need] for need in wanted)


def nearest(connection: Connection, snapshot: Snapshot, near: Point, district: str) -> list[Work]:
    """All work of a district, or of `city`, nearest first."""
    counts = reports.open_counts(connection)
    found = _work(connection, snapshot, near, {*snapshot.troubles, *counts}, counts)
    return sorted((work for work in found if district in (CITY, work.district)), key=lambda work: work.rank)


def _work(
    connection: Connection, snapshot: Snapshot, near: Point, subjects: Iterable[str], counts: Mapping[str, int]
) -> Iterator[Work]:
    district_of = reports.district_finder(connection)
    listed = sorted(subjects)
    for first in range(0, len(listed), _GROUP):
        group = listed[first : first + _GROUP]
        known = book.of_subjects(connection, group)
        for subject in group:
            said = known[subject].properties if subject in known else {}
            place = snapshot.by_subject.get(subject)
            label = (place.label if place is not None else None) or said.get("label") or said.get("address")
            trouble = snapshot.troubles.get(subject, Trouble())
            its_own = district_of(said.get("district"))
            yield Work(subject, label, place, its_own, trouble, counts.get(subject, 0), _metres(near, place))


def _metres(near: Point, place: Place | None) -> float | None:
    return None if place is None else distance.between(near, Point(place.latitude, place.longitude))
