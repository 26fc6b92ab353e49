"""A subject's readings over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from civicroot_backend.api import export, export_readings, pagination
from civicroot_backend.api.dependencies import BackendParameter, published_size
from civicroot_backend.api.export import FileFormat, FormatParameter
from civicroot_backend.api.export_paths import named
from civicroot_backend.api.models import ReadingPage
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.presentation import reading_of
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.api.subject_names import KindParameter, subject_of
from civicroot_backend.database.queries import ReadingRow
from civicroot_backend.export.table import Table
from civicroot_backend.paths import API
from civicroot_backend.service import Backend
from civicroot_backend.subjects import stays

router = APIRouter(prefix=API, tags=["readings"])


@router.get(
    "/subjects/{kind}/{name}/readings",
    summary="A subject's readings, newest first",
    response_model=ReadingPage,
    responses=export.FILES,
)
def list_subject_readings(
    backend: BackendParameter,
    request: Request,
    file_format: FormatParameter,
    kind: KindParameter,
    name: Annotated[str, Path(examples=["12"], description="exactly as enrolled")],
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> ReadingPage | StreamingResponse:
    """Also those of devices that others have replaced, and of keys that were rotated: one device after another.

    A file has a row for each value.
    """
    subject = subject_of(kind, name)
    size = published_size(backend)
    with backend.database.read() as connection:
        listed = stays.of_subject(connection, subject)
        if not listed:
            raise Refusal(404, NOT_FOUND, f"no device was ever enrolled as {subject}")
        if file_format is not None:
            return _file(request, backend, connection, subject, listed, file_format, pagination.decode(cursor))
        found = list(stays.newest_first(connection, listed, pagination.decode(cursor), limit + 1))
    page, following = pagination.cut(found, limit, lambda pair: stays.cursor_of(*pair))
    return ReadingPage(readings=[reading_of(row, size) for _, row in page], next=following)


def _file(
    request: Request,
    backend: Backend,
    connection: Connection,
    subject: str,
    listed: list[stays.Stay],
    kind: FileFormat,
    before: int | None,
) -> StreamingResponse:
    def fetch(each: Connection, after: int | None, limit: int) -> list[tuple[int, ReadingRow]]:
        return list(stays.newest_first(each, listed, after, limit))

    pairs = export.rows_of(backend.database, fetch, lambda pair: stays.cursor_of(*pair), before)
    rows = export_readings.rows(backend, published_size(backend), (row for _, row in pairs), lambda _: subject)
    last = stays.cursor_after(connection, listed, before, export.MAX_ROWS)
    table = Table(named(*subject.split("/"), "readings"), export_readings.COLUMNS, rows)
    return export.file(request, kind, table, None if last is None else format(last, "x"))
