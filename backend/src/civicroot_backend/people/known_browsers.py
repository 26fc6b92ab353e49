"""Browsers in which somebody signed in before: what strangers try at an account does not slow them down.

Such a browser keeps a random token in a cookie of its own for half a year. It opens nothing: it only says that tries
from there are counted apart, so that whoever fails on purpose at a colleague's account locks out himself.
"""

from sqlalchemy import Connection, delete, insert, select, update

from civicroot_backend.database.people_tables import known_browsers
from civicroot_backend.people import tokens

KEPT_SECONDS = 180 * 86_400
MOST = 20  # of one account; the one that was not used for longest goes


def knows(connection: Connection, account: int, token: str | None, now: float) -> bool:
    """Whether this account signed in with this browser."""
    if token is None:
        return False
    mine = (known_browsers.c.token == tokens.digest(token)) & (known_browsers.c.account == account)
    query = select(known_browsers.c.seen).where(mine, known_browsers.c.seen > int(now) - KEPT_SECONDS)
    return connection.execute(query).one_or_none() is not None


def remember(connection: Connection, account: int, token: str | None, now: int) -> str:
    """The token of the browser in which the account signed in now: its own, or a new one."""
    if token is not None and knows(connection, account, token, now):
        here = known_browsers.c.token == tokens.digest(token)
        connection.execute(update(known_browsers).where(here).values(seen=now))
        return token
    made = tokens.new()
    connection.execute(insert(known_browsers).values(token=tokens.digest(made), account=account, seen=now))
    _forget_oldest(connection, account)
    return made


def forget(connection: Connection, account: int) -> None:
    """Forget all of an account."""
    connection.execute(delete(known_browsers).where(known_browsers.c.account == account))


def _forget_oldest(connection: Connection, account: int) -> None:
    mine = select(known_browsers.c.token).where(known_browsers.c.account == account)
    kept = list(connection.execute(mine.order_by(known_browsers.c.seen.desc()).limit(MOST)).scalars())
    connection.execute(
        delete(known_browsers).where(known_browsers.c.account == account, known_browsers.c.token.not_in(kept))
    )
