"""Citizens report what is wrong with a bin or a tree: no account, no name, no record in the log.

A report is made first, as text that gets through on a bad connection; a photo follows. Whoever made it has a token,
which nobody else has: not even the city, which keeps its hash.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from civicroot_backend.api import report_models as models
from civicroot_backend.api.client_address import origin_of
from civicroot_backend.api.dependencies import BackendParameter
from civicroot_backend.api.problems import NOT_FOUND, TOO_MANY_REQUESTS, WRONG_TOKEN, Refusal
from civicroot_backend.api.rate_limit import Bucket, refusal_headers
from civicroot_backend.api.report_photo import PHOTO_BODY, photo_body
from civicroot_backend.api.subject_names import KindParameter, NameParameter, subject_of
from civicroot_backend.api.subjects import found
from civicroot_backend.paths import API
from civicroot_backend.reports import photo, reports
from civicroot_backend.reports.reports import Report
from civicroot_backend.service import Backend
from civicroot_backend.times import iso

JPEG = "image/jpeg"
_NEVER_CACHED = {"Cache-Control": "no-store"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
PHOTO_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "A JPEG without metadata", "content": {JPEG: _BINARY}}
}

router = APIRouter(prefix=API, tags=["reports"])

ReportParameter = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="`id` of the report", examples=["0f" * 16])]
_Token = Annotated[
    str,
    Header(
        alias="Report-Token",
        min_length=1,
        max_length=128,
        description="`token` of the answer to the report",
        examples=["Zr1mH0m0QWJrV0o0c2tLb3J1Y2hpdG8tZXhhbXBsZS0w"],
    ),
]


@router.post("/subjects/{kind}/{name}/reports", status_code=201, summary="Report a problem with a bin or a tree")
def post_report(
    backend: BackendParameter,
    request: Request,
    response: Response,
    kind: KindParameter,
    name: NameParameter,
    body: models.AnyReport,
) -> models.NewReportAnswer:
    """Nobody need sign in. It is kept for half a year at most, outside the log; its token takes it back at any time."""
    bucket: Bucket = request.app.state.report_bucket
    with backend.database.read() as connection:
        device, known = found(connection, subject_of(kind, name))
        district = reports.district_of(connection, None if known is None else known.properties.get("district"))
    client = origin_of(request.scope)
    if wait := bucket.take(client):
        detail = "too many reports from your address; thank you, and please come again later"
        raise Refusal(429, TOO_MANY_REQUESTS, detail, refusal_headers(bucket, client, wait))
    subject = device.subject if device is not None else known.subject if known is not None else ""
    with backend.database.write() as connection:
        now = int(backend.clock())
        made, token = reports.add(connection, subject, district, body.category, body.text, now)
    response.headers.update(_NEVER_CACHED | {"Location": f"{API}/reports/{made.name}"})
    return models.NewReportAnswer(**report_of(made).model_dump(), token=token)


@router.get("/reports/{report}", summary="One's own report")
def get_report(backend: BackendParameter, response: Response, report: ReportParameter, token: _Token) -> models.Report:
    """For whoever made it."""
    response.headers.update(_NEVER_CACHED)
    with backend.database.read() as connection:
        return report_of(_own(connection, report, token))


@router.delete("/reports/{report}", status_code=204, summary="Take one's own report back")
def delete_report(backend: BackendParameter, report: ReportParameter, token: _Token) -> None:
    """It is deleted with its photo."""
    with backend.database.write() as connection:
        reports.remove(connection, _own(connection, report, token))


@router.put(
    "/reports/{report}/photo",
    status_code=204,
    summary="Add a photo to one's own report",
    openapi_extra=PHOTO_BODY,
)
async def put_photo(backend: BackendParameter, request: Request, report: ReportParameter, token: _Token) -> None:
    """In place of one before. 400 with the reason `bad-picture` if it is none."""
    await run_in_threadpool(_check_own, backend, report, token)  # before anything is read
    content, media_type = await photo_body(request)
    await run_in_threadpool(_keep, backend, report, token, content, media_type)


@router.get(
    "/reports/{report}/photo", summary="The photo of one's own report", response_class=Response, responses=PHOTO_ANSWER
)
def get_photo(backend: BackendParameter, report: ReportParameter, token: _Token) -> Response:
    """As the city has it."""
    with backend.database.read() as connection:
        return photo_of(connection, _own(connection, report, token))


def photo_of(connection: Connection, report: Report) -> Response:
    """The photo, or a Refusal."""
    content = reports.photo(connection, report)
    if content is None:
        raise Refusal(404, NOT_FOUND, "this report has no photo")
    return Response(content, media_type=JPEG, headers=_NEVER_CACHED)


def report_of(report: Report) -> models.Report:
    """As it is shown."""
    return models.Report(
        id=report.name,
        subject=report.subject,
        category=report.category,  # type: ignore[arg-type]  # one of those that the model lists
        text=report.text,
        received=iso(report.received),
        has_photo=report.has_photo,
        mended=None if report.mended is None else iso(report.mended),
    )


def one(connection: Connection, name: str) -> Report:
    """The report of that name. Raises Refusal 404."""
    report = reports.find(connection, name)
    if report is None:
        raise Refusal(404, NOT_FOUND, f"there is no report {name} (any more)")
    return report


def _own(connection: Connection, name: str, token: str) -> Report:
    report = one(connection, name)
    if not reports.is_by(connection, report, token):
        raise Refusal(403, WRONG_TOKEN, "this is not the token of that report")
    return report


def _check_own(backend: Backend, name: str, token: str) -> None:
    with backend.database.read() as connection:
        _own(connection, name, token)


def _keep(backend: Backend, name: str, token: str, content: bytes, media_type: str) -> None:
    drawn = photo.rewritten(content, media_type)
    with backend.database.write() as connection:
        reports.put_photo(connection, _own(connection, name, token), drawn)
