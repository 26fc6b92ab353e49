"""Citizens' reports as the people of a district see them; the district `city` has all, also those of no district."""

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from civicroot_backend.api import pagination
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.paths import API
from civicroot_backend.api.private import private
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.api.report_models import ReportPage
from civicroot_backend.api.reports import PHOTO_ANSWER, ReportParameter, one, photo_of, report_of
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.people.roles import CITY
from civicroot_backend.reports import reports
from civicroot_backend.reports.reports import Report

router = APIRouter(prefix=f"{API}/districts/{{district}}/reports", tags=["reports"], dependencies=[private])


@router.get("", summary="What citizens reported in a district")
def list_reports(
    backend: BackendParameter,
    district: DistrictParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> ReportPage:
    """Newest first. Where a subject is, the inventory says."""
    with backend.database.read() as connection:
        only = None if district == CITY else district
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


def _of(connection: Connection, district: str, name: str) -> Report:
    found = one(connection, name)
    if district not in (CITY, found.district):
        raise Refusal(404, NOT_FOUND, f"there is no report {name} in {district}")
    return found
