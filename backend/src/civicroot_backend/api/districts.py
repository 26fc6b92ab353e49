"""Districts, and what was done in them."""

import json

from fastapi import APIRouter

from civicroot_backend.api import people_models as models
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.pagination import DEFAULT_LIMIT, CursorParameter, LimitParameter, cut, decode
from civicroot_backend.api.paths import API
from civicroot_backend.api.private import private
from civicroot_backend.api.times import iso
from civicroot_backend.audit_trail import batches, trail
from civicroot_backend.audit_trail.row import Row
from civicroot_backend.people import districts
from civicroot_backend.people.roles import CITY

router = APIRouter(prefix=API, tags=["people"])


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


@router.get("/districts/{district}/audit-trail", summary="What was done in a district", dependencies=[private])
def get_trail(
    backend: BackendParameter,
    caller: CallerParameter,  # noqa: ARG001 - the rule has let them in
    district: DistrictParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = DEFAULT_LIMIT,
) -> models.Trail:
    """Under `city`: everything. Batches of it are in the city log as hashes, which an auditor of the city checks."""
    with backend.database.read() as connection:
        districts.require(connection, district)
        only = None if district == CITY else (district,)
        page, after = cut(trail.newest(connection, only, decode(cursor), limit + 1), limit, lambda row: row.position)
        logged = batches.entries_of(connection, [row.position for row in page])
    return models.Trail(items=[_item(row, logged.get(row.position)) for row in page], next=after)


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
