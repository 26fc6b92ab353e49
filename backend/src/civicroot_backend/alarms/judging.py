"""What both watchers share: which rule is about what, and that what changed is kept and told."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from civicroot_backend.alarms import raised
from civicroot_backend.alarms.machine import Change, Raised
from civicroot_backend.alarms.places import Places
from civicroot_backend.alarms.raised import About
from civicroot_backend.alarms.rule import Rule
from civicroot_backend.events import AlarmListChanged, Event
from civicroot_backend.ingest.key_directory import KeyDirectory
from civicroot_backend.people.roles import CITY


class Judging:
    """One thread uses it. `publish`: live pages are told of a change; `now` is Unix seconds."""

    def __init__(self, keys: KeyDirectory, publish: Callable[[list[Event]], None]) -> None:
        self.keys = keys
        self._publish = publish
        self._places = Places()
        self._changed = False

    def note(self, connection: Connection, rule: Rule, about: About, changes: Sequence[Change], now: int) -> None:
        """Keep what changed, in the transaction that found it."""
        for change in changes:
            if isinstance(change, Raised):
                done = raised.begin(connection, rule, about, change, now)
            else:
                done = raised.end(connection, rule.id, about.key, change, now)
            self._changed = self._changed or done is not None

    def changed(self) -> None:
        """Something else has ended an alarm."""
        self._changed = True

    def tell(self) -> None:
        """Let pages know, after the transaction, if anything changed."""
        if self._changed:
            self._changed = False
            self._publish([AlarmListChanged()])

    def about(self, connection: Connection, subject: str, kid: bytes, now: int) -> About:
        """A device, where it is."""
        return About(kid.hex(), subject, kid, self._places.of(connection, subject, now))

    def district(self, connection: Connection, subject: str, now: int) -> str:
        """Where a subject is."""
        return self._places.of(connection, subject, now)

    def learn(self, connection: Connection, subjects: Sequence[str], now: int) -> None:
        """Ask at once where many are."""
        self._places.learn(connection, subjects, now)

    def names(self, connection: Connection, rule: Rule, subject: str, kid: bytes, now: int) -> bool:
        """Whether the rule is about this device."""
        scope = rule.asked.scope
        if not scope.names(subject, kid):
            return False
        return scope.district == CITY or self._places.of(connection, subject, now) == scope.district

    def concerns(self, connection: Connection, rule: Rule, kid: bytes, now: int) -> bool:
        """Whether the rule is about the device as it is enrolled now; of an unknown one nothing is decided."""
        key = self.keys.find(kid)
        return key is None or self.names(connection, rule, key.subject, kid, now)

    def withdrawn(self, kid: bytes | None) -> bool:
        """Whether the key of a device was."""
        return kid is not None and self.keys.revocation(kid) is not None
