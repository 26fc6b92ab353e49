"""Whether a request may be put. Whoever is offline for a day finds out here what happened meanwhile."""

from civicroot_wire import record
from sqlalchemy import Connection, func, select

from civicroot_backend.database.tables import enrolments, revocations
from civicroot_backend.enrolling import book, errors
from civicroot_backend.enrolling.book import Request
from civicroot_backend.enrolling.errors import Conflict
from civicroot_backend.enrolling.request import Asked
from civicroot_backend.inventory import book as inventory
from civicroot_backend.people.roles import CITY
from civicroot_backend.reports import reports


def same_as(connection: Connection, asked: Asked) -> Request | None:
    """The request that asks for the very same already; None: it may be put. Raises Conflict."""
    _check_key(connection, asked)
    _check_subject(connection, asked)
    for other in book.open_ones(connection, asked.kid, asked.subject):
        if other.asked.kid != asked.kid:
            by = f"device {other.asked.kid.hex()}, asked for by {other.by}"
            raise Conflict(errors.SUBJECT_ASKED, f"{other.asked.subject} waits for the registrar already: {by}")
        if other.asked.subject != asked.subject:
            raise Conflict(errors.ASKED_ELSEWHERE, f"this device waits for the registrar as {other.asked.subject}")
        if other.asked.said != asked.said:
            said = ", ".join(value for value in other.asked.said if value) or "no place"
            raise Conflict(errors.ASKED_OTHERWISE, f"the same waits for the registrar already, with {said}")
        return other
    return None


def check_district(connection: Connection, subject: str, district: str) -> None:
    """Raises Conflict if the inventory names another district for the place."""
    for known in inventory.find(connection, subject):
        said = known.properties.get("district")
        if said and district not in (CITY, reports.district_of(connection, said)):
            raise Conflict(errors.OTHER_DISTRICT, f"{known.subject} is in {said}, not in {district}")


def check_new(connection: Connection, kid: bytes) -> None:
    """Raises Conflict if the key is enrolled, or was withdrawn."""
    if _is_revoked(connection, kid):
        raise Conflict(errors.KEY_REVOKED, f"the key {kid.hex()} was withdrawn: give the device a new one")
    now = _subject_of(connection, kid)
    if now is not None:
        raise Conflict(errors.KEY_ENROLLED, f"this device is enrolled as {now}")


def _check_key(connection: Connection, asked: Asked) -> None:
    if _is_revoked(connection, asked.kid):
        raise Conflict(errors.KEY_REVOKED, f"the key {asked.kid.hex()} was withdrawn: give the device a new one")
    now = _subject_of(connection, asked.kid)
    if now == asked.subject:
        raise Conflict(errors.KEY_ENROLLED, f"this device is enrolled as {now}")
    if now is not None:
        raise Conflict(errors.KEY_ELSEWHERE, f"this device is enrolled as {now}: the registrar moves it")


def _check_subject(connection: Connection, asked: Asked) -> None:
    # In whatever case: a QR code has upper case alone, and has to lead to one place.
    there = select(enrolments.c.kid, enrolments.c.subject).where(
        func.lower(enrolments.c.subject) == asked.subject.lower(), enrolments.c.role == record.ROLE
    )
    for kid, subject in connection.execute(there).all():
        if _subject_of(connection, kid) == subject and not _is_revoked(connection, kid):
            raise Conflict(errors.SUBJECT_TAKEN, f"{subject} has a device, {kid.hex()}: the registrar replaces it")


def _subject_of(connection: Connection, kid: bytes) -> str | None:
    """What the key is enrolled as now."""
    found = select(enrolments.c.subject).where(enrolments.c.kid == kid).order_by(enrolments.c.log_index.desc())
    subject: str | None = connection.execute(found.limit(1)).scalar_one_or_none()
    return subject


def _is_revoked(connection: Connection, kid: bytes) -> bool:
    return (
        connection.execute(select(revocations.c.log_index).where(revocations.c.kid == kid).limit(1)).first() is not None
    )
