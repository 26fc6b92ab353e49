"""Status lists: which keys are withdrawn, in the form of the Token Status List that enrolments refer to."""

from fastapi import APIRouter, Response
from sqlalchemy import select

from civicroot_backend.api.dependencies import BackendParameter, KidParameter, published_size
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.database.tables import log_entries, status_lists
from civicroot_backend.desk.status_uri import uri_of

MEDIA_TYPE = "application/statuslist+cwt"

router = APIRouter(prefix="/status-lists", tags=["proofs"])


@router.get(
    "/{kid}",
    summary="A registrar's newest status list",
    response_class=Response,
    responses={
        200: {
            "description": "A signed list (wire specification §3.5), which is a log entry too",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def get_status_list(backend: BackendParameter, kid: KidParameter) -> Response:
    """The newest that a checkpoint covers; `kid` is the registrar's. Where it is in the log, `Link` says."""
    uri = uri_of(backend.realm, bytes.fromhex(kid))
    mine = (status_lists.c.uri == uri) & (status_lists.c.log_index < published_size(backend))
    query = select(status_lists.c.log_index, log_entries.c.entry).join(
        status_lists, status_lists.c.log_index == log_entries.c.index
    )
    with backend.database.read() as connection:
        newest = query.where(mine).order_by(status_lists.c.log_index.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
    if row is None:
        raise Refusal(404, NOT_FOUND, f"registrar {kid} has published no status list")
    link = f'</entries/{row.log_index}>; rel="canonical"'
    return Response(row.entry, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-cache", "Link": link})
