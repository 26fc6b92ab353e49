"""Readings of a device: the records themselves, and their numbers over time."""

from datetime import datetime
from typing import Annotated

from civicroot_wire.names import MAX_MEASUREMENT_NAME
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from civicroot_backend.api import export, export_readings, pagination
from civicroot_backend.api.dependencies import BackendParameter, KidParameter, published_size, unknown_device
from civicroot_backend.api.export import FileFormat, FormatParameter
from civicroot_backend.api.export_paths import named
from civicroot_backend.api.models import History, ReadingPage
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.presentation import reading_of
from civicroot_backend.database import queries
from civicroot_backend.database.queries import ReadingRow
from civicroot_backend.export.table import Table
from civicroot_backend.paths import API
from civicroot_backend.service import Backend
from civicroot_backend.times import iso

DEFAULT_SPAN = 24 * 3600  # seconds of history before `to`: a day shows how a bin fills
DEFAULT_POINTS = 200
MAX_POINTS = 2_000  # more than a screen has columns

router = APIRouter(prefix=API, tags=["readings"])

NameParameter = Annotated[
    str,
    Query(
        pattern=rf"^[a-z0-9][a-z0-9._-]{{0,{MAX_MEASUREMENT_NAME - 1}}}$", description="measurement", examples=["fill"]
    ),
]
FromParameter = Annotated[
    AwareDatetime | None,
    Query(alias="from", description="a day before `to` if left out", examples=["2026-03-01T00:00:00Z"]),
]
ToParameter = Annotated[
    AwareDatetime | None, Query(description="exclusive; now if left out", examples=["2026-03-02T00:00:00Z"])
]
_PointsParameter = Annotated[int, Query(ge=1, le=MAX_POINTS, description="how many intervals at most")]


@router.get(
    "/devices/{kid}/readings",
    summary="A device's readings, newest first",
    response_model=ReadingPage,
    responses=export.FILES,
)
def list_readings(
    backend: BackendParameter,
    request: Request,
    kid: KidParameter,
    kind: FormatParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> ReadingPage | StreamingResponse:
    """Each is one signed record; `proof` is its proof file. A file has a row for each value."""
    size = published_size(backend)
    key = bytes.fromhex(kid)
    with backend.database.read() as connection:
        if queries.device(connection, key) is None:
            raise unknown_device(kid)
        if kind is not None:
            return _file(request, backend, connection, key, kind, pagination.decode(cursor))
        rows = queries.readings(connection, key, pagination.decode(cursor), limit + 1)
    page, following = pagination.cut(rows, limit, lambda row: row.seq)
    return ReadingPage(readings=[reading_of(row, size) for row in page], next=following)


def _file(
    request: Request, backend: Backend, connection: Connection, key: bytes, kind: FileFormat, before: int | None
) -> StreamingResponse:
    def fetch(each: Connection, after: int | None, limit: int) -> list[ReadingRow]:
        return queries.readings(each, key, after, limit)

    found = export.rows_of(backend.database, fetch, lambda row: row.seq, before)
    rows = export_readings.rows(backend, published_size(backend), found, export_readings.subjects_of(connection, key))
    last = queries.seq_of_reading(connection, key, before, export.MAX_ROWS)
    table = Table(named(key.hex(), "readings"), export_readings.COLUMNS, rows)
    return export.file(request, kind, table, None if last is None else format(last, "x"))


@router.get("/devices/{kid}/history", summary="A measurement over time")
def get_history(
    backend: BackendParameter,
    kid: KidParameter,
    name: NameParameter,
    start: FromParameter = None,
    to: ToParameter = None,
    points: _PointsParameter = DEFAULT_POINTS,
) -> History:
    """Means of equal intervals, from the telemetry store, which lags the readings by about a second."""
    key = bytes.fromhex(kid)
    with backend.database.read() as connection:
        if queries.device(connection, key) is None:
            raise unknown_device(kid)
    end = span_seconds(to, backend.clock())
    begin = span_seconds(start, end - DEFAULT_SPAN)
    buckets = backend.telemetry.history(key, name, begin, end, points)
    units = {reading.name: reading.unit for reading in backend.telemetry.latest(key)}
    return History(
        name=name,
        unit=units.get(name) or None,
        points=[(iso(bucket.start), bucket.mean, bucket.min, bucket.max) for bucket in buckets],
    )


def span_seconds(time: datetime | None, otherwise: float) -> int:
    """Whole Unix seconds of a time that was asked for, or else of another."""
    return int(otherwise if time is None else time.timestamp())
