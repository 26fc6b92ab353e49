"""API keys: for programs of somebody, who lets them do a part of what he may do himself.

A key is `civicroot_<prefix>_<token>`: whoever finds one in a text knows what it is, and its owner knows which. It may
do what its scopes name and its owner may, at the time of each request: what the owner loses, it loses.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.people_tables import api_keys
from civicroot_backend.people import names, tokens
from civicroot_backend.people.errors import BAD_NAME, TOO_MANY, InTheWay, NotThere, Unfit

MARK = "civicroot"
PREFIX_LETTERS = 8
MAX_DAYS = 366
MOST = 50  # valid ones of an account
MAX_KEY_NAME = 64
TOUCH_SECONDS = 60
_FORM = re.compile(rf"{MARK}_[A-Za-z0-9]{{{PREFIX_LETTERS}}}_[A-Za-z0-9_-]{{43}}")  # see tokens.py


class Scope(StrEnum):
    """What a key may be for."""

    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    DISTRICTS_WRITE = "districts:write"
    TRAIL_READ = "audit-trail:read"
    ALARMS_READ = "alarms:read"
    ALARMS_WRITE = "alarms:write"
    ENROLMENTS_READ = "enrolments:read"
    ENROLMENTS_DECIDE = "enrolments:decide"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its token; times are Unix seconds."""

    id: int
    account: int
    name: str
    prefix: str
    scopes: frozenset[str]
    created: int
    expires: int
    used: int | None
    revoked: int | None


def make(act: Act, account: int, name: str, scopes: Collection[Scope], expires: int) -> tuple[ApiKey, str]:
    """A key, and its text, which is shown once. Raises Unfit, InTheWay."""
    _check(act.now, name, scopes, expires)
    if len([key for key in listed(act.connection, account) if valid(key, act.now)]) >= MOST:
        raise InTheWay(TOO_MANY, f"an account has at most {MOST} keys that are valid")
    secret = tokens.new()
    prefix = tokens.new().replace("_", "x").replace("-", "y")[:PREFIX_LETTERS]
    text = f"{MARK}_{prefix}_{secret}"
    row: dict[str, object] = {"name": names.shown(name), "prefix": prefix, "scopes": " ".join(sorted(set(scopes)))}
    row |= {"account": account, "token": tokens.digest(text)}
    query = insert(api_keys).values(created=act.now, expires=expires, **row).returning(api_keys.c.id)
    made = act.connection.execute(query).scalar_one()
    act.record(Action.KEY_MADE, f"key/{made}", prefix=prefix, scopes=sorted(set(scopes)), expires=expires)
    return _require(act.connection, account, made), text


def find(connection: Connection, text: str, now: float) -> ApiKey | None:
    """The key of a text; None if there is none that is valid now."""
    row = connection.execute(select(api_keys).where(api_keys.c.token == tokens.digest(text))).one_or_none()
    found = None if row is None else _key(row)
    return found if found is not None and valid(found, now) else None


def is_form(text: str) -> bool:
    """Whether the text could be a key; one that could not is sent nowhere and shown nowhere."""
    return _FORM.fullmatch(text) is not None


def valid(key: ApiKey, now: float) -> bool:
    """Neither revoked nor over."""
    return key.revoked is None and now < key.expires


def touch(connection: Connection, key: ApiKey, now: float) -> None:
    """It was used now."""
    connection.execute(update(api_keys).where(api_keys.c.id == key.id).values(used=int(now)))


def listed(connection: Connection, account: int) -> list[ApiKey]:
    """The keys of an account, the newest first, with those that are over."""
    rows = connection.execute(select(api_keys).where(api_keys.c.account == account).order_by(api_keys.c.id.desc()))
    return [_key(row) for row in rows]


def revoke(act: Act, account: int, key: int) -> None:
    """Let a key do nothing any more. Raises NotThere."""
    if _require(act.connection, account, key).revoked is None:
        act.connection.execute(update(api_keys).where(api_keys.c.id == key).values(revoked=act.now))
        act.record(Action.KEY_REVOKED, f"key/{key}")


def revoke_all(act: Act, account: int) -> None:
    """Let all keys of an account do nothing any more."""
    for key in listed(act.connection, account):
        if key.revoked is None:
            revoke(act, account, key.id)


def _check(now: int, name: str, scopes: Collection[Scope], expires: int) -> None:
    if len(name) > MAX_KEY_NAME:
        raise Unfit(BAD_NAME, f"the name of a key has at most {MAX_KEY_NAME} characters")
    if not scopes:
        raise Unfit(BAD_NAME, "a key is for something: name a scope")
    if not now < expires <= now + MAX_DAYS * 86_400:
        raise Unfit(BAD_NAME, f"a key expires within {MAX_DAYS} days, and not in the past")


def _require(connection: Connection, account: int, key: int) -> ApiKey:
    row = connection.execute(select(api_keys).where(api_keys.c.id == key, api_keys.c.account == account)).one_or_none()
    if row is None:
        raise NotThere("you have no such key")
    return _key(row)


def _key(row: Row[Any]) -> ApiKey:
    values = {field.name: getattr(row, field.name) for field in fields(ApiKey)}
    return ApiKey(**{**values, "scopes": frozenset(row.scopes.split())})
