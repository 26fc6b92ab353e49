"""Pages of a list: a limit, and an opaque cursor that says where the next page begins.

A cursor is the key of the last row shown, so that rows added meanwhile neither repeat nor hide any.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

DEFAULT_LIMIT = 50  # fills a few screens
MAX_LIMIT = 200  # a response of about 100 kB
_Row = TypeVar("_Row")
_DIGITS = 15  # hexadecimal: below 2⁶⁰, so that every database holds it

CursorParameter = Annotated[
    str | None,
    Query(
        pattern=rf"^[0-9a-f]{{1,{_DIGITS}}}$",
        description="`next` of the page before; leave out for the first",
        examples=["2a"],
    ),
]
LimitParameter = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="how many at most")]


def decode(cursor: str | None) -> int | None:
    """The key after which the page begins; CursorParameter has checked the form."""
    return None if cursor is None else int(cursor, 16)


def cut(rows: Sequence[_Row], limit: int, key: Callable[[_Row], int]) -> tuple[Sequence[_Row], str | None]:
    """The page and the next cursor, of rows that were asked for with `limit` + 1."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], format(key(rows[limit - 1]), "x")
