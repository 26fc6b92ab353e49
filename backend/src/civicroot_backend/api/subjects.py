"""One bin or tree: what the code on it leads to, and what the city says and said of it."""

from fastapi import APIRouter
from sqlalchemy import Connection

from civicroot_backend.api import pagination
from civicroot_backend.api.dependencies import BackendParameter, published_size
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.problems import AMBIGUOUS_NAME, NOT_FOUND, Refusal
from civicroot_backend.api.subject_models import PropertiesPage, Subject
from civicroot_backend.api.subject_names import KindParameter, NameParameter, subject_of
from civicroot_backend.api.subject_presentation import subject_of as shown
from civicroot_backend.api.subject_presentation import version_of
from civicroot_backend.database import queries
from civicroot_backend.database.queries import DeviceRow
from civicroot_backend.inventory import book
from civicroot_backend.inventory.book import Known
from civicroot_backend.paths import API

router = APIRouter(prefix=API, tags=["subjects"])


@router.get("/subjects/{kind}/{name}", summary="A bin or a tree")
def get_subject(backend: BackendParameter, kind: KindParameter, name: NameParameter) -> Subject:
    """Its current device with the latest reading, and what the city says of it."""
    size = published_size(backend)
    with backend.database.read() as connection:
        device, known = found(connection, subject_of(kind, name))
    return shown(device, known, size)


@router.get("/subjects/{kind}/{name}/properties", summary="All that the city said of a bin or a tree")
def list_properties(
    backend: BackendParameter,
    kind: KindParameter,
    name: NameParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> PropertiesPage:
    """Newest first, each with the file that said it: nothing is changed unseen."""
    with backend.database.read() as connection:
        device, known = found(connection, subject_of(kind, name))
        subject = known.subject if known is not None else device.subject if device is not None else ""
        rows = book.history(connection, subject, pagination.decode(cursor), limit + 1)
    page, following = pagination.cut(rows, limit, lambda row: row.id)
    return PropertiesPage(versions=[version_of(row) for row in page], next=following)


def found(connection: Connection, subject: str) -> tuple[DeviceRow | None, Known | None]:
    """Its device and what the inventory has of it, at least one. Raises Refusal 404, or 409 if it could be several."""
    devices = queries.devices_of_subjects(connection, [subject])
    known = list(book.of_subjects(connection, [subject]).values())
    if not devices and not known:  # nothing is called exactly so: a QR code has upper case alone
        devices = queries.devices_of_subject(connection, subject)
        _check_one(subject, [row.subject for row in devices])
        known = book.find(connection, devices[0].subject if devices else subject)
        _check_one(subject, [row.subject for row in known])
    if not devices and not known:
        raise Refusal(404, NOT_FOUND, f"no device is enrolled as {subject}, and no inventory has it")
    return devices[0] if devices else None, known[0] if known else None


def _check_one(subject: str, listed: list[str]) -> None:
    if len(listed) > 1:
        raise Refusal(409, AMBIGUOUS_NAME, f"{subject} could be any of {', '.join(listed)}")
