"""Who may sign an entry: registrars are in the trust policy, everybody else is enrolled, in public, before."""

from dataclasses import dataclass

from civicroot_wire.errors import TrustError
from sqlalchemy import Connection, select

from civicroot_backend.database.tables import enrolments, revocations
from civicroot_backend.entries.position import Position


@dataclass(frozen=True, slots=True)
class Issuer:
    """An enrolled key, as its newest enrolment has it."""

    public: bytes
    subject: str


def enrolled(at: Position, kid: bytes, role: str) -> Issuer:
    """The key that is enrolled in `role` before this position. Raises TrustError."""
    columns = select(enrolments.c.public, enrolments.c.subject, enrolments.c.role)
    newest = columns.where(enrolments.c.kid == kid).order_by(enrolments.c.log_index.desc()).limit(1)
    row = at.connection.execute(newest).one_or_none()
    if row is None:
        raise TrustError("unknown-key-id", kid.hex())
    if row.role != role:
        raise TrustError("wrong-role", f"{row.subject} is enrolled as {row.role}")
    return Issuer(row.public, row.subject)


def refuse_revoked(at: Position, kid: bytes) -> None:
    """Raise TrustError if the key was withdrawn before this position: statements have no number that could be old."""
    index = revoked_at(at.connection, kid)
    if index is not None:
        raise TrustError("revoked", f"{kid.hex()} by log entry {index}")


def revoked_at(connection: Connection, kid: bytes) -> int | None:
    """Log index of the key's revocation."""
    mine = select(revocations.c.log_index).where(revocations.c.kid == kid)
    return connection.execute(mine).scalar_one_or_none()
