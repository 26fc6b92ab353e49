"""Statements with CWT claims in the protected header: iss, sub, aud and typ (RFC 9597, RFC 9596; SPEC.md §3)."""

from . import cose, shape
from .errors import MalformedError, TrustError
from .names import realm as check_realm
from .names import subject as check_subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

ISS, SUB, AUD, EXP, IAT, CTI, CNF, NONCE = 1, 2, 3, 4, 6, 7, 8, 10
ROLE = -65537
POSSESSION = -65538
SEQ = -65539
REASON = -65540
SUCCESSOR = -65541
LABEL = -65542
SIMULATED = -65543
MAX_STATEMENT_BYTES = 65535  # a log entry
LABELS = (cose.ALG, cose.KID, cose.CWT_CLAIMS, cose.TYP)
ENROLMENT_TYP = "application/civicroot-enrolment+cwt"
REVOCATION_TYP = "application/civicroot-revocation+cwt"
STATUS_LIST_TYP = "application/statuslist+cwt"
CONFIGURATION_TYP = "application/civicroot-configuration+cbor"
RELEASE_TYP = "application/civicroot-release+cbor"
PRUNING_TYP = "application/civicroot-pruning+cbor"
RESERVED_TYPS = (ENROLMENT_TYP, REVOCATION_TYP, STATUS_LIST_TYP, CONFIGURATION_TYP, RELEASE_TYP, PRUNING_TYP)


class Claims:
    """What a statement says of itself: `typ`, `issuer`, `subject`, `realm` (its audience)."""

    __slots__ = ("issuer", "realm", "subject", "typ")

    def __init__(self, typ: str, issuer: str, subject: str, realm: str) -> None:
        self.typ = typ
        self.issuer = issuer
        self.subject = subject
        self.realm = realm


def sign(kid: bytes, claims: Claims, payload: bytes, signer: "Sign", extra: "dict[int, object] | None" = None) -> bytes:
    """Sign `payload` as a statement; `extra` protected labels are added."""
    headers: "dict[int, object]" = {
        cose.ALG: cose.ED25519,
        cose.KID: kid,
        cose.CWT_CLAIMS: {ISS: claims.issuer, SUB: claims.subject, AUD: claims.realm},
        cose.TYP: claims.typ,
    }
    headers.update(extra or {})
    return cose.sign1(headers, payload, b"", signer)


def decode(data: bytes, optional: "tuple[int, ...]" = ()) -> "tuple[cose.Sign1, Claims]":
    """Decode any statement's envelope strictly."""
    message = cose.decode_sign1(data, MAX_STATEMENT_BYTES, LABELS, optional)
    fields = shape.mapping(message.headers[cose.CWT_CLAIMS], "CWT claims", (ISS, SUB, AUD))
    return message, Claims(
        shape.text(message.headers[cose.TYP], "typ"),
        shape.text(fields[ISS], "iss"),
        shape.text(fields[SUB], "sub"),
        check_realm(shape.text(fields[AUD], "aud")),
    )


def decode_typ(data: bytes, typ: str) -> "tuple[cose.Sign1, Claims]":
    """Decode a statement that must be of `typ`."""
    message, claims = decode(data)
    if claims.typ != typ:
        raise MalformedError("wrong-kind", "typ is " + claims.typ)
    return message, claims


def decode_about_subject(data: bytes, typ: str) -> "tuple[cose.Sign1, Claims]":
    """Decode a statement of `typ` whose sub is a subject like `bin/12`."""
    message, claims = decode_typ(data, typ)
    check_subject(claims.subject)
    return message, claims


def verify(message: cose.Sign1, claims: Claims, realm: str, public_key: bytes, verifier: "Verify") -> None:
    """Raise unless `public_key` signed the statement for `realm`."""
    if claims.realm != realm:
        raise TrustError("wrong-realm", "statement is for " + claims.realm)
    cose.verify1(message, b"", public_key, verifier)
