"""Devices that ask to be enrolled: put by a crew, decided by the registrar, signed at the desk, where the key stays.

Nothing is overwritten: whoever has the place or the key is named, and the request is not taken.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Connection

from civicroot_backend.api import enrolment_models as models
from civicroot_backend.api import pagination
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.models import Location
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.private import private
from civicroot_backend.api.problems import BAD_PARAMETER, NOT_FOUND, Refusal
from civicroot_backend.enrolling import book, obstacle, request
from civicroot_backend.enrolling.book import Request, RequestState
from civicroot_backend.enrolling.request import Asked
from civicroot_backend.paths import API
from civicroot_backend.people.roles import CITY
from civicroot_backend.times import iso

router = APIRouter(prefix=f"{API}/districts/{{district}}/enrolments", tags=["enrolments"], dependencies=[private])

RequestParameter = Annotated[
    str, Path(pattern="^[0-9a-f]{32}$", description="`id` of the request", examples=["0f" * 16])
]


@router.post(
    "", status_code=201, summary="Ask the registrar to enrol a device", responses={200: {"model": models.Enrolment}}
)
def post_enrolment(
    backend: BackendParameter,
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    response: Response,
    body: models.NewEnrolment,
) -> models.Enrolment:
    """It waits until the desk has signed it. The same again is the same request; 409 names who is in the way."""
    asked = request.check(_asked(body), backend.realm)
    with people.act(caller) as act:
        obstacle.check_district(act.connection, asked.subject, district)
        found = obstacle.same_as(act.connection, asked)
        if found is not None:
            response.status_code = 200
            return shown(found)
        return shown(book.add(act, district, asked))


@router.get("", summary="Devices that asked to be enrolled")
def list_enrolments(
    backend: BackendParameter,
    district: DistrictParameter,
    state: Annotated[RequestState | None, Query(description="only those that are so far", examples=["waiting"])] = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> models.EnrolmentPage:
    """Newest first. Under `city`: of all districts."""
    with backend.database.read() as connection:
        only = None if district == CITY else district
        rows = book.listed(connection, only, state, pagination.decode(cursor), limit + 1)
    page, following = pagination.cut(rows, limit, lambda row: row.id)
    return models.EnrolmentPage(enrolments=[shown(row) for row in page], next=following)


@router.get("/{request}", summary="One request, and what became of it")
def get_enrolment(
    backend: BackendParameter, district: DistrictParameter, request: RequestParameter
) -> models.Enrolment:
    """`enrolled` as soon as the log has it, whoever brought it there."""
    with backend.database.read() as connection:
        return shown(one(connection, district, request))


@router.delete("/{request}", summary="Take a request back")
def delete_enrolment(
    people: PeopleParameter, caller: CallerParameter, district: DistrictParameter, request: RequestParameter
) -> models.Enrolment:
    """While nobody has decided. It stays in the list as withdrawn."""
    with people.act(caller) as act:
        return shown(book.decide(act, one(act.connection, district, request), RequestState.WITHDRAWN))


@router.put("/{request}/decision", summary="Approve or decline a request")
def put_decision(
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    request: RequestParameter,
    body: models.Decision,
) -> models.Enrolment:
    """The desk signs what is approved (`civicroot enrolments enrol`), and declines what cannot be, saying why.

    409 `other-district`: the inventory has the place in another district by now.
    """
    decision = RequestState(body.decision)
    with people.act(caller) as act:
        found = one(act.connection, district, request)
        if decision is RequestState.APPROVED:
            obstacle.check_district(act.connection, found.asked.subject, found.district)
        return shown(book.decide(act, found, decision, body.reason or None))


def one(connection: Connection, district: str, name: str) -> Request:
    """The request of that name, if it is the district's. Raises Refusal 404."""
    found = book.find(connection, name)
    if found is None or district not in (CITY, found.district):
        raise Refusal(404, NOT_FOUND, f"there is no request {name} in {district}")
    return found


def shown(found: Request) -> models.Enrolment:
    """As it is answered."""
    asked = found.asked
    placed = asked.latitude is not None and asked.longitude is not None
    return models.Enrolment(
        id=found.name,
        district=found.district,
        subject=asked.subject,
        kid=asked.kid.hex(),
        public=asked.public.hex(),
        possession=asked.possession.hex(),
        label=asked.label,
        location=Location(latitude=float(asked.latitude or 0), longitude=float(asked.longitude or 0))
        if placed
        else None,
        degrees=[asked.latitude or "", asked.longitude or ""] if placed else None,
        model=asked.model,
        asset=asked.asset,
        simulated=asked.simulated,
        by=found.by,
        requested=iso(found.requested),
        state=found.state,
        decided=None if found.decided is None else iso(found.decided),
        reason=found.reason,
        log_index=found.log_index,
    )


def _asked(body: models.NewEnrolment) -> Asked:
    for name, most in (("label", models.MAX_LABEL), ("model", models.MAX_MODEL)):
        if len(getattr(body, name).encode()) > most:
            raise Refusal(400, BAD_PARAMETER, f"{name} has at most {most} bytes in UTF-8")
    return Asked(
        subject=body.subject,
        public=bytes.fromhex(body.public),
        possession=bytes.fromhex(body.possession),
        label=body.label or None,
        latitude=None if body.location is None else body.location.latitude,
        longitude=None if body.location is None else body.location.longitude,
        model=body.model or None,
        asset=body.asset or None,
        simulated=body.simulated,
    )
