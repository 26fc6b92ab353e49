"""Which account has which role in which district."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, func, insert, select

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.people_tables import accounts, grants
from civicroot_backend.people.errors import LAST_OPERATOR, InTheWay
from civicroot_backend.people.roles import CITY, Grant, Role


def of(connection: Connection, account: int) -> frozenset[Grant]:
    """The roles of an account and where it has them."""
    rows = connection.execute(select(grants.c.district, grants.c.role).where(grants.c.account == account))
    return frozenset((district, Role(role)) for district, role in rows)


def put(act: Act, account: int, district: str, roles: Collection[Role]) -> None:
    """Let an account have these roles in this district, and no other there. Raises InTheWay."""
    before = {role for where, role in of(act.connection, account) if where == district}
    wanted = set(roles)
    if before == wanted:
        return
    here = (grants.c.account == account) & (grants.c.district == district)
    act.connection.execute(delete(grants).where(here))
    if wanted:
        rows = [{"account": account, "district": district, "role": role} for role in sorted(wanted)]
        act.connection.execute(insert(grants), rows)
    if district == CITY and Role.OPERATOR in before - wanted:
        refuse_none_left(act.connection)
    act.record(Action.ROLES_CHANGED, f"account/{account}", district, before=sorted(before), after=sorted(wanted))


def refuse_none_left(connection: Connection) -> None:
    """Somebody must be able to let others in. Raises InTheWay; the transaction is undone."""
    leads = (grants.c.district == CITY) & (grants.c.role == Role.OPERATOR) & accounts.c.active
    query = select(func.count()).select_from(grants.join(accounts)).where(leads)
    if not connection.execute(query).scalar_one():
        raise InTheWay(LAST_OPERATOR, "the city needs an active operator: name another one first")
