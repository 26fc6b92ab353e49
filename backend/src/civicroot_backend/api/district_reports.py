"""Citizens' reports as the people of a district see them; the district `city` has all, also those of no district."""

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from civicroot_backend.api import export, pagination
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.export import FileFormat, FormatParameter
from civicroot_backend.api.export_paths import absolute, named
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.private import private
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.api.report_models import ReportPage
from civicroot_backend.api.reports import PHOTO_ANSWER, ReportParameter, one, photo_of, report_of
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.export.table import Column, Kind, Row, Table
from civicroot_backend.paths import API, page_of
from civicroot_backend.people.roles import CITY
from civicroot_backend.reports import reports
from civicroot_backend.reports.reports import Report
from civicroot_backend.service import Backend

router = APIRouter(prefix=f"{API}/districts/{{district}}/reports", tags=["reports"], dependencies=[private])

# A file holds all that is kept: the reports of half a year are fewer than MAX_ROWS (reports.MAX_REPORTS).
_COLUMNS = (
    Column("id"),
    Column("subject"),
    Column("category"),
    Column("text"),
    Column("received", Kind.TIME),
    Column("has_photo", Kind.BOOLEAN),
    Column("page"),
)


@router.get("", summary="What citizens reported in a district", response_model=ReportPage, responses=export.FILES)
def list_reports(
    backend: BackendParameter,
    request: Request,
    kind: FormatParameter,
    district: DistrictParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> ReportPage | StreamingResponse:
    """Newest first. Where a subject is, the inventory says. Nothing of a report is in the log, so none has a proof."""
    only = None if district == CITY else district
    if kind is not None:
        return _file(request, backend, kind, only, pagination.decode(cursor))
    with backend.database.read() as connection:
        rows = reports.listed(connection, only, pagination.decode(cursor), limit + 1)
    page, following = pagination.cut(rows, limit, lambda row: row.id)
    return ReportPage(reports=[report_of(row) for row in page], next=following)


@router.get("/{report}/photo", summary="The photo of a report", response_class=Response, responses=PHOTO_ANSWER)
def get_district_photo(backend: BackendParameter, district: DistrictParameter, report: ReportParameter) -> Response:
    """As it was drawn anew, without metadata."""
    with backend.database.read() as connection:
        return photo_of(connection, _of(connection, district, report))


@router.delete("/{report}", status_code=204, summary="Delete a report")
def delete_district_report(
    people: PeopleParameter, caller: CallerParameter, district: DistrictParameter, report: ReportParameter
) -> None:
    """With its photo; that it was deleted, and by whom, goes to the audit trail, not what it said."""
    with people.act(caller) as act:
        found = _of(act.connection, district, report)
        reports.remove(act.connection, found)
        act.record(Action.REPORT_DELETED, found.subject, found.district or CITY, report=found.name)


def _file(
    request: Request, backend: Backend, kind: FileFormat, district: str | None, before: int | None
) -> StreamingResponse:
    def fetch(connection: Connection, after: int | None, limit: int) -> list[Report]:
        return list(reports.listed(connection, district, after, limit))

    found = export.rows_of(backend.database, fetch, lambda row: row.id, before)
    rows = (_row(backend, row) for row in found)
    return export.file(request, kind, Table(named("reports", district or CITY), _COLUMNS, rows))


def _row(backend: Backend, report: Report) -> Row:
    shown = report_of(report)
    page = absolute(backend, page_of(shown.subject))
    return shown.id, shown.subject, shown.category, shown.text, shown.received, shown.has_photo, page


def _of(connection: Connection, district: str, name: str) -> Report:
    found = one(connection, name)
    if district not in (CITY, found.district):
        raise Refusal(404, NOT_FOUND, f"there is no report {name} in {district}")
    return found
