"""Revocation: a registrar withdraws a key, or rotates it to a successor (SPEC.md §3.4; RFC 9679 `ckt`)."""

from . import claims, cose, shape
from .cbor import decode as decode_cbor
from .cbor import encode
from .errors import MalformedError
from .sequence import MAX_SEQ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

RETIRED, ROTATED, COMPROMISED, LOST = 0, 1, 2, 3
_THUMBPRINT = 5
_OPTIONAL = (claims.IAT, claims.SEQ, claims.SUCCESSOR)


class Revocation:
    """`thumbprint` (32 bytes) of the withdrawn key, `reason`, and for a rotation `last_seq` and `successor`."""

    __slots__ = ("claims", "issued_at", "last_seq", "message", "reason", "subject", "successor", "thumbprint")

    def __init__(
        self,
        subject: str,
        thumbprint: bytes,
        reason: int,
        last_seq: "int | None" = None,
        successor: "bytes | None" = None,
        issued_at: "int | None" = None,
    ) -> None:
        self.subject = subject
        self.thumbprint = thumbprint
        self.reason = reason
        self.last_seq = last_seq
        self.successor = successor
        self.issued_at = issued_at
        self.claims: "claims.Claims | None" = None
        self.message: "cose.Sign1 | None" = None

    @property
    def registrar_kid(self) -> bytes:
        """Who signed it; only of a decoded revocation."""
        if self.message is None:
            raise ValueError("not a decoded revocation")
        return self.message.kid


def sign(revocation: Revocation, registrar_kid: bytes, issuer: str, realm: str, signer: "Sign") -> bytes:
    """Return the registrar's signed revocation."""
    fields: "dict[int, object]" = {
        claims.CNF: {_THUMBPRINT: revocation.thumbprint},
        claims.REASON: revocation.reason,
    }
    for label, value in (
        (claims.IAT, revocation.issued_at),
        (claims.SEQ, revocation.last_seq),
        (claims.SUCCESSOR, revocation.successor),
    ):
        if value is not None:
            fields[label] = value
    about = claims.Claims(claims.REVOCATION_TYP, issuer, revocation.subject, realm)
    return claims.sign(registrar_kid, about, encode(fields), signer)


def decode(data: bytes) -> Revocation:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message, about = claims.decode_about_subject(data, claims.REVOCATION_TYP)
    content = decode_cbor(message.payload, claims.MAX_STATEMENT_BYTES)
    fields = shape.mapping(content, "revocation", (claims.CNF, claims.REASON), _OPTIONAL)
    confirmation = shape.mapping(fields[claims.CNF], "cnf", (_THUMBPRINT,))
    found = Revocation(
        about.subject,
        shape.octets(confirmation[_THUMBPRINT], "thumbprint", 32, 32),
        shape.integer(fields[claims.REASON], "reason", RETIRED, LOST),
    )
    if claims.IAT in fields:
        found.issued_at = shape.integer(fields[claims.IAT], "iat")
    if claims.SEQ in fields:
        found.last_seq = shape.integer(fields[claims.SEQ], "last seq", 0, MAX_SEQ)
    if claims.SUCCESSOR in fields:
        found.successor = shape.octets(fields[claims.SUCCESSOR], "successor", 32, 32)
    if found.reason == ROTATED and (found.last_seq is None or found.successor is None):
        raise MalformedError("missing-key", "a rotation names last seq and successor")
    found.claims, found.message = about, message
    return found


def verify(revocation: Revocation, realm: str, registrar_key: bytes, verifier: "Verify") -> Revocation:
    """Return the revocation if the registrar signed it for `realm`."""
    if revocation.message is None or revocation.claims is None:
        raise ValueError("verify takes a decoded revocation")
    claims.verify(revocation.message, revocation.claims, realm, registrar_key, verifier)
    return revocation


def covers(revocation: Revocation, at: int, entry: int, seq: "int | None" = None) -> bool:
    """Whether the revocation logged at index `at` withdraws what the key signed in log entry `entry` (SPEC.md §3.4).

    `seq` is the number of the record or batch header; None for a statement, which has none.
    """
    # 1. What was logged before stays valid: only the log's order counts, no clock.
    if entry < at:
        return False
    # 2. A key that was rotated in good order may still deliver what it had signed by then.
    if revocation.reason == ROTATED and revocation.last_seq is not None and seq is not None:
        return seq > revocation.last_seq
    return True
