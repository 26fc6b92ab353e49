"""Sessions of browsers: begun by signing in, ended by leaving them alone, by their age, or by hand.

A session is known by a random token, which is made when it begins and never taken over from a browser: whoever put a
cookie there before has nothing. The database has its hash.
"""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from civicroot_backend.audit_trail.act import Act
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.database.people_tables import sessions
from civicroot_backend.people import tokens
from civicroot_backend.people.errors import NotThere

IDLE_SECONDS = 2 * 3600  # a meeting or a lunch; a passkey is a touch
ABSOLUTE_SECONDS = 12 * 3600  # a shift with its breaks: everybody signs in every day
RECENT_SECONDS = 15 * 60  # what opens another way in asks for a sign-in not older than this
TOUCH_SECONDS = 60  # a session is written again at most this often, not on each request
MOST = 20  # of one account; the one that was not used for longest goes
MAX_AGENT, MAX_ADDRESS = 128, 64


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser says it is, and where it asks from; only shown to the account itself."""

    agent: str
    address: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is not over. `begun` and `seen` in Unix seconds."""

    id: int
    account: int
    method: str
    agent: str
    address: str
    begun: int
    seen: int

    def recent(self, now: float) -> bool:
        """Whether somebody signed in just now, and has not only found the browser open."""
        return now < self.begun + RECENT_SECONDS

    @property
    def ends(self) -> int:
        """When it ends if it is left alone from its last use on."""
        return min(self.seen + IDLE_SECONDS, self.begun + ABSOLUTE_SECONDS)


def begin(act: Act, account: int, method: str, browser: Browser, before: str | None) -> str:
    """The token of a new session; that of the browser's cookie `before` ends with it."""
    if before is not None:
        act.connection.execute(delete(sessions).where(sessions.c.token == tokens.digest(before)))
    _make_room(act, account)
    token = tokens.new()
    act.connection.execute(
        insert(sessions).values(
            token=tokens.digest(token),
            account=account,
            method=method,
            agent=browser.agent[:MAX_AGENT],
            address=browser.address[:MAX_ADDRESS],
            begun=act.now,
            seen=act.now,
        )
    )
    act.record(Action.SIGNED_IN, f"account/{account}", method=method)
    return token


def find(connection: Connection, token: str, now: float) -> Session | None:
    """The session of a token; None if there is none, or it is over."""
    query = select(sessions).where(sessions.c.token == tokens.digest(token), _alive(now))
    row = connection.execute(query).one_or_none()
    return None if row is None else _session(row)


def touch(connection: Connection, session: Session, now: float) -> None:
    """It was used now."""
    connection.execute(update(sessions).where(sessions.c.id == session.id).values(seen=int(now)))


def listed(connection: Connection, account: int, now: float) -> list[Session]:
    """An account's sessions, the one used last first."""
    query = select(sessions).where(sessions.c.account == account, _alive(now))
    return [_session(row) for row in connection.execute(query.order_by(sessions.c.seen.desc(), sessions.c.id.desc()))]


def end(act: Act, account: int, session: int) -> None:
    """End one session of an account. Raises NotThere."""
    mine = (sessions.c.id == session) & (sessions.c.account == account)
    if not act.connection.execute(delete(sessions).where(mine)).rowcount:
        raise NotThere("you have no such session")
    act.record(Action.SIGNED_OUT, f"account/{account}")


def end_all(act: Act, account: int) -> int:
    """End all sessions of an account, whoever has a copy of their cookies; how many."""
    ended = int(act.connection.execute(delete(sessions).where(sessions.c.account == account)).rowcount)
    act.record(Action.SIGNED_OUT_EVERYWHERE, f"account/{account}", sessions=ended)
    return ended


def end_others(act: Act, account: int, but: int) -> None:
    """End all sessions of an account but one."""
    act.connection.execute(delete(sessions).where(sessions.c.account == account, sessions.c.id != but))


def forget_old(connection: Connection, now: float) -> int:
    """Delete sessions that are over; how many."""
    return int(connection.execute(delete(sessions).where(~_alive(now))).rowcount)


def _make_room(act: Act, account: int) -> None:
    forget_old(act.connection, act.now)
    mine = select(sessions.c.id).where(sessions.c.account == account)
    kept = act.connection.execute(mine.order_by(sessions.c.seen.desc(), sessions.c.id.desc()).limit(MOST - 1))
    kept_ids = list(kept.scalars())
    act.connection.execute(delete(sessions).where(sessions.c.account == account, sessions.c.id.not_in(kept_ids)))


def _alive(now: float) -> ColumnElement[bool]:
    at = int(now)
    return (sessions.c.seen > at - IDLE_SECONDS) & (sessions.c.begun > at - ABSOLUTE_SECONDS)


def _session(row: Row[Any]) -> Session:
    return Session(**{field.name: getattr(row, field.name) for field in fields(Session)})
