"""What is near: bins and trees by distance, bins that are not full among them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from civicroot_wire import record
from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.models import Location
from civicroot_backend.api.subject_models import Accepted, NearSubject, NearSubjects
from civicroot_backend.api.subject_presentation import level_of, properties_of
from civicroot_backend.database import queries
from civicroot_backend.database.inventory_tables import subject_properties
from civicroot_backend.database.queries import DeviceRow
from civicroot_backend.database.tables import enrolments
from civicroot_backend.inventory import book, fields
from civicroot_backend.inventory.book import Known
from civicroot_backend.paths import API, page_of
from civicroot_backend.subjects import distance, levels
from civicroot_backend.subjects.distance import Place

DEFAULT_LIMIT, MAX_LIMIT = 5, 50  # what somebody walks to; the rest is what maps are for
DEFAULT_METRES, MAX_METRES = 2_000, 20_000
_FRACTION = r"(?:\.[0-9]{1,15})?"
_NORTH = rf"-?(?:90(?:\.0{{1,15}})?|[0-8]?[0-9]{_FRACTION})"
_EAST = rf"-?(?:180(?:\.0{{1,15}})?|(?:1[0-7][0-9]|[0-9]{{1,2}}){_FRACTION})"
PLACE = f"^{_NORTH},{_EAST}$"
_CANDIDATES = 200  # the nearest that are looked at: some are full, or are silent
_AT_ONCE = 25

router = APIRouter(prefix=API, tags=["subjects"])


@dataclass(frozen=True, slots=True)
class _Candidate:
    subject: str
    place: Place
    metres: float
    device: DeviceRow | None
    known: Known | None


@router.get("/subjects", summary="Bins or trees near a place, nearest first")
def list_near(
    backend: BackendParameter,
    near: Annotated[
        str,
        Query(
            pattern=PLACE,
            description="latitude,longitude in degrees",
            examples=["37.5665,126.978"],
        ),
    ],
    kind: Annotated[str, Query(pattern="^[a-z]{1,48}$", examples=["bin"])] = fields.BIN,
    not_full: Annotated[bool, Query(description="only bins that are known not to be full")] = False,
    accepts: Annotated[Accepted | None, Query(description="only bins that take this", examples=["paper"])] = None,
    within: Annotated[int, Query(ge=1, le=MAX_METRES, description="metres")] = DEFAULT_METRES,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="how many at most")] = DEFAULT_LIMIT,
) -> NearSubjects:
    """Of a place that a device was enrolled at, or that the inventory has. The place that is asked for is not kept."""
    middle = place_of_text(near)
    shown: list[NearSubject] = []
    with backend.database.read() as connection:
        for candidate in _nearest(connection, middle, kind, within):
            if accepts is not None and accepts not in _accepted(candidate.known):
                continue
            found = _shown(connection, candidate, backend.clock())
            if not not_full or found.full is False:
                shown.append(found)
            if len(shown) == limit:
                break
    shown.sort(key=lambda found: found.distance_m)  # one whose device was enrolled elsewhere than the inventory says
    return NearSubjects(subjects=shown)


def place_of_text(near: str) -> Place:
    """Of a `near`; PLACE has checked the form and that there is such a place."""
    latitude, _, longitude = near.partition(",")
    return Place(float(latitude), float(longitude))


def _nearest(connection: Connection, middle: Place, kind: str, within: int) -> Iterator[_Candidate]:
    """In the order of distance; the rows of a few are read at a time, since the first ones mostly are enough."""
    enrolled, listed = _enrolled_near(connection, middle, kind, within), _listed_near(connection, middle, kind, within)
    nearest = sorted((row.closeness, row.subject) for row in (*enrolled, *listed))
    subjects = list(dict.fromkeys(subject for _, subject in nearest))[:_CANDIDATES]
    for first in range(0, len(subjects), _AT_ONCE):
        group = subjects[first : first + _AT_ONCE]
        devices = {row.subject: row for row in queries.devices_of_subjects(connection, group)}
        known = book.of_subjects(connection, group)
        candidates = [_candidate(subject, middle, devices.get(subject), known.get(subject)) for subject in group]
        placed = [candidate for candidate in candidates if candidate is not None and candidate.metres <= within]
        yield from sorted(placed, key=lambda candidate: (candidate.metres, candidate.subject))


def _candidate(subject: str, middle: Place, device: DeviceRow | None, known: Known | None) -> _Candidate | None:
    for row in (device, known):  # a device's enrolment is signed; the inventory is not
        if row is not None and row.latitude is not None and row.longitude is not None:
            place = Place(row.latitude, row.longitude)
            return _Candidate(subject, place, distance.between(middle, place), device, known)
    return None


def _shown(connection: Connection, found: _Candidate, now: float) -> NearSubject:
    device, known = found.device, found.known
    kind, _, name = found.subject.partition("/")
    level = levels.newest(connection, device) if device is not None and kind == fields.BIN else None
    full = levels.is_full(level, now)
    label = None if device is None else device.label
    said = {} if known is None else known.properties
    return NearSubject(
        subject=found.subject,
        kind=kind,
        name=name,
        label=label or said.get("label") or said.get("address"),
        page=page_of(found.subject),
        location=Location(latitude=found.place.latitude, longitude=found.place.longitude),
        distance_m=round(found.metres),
        properties=None if known is None else properties_of(known),
        fill=None if level is None or full is None else level_of(level),
        full=full,
    )


def _accepted(known: Known | None) -> Iterable[str]:
    return () if known is None else known.properties.get("accepts", ())


def _enrolled_near(connection: Connection, middle: Place, kind: str, within: int) -> Sequence[Row[Any]]:
    """Also of devices that were replaced or have moved: whether they are there still is looked at of these few."""
    of_kind = enrolments.c.subject.startswith(f"{kind}/", autoescape=True)
    return _near(connection, enrolments.c, middle, within, of_kind & (enrolments.c.role == record.ROLE))


def _listed_near(connection: Connection, middle: Place, kind: str, within: int) -> Sequence[Row[Any]]:
    """Of subjects whose device was enrolled elsewhere, too: then that is where it is."""
    columns = subject_properties.c
    return _near(connection, columns, middle, within, (columns.kind == kind) & columns.replaced.is_(None))


def _near(
    connection: Connection, columns: Any, middle: Place, within: int, wanted: ColumnElement[bool]
) -> Sequence[Row[Any]]:
    query = select(columns.subject, _closeness(columns, middle).label("closeness"))
    query = query.where(_in_box(columns, middle, within), wanted)
    return connection.execute(query.order_by("closeness").limit(_CANDIDATES)).all()


def _in_box(columns: Any, middle: Place, metres: int) -> ColumnElement[bool]:
    box = distance.around(middle, metres)
    found: ColumnElement[bool] = columns.latitude.between(box.south, box.north)
    return found & (_east(columns, middle) <= box.half_width)


def _east(columns: Any, middle: Place) -> ColumnElement[float]:
    """Degrees of longitude between, the shorter way around."""
    straight = func.abs(columns.longitude - middle.longitude)
    return case((straight > 180.0, 360.0 - straight), else_=straight)


def _closeness(columns: Any, middle: Place) -> ColumnElement[float]:
    """What orders by distance, nearly: the distance itself is computed of those that come first."""
    width = distance.shrink(middle.latitude)
    north, east = columns.latitude - middle.latitude, _east(columns, middle) * width
    squared: ColumnElement[float] = north * north + east * east
    return squared
