"""The course of a measurement: real readings, thinned out here so that a chart shows what all of them would show.

Averages are numbers that nobody signed. Of each interval the first, the least, the greatest and the last reading are
kept (telemetry/m4.py), and each point says which one it is.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from civicroot_backend.api import export
from civicroot_backend.api.dependencies import BackendParameter, KidParameter, published_size, unknown_device
from civicroot_backend.api.export import FormatParameter
from civicroot_backend.api.export_paths import absolute, named
from civicroot_backend.api.presentation import reading_of
from civicroot_backend.api.readings import DEFAULT_SPAN, FromParameter, NameParameter, ToParameter, span_seconds
from civicroot_backend.api.record_places import Where, where_are
from civicroot_backend.api.series_models import Measured, Measurements, Series, SeriesPoint
from civicroot_backend.database import queries
from civicroot_backend.export.table import Column, Kind, Row, Table
from civicroot_backend.paths import API, proof_of
from civicroot_backend.service import Backend
from civicroot_backend.telemetry.m4 import OF_BUCKET
from civicroot_backend.telemetry.store import Sample
from civicroot_backend.times import iso

DEFAULT_POINTS = 800  # four for each of 200 columns: a phone shows 360
MAX_POINTS = 4_000  # four for each of 1,000 columns: a desktop's chart; an answer of 700 kB

router = APIRouter(prefix=API, tags=["readings"])

_COLUMNS = (
    Column("kid"),
    Column("name"),
    Column("unit"),
    Column("time", Kind.TIME),
    Column("number", Kind.NUMBER),
    Column("seq", Kind.INTEGER),
    Column("log_index", Kind.INTEGER),
    Column("published", Kind.BOOLEAN),
    Column("pruned", Kind.BOOLEAN),
    Column("proof"),
)


@router.get(
    "/devices/{kid}/series",
    summary="A measurement over time as real readings",
    response_model=Series,
    responses=export.FILES,
)
def get_series(
    backend: BackendParameter,
    request: Request,
    kid: KidParameter,
    kind: FormatParameter,
    name: NameParameter,
    start: FromParameter = None,
    to: ToParameter = None,
    points: Annotated[
        int, Query(ge=OF_BUCKET, le=MAX_POINTS, description="how many at most; fewer readings are all there")
    ] = DEFAULT_POINTS,
) -> Series | StreamingResponse:
    """From the telemetry store, which lags the readings by about a second. Booleans count as 0 and 1."""
    key = bytes.fromhex(kid)
    _known(backend, kid)
    end = span_seconds(to, backend.clock() + 1)  # so that what is said this second is there
    begin = span_seconds(start, end - DEFAULT_SPAN)
    found = backend.telemetry.course(key, name, begin, end, points)
    with backend.database.read() as connection:
        places = where_are(connection, key, [sample.seq for sample in found.samples])
        unit = _unit(connection, key, name, found.samples)
    shown = list(_points(kid, found.samples, places, published_size(backend)))
    if kind is not None:
        rows = (_row(backend, kid, name, unit, point) for point in shown)
        return export.file(request, kind, Table(named(kid, name), _COLUMNS, rows))
    span = {"start": iso(begin), "end": iso(end)}
    return Series(kid=kid, name=name, unit=unit, total=found.total, points=shown, **span)


@router.get("/devices/{kid}/measurements", summary="What a device measures, with the last value of each")
def list_measurements(backend: BackendParameter, kid: KidParameter) -> Measurements:
    """By name; `chart` says whether there is a series of it."""
    key = bytes.fromhex(kid)
    _known(backend, kid)
    told = backend.telemetry.latest(key)
    with backend.database.read() as connection:
        rows = queries.readings_of(connection, [(key, reading.seq) for reading in told])
    size = published_size(backend)
    found = []
    for reading in told:
        row = rows.get((key, reading.seq))
        shown = None if row is None else reading_of(row, size)
        value = None if shown is None else next((each for each in shown.values if each.name == reading.name), None)
        chart = not isinstance(reading.value, str | bytes)
        found.append(Measured(name=reading.name, unit=reading.unit or None, chart=chart, value=value, reading=shown))
    return Measurements(measurements=found)


def _unit(connection: Connection, key: bytes, name: str, samples: Sequence[Sample]) -> str | None:
    """What the newest of these readings says; None where it is pruned. Units of a name do not change."""
    if not samples:
        return None
    rows = queries.readings_of(connection, [(key, samples[-1].seq)])
    values = (value for row in rows.values() for value in reading_of(row, 0).values)
    return next((value.unit for value in values if value.name == name), None)


def _known(backend: Backend, kid: str) -> None:
    with backend.database.read() as connection:
        if queries.device(connection, bytes.fromhex(kid)) is None:
            raise unknown_device(kid)


def _points(kid: str, samples: Sequence[Sample], places: dict[int, Where], size: int) -> Iterator[SeriesPoint]:
    for sample in samples:
        place = places.get(sample.seq)
        if place is None:
            continue  # of a telemetry store that knows more than a restored database
        yield SeriesPoint(
            time=iso(sample.placed),
            value=sample.number,
            seq=sample.seq,
            log_index=place.log_index,
            published=place.log_index < size,
            pruned=place.pruned,
            proof=proof_of(kid, sample.seq),
        )


def _row(backend: Backend, kid: str, name: str, unit: str | None, point: SeriesPoint) -> Row:
    where = (point.seq, point.log_index, point.published, point.pruned, absolute(backend, point.proof))
    return kid, name, unit, point.time, point.value, *where
