"""Who was enrolled at a place in the log."""

from sqlalchemy import Connection, func, select

from civicroot_backend.database.tables import enrolments
from civicroot_backend.errors import LogDamaged


def enrolled_before(connection: Connection, kid: bytes, role: str, index: int) -> int:
    """Log index of the enrolment that was in force for log entry `index`. Raises LogDamaged: it was accepted then."""
    mine = (enrolments.c.kid == kid) & (enrolments.c.role == role) & (enrolments.c.log_index < index)
    found: int | None = connection.execute(select(func.max(enrolments.c.log_index)).where(mine)).scalar_one()
    if found is None:
        raise LogDamaged(f"{kid.hex()} was accepted as {role} before it was enrolled")
    return found
