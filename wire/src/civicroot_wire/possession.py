"""Possession: a new key asks to be enrolled, proving that its owner has it (SPEC.md §3.3)."""

from . import claims, cose, shape
from .cbor import decode as decode_cbor
from .cbor import encode
from .names import subject as check_subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

KIND = "possession"
MAX_POSSESSION_BYTES = 512
MIN_NONCE, MAX_NONCE = 8, 32
_LABELS = (cose.ALG, cose.KID)


class Possession:
    """`kid` of the new key, `subject` and `role` it asks for, the registrar's `nonce`."""

    __slots__ = ("kid", "message", "nonce", "role", "subject")

    def __init__(self, message: cose.Sign1, subject: str, role: str, nonce: bytes) -> None:
        self.message = message
        self.kid = message.kid
        self.subject = subject
        self.role = role
        self.nonce = nonce


def sign(kid: bytes, subject: str, role: str, nonce: bytes, realm: str, signer: "Sign") -> bytes:
    """Return the signed request."""
    payload = encode({claims.SUB: subject, claims.NONCE: nonce, claims.ROLE: role})
    headers: "dict[int, object]" = {cose.ALG: cose.ED25519, cose.KID: kid}
    return cose.sign1(headers, payload, cose.aad(KIND, realm), signer)


def decode(data: bytes) -> Possession:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message = cose.decode_sign1(data, MAX_POSSESSION_BYTES, _LABELS)
    fields = shape.mapping(
        decode_cbor(message.payload, MAX_POSSESSION_BYTES), "possession", (claims.SUB, claims.NONCE, claims.ROLE)
    )
    return Possession(
        message,
        check_subject(shape.text(fields[claims.SUB], "sub")),
        shape.text(fields[claims.ROLE], "role", 1, 32),
        shape.octets(fields[claims.NONCE], "nonce", MIN_NONCE, MAX_NONCE),
    )


def verify(found: Possession, realm: str, public_key: bytes, verifier: "Verify") -> Possession:
    """Return it if the key itself signed it in `realm`; raises SignatureError."""
    cose.verify1(found.message, cose.aad(KIND, realm), public_key, verifier)
    return found
