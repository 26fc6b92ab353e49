"""Anchorings in all their states, and the evidence of those that are confirmed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Connection, Row, select

from civicroot_backend.anchor.runner import name_of
from civicroot_backend.api import pagination
from civicroot_backend.api.anchor_models import Anchoring, AnchoringPage, State
from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.pagination import DEFAULT_LIMIT, CursorParameter, LimitParameter
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.database.tables import anchorings
from civicroot_backend.paths import API
from civicroot_backend.store.presentation import IMMUTABLE, OCTETS
from civicroot_backend.times import iso, iso_claim

MAX_INDEX = (1 << 53) - 1  # JSON readers keep integers up to here
_NAME = "^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$"

router = APIRouter(tags=["log"])


@router.get(f"{API}/anchors", summary="What became of anchoring the log outside the city")
def list_anchors(
    backend: BackendParameter,
    covers: Annotated[
        int | None, Query(ge=0, le=MAX_INDEX, description="only trees with this log entry", examples=[17])
    ] = None,
    state: Annotated[State | None, Query(description="only those in this state", examples=["confirmed"])] = None,
    name: Annotated[
        str | None, Query(pattern=_NAME, description="only those of this anchor", examples=["time"])
    ] = None,
    limit: LimitParameter = DEFAULT_LIMIT,
    cursor: CursorParameter = None,
) -> AnchoringPage:
    """Newest first; with `covers` the oldest first, which says most about the entry."""
    after = pagination.decode(cursor)
    query = select(anchorings).limit(limit + 1)
    if covers is None:
        query = query.order_by(anchorings.c.id.desc())
        query = query if after is None else query.where(anchorings.c.id < after)
    else:
        query = query.where(anchorings.c.size > covers).order_by(anchorings.c.id)
        query = query if after is None else query.where(anchorings.c.id > after)
    for column, wanted in ((anchorings.c.state, state), (anchorings.c.name, name)):
        query = query if wanted is None else query.where(column == wanted)
    with backend.database.read() as connection:
        rows = connection.execute(query).all()
    page, following = pagination.cut(rows, limit, lambda row: row.id)
    return AnchoringPage(anchors=[anchoring_of(row) for row in page], next=following)


@router.get(
    "/log/anchor/{name}/{size}",
    summary="The evidence of an anchor for a tree",
    response_class=Response,
    responses={
        200: {
            "description": "As bundles carry it (wire specification §7.5)",
            "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def get_evidence(
    backend: BackendParameter,
    name: Annotated[str, Path(pattern=_NAME, description="of the policy's anchor", examples=["time"])],
    size: Annotated[int, Path(ge=1, le=MAX_INDEX, description="entries of the tree", examples=[1205])],
) -> Response:
    """It leads from the checkpoint's body to the anchor; whoever has the policy verifies it."""
    content = backend.store.get(name_of(name, size))
    if content is None:
        raise Refusal(404, NOT_FOUND, f"anchor {name} has no evidence of {size} entries")
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": IMMUTABLE}
    return Response(content, headers=headers, media_type=OCTETS)


def read(connection: Connection, ids: list[int]) -> dict[int, Anchoring]:
    """Anchorings by their row."""
    rows = connection.execute(select(anchorings).where(anchorings.c.id.in_(ids)))
    return {row.id: anchoring_of(row) for row in rows}


def anchoring_of(row: Row[tuple[object, ...]]) -> Anchoring:
    """A row as it is shown."""
    return Anchoring(
        name=row.name,
        kind=row.kind,
        size=row.size,
        state=row.state,
        submitted=iso(row.submitted),
        confirmed=None if row.confirmed is None else iso(row.confirmed),
        time=iso_claim(row.time),
        detail=row.detail,
        url=f"/{name_of(row.name, row.size)}" if row.state == "confirmed" else None,
    )
