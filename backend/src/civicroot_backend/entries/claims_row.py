"""What every entry with CWT claims says of itself, so that entries are found by their subject."""

from typing import Any, Protocol

from civicroot_wire import cose
from civicroot_wire.claims import Claims
from civicroot_wire.statement import PREIMAGE_CONTENT_TYPE
from sqlalchemy import Connection, select

from civicroot_backend.database.tables import statements


class Decoded(Protocol):
    """Any decoded entry that carries claims; both are None only in one that was made, not decoded."""

    @property
    def claims(self) -> Claims | None: ...

    @property
    def message(self) -> cose.Sign1 | None: ...


def envelope(found: Decoded) -> tuple[cose.Sign1, Claims]:
    """The signed message of a decoded entry, and its claims."""
    if found.message is None or found.claims is None:
        raise ValueError("not a decoded entry")
    return found.message, found.claims


def claims_row(found: Decoded, detached: bool = False) -> dict[str, Any]:
    """The row of `statements` for a decoded entry; `detached`: its payload is a hash."""
    message, about = envelope(found)
    content_type = message.headers.get(PREIMAGE_CONTENT_TYPE if detached else cose.CONTENT_TYPE)
    return {
        "kid": message.kid,
        "issuer": about.issuer,
        "subject": about.subject,
        "typ": about.typ,
        "content_type": None if content_type is None else str(content_type),
        "detached": detached,
    }


def subject_of(connection: Connection, log_index: int) -> str:
    """What the entry at an index, which carries claims, is about."""
    query = select(statements.c.subject).where(statements.c.log_index == log_index)
    subject: str = connection.execute(query).scalar_one()
    return subject
