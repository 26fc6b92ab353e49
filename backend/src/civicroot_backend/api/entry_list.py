"""Finding entries: by what they are about, and by kind."""

import base64
from typing import Annotated, Any, Literal

from civicroot_wire import entry as entries
from civicroot_wire import statement
from civicroot_wire.batch import decode_header
from fastapi import APIRouter, Query
from sqlalchemy import Connection, Row, select

from civicroot_backend.api import pagination
from civicroot_backend.api.dependencies import BackendParameter, published_size
from civicroot_backend.api.entry_models import Entry, EntryPage, StatementPayload
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.database.tables import log_entries, statements
from civicroot_backend.paths import API, entry_path

MAX_INLINE = 4096  # bytes of payload that a list shows: a page of fifty stays below 300 kB

Kind = Literal[
    "policy",
    "batch",
    "enrolment",
    "revocation",
    "status-list",
    "configuration",
    "release",
    "statement",
    "pruning",
]
router = APIRouter(prefix=API, tags=["entries"])


@router.get("/entries", summary="Log entries, newest first")
def list_entries(
    backend: BackendParameter,
    subject: Annotated[
        str | None, Query(min_length=1, max_length=128, description="only those about it", examples=["bin/12"])
    ] = None,
    kind: Annotated[Kind | None, Query(description="only those of this kind", examples=["enrolment"])] = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> EntryPage:
    """What was said about a bin, a tree or anything else, by whom. Batches and policies have no subject."""
    size = published_size(backend)
    with backend.database.read() as connection:
        rows = find(connection, subject, kind, pagination.decode(cursor), limit + 1)
    page, following = pagination.cut(rows, limit, lambda row: row.place)
    return EntryPage(entries=[entry_of(row, size) for row in page], next=following)


def find(
    connection: Connection, subject: str | None, kind: str | None, before: int | None, limit: int
) -> list[Row[Any]]:
    """Rows of entries by descending index, those below index `before`."""
    said = [column for column in statements.c if column.name != "log_index"]
    joined = log_entries.join(statements, statements.c.log_index == log_entries.c.index, isouter=subject is None)
    query = select(log_entries.c.index.label("place"), log_entries.c.kind, log_entries.c.entry, *said).select_from(
        joined
    )
    if subject is not None:
        query = query.where(statements.c.subject == subject)
    if kind is not None:
        query = query.where(log_entries.c.kind == kind)
    if before is not None:
        query = query.where(log_entries.c.index < before)
    return list(connection.execute(query.order_by(log_entries.c.index.desc()).limit(limit)))


def entry_of(row: Row[Any], published_size: int) -> Entry:
    """What an entry says of itself; it is published if it lies below `published_size`."""
    found = statement.decode(row.entry) if row.kind == entries.STATEMENT else None
    location = None if found is None else found.message.headers.get(statement.PAYLOAD_LOCATION)
    return Entry(
        index=row.place,
        kind=row.kind,
        size=len(row.entry),
        published=row.place < published_size,
        kid=_signer(row),
        issuer=row.issuer,
        subject=row.subject,
        typ=row.typ,
        content_type=row.content_type,
        detached=bool(row.detached),
        digest=found.payload.hex() if found is not None and found.detached else None,
        location=None if location is None else str(location),
        payload=None if found is None or found.detached else _payload(found.payload),
        entry=entry_path(row.place),
        proof=f"{entry_path(row.place)}/proof",
    )


def _signer(row: Row[Any]) -> str | None:
    if row.kind == entries.BATCH:
        return decode_header(row.entry).kid.hex()
    return None if row.kid is None else row.kid.hex()


def _payload(content: bytes) -> StatementPayload | None:
    if len(content) > MAX_INLINE:
        return None
    try:
        return StatementPayload(text=content.decode(), base64=None)
    except UnicodeDecodeError:
        return StatementPayload(text=None, base64=base64.b64encode(content).decode())
