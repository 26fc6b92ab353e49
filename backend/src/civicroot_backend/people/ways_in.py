"""What opens an account: passkeys, a password, another service."""

from sqlalchemy import Connection, Table, exists, select

from civicroot_backend.database.people_tables import oidc_identities, passkeys, passwords
from civicroot_backend.people.errors import LAST_WAY_IN, InTheWay

_TABLES: tuple[Table, ...] = (passkeys, passwords, oidc_identities)


def refuse_none_left(connection: Connection, account: int) -> None:
    """Nobody locks himself out by mistake. Raises InTheWay; the transaction is undone."""
    for table in _TABLES:
        if connection.execute(select(exists().where(table.c.account == account))).scalar_one():
            return
    raise InTheWay(LAST_WAY_IN, "this is the only way into your account: add another one first")
