"""Who is enrolled: every key with the enrolment in force, in memory, followed from the database.

Whether a key was withdrawn for a certain message depends on log positions, so ingest asks for revocations in the
transaction that gives those out (history_reader.py); here they are known for everything else.
"""

from dataclasses import dataclass
from threading import Lock

from civicroot_wire.errors import TrustError
from sqlalchemy import Connection, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import enrolments, revocations


@dataclass(frozen=True, slots=True)
class EnrolledKey:
    """A key as its newest enrolment, log entry `log_index`, has it."""

    kid: bytes
    public: bytes
    subject: str
    role: str
    log_index: int


@dataclass(frozen=True, slots=True)
class RevokedKey:
    """That a key was withdrawn by log entry `log_index`, and why (civicroot_wire.revocation)."""

    log_index: int
    reason: int


class KeyDirectory:
    """Threads may read while one refreshes: entries are replaced, never changed."""

    def __init__(self) -> None:
        self._keys: dict[bytes, EnrolledKey] = {}
        self._revoked: dict[bytes, RevokedKey] = {}
        self._seen = self._seen_revocation = -1
        self._refreshing = Lock()

    def refresh(self, connection: Connection) -> bool:
        """Take up what was committed since the last time; whether that was anything."""
        with self._refreshing:
            before = self._seen, self._seen_revocation
            columns = (enrolments.c.kid, enrolments.c.public, enrolments.c.subject, enrolments.c.role)
            ordered = select(*columns, enrolments.c.log_index).order_by(enrolments.c.log_index)
            for row in connection.execute(ordered.where(enrolments.c.log_index > self._seen)):
                self._keys[row.kid] = EnrolledKey(row.kid, row.public, row.subject, row.role, row.log_index)
                self._seen = row.log_index
            withdrawn = select(revocations.c.kid, revocations.c.reason, revocations.c.log_index)
            newer = withdrawn.where(revocations.c.log_index > self._seen_revocation)
            for revoked in connection.execute(newer.order_by(revocations.c.log_index)):
                self._revoked[revoked.kid] = RevokedKey(revoked.log_index, revoked.reason)
                self._seen_revocation = revoked.log_index
            return before != (self._seen, self._seen_revocation)

    def find(self, kid: bytes) -> EnrolledKey | None:
        """The key with this kid, if one is enrolled."""
        return self._keys.get(kid)

    def revocation(self, kid: bytes) -> RevokedKey | None:
        """The key's revocation, if it was withdrawn."""
        return self._revoked.get(kid)

    def require(self, kid: bytes, role: str) -> EnrolledKey:
        """The key with this kid if it may act in `role`; raises TrustError."""
        key = self._keys.get(kid)
        if key is None:
            raise TrustError("unknown-key-id", kid.hex())
        if key.role != role:
            raise TrustError("wrong-role", f"{key.subject} is enrolled as {key.role}")
        return key

    def require_newest(self, database: Database, kid: bytes, role: str) -> EnrolledKey:
        """As `require`, of one that may have been enrolled a moment ago. Raises TrustError."""
        if kid not in self._keys:
            with database.read() as connection:
                self.refresh(connection)
        return self.require(kid, role)

    def of_role(self, role: str) -> list[EnrolledKey]:
        """Every key in this role, by log index."""
        return sorted((key for key in self._keys.copy().values() if key.role == role), key=lambda key: key.log_index)
