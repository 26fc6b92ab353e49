"""Crews' visits in a district: written without a network and sent later, each once; nothing is written over unseen."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from civicroot_backend.api import pagination
from civicroot_backend.api import visit_models as models
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.private import private
from civicroot_backend.api.problems import CONFLICT, MEDIA_TYPE, NOT_FOUND, OTHER_ACCOUNT, VISITED_MEANWHILE, Refusal
from civicroot_backend.api.subject_names import KindParameter, NameParameter, subject_of
from civicroot_backend.api.subjects import found
from civicroot_backend.errors import VisitRefused
from civicroot_backend.paths import API
from civicroot_backend.people.caller import Caller
from civicroot_backend.people.errors import NOT_ALLOWED, NotAllowed
from civicroot_backend.people.roles import CITY, Role
from civicroot_backend.reports import reports
from civicroot_backend.times import iso, iso_claim, seconds_of
from civicroot_backend.visits import book, writing
from civicroot_backend.visits.visit import Entry, Version, Visit, VisitedMeanwhile

router = APIRouter(prefix=f"{API}/districts/{{district}}", tags=["crews"], dependencies=[private])

VisitParameter = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="`id` of the visit", examples=["5a" * 16])]
_CONFLICT = {
    "description": "Somebody has written of the subject since, or it cannot be written so; nothing was taken",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "anyOf": [
                    {"$ref": "#/components/schemas/VisitConflict"},
                    {"$ref": "#/components/schemas/Problem"},
                ]
            }
        }
    },
}


@router.put("/visits/{visit}", summary="Record a visit, or change it", responses={409: _CONFLICT})
def put_visit(
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    visit: VisitParameter,
    body: models.NewVisit,
    response: Response,
) -> models.Visit:
    """`visit` is chosen by whoever records it: 16 random bytes. Made at once, or later, or twice: it is one visit.

    An entry that is sent again is answered with what it wrote and its own `revision`, whoever has written since.
    """
    if body.account not in (None, caller.account):
        raise Refusal(409, OTHER_ACCOUNT, "somebody else is signed in now; this waits for whoever wrote it")
    try:
        with people.act(caller) as act:
            subject, its_district = place_of(act.connection, body.subject, district)
            _check_may_change(book.find(act.connection, visit), caller, its_district)
            kept, new = writing.put(act, _entry(visit, subject, body), its_district, caller.account)
    except VisitedMeanwhile as error:
        return _conflict(error, caller)  # type: ignore[return-value]  # FastAPI takes a response in place of the model
    except VisitRefused as error:
        raise Refusal(409, CONFLICT, str(error)) from error
    response.status_code = 201 if new else 200
    return shown(kept, caller)


@router.get("/visits/{visit}", summary="A visit, and all that was written of it")
def get_visit(
    backend: BackendParameter, caller: CallerParameter, district: DistrictParameter, visit: VisitParameter
) -> models.VisitWithVersions:
    """What was written before a change is kept."""
    with backend.database.read() as connection:
        kept = of_district(connection, district, visit)
        earlier = book.versions(connection, kept)[1:]
    return models.VisitWithVersions(**shown(kept, caller).model_dump(), earlier=[_version(each) for each in earlier])


@router.get("/subjects/{kind}/{name}/visits", summary="Visits at a bin or tree")
def list_visits(
    backend: BackendParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    kind: KindParameter,
    name: NameParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> models.VisitPage:
    """Newest first, each as it is now."""
    with backend.database.read() as connection:
        subject, _ = place_of(connection, subject_of(kind, name), district)
        rows = book.of_subject(connection, subject, pagination.decode(cursor), limit + 1)
        revision = book.revision(connection, subject)
    page, following = pagination.cut(rows, limit, lambda row: row.id)
    return models.VisitPage(visits=[shown(row, caller) for row in page], revision=revision, next=following)


def place_of(connection: Connection, subject: str, district: str) -> tuple[str, str]:
    """A subject as it is called, and its district (empty: none). Raises Refusal 404 if it is not of this one."""
    device, known = found(connection, subject)
    name = device.subject if device is not None else known.subject if known is not None else subject
    its_own = reports.district_of(connection, None if known is None else known.properties.get("district"))
    if district not in (CITY, its_own):
        raise Refusal(404, NOT_FOUND, f"{name} is not in {district}")
    return name, its_own


def of_district(connection: Connection, district: str, name: str) -> Visit:
    """The visit of that name. Raises Refusal 404 if there is none in this district."""
    kept = book.find(connection, name)
    if kept is None or district not in (CITY, kept.district):
        raise Refusal(404, NOT_FOUND, f"there is no visit {name} in {district}")
    return kept


def check_owner(kept: Visit, caller: Caller, district: str) -> None:
    """Only who made a visit, or who leads there, changes it. Raises NotAllowed."""
    if kept.account != caller.account and not caller.has([Role.OPERATOR], district or CITY):
        raise NotAllowed(NOT_ALLOWED, "this visit is somebody else's")


def shown(kept: Visit, caller: Caller) -> models.Visit:
    """As the API answers."""
    return models.Visit(
        **_version(kept.now).model_dump(),
        id=kept.name,
        subject=kept.subject,
        versions=kept.versions,
        reports=list(kept.reports),
        photos=list(kept.photos),
        mine=kept.account == caller.account,
    )


def _check_may_change(kept: Visit | None, caller: Caller, district: str) -> None:
    if kept is not None:
        check_owner(kept, caller, district)


def _entry(visit: str, subject: str, body: models.NewVisit) -> Entry:
    return Entry(
        visit,
        body.entry,
        body.base,
        subject,
        body.outcome,
        body.note,
        tuple(dict.fromkeys(body.care)),
        body.care_note,
        tuple(body.reports),
        seconds_of(body.made),
    )


def _version(version: Version) -> models.VisitVersion:
    return models.VisitVersion(
        revision=version.revision,
        entry=version.entry,
        author=version.author,
        outcome=version.outcome,
        note=version.note,
        care=list(version.care),
        care_note=version.care_note,
        made=iso_claim(version.made),
        received=iso(version.received),
    )


def _conflict(error: VisitedMeanwhile, caller: Caller) -> JSONResponse:
    said = models.VisitConflict(
        title="Conflict",
        status=409,
        detail=str(error),
        reason=VISITED_MEANWHILE,
        visits=[shown(each, caller) for each in error.newer],
        revision=error.revision,
    )
    return JSONResponse(said.model_dump(), 409, {"Cache-Control": "no-store"}, MEDIA_TYPE)
