"""Whom alarm rules tell: targets, a test of each, and what became of the messages."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from civicroot_backend.alarms import outbox, targets
from civicroot_backend.alarms.errors import UnfitRule
from civicroot_backend.alarms.mail import check_address
from civicroot_backend.alarms.outbox import Message
from civicroot_backend.alarms.targets import Target
from civicroot_backend.alarms.webhook import secret_text
from civicroot_backend.api import alarm_rule_models as models
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter, NumberParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.pagination import DEFAULT_LIMIT, CursorParameter, LimitParameter, cut, decode
from civicroot_backend.api.private import private
from civicroot_backend.paths import API
from civicroot_backend.people import districts
from civicroot_backend.people.api_keys import Scope
from civicroot_backend.people.caller import Caller
from civicroot_backend.people.roles import CITY, Role
from civicroot_backend.service import Backend
from civicroot_backend.times import iso, iso_claim

router = APIRouter(prefix=f"{API}/districts/{{district}}/alarm-targets", tags=["alarms"], dependencies=[private])


@router.get("", summary="Whom alarm rules of a district may tell")
def list_targets(backend: BackendParameter, caller: CallerParameter, district: DistrictParameter) -> models.Targets:
    """Those of the district; under `city`: all. Whole addresses of webhooks: those that the caller may remove."""
    with backend.database.read() as connection:
        districts.require(connection, district)
        found = targets.listed(connection, None if district == CITY else district)
        if district != CITY:
            found = sorted([*found, *targets.listed(connection, CITY)], key=lambda target: target.id)
    return models.Targets(
        items=[_item(target, _decides(caller, target)) for target in found], mails=backend.alarms.dispatcher.mails
    )


@router.post("", status_code=201, summary="Name somebody whom rules may tell")
async def post_target(
    backend: BackendParameter,
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    body: models.NewTarget,
) -> models.MadeTarget:
    """A webhook's address is looked up, and refused if messages may not go there; its secret is shown this once."""

    def make() -> Target:
        address = _checked(backend, body)
        with people.act(caller) as act:
            return targets.add(act, district, body.name, body.kind, address, body.language)

    made = await run_in_threadpool(make)
    return models.MadeTarget(target=_item(made, True), secret=None if made.secret is None else secret_text(made.secret))


@router.delete("/{target}", status_code=204, summary="Remove a target")
def delete_target(
    people: PeopleParameter, caller: CallerParameter, district: DistrictParameter, target: NumberParameter
) -> None:
    """Rules tell it nothing any more, and what waits for it is given up."""
    with people.act(caller) as act:
        targets.remove(act, district, target)


@router.post("/{target}/test", status_code=201, summary="Send a message that says that it is a test")
def post_test(
    backend: BackendParameter,
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    target: NumberParameter,
) -> models.MessageItem:
    """It goes the way of all messages; what became of it is in the target's list."""
    with people.act(caller) as act:
        found = targets.require(act.connection, district, target)
        content = backend.alarms.dispatcher.writer.of_test(found.name)
        made = outbox.test(act, found.id, found.district, content)
    backend.alarms.wake()
    return _message(made)


@router.get("/{target}/messages", summary="What became of messages to a target")
def list_messages(
    backend: BackendParameter,
    district: DistrictParameter,
    target: NumberParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = DEFAULT_LIMIT,
) -> models.Messages:
    """The newest first. `dead`: tried for a day, or refused for good."""
    with backend.database.read() as connection:
        found = targets.require(connection, district, target)
        messages = outbox.of_target(connection, found.id, decode(cursor), limit + 1)
    page, after = cut(messages, limit, lambda message: message.id)
    return models.Messages(items=[_message(message) for message in page], next=after)


def _checked(backend: Backend, body: models.NewTarget) -> str:
    if body.kind == "email":
        if not backend.alarms.dispatcher.mails:
            raise UnfitRule("no mail server is configured (notifications.smtp_host)")
        return check_address(body.address)
    backend.alarms.dispatcher.webhooks.check(body.address)
    return body.address


def _decides(caller: Caller, target: Target) -> bool:
    may = caller.scopes is None or Scope.ALARMS_WRITE in caller.scopes
    return may and caller.has({Role.OPERATOR}, target.district)


def _item(target: Target, whole: bool) -> models.TargetItem:
    return models.TargetItem(
        id=target.id,
        district=target.district,
        name=target.name,
        kind=target.kind,
        address=target.address if whole else target.shown_address,
        language=target.language,
        created=iso(target.created),
    )


def _message(message: Message) -> models.MessageItem:
    return models.MessageItem(
        id=message.id,
        key=message.key,
        event=message.event,
        rule=message.content.get("rule"),
        count=message.content.get("count", 0),
        state=message.state,
        attempts=message.attempts,
        next=iso_claim(message.next),
        trouble=message.trouble,
        created=iso(message.created),
        finished=iso_claim(message.finished),
    )
