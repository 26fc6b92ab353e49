"""Devices: what is enrolled, where, and what each said last."""

from collections.abc import Iterator

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from civicroot_backend.api import export, pagination
from civicroot_backend.api.dependencies import BackendParameter, KidParameter, published_size, unknown_device
from civicroot_backend.api.export import FileFormat, FormatParameter
from civicroot_backend.api.export_paths import absolute
from civicroot_backend.api.models import Device, DevicePage
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.presentation import device_of
from civicroot_backend.database import queries
from civicroot_backend.export.table import Column, Kind, Row, Table
from civicroot_backend.paths import API, entry_proof
from civicroot_backend.service import Backend

router = APIRouter(prefix=API, tags=["devices"])

_COLUMNS = (
    Column("kid"),
    Column("subject"),
    Column("label"),
    Column("latitude", Kind.NUMBER),
    Column("longitude", Kind.NUMBER),
    Column("simulated", Kind.BOOLEAN),
    Column("enrolled_at_index", Kind.INTEGER),
    Column("enrolment_proof"),
    Column("latest_seq", Kind.INTEGER),
    Column("latest_time", Kind.TIME),
    Column("latest_received", Kind.TIME),
    Column("latest_values"),  # name=text, parted by spaces
    Column("latest_log_index", Kind.INTEGER),
    Column("latest_proof"),
)


@router.get(
    "/devices",
    summary="Current devices with their latest readings",
    response_model=DevicePage,
    responses=export.FILES,
)
def list_devices(
    backend: BackendParameter,
    request: Request,
    kind: FormatParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> DevicePage | StreamingResponse:
    """The current device of every subject, in the order of enrolment."""
    if kind is not None:
        return _file(request, backend, kind, pagination.decode(cursor))
    size = published_size(backend)
    with backend.database.read() as connection:
        rows = queries.devices(connection, pagination.decode(cursor), limit + 1)
    page, following = pagination.cut(rows, limit, lambda row: row.log_index)
    return DevicePage(devices=[device_of(row, size) for row in page], next=following)


@router.get("/devices/{kid}", summary="One device by its key")
def get_device(backend: BackendParameter, kid: KidParameter) -> Device:
    """Also a device that another one has replaced."""
    size = published_size(backend)
    with backend.database.read() as connection:
        row = queries.device(connection, bytes.fromhex(kid))
    if row is None:
        raise unknown_device(kid)
    return device_of(row, size)


def _file(request: Request, backend: Backend, kind: FileFormat, after: int | None) -> StreamingResponse:
    with backend.database.read() as connection:
        last = queries.index_of_device(connection, after, export.MAX_ROWS)
    found = export.rows_of(backend.database, queries.devices, lambda row: row.log_index, after)
    size = published_size(backend)
    rows = (_row(backend, device_of(row, size)) for row in found)
    return export.file(request, kind, Table("devices", _COLUMNS, rows), None if last is None else format(last, "x"))


def _row(backend: Backend, device: Device) -> Row:
    place = (None, None) if device.location is None else (device.location.latitude, device.location.longitude)
    proof = absolute(backend, entry_proof(device.enrolled_at_index))
    return (
        device.kid,
        device.subject,
        device.label,
        *place,
        device.simulated,
        device.enrolled_at_index,
        proof,
        *_latest(backend, device),
    )


def _latest(backend: Backend, device: Device) -> Iterator[str | int | None]:
    latest = device.latest
    if latest is None:
        yield from (None,) * 6
        return
    yield from (latest.seq, latest.time, latest.received)
    yield " ".join(f"{value.name}={value.text}" for value in latest.values)
    yield from (latest.log_index, absolute(backend, latest.proof))
