"""Photos of visits: sent after the visit itself, each once, and drawn anew without metadata."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.private import private
from civicroot_backend.api.problems import CONFLICT, NOT_FOUND, Refusal
from civicroot_backend.api.report_photo import PHOTO_BODY, photo_body
from civicroot_backend.api.reports import JPEG, PHOTO_ANSWER
from civicroot_backend.api.visits import VisitParameter, check_owner, of_district
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.errors import VisitRefused
from civicroot_backend.paths import API
from civicroot_backend.people.caller import Caller
from civicroot_backend.people.people import People
from civicroot_backend.people.roles import CITY
from civicroot_backend.reports import photo as pictures
from civicroot_backend.visits import photos

router = APIRouter(
    prefix=f"{API}/districts/{{district}}/visits/{{visit}}/photos", tags=["crews"], dependencies=[private]
)

_Photo = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="name of the photo", examples=["7e" * 16])]


@router.put("/{photo}", status_code=204, summary="Add a photo to a visit", openapi_extra=PHOTO_BODY)
async def put_visit_photo(
    people: PeopleParameter,
    caller: CallerParameter,
    request: Request,
    district: DistrictParameter,
    visit: VisitParameter,
    photo: _Photo,
) -> None:
    """`photo` is chosen by whoever sends it: 16 random bytes; the same again changes nothing."""
    await run_in_threadpool(_check, request, caller, district, visit)  # before anything is read
    content, media_type = await photo_body(request)
    await run_in_threadpool(_keep, people, caller, (district, visit, photo), content, media_type)


@router.get("/{photo}", summary="A photo of a visit", response_class=Response, responses=PHOTO_ANSWER)
def get_visit_photo(
    backend: BackendParameter, district: DistrictParameter, visit: VisitParameter, photo: _Photo
) -> Response:
    """As it was drawn anew, without metadata."""
    with backend.database.read() as connection:
        content = photos.find(connection, of_district(connection, district, visit), photo)
    if content is None:
        raise Refusal(404, NOT_FOUND, "this visit has no such photo (any more)")
    return Response(content, media_type=JPEG, headers={"Cache-Control": "no-store"})


@router.delete("/{photo}", status_code=204, summary="Delete a photo of a visit")
def delete_visit_photo(
    people: PeopleParameter, caller: CallerParameter, district: DistrictParameter, visit: VisitParameter, photo: _Photo
) -> None:
    """By whoever made the visit, or leads there; that it was deleted goes to the audit trail."""
    with people.act(caller) as act:
        kept = of_district(act.connection, district, visit)
        check_owner(kept, caller, kept.district)
        if photo not in kept.photos:
            raise Refusal(404, NOT_FOUND, "this visit has no such photo (any more)")
        photos.remove(act.connection, kept, photo)
        act.record(Action.VISIT_PHOTO_DELETED, kept.subject, kept.district or CITY, visit=visit, photo=photo)


def _check(request: Request, caller: Caller, district: str, visit: str) -> None:
    with request.app.state.backend.database.read() as connection:
        kept = of_district(connection, district, visit)
        check_owner(kept, caller, kept.district)


def _keep(people: People, caller: Caller, names: tuple[str, str, str], content: bytes, media_type: str) -> None:
    district, visit, photo = names
    drawn = pictures.rewritten(content, media_type)
    try:
        with people.act(caller) as act:
            kept = of_district(act.connection, district, visit)
            check_owner(kept, caller, kept.district)
            if photos.put(act.connection, kept, photo, drawn, act.now):
                act.record(Action.VISIT_PHOTO_ADDED, kept.subject, kept.district or CITY, visit=visit, photo=photo)
    except VisitRefused as error:
        raise Refusal(409, CONFLICT, str(error)) from error
