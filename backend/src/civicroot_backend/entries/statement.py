"""Statements of organisations, and what operators and release keys sign: by enrolled keys, as their subject."""

from civicroot_wire import configuration, release, statement
from civicroot_wire.claims import CONFIGURATION_TYP
from civicroot_wire.errors import TrustError
from civicroot_wire.sodium import verify
from sqlalchemy import select

from civicroot_backend.database.tables import log_entries, statements
from civicroot_backend.entries.claims_row import Decoded, claims_row, envelope
from civicroot_backend.entries.issuer import Issuer, enrolled, refuse_revoked
from civicroot_backend.entries.position import Position, Rows


def check(at: Position, data: bytes) -> Rows:
    """Verify an organisation's statement at its position. Raises WireError."""
    # 1. Strict form, and a typ that is nobody else's.
    found = statement.decode(data)
    # 2. An organisation's key, which signed it for this realm under its own name, and was not withdrawn.
    issuer = enrolled(at, found.message.kid, statement.ROLE)
    statement.verify(found, at.policy.realm, issuer.public, verify)
    _check_issuer(at, found, issuer)
    return [(statements, claims_row(found, found.detached))]


def check_configuration(at: Position, data: bytes) -> Rows:
    """Verify an operator's configuration at its position. Raises WireError."""
    found = configuration.decode(data)
    issuer = enrolled(at, envelope(found)[0].kid, configuration.ROLE)
    configuration.verify(found, at.policy.realm, issuer.public, verify)
    _check_issuer(at, found, issuer)
    # Versions rise: nobody gives a device an old configuration again.
    before = _newest_version(at, found.subject)
    if before is not None and found.version <= before:
        raise TrustError("wrong-order", f"{found.subject} has version {before} already")
    return [(statements, claims_row(found))]


def check_release(at: Position, data: bytes) -> Rows:
    """Verify a release at its position. Raises WireError."""
    found = release.decode(data)
    issuer = enrolled(at, envelope(found)[0].kid, release.ROLE)
    release.verify(found, at.policy.realm, issuer.public, verify)
    _check_issuer(at, found, issuer)
    return [(statements, claims_row(found))]


def _check_issuer(at: Position, found: Decoded, issuer: Issuer) -> None:
    message, about = envelope(found)
    if about.issuer != issuer.subject:
        raise TrustError("untrusted", f"{issuer.subject} signed as {about.issuer}")
    refuse_revoked(at, message.kid)


def _newest_version(at: Position, subject: str) -> int | None:
    mine = (statements.c.subject == subject) & (statements.c.typ == CONFIGURATION_TYP)
    entries = select(log_entries.c.entry).join(statements, statements.c.log_index == log_entries.c.index)
    newest = entries.where(mine).order_by(log_entries.c.index.desc()).limit(1)
    entry = at.connection.execute(newest).scalar_one_or_none()
    return None if entry is None else configuration.decode(entry).version
