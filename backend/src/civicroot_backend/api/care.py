"""What was done for a tree, for everybody: each line with what it takes to find its hash in the log."""

from fastapi import APIRouter

from civicroot_backend.api import pagination
from civicroot_backend.api import visit_models as models
from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.subject_names import KindParameter, NameParameter, subject_of
from civicroot_backend.api.subjects import found
from civicroot_backend.paths import API
from civicroot_backend.times import iso
from civicroot_backend.visits import book
from civicroot_backend.visits.care import FORMAT
from civicroot_backend.visits.visit import Visit

router = APIRouter(prefix=API, tags=["subjects"])


@router.get("/subjects/{kind}/{name}/care", summary="What was done for a tree")
def list_care(
    backend: BackendParameter,
    kind: KindParameter,
    name: NameParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> models.CarePage:
    """Newest first, as it is now. The log has a salted hash of each line, stated by an organisation of the city."""
    with backend.database.read() as connection:
        device, known = found(connection, subject_of(kind, name))
        subject = known.subject if known is not None else device.subject if device is not None else ""
        rows = book.cared(connection, subject, pagination.decode(cursor), limit + 1)
    page, following = pagination.cut(rows, limit, lambda row: row.id)
    return models.CarePage(format=FORMAT, lines=[_line(row) for row in page], next=following)


def _line(visit: Visit) -> models.CareLine:
    now = visit.now
    assert now.salt is not None, "a version with care has one"
    return models.CareLine(
        made=iso(now.made),
        received=iso(now.received),
        care=list(now.care),
        note=now.care_note,
        changed=visit.versions > 1,
        salt=now.salt.hex(),
        entry=now.log_index,
    )
