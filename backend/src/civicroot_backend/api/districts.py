"""Districts, and what was done in them."""

import json
from collections.abc import Collection, Sequence

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from civicroot_backend.api import export
from civicroot_backend.api import people_models as models
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.export import FileFormat, FormatParameter
from civicroot_backend.api.export_paths import absolute, named
from civicroot_backend.api.pagination import DEFAULT_LIMIT, CursorParameter, LimitParameter, cut, decode
from civicroot_backend.api.private import private
from civicroot_backend.audit_trail import batches, trail
from civicroot_backend.audit_trail.row import Row
from civicroot_backend.export.table import Column, Kind, Table
from civicroot_backend.export.table import Row as Line
from civicroot_backend.paths import API, entry_proof
from civicroot_backend.people import districts
from civicroot_backend.people.roles import CITY
from civicroot_backend.service import Backend
from civicroot_backend.times import iso

router = APIRouter(prefix=API, tags=["people"])
_COLUMNS = (
    Column("position", Kind.INTEGER),
    Column("time", Kind.TIME),
    Column("actor", Kind.INTEGER),
    *(Column(name) for name in ("name", "action", "district", "target", "detail")),
    Column("entry", Kind.INTEGER),  # of the log, which fixes the row; none in the first minutes
    Column("proof"),  # of that entry
)


@router.get("/districts", summary="The city's districts")
def get_districts(backend: BackendParameter) -> models.Districts:
    """`city` is all of them."""
    with backend.database.read() as connection:
        found = districts.listed(connection)
    return models.Districts(items=[models.DistrictItem(slug=one.slug, name=one.name) for one in found])


@router.post("/districts", status_code=201, summary="Add a district", dependencies=[private])
def post_district(people: PeopleParameter, caller: CallerParameter, body: models.NewDistrict) -> models.DistrictItem:
    """409 if there is one of that name."""
    with people.act(caller) as act:
        made = districts.add(act, body.slug, body.name)
    return models.DistrictItem(slug=made.slug, name=made.name)


@router.get(
    "/districts/{district}/audit-trail",
    summary="What was done in a district",
    dependencies=[private],
    response_model=models.Trail,
    responses=export.FILES,
)
def get_trail(
    backend: BackendParameter,
    request: Request,
    kind: FormatParameter,
    caller: CallerParameter,  # noqa: ARG001 - the rule has let them in
    district: DistrictParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = DEFAULT_LIMIT,
) -> models.Trail | StreamingResponse:
    """Under `city`: everything. Batches of it are in the city log as hashes, which an auditor of the city checks."""
    only = None if district == CITY else (district,)
    with backend.database.read() as connection:
        districts.require(connection, district)
    if kind is not None:
        return _file(request, backend, kind, district, only, decode(cursor))
    with backend.database.read() as connection:
        page, after = cut(trail.newest(connection, only, decode(cursor), limit + 1), limit, lambda row: row.position)
        logged = batches.entries_of(connection, [row.position for row in page])
    return models.Trail(items=[_item(row, logged.get(row.position)) for row in page], next=after)


def _file(
    request: Request,
    backend: Backend,
    kind: FileFormat,
    district: str,
    only: Collection[str] | None,
    before: int | None,
) -> StreamingResponse:
    def fetch(connection: Connection, after: int | None, limit: int) -> Sequence[tuple[Row, int | None]]:
        found = trail.newest(connection, only, after, limit)
        logged = batches.entries_of(connection, [row.position for row in found])
        return [(row, logged.get(row.position)) for row in found]

    found = export.rows_of(backend.database, fetch, lambda pair: pair[0].position, before)
    rows = (_line(backend, row, entry) for row, entry in found)
    return export.file(request, kind, Table(named("audit-trail", district), _COLUMNS, rows))


def _line(backend: Backend, row: Row, entry: int | None) -> Line:
    said = (row.position, iso(row.time), row.actor, row.name, row.action, row.district, row.target, row.detail)
    return (*said, entry, None if entry is None else absolute(backend, entry_proof(entry)))


def _item(row: Row, entry: int | None) -> models.TrailItem:
    return models.TrailItem(
        position=row.position,
        time=iso(row.time),
        actor=row.actor,
        name=row.name,
        action=row.action,
        district=row.district,
        target=row.target,
        detail=json.loads(row.detail),
        entry=entry,
    )
