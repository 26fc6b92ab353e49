"""Alarm rules of a district: made, changed, removed, and tried on what is stored."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Response
from pydantic import TypeAdapter

from civicroot_backend.alarms import past, rules
from civicroot_backend.alarms.content import proof_of
from civicroot_backend.alarms.errors import MissingMatch
from civicroot_backend.alarms.past import Span
from civicroot_backend.alarms.rule import Asked, Rule, Scope
from civicroot_backend.api import alarm_rule_models as models
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter, NumberParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.pagination import DEFAULT_LIMIT, CursorParameter, LimitParameter, cut, decode
from civicroot_backend.api.private import private
from civicroot_backend.api.problems import UNAVAILABLE, Refusal
from civicroot_backend.paths import API, page_of
from civicroot_backend.people import districts
from civicroot_backend.people.roles import CITY
from civicroot_backend.service import Backend
from civicroot_backend.times import iso, iso_claim, seconds_of

router = APIRouter(prefix=f"{API}/districts/{{district}}/alarm-rules", tags=["alarms"], dependencies=[private])
RETRY_SECONDS = 10  # as long as a trial takes at most
_TAG = re.compile(r'(?:W/)?"([0-9]{1,9})"')
_rule_of: TypeAdapter[models.NewRule] = TypeAdapter(models.NewRule)
_NewRule = Annotated[models.NewRule, Body(examples=[models.EXAMPLE])]
_IfMatch = Annotated[
    str | None, Header(max_length=64, description="ETag of the version that is changed", examples=['"1"'])
]
_Tag = {"ETag": {"description": "the version", "schema": {"type": "string"}}}
_TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": _Tag}}


@router.get("", summary="Alarm rules of a district")
def list_rules(
    backend: BackendParameter,
    district: DistrictParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = DEFAULT_LIMIT,
) -> models.Rules:
    """Under `city`: all."""
    with backend.database.read() as connection:
        districts.require(connection, district)
        found = rules.listed(connection, None if district == CITY else district, decode(cursor), limit + 1)
    page, after = cut(found, limit, lambda rule: rule.id)
    return models.Rules(items=[_item(rule) for rule in page], next=after)


@router.post("", status_code=201, summary="Make an alarm rule", responses={201: {"headers": _Tag}})
def post_rule(
    backend: BackendParameter,
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    response: Response,
    body: _NewRule,
) -> models.RuleItem:
    """It judges from now on, beginning with the newest reading of each device that it is about."""
    with people.act(caller) as act:
        made = rules.add(act, _asked(district, body))
    backend.alarms.accepted(1)  # the watcher looks at once
    return _answer(response, made)


@router.post("/trial", summary="Try a rule on stored readings")
def post_trial(backend: BackendParameter, district: DistrictParameter, body: models.NewTrial) -> models.TrialAnswer:
    """When it would have rung, and for how long, in at most 92 days; it changes nothing and tells nobody.

    503 while others are tried: each takes seconds.
    """
    with _place(backend), backend.database.read() as connection:
        districts.require(connection, district)
        asked = _asked(district, body.rule)
        end = min(seconds_of(body.end), int(backend.clock()) + 1)
        trial = past.try_rule(connection, asked, seconds_of(body.start), end)
    return models.TrialAnswer(
        rang=trial.rang,
        told=trial.told,
        seconds=trial.seconds,
        devices=trial.devices,
        looked_at=trial.looked_at,
        pruned=trial.pruned,
        cut=trial.cut,
        spans=[_span(span, asked.kind, end) for span in trial.spans],
    )


@router.get("/{rule}", summary="An alarm rule", responses=_TAGGED)
def get_rule(
    backend: BackendParameter, district: DistrictParameter, rule: NumberParameter, response: Response
) -> models.RuleItem:
    """With its version as ETag."""
    with backend.database.read() as connection:
        return _answer(response, rules.require(connection, district, rule))


@router.put("/{rule}", summary="Change an alarm rule", responses=_TAGGED)
def put_rule(
    backend: BackendParameter,
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    rule: NumberParameter,
    response: Response,
    body: _NewRule,
    if_match: _IfMatch = None,
) -> models.RuleItem:
    """Of the version that If-Match names; 412 if somebody changed it meanwhile. What it had raised is over."""
    with people.act(caller) as act:
        before = rules.require(act.connection, district, rule)
        asked = _asked(before.asked.scope.district, body)
        changed = rules.change(act, rule, _version(if_match), asked)
    backend.alarms.accepted(1)
    return _answer(response, changed)


@router.delete("/{rule}", status_code=204, summary="Remove an alarm rule")
def delete_rule(
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    rule: NumberParameter,
    if_match: _IfMatch = None,
) -> None:
    """What it had raised is over, and stays on the list."""
    with people.act(caller) as act:
        found = rules.require(act.connection, district, rule)
        rules.remove(act, found.asked.scope.district, rule, _version(if_match))


@contextmanager
def _place(backend: Backend) -> Iterator[None]:
    """One of the places for trials. Raises Refusal."""
    places = backend.alarms.trials
    if not places.acquire(blocking=False):
        wait = {"Retry-After": str(RETRY_SECONDS)}
        raise Refusal(503, UNAVAILABLE, "other rules are being tried; come again soon", wait)
    try:
        yield
    finally:
        places.release()


def _version(if_match: str | None) -> int:
    found = _TAG.fullmatch(if_match.strip()) if if_match is not None else None
    if found is None:
        raise MissingMatch("a change names the version that it is one of: If-Match with the rule's ETag")
    return int(found[1])


def _asked(district: str, body: models.NewRule) -> Asked:
    scope = Scope(district, body.subject_kind, body.subject, None if body.kid is None else bytes.fromhex(body.kid))
    return Asked(
        body.name,
        body.kind,
        body.parameters.model_dump(),
        scope,
        body.severity,
        body.for_seconds,
        body.quiet_seconds,
        body.enabled,
        tuple(body.targets),
    )


def _answer(response: Response, rule: Rule) -> models.RuleItem:
    response.headers["ETag"] = f'"{rule.version}"'
    return _item(rule)


def _item(rule: Rule) -> models.RuleItem:
    asked = rule.asked
    said = {
        "kind": asked.kind,
        "name": asked.name,
        "parameters": dict(asked.parameters),
        "severity": asked.severity,
        "subject_kind": asked.scope.kind,
        "subject": asked.scope.subject,
        "kid": None if asked.scope.kid is None else asked.scope.kid.hex(),
        "for_seconds": asked.for_seconds,
        "quiet_seconds": asked.quiet_seconds,
        "enabled": asked.enabled,
        "targets": list(asked.targets),
    }
    return models.RuleItem(
        id=rule.id,
        district=asked.scope.district,
        version=rule.version,
        created=iso(rule.created),
        changed=iso(rule.changed),
        rule=_rule_of.validate_python(said),
    )


def _span(span: Span, kind: str, end: int) -> models.SpanItem:
    over = end if span.cleared is None else span.cleared
    return models.SpanItem(
        subject=span.subject,
        kid=None if span.kid is None else span.kid.hex(),
        page=page_of(span.subject),
        since=iso(span.raised.since),
        raised=iso(span.raised.time),
        cleared=iso_claim(span.cleared),
        seconds=max(0, over - span.raised.time),
        value=span.raised.value,
        number=span.raised.number,
        proof=proof_of(kind, span.kid, span.raised.number),
        cleared_proof=None if span.cleared_number is None else proof_of(kind, span.kid, span.cleared_number),
        told=span.told,
    )
