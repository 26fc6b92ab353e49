"""Revocations: a registrar withdraws a key, for everything that is logged from here on."""

from civicroot_wire import keys, revocation
from civicroot_wire.errors import TrustError
from civicroot_wire.revocation import Revocation
from civicroot_wire.sodium import verify
from sqlalchemy import select

from civicroot_backend.database.tables import enrolments, revocations, statements
from civicroot_backend.entries.claims_row import claims_row, envelope
from civicroot_backend.entries.issuer import refuse_revoked
from civicroot_backend.entries.position import Position, Rows


def check(at: Position, data: bytes) -> Rows:
    """Verify a revocation at its position. Raises WireError."""
    # 1. Strict form.
    found = revocation.decode(data)
    message, _ = envelope(found)
    # 2. A registrar of the policy at this index, for this realm.
    signer = at.policy.registrar(message.kid, at.index)
    revocation.verify(found, at.policy.realm, signer.public, verify)
    kid = found.thumbprint[: keys.KID_BYTES]
    # 3. Of a key that is enrolled, under the subject that it has: a slip of the pen withdraws no other bin's key.
    _check_key(at, kid, found)
    # 4. Of a key that is not withdrawn yet: the first revocation counts.
    refuse_revoked(at, kid)
    row = {
        "kid": kid,
        "thumbprint": found.thumbprint,
        "reason": found.reason,
        "last_seq": found.last_seq,
        "successor": found.successor,
    }
    return [(revocations, row), (statements, claims_row(found))]


def _check_key(at: Position, kid: bytes, found: Revocation) -> None:
    columns = select(enrolments.c.public, enrolments.c.subject).where(enrolments.c.kid == kid)
    row = at.connection.execute(columns.order_by(enrolments.c.log_index.desc()).limit(1)).one_or_none()
    if row is None:
        raise TrustError("unknown-key-id", kid.hex())
    if keys.thumbprint(row.public) != found.thumbprint:
        raise TrustError("key-mismatch", f"another key is enrolled under {kid.hex()}")
    if row.subject != found.subject:
        raise TrustError("key-mismatch", f"{kid.hex()} is enrolled as {row.subject}, not as {found.subject}")
