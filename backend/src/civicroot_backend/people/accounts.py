"""Accounts of staff and crews."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.people_tables import accounts, invitations, oidc_identities, passkeys, passwords
from civicroot_backend.people import api_keys, grants, known_browsers, names, sessions
from civicroot_backend.people import invitations as invited
from civicroot_backend.people.districts import require as require_district
from civicroot_backend.people.errors import BAD_NAME, TAKEN, InTheWay, NotThere, Unfit
from civicroot_backend.people.roles import CITY, STAFF, Grant, Role

HANDLE_BYTES = 32  # of 64 that WebAuthn allows
NOBODY = 0  # accounts are numbered from 1


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody; `granted`: which roles, where."""

    id: int
    handle: bytes
    login: str
    name: str
    active: bool
    created: int
    granted: frozenset[Grant]


def add(act: Act, login: str, name: str, district: str, roles: Collection[Role]) -> tuple[Account, str]:
    """A new account with roles in a district, and the token of its invitation. Raises Unfit, InTheWay, NotThere."""
    _check_roles(roles)
    require_district(act.connection, district)
    found = names.login(login)
    if find(act.connection, found) is not None:
        raise InTheWay(TAKEN, f"there is an account {found} already")
    row = {"handle": secrets.token_bytes(HANDLE_BYTES), "login": found, "name": names.shown(name), "active": True}
    query = insert(accounts).values(**row, created=act.now).returning(accounts.c.id)
    account = act.connection.execute(query).scalar_one()
    act.record(Action.ACCOUNT_ADDED, f"account/{account}", district, login=found)
    grants.put(act, account, district, roles)
    return require(act.connection, account), invited.make(act, account)


def change_roles(act: Act, account: int, district: str, roles: Collection[Role]) -> Account:
    """Let an account have these roles in a district; its keys and sessions follow. Raises NotThere, InTheWay."""
    if roles:
        _check_roles(roles)
    require_district(act.connection, district)
    require(act.connection, account)
    grants.put(act, account, district, roles)
    return require(act.connection, account)


def end(act: Act, account: int) -> None:
    """Let an account do nothing any more, from now on; all that opened it is forgotten. Raises NotThere, InTheWay."""
    found = require(act.connection, account)
    if not found.active:
        return
    act.connection.execute(update(accounts).where(accounts.c.id == account).values(active=False))
    if (CITY, Role.OPERATOR) in found.granted:
        grants.refuse_none_left(act.connection)
    sessions.end_all(act, account)
    api_keys.revoke_all(act, account)
    known_browsers.forget(act.connection, account)
    for way_in in (invitations, passkeys, passwords, oidc_identities):
        act.connection.execute(delete(way_in).where(way_in.c.account == account))
    act.record(Action.ACCOUNT_ENDED, f"account/{account}")


def invite_again(act: Act, account: int) -> str:
    """The token of a new invitation; an account that was ended is active again. Raises NotThere."""
    require(act.connection, account)
    act.connection.execute(update(accounts).where(accounts.c.id == account).values(active=True))
    return invited.make(act, account)


def find(connection: Connection, login: str) -> Account | None:
    """The account with this login, in the form of names.login."""
    row = connection.execute(select(accounts).where(accounts.c.login == login)).one_or_none()
    return None if row is None else _account(connection, row)


def active(connection: Connection, login: str) -> int:
    """The number of the active account with this login; NOBODY if there is none."""
    query = select(accounts.c.id).where(accounts.c.login == login, accounts.c.active)
    return connection.execute(query).scalar_one_or_none() or NOBODY


def require(connection: Connection, account: int) -> Account:
    """The account. Raises NotThere."""
    row = connection.execute(select(accounts).where(accounts.c.id == account)).one_or_none()
    if row is None:
        raise NotThere(f"there is no account {account}")
    return _account(connection, row)


def _check_roles(roles: Collection[Role]) -> None:
    if not roles or not set(roles) <= STAFF:
        raise Unfit(BAD_NAME, "an account has one role or more, and a citizen has no account")


def _account(connection: Connection, row: Row[Any]) -> Account:
    granted = grants.of(connection, row.id)
    return Account(row.id, row.handle, row.login, row.name, row.active, row.created, granted)
