"""Every published checkpoint with the quorum that it met, and the beacons that devices were told of."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from sqlalchemy import func, select

from civicroot_backend.api import pagination
from civicroot_backend.api.checkpoint_models import Checkpoint, CheckpointPage
from civicroot_backend.api.dependencies import BackendParameter, published_size
from civicroot_backend.api.models import Cosigned
from civicroot_backend.api.pagination import DEFAULT_LIMIT, CursorParameter, LimitParameter
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.database.tables import checkpoints, publications
from civicroot_backend.log.beacons import name_of
from civicroot_backend.paths import API
from civicroot_backend.store.presentation import IMMUTABLE, TEXT
from civicroot_backend.times import iso, iso_claim
from civicroot_backend.witnesses.quorum import said_in

router = APIRouter()


@router.get(f"{API}/checkpoints", summary="Published checkpoints and who cosigned them", tags=["log"])
def list_checkpoints(
    backend: BackendParameter, limit: LimitParameter = DEFAULT_LIMIT, cursor: CursorParameter = None
) -> CheckpointPage:
    """Newest first. A checkpoint that was published again with more cosignatures is there once, as it is now."""
    below = min(pagination.decode(cursor) or published_size(backend) + 1, published_size(backend) + 1)
    newest = select(func.max(publications.c.id)).group_by(publications.c.size)
    last = select(publications).where(publications.c.id.in_(newest)).subquery()
    query = (
        select(checkpoints, last.c.note.label("cosigned"), last.c.quorum, last.c.met)
        .outerjoin(last, last.c.size == checkpoints.c.size)
        .where(checkpoints.c.size < below)
        .order_by(checkpoints.c.size.desc())
        .limit(limit + 1)
    )
    with backend.database.read() as connection:
        rows = connection.execute(query).all()
    page, following = pagination.cut(rows, limit, lambda row: row.size)
    listed = [
        Checkpoint(
            size=row.size,
            root=row.root.hex(),
            time=iso(row.time),
            cosigned=[
                Cosigned(name=name, time=iso_claim(time)) for name, time in said_in(row.cosigned, backend.log.origin)
            ],
            quorum=row.quorum or 0,
            met=row.met is not False,
        )
        for row in page
    ]
    return CheckpointPage(checkpoints=listed, next=following)


@router.get(
    "/log/beacon/{folder}/{beacon}",
    summary="The checkpoint of a beacon",
    tags=["log"],
    response_class=Response,
    responses={200: {"description": "A signed note", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_beacon(
    backend: BackendParameter,
    folder: Annotated[
        str, Path(pattern="^[0-9a-f]{2}$", description="first two digits of the beacon", examples=["5f"])
    ],
    beacon: Annotated[
        str,
        Path(
            pattern="^[0-9a-f]{16}$", description="as records repeat it, in hexadecimal", examples=["5f1c9a0233aa41d7"]
        ),
    ],
) -> Response:
    """With the cosignatures of the quorum; kept for ever. A record that repeats the beacon was made after it."""
    content = backend.store.get(name_of(bytes.fromhex(beacon))) if beacon.startswith(folder) else None
    if content is None:
        raise Refusal(404, NOT_FOUND, f"no device was told of beacon {beacon}")
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": IMMUTABLE}
    return Response(content, headers=headers, media_type=TEXT)
