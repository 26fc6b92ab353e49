"""Who asks: an account with what it may do, by a session or by an API key."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from civicroot_backend.database.people_tables import accounts
from civicroot_backend.people import grants
from civicroot_backend.people.roles import CITY, Grant, Role, covers
from civicroot_backend.people.sessions import Session


@dataclass(frozen=True, slots=True)
class Caller:
    """An account that is active. `session` of a browser, or `scopes` of an API key."""

    account: int
    login: str
    name: str
    granted: frozenset[Grant]
    session: Session | None = None
    scopes: frozenset[str] | None = None

    def has(self, roles: Collection[Role], district: str = CITY) -> bool:
        """Whether it has one of the roles in the district, or in the whole city."""
        return any(covers(self.granted, role, district) for role in roles)

    def anywhere(self, roles: Collection[Role]) -> bool:
        """Whether it has one of the roles in some district."""
        return any(role in roles for _, role in self.granted)

    def districts(self, roles: Collection[Role]) -> frozenset[str]:
        """Where it has one of the roles; `city`: everywhere."""
        return frozenset(district for district, role in self.granted if role in roles)


def load(
    connection: Connection, account: int, session: Session | None = None, scopes: frozenset[str] | None = None
) -> Caller | None:
    """The caller; None if the account is not active (any more)."""
    row = connection.execute(select(accounts).where(accounts.c.id == account, accounts.c.active)).one_or_none()
    if row is None:
        return None
    return Caller(row.id, row.login, row.name, grants.of(connection, account), session, scopes)
