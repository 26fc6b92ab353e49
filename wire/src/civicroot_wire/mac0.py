"""COSE_Mac0 as Civicroot uses it by radio: tagged, HMAC 256/64, an empty unprotected header (SPEC.md §8.1).

RFC 9052 §6.2 and RFC 9053 §3.1. The protected header names the device, and numbers that make the message a fresh one.
"""

from . import cose, keys, link_key, shape
from .cbor import decode as decode_cbor
from .cbor import encode
from .errors import MalformedError, SignatureError

HMAC_256_64 = 4
TAG_BYTES = 8
MAX_NUMBER = (1 << 53) - 1  # what every JSON reader keeps; 1,024 a second for 270,000 years
FIRST_BYTE = 0xD1  # tag 17; read here, because no stored message has it
_MAC0_TAG = b"\xd1"
_LONG_TAG = b"\xd8\x11"
_LABELS = (cose.ALG, cose.KID, cose.SEQUENCE)


class Mac0:
    """A decoded message, nothing of it verified: `kid` of the device, `numbers`, `payload`, `protected`, `tag`."""

    __slots__ = ("kid", "numbers", "payload", "protected", "tag")

    def __init__(self, protected: bytes, kid: bytes, numbers: "list[int]", payload: bytes, tag: bytes) -> None:
        self.protected = protected
        self.kid = kid
        self.numbers = numbers
        self.payload = payload
        self.tag = tag


def protect(kind: str, kid: bytes, numbers: "list[int]", payload: bytes, realm: str, key: bytes, most: int) -> bytes:
    """The message of a `kind` under link key `key`. MalformedError if it has more than `most` bytes."""
    for number in numbers:
        shape.integer(number, "number", 0, MAX_NUMBER)
    headers: "dict[int, object]" = {cose.ALG: HMAC_256_64, cose.KID: kid, cose.SEQUENCE: numbers}
    protected = encode(headers)
    frame = _MAC0_TAG + encode([protected, {}, payload, _tag(kind, protected, payload, realm, key)])
    if len(frame) > most:
        raise MalformedError("too-large", "%d bytes do not fit one frame" % len(frame))
    return frame


def decode(data: bytes, count: int, most: int) -> Mac0:
    """Decode a message of `count` numbers and at most `most` bytes strictly. Raises MalformedError."""
    # 1. One frame, and a COSE_Mac0.
    if len(data) > most:
        raise MalformedError("too-large", "%d bytes" % len(data))
    if data[:2] == _LONG_TAG:
        raise MalformedError("not-deterministic", "tag in a long form")
    if data[:1] != _MAC0_TAG:
        raise MalformedError("wrong-type" if data else "truncated", "not a tagged COSE_Mac0")
    # 2. Deterministic, with exactly the labels of this kind.
    item = shape.array(decode_cbor(data[1:], most), "COSE_Mac0", 4, 4)
    protected = shape.octets(item[0], "protected header", 1, most)
    if not isinstance(item[1], dict):
        raise MalformedError("wrong-type", "unprotected header is not a map")
    if item[1]:
        raise MalformedError("unknown-key", "the unprotected header is empty")
    headers = shape.mapping(decode_cbor(protected, most), "protected header", _LABELS)
    if headers[cose.ALG] != HMAC_256_64:
        raise MalformedError("wrong-algorithm", "alg is not %d" % HMAC_256_64)
    kid = shape.octets(headers[cose.KID], "kid", keys.KID_BYTES, keys.KID_BYTES)
    items = shape.array(headers[cose.SEQUENCE], "numbers", count, count)
    numbers = [shape.integer(number, "number", 0, MAX_NUMBER) for number in items]
    payload = shape.octets(item[2], "payload", 0, most)
    return Mac0(protected, kid, numbers, payload, shape.octets(item[3], "tag", TAG_BYTES, TAG_BYTES))


def authenticate(found: Mac0, kind: str, realm: str, key: bytes) -> None:
    """SignatureError unless somebody with the link key made it, as this kind, in this realm."""
    if not _equal(_tag(kind, found.protected, found.payload, realm, key), found.tag):
        raise SignatureError("bad-mac")


def _tag(kind: str, protected: bytes, payload: bytes, realm: str, key: bytes) -> bytes:
    """The first 8 bytes of the HMAC over the MAC_structure (RFC 9052 §6.3)."""
    structure = encode(["MAC0", protected, cose.aad(kind, realm), payload])
    return link_key.hmac_sha256(key, structure)[:TAG_BYTES]


def _equal(left: bytes, right: bytes) -> bool:
    """Comparison in a time that does not tell where two tags of 8 bytes differ."""
    difference = 0
    for one, other in zip(left, right):  # noqa: B905 (MicroPython's zip has no strict; both have 8 bytes)
        difference |= one ^ other
    return difference == 0
