"""Requests in the database, and what became of each. All run in the caller's transaction."""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, insert, select, update

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.enrolling_tables import enrolment_requests as table
from civicroot_backend.database.people_tables import accounts
from civicroot_backend.database.tables import enrolments
from civicroot_backend.enrolling.errors import DECIDED, Conflict
from civicroot_backend.enrolling.request import Asked
from civicroot_backend.errors import NoRoom

MAX_OPEN = 10_000  # a hundred boxes of a hundred


class RequestState(StrEnum):
    """How far a request is."""

    WAITING = "waiting"
    APPROVED = "approved"  # by a registrar; the desk signs next
    ENROLLED = "enrolled"  # the log has it, whoever brought it
    DECLINED = "declined"  # by a registrar
    WITHDRAWN = "withdrawn"  # by the crew


OPEN = (RequestState.WAITING, RequestState.APPROVED)
_INDEX = (
    select(func.max(enrolments.c.log_index))
    .where(enrolments.c.kid == table.c.kid, enrolments.c.subject == table.c.subject)
    .correlate(table)
    .scalar_subquery()
)
_STATE = case((_INDEX.is_not(None), RequestState.ENROLLED), else_=func.coalesce(table.c.decision, RequestState.WAITING))


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `name` in addresses, `by` the crew's login, `log_index` of its enrolment; times in Unix seconds."""

    id: int
    name: str
    district: str
    asked: Asked
    by: str
    requested: int
    state: RequestState
    decided: int | None
    reason: str | None
    log_index: int | None


def add(act: Act, district: str, asked: Asked) -> Request:
    """Put a request; nothing may be in its way (obstacle.py). Raises NoRoom."""
    if act.connection.execute(select(func.count()).select_from(_open().subquery())).scalar_one() >= MAX_OPEN:
        raise NoRoom("as many enrolments wait for the registrar as the city keeps")
    name = secrets.token_hex(16)
    fields = ("subject", "kid", "public", "possession", "label", "latitude", "longitude", "model", "asset", "simulated")
    row = {field: getattr(asked, field) for field in fields}
    row |= {"name": name, "district": district, "account": act.actor.account, "requested": act.now}
    act.connection.execute(insert(table), row)
    act.record(Action.ENROLMENT_ASKED, asked.subject, district, request=name, kid=asked.kid.hex())
    made = find(act.connection, name)
    assert made is not None
    return made


def decide(act: Act, request: Request, decision: RequestState, reason: str | None = None) -> Request:
    """Approve, decline or withdraw a request; the same again changes nothing. Raises Conflict if it is decided."""
    if request.state == decision:
        return request
    if request.state not in OPEN or (request.state is RequestState.APPROVED and decision is RequestState.WITHDRAWN):
        raise Conflict(DECIDED, f"this request is {request.state} already")
    said = {"decision": decision, "decided": act.now, "reason": reason}
    act.connection.execute(update(table).where(table.c.id == request.id).values(said))
    detail = {"request": request.name, "kid": request.asked.kid.hex()} | ({} if reason is None else {"reason": reason})
    act.record(_ACTIONS[decision], request.asked.subject, request.district, **detail)
    made = find(act.connection, request.name)
    assert made is not None
    return made


def find(connection: Connection, name: str) -> Request | None:
    """The request of that name."""
    row = connection.execute(_all().where(table.c.name == name)).one_or_none()
    return None if row is None else _request(row)


def listed(
    connection: Connection, district: str | None, state: RequestState | None, before: int | None, limit: int
) -> list[Request]:
    """Newest first, those with an id below `before`; of a district and in a state, or all."""
    query = _all()
    if district is not None:
        query = query.where(table.c.district == district)
    if state is not None:
        query = query.where(_STATE.in_([state]))
    if before is not None:
        query = query.where(table.c.id < before)
    return [_request(row) for row in connection.execute(query.order_by(table.c.id.desc()).limit(limit))]


def open_ones(connection: Connection, kid: bytes, subject: str) -> list[Request]:
    """Those that wait and are of this key, or for this subject in whatever case, oldest first."""
    same = (table.c.kid == kid) | (func.lower(table.c.subject) == subject.lower())
    return [_request(row) for row in connection.execute(_open().where(same).order_by(table.c.id))]


def of_key(connection: Connection, kid: bytes, subject: str) -> Request | None:
    """The newest request of this key for this subject, whatever became of it."""
    same = (table.c.kid == kid) & (table.c.subject == subject)
    row = connection.execute(_all().where(same).order_by(table.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _request(row)


_ACTIONS = {
    RequestState.APPROVED: Action.ENROLMENT_APPROVED,
    RequestState.DECLINED: Action.ENROLMENT_DECLINED,
    RequestState.WITHDRAWN: Action.ENROLMENT_WITHDRAWN,
}


def _all() -> Select[Any]:
    by = accounts.c.login.label("by")
    return select(table, by, _STATE.label("state"), _INDEX.label("log_index")).join(accounts)


def _open() -> Select[Any]:
    return _all().where(_STATE.in_(OPEN))


def _request(row: Row[Any]) -> Request:
    asked = Asked(
        subject=row.subject,
        public=row.public,
        possession=row.possession,
        label=row.label,
        latitude=row.latitude,
        longitude=row.longitude,
        model=row.model,
        asset=row.asset,
        simulated=row.simulated,
    )
    state, times = RequestState(row.state), (row.requested, row.decided)
    return Request(row.id, row.name, row.district, asked, row.by, times[0], state, times[1], row.reason, row.log_index)
