"""Claim token: who holds it may claim one deposit at one bin (SPEC.md §3.2)."""

from . import claims, cose, shape
from .cbor import decode as decode_cbor
from .cbor import encode
from .errors import MalformedError
from .sequence import MAX_SEQ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

KIND = "claim"
ROLE = "device"
SUBJECT_CLASS = "bin/"  # only bins hand out claims
MAX_TOKEN_BYTES = 128
MAX_DIGITS = 309  # decimal digits of 128 bytes
CTI_BYTES = 8
_LABELS = (cose.ALG, cose.KID)


class ClaimToken:
    """`kid` of the bin, `seq` of the deposit's record, `expires` in Unix seconds, `cti` 8 random bytes."""

    __slots__ = ("cti", "expires", "kid", "message", "seq")

    def __init__(self, message: cose.Sign1, expires: int, cti: bytes, seq: int) -> None:
        self.message = message
        self.kid = message.kid
        self.expires = expires
        self.cti = cti
        self.seq = seq


def sign(kid: bytes, expires: int, cti: bytes, seq: int, realm: str, signer: "Sign") -> bytes:
    """Return the signed token."""
    payload = encode({claims.EXP: expires, claims.CTI: cti, claims.SEQ: seq})
    headers: "dict[int, object]" = {cose.ALG: cose.ED25519, cose.KID: kid}
    return cose.sign1(headers, payload, cose.aad(KIND, realm), signer)


def decode(data: bytes) -> ClaimToken:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message = cose.decode_sign1(data, MAX_TOKEN_BYTES, _LABELS)
    content = decode_cbor(message.payload, MAX_TOKEN_BYTES)
    fields = shape.mapping(content, "claim token", (claims.EXP, claims.CTI, claims.SEQ))
    return ClaimToken(
        message,
        shape.integer(fields[claims.EXP], "exp"),
        shape.octets(fields[claims.CTI], "cti", CTI_BYTES, CTI_BYTES),
        shape.integer(fields[claims.SEQ], "seq", 0, MAX_SEQ),
    )


def verify(token: ClaimToken, realm: str, public_key: bytes, verifier: "Verify") -> ClaimToken:
    """Return the token if the bin's key signed it in `realm`; expiry and claiming are the caller's."""
    cose.verify1(token.message, cose.aad(KIND, realm), public_key, verifier)
    return token


def to_digits(token: bytes) -> str:
    """The token as decimal digits for a QR code's numeric segment."""
    return str(int.from_bytes(token, "big"))


def from_digits(digits: str) -> bytes:
    """The token of its decimal digits; MalformedError for anything `to_digits` does not make."""
    if not 1 <= len(digits) <= MAX_DIGITS or any(digit not in "0123456789" for digit in digits):
        raise MalformedError("bad-text", "a claim is 1 to %d decimal digits" % MAX_DIGITS)
    if digits[0] == "0":
        raise MalformedError("not-deterministic", "claim digits begin with zero")
    number = int(digits)
    size = 0
    while number >> (8 * size):
        size += 1
    return number.to_bytes(size, "big")
