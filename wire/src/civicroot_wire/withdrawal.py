"""Withdrawal: a logged revocation as gateways receive it (SPEC.md §8)."""

from . import announcement, revocation
from .announcement import Announcement, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Verify
    from .policy import Policy

__all__ = ["Withdrawal", "decode", "encode", "verify"]


class Withdrawal(Announcement):
    """The announcement of a revocation."""


def decode(data: bytes) -> Withdrawal:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    return Withdrawal(*announcement.parts(data, "revocation"))


def verify(withdrawal: Withdrawal, trusted: "Policy", verifier: "Verify") -> revocation.Revocation:
    """Return the revocation if it is in the city's log and a registrar of the policy signed it."""
    # 1. and 2. It is in the city's log: no registrar withdraws a key unseen.
    entry = announcement.verify(withdrawal, trusted, verifier)
    # 3. A registrar that the policy trusts at this index signed it.
    found = revocation.decode(entry.entry)
    registrar = trusted.registrar(found.registrar_kid, entry.index)
    return revocation.verify(found, trusted.realm, registrar.public, verifier)
