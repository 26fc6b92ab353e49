"""Registration: a logged enrolment as gateways receive it (SPEC.md §8)."""

from . import announcement, enrolment
from .announcement import Announcement, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Verify
    from .policy import Policy

__all__ = ["Registration", "decode", "encode", "verify"]


class Registration(Announcement):
    """The announcement of an enrolment."""


def decode(data: bytes) -> Registration:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    return Registration(*announcement.parts(data, "enrolment"))


def verify(registration: Registration, trusted: "Policy", verifier: "Verify") -> enrolment.Enrolment:
    """Return the enrolment if it is in the city's log and a registrar of the policy signed it."""
    # 1. and 2. It is in the city's log.
    entry = announcement.verify(registration, trusted, verifier)
    # 3. A registrar that the policy trusts at this index signed it, and the key's owner asked for it.
    found = enrolment.decode(entry.entry)
    registrar = trusted.registrar(found.registrar_kid, entry.index)
    return enrolment.verify(found, trusted.realm, registrar.public, verifier)
