"""Where crews are needed in a district, nearest first, and what they have to know there."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from civicroot_backend.api import pagination
from civicroot_backend.api import visit_models as models
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter
from civicroot_backend.api.enforce import CallerParameter
from civicroot_backend.api.map_view import snapshot_of
from civicroot_backend.api.models import Location
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.private import private
from civicroot_backend.api.reports import report_of
from civicroot_backend.api.subject_names import KindParameter, NameParameter, subject_of
from civicroot_backend.api.subject_presentation import subject_of as described
from civicroot_backend.api.subject_search import PLACE, place_of_text
from civicroot_backend.api.subjects import found
from civicroot_backend.api.visits import place_of, shown
from civicroot_backend.map.trouble import Fault, Trouble
from civicroot_backend.paths import API, entry_path, page_of, proof_of
from civicroot_backend.reports import reports
from civicroot_backend.reports.reports import Report
from civicroot_backend.times import iso, iso_claim
from civicroot_backend.visits import book, history, worklist
from civicroot_backend.visits.history import Event
from civicroot_backend.visits.worklist import Need, Work

SHOWN_VISITS = 20  # of a sheet; the rest are asked for
SHOWN_REPORTS = 40
NEEDS: tuple[Need, ...] = ("fault", "alarm", "silent", "report")

router = APIRouter(prefix=f"{API}/districts/{{district}}", tags=["crews"], dependencies=[private])


@router.get("/work", summary="Where somebody is needed, nearest first")
def list_work(
    backend: BackendParameter,
    request: Request,
    district: DistrictParameter,
    near: Annotated[
        str, Query(pattern=PLACE, description="latitude,longitude in degrees", examples=["37.5665,126.978"])
    ],
    need: Annotated[
        list[Need] | None, Query(max_length=4, description="only these kinds; without it: all", examples=[["fault"]])
    ] = None,
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> models.WorkPage:
    """Sensors without value, alarms, silence, and what citizens reported. The place that is asked for is not kept."""
    snapshot = snapshot_of(request)
    with backend.database.read() as connection:
        rows = worklist.nearest(connection, snapshot, place_of_text(near), district)
    after = pagination.decode(cursor)
    wanted = [row for row in rows if row.needs(need or NEEDS) and (after is None or row.rank > after)]
    page, following = pagination.cut(wanted[: limit + 1], limit, lambda row: row.rank)
    return models.WorkPage(as_of=iso(snapshot.time), work=[_work(row) for row in page], next=following)


@router.get("/subjects/{kind}/{name}", summary="What somebody has to know at a bin or tree")
def get_sheet(
    backend: BackendParameter,
    caller: CallerParameter,
    request: Request,
    district: DistrictParameter,
    kind: KindParameter,
    name: NameParameter,
) -> models.Sheet:
    """What is wrong, what was reported, who was there, and what happened before."""
    snapshot = snapshot_of(request)
    with backend.database.read() as connection:
        subject, its_own = place_of(connection, subject_of(kind, name), district)
        shown_subject = described(*found(connection, subject), 0)
        reported = reports.of_subject(connection, subject, SHOWN_REPORTS)
        visits = book.of_subject(connection, subject, None, SHOWN_VISITS)
        revision = book.revision(connection, subject)
        events = history.of_subject(connection, subject)
    said = shown_subject.model_dump(
        include={"subject", "kind", "name", "label", "page", "location", "kid", "simulated"}
    )
    return models.Sheet(
        **said,
        district=its_own,
        heard=None if shown_subject.latest is None else shown_subject.latest.received,
        **_trouble(snapshot.troubles.get(subject, Trouble())),
        reports=[report_of(each) for each in reported if each.mended is None],
        visits=[shown(each, caller) for each in visits],
        revision=revision,
        events=[*(_event(each) for each in events), *_of_reports(sorted(reported, key=lambda each: -each.id))],
    )


def _work(row: Work) -> models.Work:
    kind, _, name = row.subject.partition("/")
    place = row.place
    return models.Work(
        subject=row.subject,
        kind=kind,
        name=name,
        label=row.label,
        page=page_of(row.subject),
        location=None if place is None else Location(latitude=place.latitude, longitude=place.longitude),
        distance_m=None if row.metres is None else round(row.metres),
        **_trouble(row.trouble),
        reports=row.reports,
    )


def _trouble(trouble: Trouble) -> dict[str, Any]:
    return {
        "faults": [_fault(each) for each in trouble.faults],
        "alarms": list(trouble.alarms),
        "silent_since": iso_claim(trouble.silent_since),
    }


def _fault(fault: Fault) -> models.FaultItem:
    return models.FaultItem(sensor=fault.sensor, flag=fault.flag)


def _of_reports(reported: Iterable[Report]) -> Iterator[models.SheetEvent]:
    for report in reported:
        yield models.SheetEvent(what="report", name=report.category, time=iso(report.received), proof=None)
        if report.mended is not None:
            yield models.SheetEvent(what="report-mended", name=report.category, time=iso(report.mended), proof=None)


def _event(event: Event) -> models.SheetEvent:
    reading = event.reading
    proof = f"{entry_path(event.log_index)}/proof" if reading is None else proof_of(reading.kid.hex(), reading.seq)
    return models.SheetEvent(what=event.what, name=event.name, time=iso_claim(event.time), proof=proof)
