"""Status list: one bit per enrolled key, 1 when revoked (Token Status List in CWT form; SPEC.md §3.5).

Compressing and decompressing (zlib) are passed in: CPython and MicroPython have different modules for it.
"""

from . import claims, cose, shape
from .cbor import decode as decode_cbor
from .cbor import encode
from .errors import MalformedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

STATUS_LIST, TTL = 65533, 65534
BITS_PER_KEY = 1
MAX_COMPRESSED = 60000  # what a log entry can carry
MAX_KEYS = 1 << 23  # a megabyte when decompressed: bounds what a verifier inflates


class StatusList:
    """`compressed` bits as zlib, `issued_at`, and optionally `expires` and `ttl`, in (Unix) seconds."""

    __slots__ = ("claims", "compressed", "expires", "issued_at", "message", "ttl", "uri")

    def __init__(
        self, uri: str, compressed: bytes, issued_at: int, expires: "int | None" = None, ttl: "int | None" = None
    ) -> None:
        self.uri = uri
        self.compressed = compressed
        self.issued_at = issued_at
        self.expires = expires
        self.ttl = ttl
        self.claims: "claims.Claims | None" = None
        self.message: "cose.Sign1 | None" = None


def sign(listed: StatusList, registrar_kid: bytes, issuer: str, realm: str, signer: "Sign") -> bytes:
    """Return the registrar's signed list."""
    fields: "dict[int, object]" = {
        claims.SUB: listed.uri,
        claims.IAT: listed.issued_at,
        STATUS_LIST: {"bits": BITS_PER_KEY, "lst": listed.compressed},
    }
    if listed.expires is not None:
        fields[claims.EXP] = listed.expires
    if listed.ttl is not None:
        fields[TTL] = listed.ttl
    about = claims.Claims(claims.STATUS_LIST_TYP, issuer, listed.uri, realm)
    return claims.sign(registrar_kid, about, encode(fields), signer)


def decode(data: bytes) -> StatusList:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message, about = claims.decode_typ(data, claims.STATUS_LIST_TYP)
    content = decode_cbor(message.payload, claims.MAX_STATEMENT_BYTES)
    fields = shape.mapping(content, "status list", (claims.SUB, claims.IAT, STATUS_LIST), (claims.EXP, TTL))
    if fields[claims.SUB] != about.subject:
        raise MalformedError("out-of-range", "sub in header and payload differ")
    bits = shape.mapping(fields[STATUS_LIST], "status_list", ("bits", "lst"))
    shape.integer(bits["bits"], "bits", BITS_PER_KEY, BITS_PER_KEY)
    found = StatusList(
        about.subject,
        shape.octets(bits["lst"], "lst", 1, MAX_COMPRESSED),
        shape.integer(fields[claims.IAT], "iat"),
    )
    if claims.EXP in fields:
        found.expires = shape.integer(fields[claims.EXP], "exp")
    if TTL in fields:
        found.ttl = shape.integer(fields[TTL], "ttl")
    found.claims, found.message = about, message
    return found


def verify(listed: StatusList, realm: str, registrar_key: bytes, verifier: "Verify") -> StatusList:
    """Return the list if the registrar signed it for `realm`."""
    if listed.message is None or listed.claims is None:
        raise ValueError("verify takes a decoded status list")
    claims.verify(listed.message, listed.claims, realm, registrar_key, verifier)
    return listed


def is_set(bits: bytes, index: int) -> bool:
    """Whether bit `index` of the decompressed list says revoked; MalformedError beyond its end."""
    if not 0 <= index < 8 * len(bits):
        raise MalformedError("out-of-range", "status list has no index %d" % index)
    return bool(bits[index >> 3] >> (index & 7) & 1)
