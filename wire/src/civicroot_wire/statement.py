"""Statement: anything an organisation puts on record, or only its hash (SPEC.md §3.7; COSE Hash Envelope)."""

from . import claims, cose, shape
from .errors import MalformedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

ROLE = "organisation"
MAX_PAYLOAD = 32 * 1024  # leaves room in a log entry
PAYLOAD_HASH_ALG, PREIMAGE_CONTENT_TYPE, PAYLOAD_LOCATION = 258, 259, 260
SHA_256 = -16
_OPTIONAL = (cose.CONTENT_TYPE, PAYLOAD_HASH_ALG, PREIMAGE_CONTENT_TYPE, PAYLOAD_LOCATION)


class Statement:
    """`claims`, `payload`, and whether it is `detached`: payload is the SHA-256 of what is stated."""

    __slots__ = ("claims", "detached", "message", "payload")

    def __init__(self, message: cose.Sign1, about: claims.Claims, payload: bytes, detached: bool) -> None:
        self.message = message
        self.claims = about
        self.payload = payload
        self.detached = detached


def sign(
    about: claims.Claims,
    payload: bytes,
    kid: bytes,
    signer: "Sign",
    content_type: "str | None" = None,
    detached: bool = False,
    location: "str | None" = None,
) -> bytes:
    """Return the signed statement; with `detached`, payload is a SHA-256 and content_type that of the preimage."""
    extra: "dict[int, object]" = {}
    if detached:
        extra[PAYLOAD_HASH_ALG] = SHA_256
        if location is not None:
            extra[PAYLOAD_LOCATION] = location
    if content_type is not None:
        extra[PREIMAGE_CONTENT_TYPE if detached else cose.CONTENT_TYPE] = content_type
    return claims.sign(kid, about, payload, signer, extra)


def decode(data: bytes) -> Statement:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message, about = claims.decode(data, _OPTIONAL)
    if about.typ in claims.RESERVED_TYPS:
        raise MalformedError("wrong-kind", "typ is reserved: " + about.typ)
    detached = PAYLOAD_HASH_ALG in message.headers
    _check_headers(message.headers, detached)
    payload = shape.octets(message.payload, "payload", 32 if detached else 0, 32 if detached else MAX_PAYLOAD)
    return Statement(message, about, payload, detached)


def _check_headers(headers: "dict[int | str, object]", detached: bool) -> None:
    for label in (cose.CONTENT_TYPE, PREIMAGE_CONTENT_TYPE):
        if label in headers and type(headers[label]) is not int:
            shape.text(headers[label], "content type")
        elif label in headers:
            shape.integer(headers[label], "content type", 0, 65535)
    if detached:
        if headers[PAYLOAD_HASH_ALG] != SHA_256:
            raise MalformedError("wrong-algorithm", "payload hash is not SHA-256")
        if cose.CONTENT_TYPE in headers:
            raise MalformedError("unknown-key", "a hash envelope has no content type of its own")
        if PAYLOAD_LOCATION in headers:
            shape.text(headers[PAYLOAD_LOCATION], "payload location", 1, 1024)
    elif PREIMAGE_CONTENT_TYPE in headers or PAYLOAD_LOCATION in headers:
        raise MalformedError("missing-key", "a hash envelope names its hash")


def verify(statement: Statement, realm: str, public_key: bytes, verifier: "Verify") -> Statement:
    """Return the statement if `public_key` signed it for `realm`."""
    claims.verify(statement.message, statement.claims, realm, public_key, verifier)
    return statement
