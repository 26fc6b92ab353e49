"""Others' accounts, as an operator of a district looks after them."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import Connection

from civicroot_backend.api import people_models as models
from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.pagination import DEFAULT_LIMIT, CursorParameter, LimitParameter, cut, decode
from civicroot_backend.api.private import private
from civicroot_backend.audit_trail.act import Act
from civicroot_backend.paths import API
from civicroot_backend.people import account_list, accounts, sessions
from civicroot_backend.people.accounts import Account
from civicroot_backend.people.caller import Caller
from civicroot_backend.people.errors import NOT_ALLOWED, NotAllowed, NotThere
from civicroot_backend.people.invitations import VALID_SECONDS
from civicroot_backend.people.people import People
from civicroot_backend.people.roles import CITY, Role, may_give
from civicroot_backend.people.sessions import Session
from civicroot_backend.times import iso

MAX_ID = (1 << 63) - 1
AccountParameter = Annotated[int, Path(ge=1, le=MAX_ID, description="number of the account", examples=[12])]

router = APIRouter(prefix=f"{API}/districts/{{district}}/accounts", tags=["people"], dependencies=[private])


@router.get("", summary="Who has roles in a district")
def get_accounts(
    backend: BackendParameter,
    district: DistrictParameter,
    cursor: CursorParameter = None,
    limit: LimitParameter = DEFAULT_LIMIT,
) -> models.Accounts:
    """Under `city`: those who have them in the whole city."""
    with backend.database.read() as connection:
        found = account_list.of_district(connection, district, decode(cursor), limit + 1)
    page, after = cut(found, limit, lambda account: account.id)
    return models.Accounts(items=[_item(account, district) for account in page], next=after)


@router.post("", status_code=201, summary="Let somebody in")
def post_account(
    people: PeopleParameter, caller: CallerParameter, district: DistrictParameter, body: models.NewAccount
) -> models.Invited:
    """A new account with roles in this district, and a link by which its owner comes in once."""
    roles = _roles(body.roles)
    _check_may_give(caller, district, roles)
    with people.act(caller) as act:
        made, token = accounts.add(act, body.login, body.name, district, roles)
    return _invited(people, made, district, token, act)


@router.put("/{account}/roles", summary="Change somebody's roles in a district")
def put_roles(
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    account: AccountParameter,
    body: models.Roles,
) -> models.AccountItem:
    """They hold from the next request on. 409 if the city were left without an operator."""
    with people.act(caller) as act:
        before = _there(act.connection, caller, district, account)
        roles = _roles(body.roles)
        _check_may_give(caller, district, roles | {role for where, role in before.granted if where == district})
        return _item(accounts.change_roles(act, account, district, roles), district)


@router.post("/{account}/invitation", status_code=201, summary="Let somebody in again")
def post_invitation(
    people: PeopleParameter, caller: CallerParameter, district: DistrictParameter, account: AccountParameter
) -> models.Invited:
    """A new link, for who has lost passkey and password; an account that was ended is active again."""
    with people.act(caller) as act:
        _whole(act.connection, caller, district, account)
        token = accounts.invite_again(act, account)
        found = accounts.require(act.connection, account)
    return _invited(people, found, district, token, act)


@router.get("/{account}/sessions", summary="Where somebody is signed in")
def get_sessions(
    backend: BackendParameter,
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    account: AccountParameter,
) -> models.TheirSessions:
    """Of an account that the caller may sign out."""
    with backend.database.read() as connection:
        _whole(connection, caller, district, account)
    return models.TheirSessions(items=[_session(found) for found in people.sessions(account)])


@router.delete("/{account}/sessions", status_code=204, summary="Sign somebody out everywhere")
def delete_sessions(
    people: PeopleParameter, caller: CallerParameter, district: DistrictParameter, account: AccountParameter
) -> None:
    """For a phone that was lost."""
    with people.act(caller) as act:
        _whole(act.connection, caller, district, account)
        sessions.end_all(act, account)


@router.delete("/{account}", status_code=204, summary="End an account")
def delete_account(
    people: PeopleParameter, caller: CallerParameter, district: DistrictParameter, account: AccountParameter
) -> None:
    """Its sessions and keys end at once. What it did stays on the trail."""
    with people.act(caller) as act:
        _whole(act.connection, caller, district, account)
        accounts.end(act, account)


def _there(connection: Connection, caller: Caller, district: str, account: int) -> Account:
    """An account that has a role in the district; the city's operator sees every account. Raises NotThere."""
    found = accounts.require(connection, account)
    everywhere = caller.has((Role.OPERATOR,), CITY)
    if not everywhere and all(where != district for where, _ in found.granted):
        raise NotThere(f"there is no account {account}")
    return found


def _whole(connection: Connection, caller: Caller, district: str, account: int) -> None:
    """Whoever lets somebody in again, out or end, must be above all of what they are. Raises NotThere, NotAllowed."""
    if not may_give(caller.granted, _there(connection, caller, district, account).granted):
        raise NotAllowed(NOT_ALLOWED, "this account has roles that you may not give: ask an operator of the city")


def _check_may_give(caller: Caller, district: str, roles: Collection[Role]) -> None:
    if not may_give(caller.granted, [(district, role) for role in roles]):
        raise NotAllowed(NOT_ALLOWED, "you may not give or take these roles here: ask an operator of the city")


def _roles(given: Collection[str]) -> set[Role]:
    return {Role(role) for role in given}


def _invited(people: People, account: Account, district: str, token: str, act: Act) -> models.Invited:
    link = people.door.invitation_link(token)
    return models.Invited(account=_item(account, district), link=link, expires=iso(act.now + VALID_SECONDS))


def _session(session: Session) -> models.TheirSession:
    return models.TheirSession(
        id=session.id,
        method=session.method,
        agent=session.agent,
        address=session.address,
        begun=iso(session.begun),
        seen=iso(session.seen),
        ends=iso(session.ends),
    )


def _item(account: Account, district: str) -> models.AccountItem:
    return models.AccountItem(
        id=account.id,
        login=account.login,
        name=account.name,
        active=account.active,
        created=iso(account.created),
        roles=sorted(role for where, role in account.granted if where == district),
    )
