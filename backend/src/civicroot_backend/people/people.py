"""Everything about people that the API asks: one object beside the backend's others."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from civicroot_backend.audit_trail.act import Act, Actor
from civicroot_backend.database.connection import Database
from civicroot_backend.people import api_keys, caller, sessions
from civicroot_backend.people.back_off import BackOff
from civicroot_backend.people.caller import Caller
from civicroot_backend.people.challenges import Challenges
from civicroot_backend.people.door import Door
from civicroot_backend.people.oidc.provider import Provider
from civicroot_backend.people.oidc.services import OtherServices
from civicroot_backend.people.sessions import Session
from civicroot_backend.people.sign_in import SignIn
from civicroot_backend.people.tries import Tries


class People:
    """`city`: what passkeys and pages call it; `clock` is Unix seconds. Threads may use it at the same time."""

    def __init__(
        self, database: Database, door: Door, city: str, providers: Sequence[Provider], clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._clock = clock
        self.door = door
        self.tries = Tries(BackOff(time.monotonic))
        self.sign_in = SignIn(database, Challenges(clock), self.tries, city, clock)
        self.other_services = OtherServices(database, providers, self.sign_in, clock)

    def now(self) -> float:
        """Unix seconds."""
        return self._clock()

    def by_session(self, token: str) -> Caller | None:
        """Whose session this is; it is used now."""
        now = self._clock()
        with self._database.read() as connection:
            session = sessions.find(connection, token, now)
            if session is None:
                return None
            found = caller.load(connection, session.account, session)
        if found is not None and now - session.seen >= sessions.TOUCH_SECONDS:
            with self._database.write() as connection:
                sessions.touch(connection, session, now)
        return found

    def by_key(self, text: str) -> Caller | None:
        """Whose API key this is; it is used now."""
        now = self._clock()
        with self._database.read() as connection:
            key = api_keys.find(connection, text, now)
            if key is None:
                return None
            found = caller.load(connection, key.account, scopes=key.scopes)
        if found is not None and now - (key.used or 0) >= api_keys.TOUCH_SECONDS:
            with self._database.write() as connection:
                api_keys.touch(connection, key, now)
        return found

    def sessions(self, account: int) -> list[Session]:
        """An account's sessions that are not over."""
        with self._database.read() as connection:
            return sessions.listed(connection, account, self._clock())

    @contextmanager
    def act(self, by: Caller) -> Iterator[Act]:
        """The transaction in which a caller does something: with the trail of it, or undone with it."""
        with self._database.write() as connection:
            yield Act(connection, int(self._clock()), Actor(by.account, by.login))
