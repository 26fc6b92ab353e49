"""Lists of accounts."""

from sqlalchemy import Connection, exists, select

from civicroot_backend.database.people_tables import accounts, grants
from civicroot_backend.people.accounts import Account, require
from civicroot_backend.people.districts import require as require_district


def of_district(connection: Connection, district: str, after: int | None, limit: int) -> list[Account]:
    """Accounts with a role in the district, in the order in which they were added. Raises NotThere."""
    require_district(connection, district)
    here = exists().where(grants.c.account == accounts.c.id, grants.c.district == district)
    query = select(accounts.c.id).where(here, accounts.c.id > (after or 0)).order_by(accounts.c.id).limit(limit)
    return [require(connection, account) for account in connection.execute(query).scalars().all()]


def all_of_them(connection: Connection) -> list[Account]:
    """Every account."""
    found = connection.execute(select(accounts.c.id).order_by(accounts.c.id)).scalars().all()
    return [require(connection, account) for account in found]
