"""Alarms that rules raised, as the people of a district see them; `city` has all."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from civicroot_backend.alarms import outbox, raised, rules
from civicroot_backend.alarms.content import proof_of
from civicroot_backend.alarms.raised import GOOD, Alarm
from civicroot_backend.api import alarm_list_models as models
from civicroot_backend.api import alarms, export
from civicroot_backend.api.alarm_file import alarm_file
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter, NumberParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.export import FormatParameter
from civicroot_backend.api.pagination import DEFAULT_LIMIT, CursorParameter, LimitParameter, cut, decode
from civicroot_backend.api.private import private
from civicroot_backend.events import AlarmListChanged
from civicroot_backend.paths import API, page_of
from civicroot_backend.people import districts
from civicroot_backend.people.roles import CITY
from civicroot_backend.times import iso, iso_claim

router = APIRouter(prefix=f"{API}/districts/{{district}}/alarms", tags=["alarms"], dependencies=[private])
_State = Annotated[Literal["open", "over", "all"], Query(description="which of them", examples=["open"])]


@router.get("", summary="Alarms of a district", response_model=models.AlarmList, responses=export.FILES)
def list_alarms(
    backend: BackendParameter,
    request: Request,
    kind: FormatParameter,
    district: DistrictParameter,
    state: _State = "open",
    cursor: CursorParameter = None,
    limit: LimitParameter = DEFAULT_LIMIT,
) -> models.AlarmList | StreamingResponse:
    """One list: what rules raised, and gateways and silent devices that need somebody although no rule asks.

    A file has what rules raised.
    """
    only = None if district == CITY else district
    wanted = {"open": True, "over": False, "all": None}[state]
    with backend.database.read() as connection:
        districts.require(connection, district)
    if kind is not None:
        return alarm_file(request, backend, kind, only, wanted, decode(cursor))
    with backend.database.read() as connection:
        found = raised.listed(connection, only, wanted, decode(cursor), limit + 1)
        page, after = cut(found, limit, lambda alarm: alarm.id)
        items = _items(connection, page)
        number = raised.count(connection, only)
    unruled = alarms.current(backend, request.app.state.alarms)
    return models.AlarmList(items=items, open=number, unruled=unruled, next=after)


@router.post("/{alarm}/acknowledgement", status_code=201, summary="Say that somebody has seen an alarm")
def post_acknowledgement(
    backend: BackendParameter,
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    alarm: NumberParameter,
    body: models.Acknowledgement,
) -> models.AlarmItem:
    """409 if somebody has. Lost readings and equivocations, which nothing makes good again, are over by it."""
    with people.act(caller) as act:
        found = raised.acknowledge(act, district, alarm, body.note)
        (item,) = _items(act.connection, [found])
    backend.events.publish([AlarmListChanged()])
    return item


def _items(connection: Connection, found: Sequence[Alarm]) -> list[models.AlarmItem]:
    named = rules.names_of(connection, [alarm.rule for alarm in found])
    later = outbox.untold(connection, [alarm.id for alarm in found])
    return [_item(alarm, named[alarm.rule], later.get(alarm.id)) for alarm in found]


def _item(alarm: Alarm, rule: Any, told_at: int | None) -> models.AlarmItem:
    over = proof_of(rule.kind, alarm.kid, alarm.cleared_number) if alarm.cleared_why == GOOD else None
    return models.AlarmItem(
        id=alarm.id,
        rule=alarm.rule,
        rule_name=rule.name,
        kind=rule.kind,
        severity=rule.severity,
        district=alarm.district,
        subject=alarm.subject,
        kid=None if alarm.kid is None else alarm.kid.hex(),
        page=page_of(alarm.subject),
        since=iso(alarm.since),
        raised=iso(alarm.raised),
        noticed=iso(alarm.noticed),
        value=alarm.value,
        number=alarm.number,
        proof=proof_of(rule.kind, alarm.kid, alarm.number),
        cleared=iso_claim(alarm.cleared),
        cleared_why=alarm.cleared_why,
        cleared_proof=over,
        acknowledged=None if alarm.acknowledged is None else _seen(alarm, alarm.acknowledged),
        told_at=None if told_at is None or told_at <= alarm.noticed else iso(told_at),
    )


def _seen(alarm: Alarm, time: int) -> models.Acknowledged:
    return models.Acknowledged(
        time=iso(time), account=alarm.acknowledged_by, name=alarm.acknowledged_name or "", note=alarm.note or ""
    )
