"""COSE_Sign1 as Civicroot uses it: tagged, Ed25519, empty unprotected header (RFC 9052 §4.2; SPEC.md §2).

Signing and signature checking are passed in:
    sign(message) -> 64 bytes
    verify(public_key, message, signature) -> None, or raises SignatureError
"""

import hashlib

from . import keys, shape
from .cbor import Tag, decode, encode
from .errors import MalformedError, SignatureError
from .names import realm as check_realm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Sign = Callable[[bytes], bytes]
    Verify = Callable[[bytes, bytes, bytes], None]

ED25519 = -19  # RFC 9864; −8 (EdDSA) is another number and refused
ALG = 1
CONTENT_TYPE = 3
KID = 4
CWT_CLAIMS = 15
TYP = 16
SEQUENCE = -65537
SIGN1_TAG = 18
SIGNATURE_BYTES = 64


class Sign1:
    """A parsed COSE_Sign1: `protected`, `payload`, `signature` as bytes; `headers`, `unprotected` as maps."""

    __slots__ = ("headers", "payload", "protected", "signature", "unprotected")

    def __init__(
        self,
        protected: bytes,
        headers: "dict[int | str, object]",
        unprotected: "dict[int | str, object]",
        payload: bytes,
        signature: bytes,
    ) -> None:
        self.protected = protected
        self.headers = headers
        self.unprotected = unprotected
        self.payload = payload
        self.signature = signature

    @property
    def kid(self) -> bytes:
        """The signer's key identifier, 8 bytes."""
        return shape.octets(self.headers[KID], "kid", keys.KID_BYTES, keys.KID_BYTES)


def aad(kind: str, realm: str) -> bytes:
    """External additional data that binds a device-side kind to its realm."""
    return ("civicroot/%s/v1/%s" % (kind, check_realm(realm))).encode()


def sig_structure(protected: bytes, payload: bytes, external_aad: bytes) -> bytes:
    """What is signed (RFC 9052 §4.4)."""
    return encode(["Signature1", protected, external_aad, payload])


def content_digest(message: Sign1, external_aad: bytes) -> bytes:
    """SHA-256 of what is signed: two messages with equal digests are the same message."""
    return hashlib.sha256(sig_structure(message.protected, message.payload, external_aad)).digest()


def sign1(headers: "dict[int, object]", payload: bytes, external_aad: bytes, sign: "Sign") -> bytes:
    """Sign `payload` under `headers` and return the tagged message."""
    protected = encode(headers)
    signature = sign(sig_structure(protected, payload, external_aad))
    return encode(Tag(SIGN1_TAG, [protected, {}, payload, signature]))


def parse(data: bytes, limit: int) -> Sign1:
    """Parse any tagged COSE_Sign1 in deterministic CBOR; nothing about its headers is checked."""
    tagged = decode(data, limit)
    if not isinstance(tagged, Tag) or tagged.number != SIGN1_TAG:
        raise MalformedError("wrong-type", "not a tagged COSE_Sign1")
    protected, unprotected, payload, signature = shape.array(tagged.value, "COSE_Sign1", 4, 4)
    if not isinstance(unprotected, dict):
        raise MalformedError("wrong-type", "unprotected header is not a map")
    raw = shape.octets(protected, "protected header", 1, limit)
    headers = decode(raw, limit)
    if not isinstance(headers, dict):
        raise MalformedError("wrong-type", "protected header is not a map")
    content = shape.octets(payload, "payload", 0, limit)
    return Sign1(raw, headers, unprotected, content, shape.octets(signature, "signature", 1, limit))


def decode_sign1(
    data: bytes,
    limit: int,
    labels: "tuple[int, ...]",
    optional: "tuple[int, ...]" = (),
    algorithm: int = ED25519,
) -> Sign1:
    """Parse a COSE_Sign1 of Civicroot's profile whose protected header holds `labels` and maybe `optional`."""
    message = parse(data, limit)
    if message.unprotected:
        raise MalformedError("unknown-key", "the unprotected header is empty")
    if message.headers.get(ALG) != algorithm:
        raise MalformedError("wrong-algorithm", "alg is not %d" % algorithm)
    shape.mapping(message.headers, "protected header", labels, optional)
    shape.octets(message.headers[KID], "kid", keys.KID_BYTES, keys.KID_BYTES)
    shape.octets(message.signature, "signature", SIGNATURE_BYTES, SIGNATURE_BYTES)
    return message


def verify1(message: Sign1, external_aad: bytes, public_key: bytes, verify: "Verify") -> None:
    """Raise SignatureError unless `public_key` is the kid's and signed this message."""
    if keys.kid(public_key) != message.kid:
        raise SignatureError("key-mismatch", "kid is not of this key")
    verify(public_key, sig_structure(message.protected, message.payload, external_aad), message.signature)
