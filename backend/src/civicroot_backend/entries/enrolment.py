"""Enrolments: a registrar gives a key its subject and role."""

from typing import Any

from civicroot_wire import enrolment, status_list
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.errors import MalformedError, TrustError
from civicroot_wire.sodium import verify
from sqlalchemy import select

from civicroot_backend.database.tables import enrolments, statements
from civicroot_backend.entries.claims_row import claims_row
from civicroot_backend.entries.issuer import refuse_revoked
from civicroot_backend.entries.position import Position, Rows


def check(at: Position, data: bytes) -> Rows:
    """Verify an enrolment at its position. Raises WireError."""
    # 1. Strict form.
    found = enrolment.decode(data)
    # 2. A registrar of the policy at this index, for this realm; the key's owner asked for it.
    signer = at.policy.registrar(found.registrar_kid, at.index)
    enrolment.verify(found, at.policy.realm, signer.public, verify)
    # 3. The key's own history allows it.
    _check_history(at, found)
    # 4. No other key has this bit of the status list: revoking one would revoke both.
    _check_status(at, found)
    return [(enrolments, _row(found, at.now)), (statements, claims_row(found))]


def _check_history(at: Position, found: Enrolment) -> None:
    before = select(enrolments.c.public, enrolments.c.role).where(enrolments.c.kid == found.kid).limit(1)
    earlier = at.connection.execute(before).one_or_none()
    # a. No other key was ever enrolled under this kid.
    if earlier is not None and earlier.public != found.public:
        raise TrustError("key-mismatch", f"another key is enrolled under {found.kid.hex()}")
    # b. It keeps its role: its numbers count one kind of message, and what it skipped is of that kind.
    if earlier is not None and earlier.role != found.role:
        raise TrustError("wrong-role", f"{found.kid.hex()} is enrolled as {earlier.role} already; use another key")
    # c. It was never withdrawn: a revocation is for ever.
    refuse_revoked(at, found.kid)


def _check_status(at: Position, found: Enrolment) -> None:
    if found.status is None:
        return
    index, uri = found.status
    # No list that a log entry can carry reaches further.
    if index >= status_list.MAX_KEYS:
        raise MalformedError("out-of-range", f"status index {index} is over {status_list.MAX_KEYS - 1}")
    same_bit = (enrolments.c.status_uri == uri) & (enrolments.c.status_index == index)
    query = select(enrolments.c.subject).where(same_bit, enrolments.c.kid != found.kid).limit(1)
    other = at.connection.execute(query).scalar_one_or_none()
    if other is not None:
        raise TrustError("key-mismatch", f"status index {index} belongs to the key of {other}")


def _row(found: Enrolment, now: int) -> dict[str, Any]:
    latitude, longitude = found.location or (None, None)
    status_index, status_uri = found.status or (None, None)
    return {
        "kid": found.kid,
        "public": found.public,
        "subject": found.subject,
        "role": found.role,
        "model": found.model,
        "latitude": _degrees(latitude),
        "longitude": _degrees(longitude),
        "label": found.label,
        "simulated": found.simulated,
        "home_gateway": None,
        "logged": now,
        "status_index": status_index,
        "status_uri": status_uri,
    }


def _degrees(value: int | DecimalFraction | None) -> float | None:
    return None if value is None else float(str(value))
