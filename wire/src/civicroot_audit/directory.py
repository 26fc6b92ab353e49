"""Who is enrolled and who is withdrawn, as far as the log was read: keys are judged by log position (SPEC.md §3)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from civicroot_wire import revocation
from civicroot_wire.revocation import Revocation


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A verified enrolment: log entry `index`. `status` is (place, URI) in a status list; `registrar` its name."""

    index: int
    kid: bytes
    public: bytes
    subject: str
    role: str
    registrar: str
    status: tuple[int, str] | None
    label: str | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The first revocation of a key: log entry `index`."""

    index: int
    kid: bytes
    statement: Revocation


class Directory:
    """Grows in log order. Questions name the index they are asked for, so it may have grown further by then."""

    def __init__(self) -> None:
        self._enrolled: defaultdict[bytes, list[Enrolled]] = defaultdict(list)
        self._withdrawn: dict[bytes, Withdrawn] = {}
        self._holders: dict[str, bytes] = {}
        self._places: dict[tuple[int, str], bytes] = {}
        self.in_order: list[Enrolled] = []

    def enrol(self, found: Enrolled) -> None:
        """Take up a verified enrolment."""
        self._enrolled[found.kid].append(found)
        self._holders[found.subject] = found.kid
        if found.status is not None:
            self._places.setdefault(found.status, found.kid)
        self.in_order.append(found)

    def withdraw(self, found: Withdrawn) -> None:
        """Take up a verified revocation; the first of a key counts."""
        self._withdrawn.setdefault(found.kid, found)

    def at(self, kid: bytes, index: int) -> Enrolled | None:
        """The enrolment of a key in force for log entry `index`: the newest below it."""
        for found in reversed(self._enrolled.get(kid, ())):
            if found.index < index:
                return found
        return None

    def first(self, kid: bytes) -> Enrolled | None:
        """The first enrolment under this kid."""
        listed = self._enrolled.get(kid)
        return listed[0] if listed else None

    def newest(self, kid: bytes) -> Enrolled | None:
        """The last enrolment of a key."""
        listed = self._enrolled.get(kid)
        return listed[-1] if listed else None

    def holder(self, subject: str) -> bytes | None:
        """The kid that was enrolled last as `subject`."""
        return self._holders.get(subject)

    def place(self, status: tuple[int, str]) -> bytes | None:
        """Whose place in a status list this is."""
        return self._places.get(status)

    def withdrawal(self, kid: bytes) -> Withdrawn | None:
        """The revocation of a key that counts."""
        return self._withdrawn.get(kid)

    def is_withdrawn(self, kid: bytes, entry: int, seq: int | None = None) -> bool:
        """Whether what the key signed in log entry `entry` is withdrawn (SPEC.md §3.4)."""
        found = self._withdrawn.get(kid)
        return found is not None and revocation.covers(found.statement, found.index, entry, seq)

    def revoked_places(self, uri: str, before: int) -> set[int]:
        """Places in the status list `uri` of keys that were withdrawn below log index `before`."""
        return {
            found.status[0]
            for withdrawn in self._withdrawn.values()
            if withdrawn.index < before
            for found in self._enrolled[withdrawn.kid]
            if found.status is not None and found.status[1] == uri and found.index < before
        }

    def last_withdrawal(self) -> Withdrawn | None:
        """The newest revocation."""
        return max(self._withdrawn.values(), key=lambda found: found.index, default=None)

    def kids(self) -> Iterator[bytes]:
        """Every kid, in the order of first enrolment."""
        return iter(self._enrolled)

    def name(self, kid: bytes) -> str:
        """A key for people: subject and kid."""
        found = self.newest(kid)
        return f"{found.subject} ({kid.hex()})" if found else kid.hex()
