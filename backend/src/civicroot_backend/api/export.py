"""Answers as files: CSV and Parquet of the same query, by `format=` or by content negotiation (RFC 9110 §12.5.1).

A file goes on where a page of the list would end: it has everything from the cursor on, up to MAX_ROWS of the list.
Where there is more, `Link: <…>; rel="next"` (RFC 8288) names the next file. A file that ends in the middle was broken
off: it came in chunks, and the last one is missing, which every HTTP client notices.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import BoundedSemaphore
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Query, Request, Response
from sqlalchemy import Connection
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from civicroot_backend.api import problems
from civicroot_backend.api.problems import UNAVAILABLE
from civicroot_backend.database.connection import Database
from civicroot_backend.export import csv_file, parquet_file
from civicroot_backend.export.table import Table

MAX_ROWS = 200_000  # of the list in one file: four years of a bin's readings; some 60 MB of CSV
AT_ONCE = 4  # files that are written at the same time: each takes up to half a core
LONGEST_SECONDS = 300.0  # for one file; a client that reads more slowly takes the place of others
PAGE = 500  # rows of a list in one transaction: a long one would keep SQLite's log from being cut
RETRY_SECONDS = 10

T = TypeVar("T")
Format = Literal["json", "csv", "parquet"]
FileFormat = Literal["csv", "parquet"]
_WRITERS: Mapping[FileFormat, tuple[str, Callable[[Table], Iterator[bytes]]]] = {
    "csv": (csv_file.MEDIA_TYPE, csv_file.pieces),
    "parquet": (parquet_file.MEDIA_TYPE, parquet_file.pieces),
}
_NEGOTIATED: tuple[tuple[str, Format], ...] = (
    ("application/json", "json"),
    ("text/csv", "csv"),
    (parquet_file.MEDIA_TYPE, "parquet"),
)
_QUALITY = re.compile(r"^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$")

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "JSON, or the whole list as a file",
        "headers": {"Link": {"description": "the next file or page", "schema": {"type": "string"}}},
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            parquet_file.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class Exports:
    """How many files may be written at the same time."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._places = BoundedSemaphore(at_once)

    def enter(self) -> bool:
        """Take a place, to be given back with `leave`; whether there was one."""
        return self._places.acquire(blocking=False)

    def leave(self) -> None:
        """Give a place back."""
        self._places.release()


def wanted(
    request: Request,
    response: Response,
    asked: Annotated[
        Format | None,
        Query(
            alias="format", description="a file instead of JSON; without it, what `Accept` prefers", examples=["csv"]
        ),
    ] = None,
) -> FileFormat | None:
    """The kind of file that is asked for; None: JSON."""
    response.headers.add_vary_header("Accept")
    request.state.beside = response  # what other dependencies say of the answer holds for a file, too
    found = asked or negotiated(request.headers.get("accept", ""))
    return None if found == "json" else found


FormatParameter = Annotated[FileFormat | None, Depends(wanted)]


def negotiated(accept: str) -> Format:
    """What the header likes best; JSON where it likes others no better."""
    likes: dict[str, float] = {}
    for part in accept.split(","):
        media_type, *parameters = (each.strip().lower() for each in part.split(";"))
        quality = next((found[1] for each in parameters if (found := _QUALITY.match(each))), "1")
        likes[media_type] = float(quality)

    def liked(media_type: str) -> float:
        ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
        return next((likes[each] for each in ranges if each in likes), 0.0)

    best = max(_NEGOTIATED, key=lambda each: liked(each[0]))
    return best[1] if liked(best[0]) > 0 else "json"


class _File(StreamingResponse):
    """A file that is written while it is sent."""

    def __init__(self, exports: Exports, content: Iterator[bytes], headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(content, 200, headers, media_type)
        self._exports = exports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if not self._exports.enter():
            wait = {"Retry-After": str(RETRY_SECONDS)}
            refused = problems.response(503, UNAVAILABLE, "too many files are being written; come again soon", wait)
            await refused(scope, receive, send)
            return
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await super().__call__(scope, receive, send)
        finally:
            self._exports.leave()


def rows_of(
    database: Database,
    fetch: Callable[[Connection, int | None, int], Sequence[T]],
    key: Callable[[T], int],
    after: int | None,
) -> Iterator[T]:
    """What a list has from a cursor on, up to MAX_ROWS, page by page. `fetch`: so many, after the row with this key."""
    left = MAX_ROWS
    while left > 0:
        asked = min(PAGE, left)
        with database.read() as connection:
            rows = fetch(connection, after, asked)
        yield from rows
        if len(rows) < asked:
            return
        left -= asked
        after = key(rows[-1])


def file(request: Request, kind: FileFormat, table: Table, following: str | None = None) -> StreamingResponse:
    """The table as a file, or 503 if too many are being written; `following`: the cursor after it, if there is more."""
    media_type, write = _WRITERS[kind]
    beside: Response = request.state.beside
    headers = {name: value for name, value in beside.headers.items() if name != "content-length"}
    headers["content-disposition"] = f'attachment; filename="{table.name}.{kind}"'
    # Nobody keeps what may be long, and what holds for the moment it was asked for.
    headers["cache-control"] = "no-store"
    if following is not None:
        query = request.url.include_query_params(format=kind, cursor=following).query
        headers["link"] = f'<{request.url.path}?{query}>; rel="next"'
    exports: Exports = request.app.state.exports
    return _File(exports, write(table), headers, media_type)
