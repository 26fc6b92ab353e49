"""Devices: what is enrolled, where, and what each said last."""

from fastapi import APIRouter

from civicroot_backend.api import pagination, queries
from civicroot_backend.api.dependencies import BackendParameter, KidParameter, published_size, unknown_device
from civicroot_backend.api.models import Device, DevicePage
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.paths import API
from civicroot_backend.api.presentation import device_of

router = APIRouter(prefix=API, tags=["devices"])


@router.get("/devices", summary="Current devices with their latest readings")
def list_devices(
    backend: BackendParameter, cursor: CursorParameter = None, limit: LimitParameter = pagination.DEFAULT_LIMIT
) -> DevicePage:
    """The current device of every subject, in the order of enrolment."""
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
