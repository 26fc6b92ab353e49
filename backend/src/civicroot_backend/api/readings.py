"""Readings of a device: the records themselves, and their numbers over time."""

from datetime import datetime
from typing import Annotated

from civicroot_wire.names import MAX_MEASUREMENT_NAME
from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from civicroot_backend.api import pagination, queries
from civicroot_backend.api.dependencies import BackendParameter, KidParameter, published_size, unknown_device
from civicroot_backend.api.models import History, ReadingPage
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.paths import API
from civicroot_backend.api.presentation import reading_of
from civicroot_backend.api.times import iso

DEFAULT_SPAN = 24 * 3600  # seconds of history before `to`: a day shows how a bin fills
DEFAULT_POINTS = 200
MAX_POINTS = 2_000  # more than a screen has columns

router = APIRouter(prefix=API, tags=["readings"])

_NameParameter = Annotated[
    str,
    Query(
        pattern=rf"^[a-z0-9][a-z0-9._-]{{0,{MAX_MEASUREMENT_NAME - 1}}}$", description="measurement", examples=["fill"]
    ),
]
_FromParameter = Annotated[
    AwareDatetime | None,
    Query(alias="from", description="a day before `to` if left out", examples=["2026-03-01T00:00:00Z"]),
]
_ToParameter = Annotated[
    AwareDatetime | None, Query(description="exclusive; now if left out", examples=["2026-03-02T00:00:00Z"])
]
_PointsParameter = Annotated[int, Query(ge=1, le=MAX_POINTS, description="how many intervals at most")]


@router.get("/devices/{kid}/readings", summary="A device's readings, newest first")
def list_readings(
    backend: BackendParameter,
    kid: KidParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> ReadingPage:
    """Each is one signed record; `proof` is its proof file."""
    size = published_size(backend)
    key = bytes.fromhex(kid)
    with backend.database.read() as connection:
        if queries.device(connection, key) is None:
            raise unknown_device(kid)
        rows = queries.readings(connection, key, pagination.decode(cursor), limit + 1)
    page, following = pagination.cut(rows, limit, lambda row: row.seq)
    return ReadingPage(readings=[reading_of(row, size) for row in page], next=following)


@router.get("/devices/{kid}/history", summary="A measurement over time")
def get_history(
    backend: BackendParameter,
    kid: KidParameter,
    name: _NameParameter,
    start: _FromParameter = None,
    to: _ToParameter = None,
    points: _PointsParameter = DEFAULT_POINTS,
) -> History:
    """Means of equal intervals, from the telemetry store, which lags the readings by about a second."""
    key = bytes.fromhex(kid)
    with backend.database.read() as connection:
        if queries.device(connection, key) is None:
            raise unknown_device(kid)
    end = _seconds(to, backend.clock())
    begin = _seconds(start, end - DEFAULT_SPAN)
    buckets = backend.telemetry.history(key, name, begin, end, points)
    units = {reading.name: reading.unit for reading in backend.telemetry.latest(key)}
    return History(
        name=name,
        unit=units.get(name) or None,
        points=[(iso(bucket.start), bucket.mean, bucket.min, bucket.max) for bucket in buckets],
    )


def _seconds(time: datetime | None, otherwise: float) -> int:
    return int(otherwise if time is None else time.timestamp())
