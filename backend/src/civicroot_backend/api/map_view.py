"""The map: what is in a box, clustered here so that a phone need not draw a city."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse

from civicroot_backend.api import export
from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.export import FormatParameter
from civicroot_backend.api.export_paths import absolute
from civicroot_backend.api.map_models import BaseMap, MapBox, MapCluster, MapPlace, MapView, State
from civicroot_backend.api.problems import UNAVAILABLE, Refusal
from civicroot_backend.export.table import Column, Kind, Row, Table
from civicroot_backend.map.board import MapBoard
from civicroot_backend.map.grid import Box
from civicroot_backend.map.places import Place
from civicroot_backend.map.snapshot import OK, Cluster, Snapshot, Wanted
from civicroot_backend.map.states import FAULTY, FULL, SILENT, UNKNOWN
from civicroot_backend.paths import API, page_of
from civicroot_backend.service import Backend
from civicroot_backend.times import iso

MAX_ZOOM = 22  # a tile of ten metres
_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?"
_BOX = f"^{_DEGREES}(?:,{_DEGREES}){{3}}$"
_WORLD = Box(-180.0, -90.0, 180.0, 90.0)
_BITS: dict[State, int] = {"faulty": FAULTY, "silent": SILENT, "full": FULL, "ok": OK, "unknown": UNKNOWN}
_WORST: tuple[State, ...] = ("faulty", "silent", "full")

_COLUMNS = (
    Column("subject"),
    Column("label"),
    Column("latitude", Kind.NUMBER),
    Column("longitude", Kind.NUMBER),
    Column("states"),  # worst first, parted by spaces
    Column("page"),
    Column("evidence"),  # its values, each with the reading that has it
)

router = APIRouter(prefix=API, tags=["subjects"])


@router.get(
    "/map", summary="Bins and trees in a part of the map, clustered", response_model=MapView, responses=export.FILES
)
def get_map(
    backend: BackendParameter,
    request: Request,
    file_format: FormatParameter,
    bbox: Annotated[
        str | None,
        Query(
            pattern=_BOX,
            description="west,south,east,north in degrees; west > east goes across 180°; without it: everywhere",
            examples=["126.9,37.5,127.1,37.6"],
        ),
    ] = None,
    zoom: Annotated[int, Query(ge=0, le=MAX_ZOOM, description="of a map with tiles of 256 pixels")] = 12,
    kind: Annotated[str | None, Query(pattern="^[a-z]{1,48}$", description="only these", examples=["bin"])] = None,
    state: Annotated[
        list[State] | None, Query(max_length=5, description="only those in one of these", examples=[["full"]])
    ] = None,
) -> MapView | StreamingResponse:
    """Places one by one if they are few, or else clusters with the worst state in each. Some seconds old at most.

    A file has every place one by one.
    """
    box = _WORLD if bbox is None else _box(bbox)
    snapshot = snapshot_of(request)
    wanted = Wanted(kind, sum({_BITS[name] for name in state or ()}))
    if file_format is not None:
        found = snapshot.view(box, zoom, wanted, export.MAX_ROWS).places
        rows = (_row(backend, _place(place, bits)) for place, bits in found)
        return export.file(request, file_format, Table("map", _COLUMNS, rows))
    view = snapshot.view(box, zoom, wanted)
    extent, base = snapshot.extent, backend.config.map
    return MapView(
        as_of=iso(snapshot.time),
        realm=backend.realm,
        total=view.total,
        clusters=[_cluster(cluster) for cluster in view.clusters],
        places=[_place(place, bits) for place, bits in view.places],
        kinds=snapshot.kinds,
        extent=None if extent is None else _shown(extent),
        outline=[] if base else snapshot.outline,
        base=BaseMap(tiles=base["tiles"], attribution=base["attribution"]) if base else None,
    )


def _row(backend: Backend, place: MapPlace) -> Row:
    evidence = absolute(backend, f"{API}/subjects/{place.subject}/state")
    at = (place.latitude, place.longitude)
    return place.subject, place.label, *at, " ".join(place.states), absolute(backend, place.page), evidence


def snapshot_of(request: Request) -> Snapshot:
    """The newest. Raises Refusal 503 while the first one is made."""
    board: MapBoard = request.app.state.map
    try:
        return board.snapshot()
    except TimeoutError as error:
        raise Refusal(503, UNAVAILABLE, "the map is being made for the first time", {"Retry-After": "5"}) from error


def _box(text: str) -> Box:
    west, south, east, north = (float(part) for part in text.split(","))
    south, north = sorted((_bounded(south), _bounded(north)))
    if east - west >= 360:
        return Box(-180.0, south, 180.0, north)
    return Box(_around(west), south, _around(east), north)


def _bounded(latitude: float) -> float:
    return max(-90.0, min(90.0, latitude))


def _around(longitude: float) -> float:
    """Maps go round the earth more than once."""
    return longitude if -180 <= longitude <= 180 else (longitude + 180) % 360 - 180


def _cluster(found: Cluster) -> MapCluster:
    numbers: dict[State, int] = {name: found.with_bit(_BITS[name]) for name in _WORST}
    known = found.count > found.with_bit(UNKNOWN)
    worst: State = next((name for name in _WORST if numbers[name]), "ok" if known else "unknown")
    return MapCluster(
        latitude=found.latitudes / found.count,
        longitude=found.longitudes / found.count,
        count=found.count,
        faulty=numbers["faulty"],
        silent=numbers["silent"],
        full=numbers["full"],
        state=worst,
        box=MapBox(west=found.west, south=found.south, east=found.east, north=found.north),
    )


def _place(place: Place, bits: int) -> MapPlace:
    kind, _, name = place.subject.partition("/")
    states: list[State] = [each for each in _WORST if bits & _BITS[each]]
    if not states:
        states = ["unknown" if bits & UNKNOWN else "ok"]
    return MapPlace(
        subject=place.subject,
        kind=kind,
        name=name,
        label=place.label,
        page=page_of(place.subject),
        latitude=place.latitude,
        longitude=place.longitude,
        states=states,
    )


def _shown(box: Box) -> MapBox:
    return MapBox(west=box.west, south=box.south, east=box.east, north=box.north)
