"""Radio answer: an acknowledgement for a device that no TLS protects, under its link key (SPEC.md §8.1).

A COSE_Mac0 (RFC 9052 §6.2) with HMAC 256/64 (RFC 9053 §3.1). What a device sends by radio needs no frame of its own: it
is one record.
"""

from . import acknowledgement, cose, keys, link_key, shape
from .acknowledgement import Acknowledgement
from .cbor import decode as decode_cbor
from .cbor import encode
from .errors import MalformedError, SignatureError
from .record import MAX_FRAME_BYTES

KIND = "radio"
HMAC_256_64 = 4
TAG_BYTES = 8
MAX_COUNTER = (1 << 53) - 1  # what every JSON reader keeps; 1,024 a second for 270,000 years
OVERHEAD = 44  # bytes around the acknowledgement at the largest counter
MAX_PAYLOAD = MAX_FRAME_BYTES - OVERHEAD
_MAC0_TAG = b"\xd1"  # tag 17; read here, because no stored message has it
_LONG_TAG = b"\xd8\x11"
_REFUSALS = 3  # of 40 bytes each beside beacon and time
_LABELS = (cose.ALG, cose.KID, cose.SEQUENCE)


class Answer:
    """A decoded frame, nothing of it verified: `kid` of the device, `counter`, `payload`, `protected`, `tag`."""

    __slots__ = ("counter", "kid", "payload", "protected", "tag")

    def __init__(self, protected: bytes, kid: bytes, counter: int, payload: bytes, tag: bytes) -> None:
        self.protected = protected
        self.kid = kid
        self.counter = counter
        self.payload = payload
        self.tag = tag


def protect(kid: bytes, counter: int, payload: bytes, realm: str, key: bytes) -> bytes:
    """The frame with an acknowledgement's bytes for the device `kid` of link key `key`. MalformedError if too long."""
    shape.integer(counter, "counter", 0, MAX_COUNTER)
    headers: "dict[int, object]" = {cose.ALG: HMAC_256_64, cose.KID: kid, cose.SEQUENCE: [counter]}
    protected = encode(headers)
    frame = _MAC0_TAG + encode([protected, {}, payload, _tag(protected, payload, realm, key)])
    if len(frame) > MAX_FRAME_BYTES:
        raise MalformedError("too-large", "%d bytes do not fit one frame" % len(frame))
    return frame


def decode(data: bytes) -> Answer:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    # 1. One frame, and a COSE_Mac0.
    if len(data) > MAX_FRAME_BYTES:
        raise MalformedError("too-large", "%d bytes" % len(data))
    if data[:2] == _LONG_TAG:
        raise MalformedError("not-deterministic", "tag in a long form")
    if data[:1] != _MAC0_TAG:
        raise MalformedError("wrong-type" if data else "truncated", "not a tagged COSE_Mac0")
    # 2. Deterministic, with exactly the labels of this kind.
    item = shape.array(decode_cbor(data[1:], MAX_FRAME_BYTES), "COSE_Mac0", 4, 4)
    protected = shape.octets(item[0], "protected header", 1, MAX_FRAME_BYTES)
    if not isinstance(item[1], dict):
        raise MalformedError("wrong-type", "unprotected header is not a map")
    if item[1]:
        raise MalformedError("unknown-key", "the unprotected header is empty")
    headers = shape.mapping(decode_cbor(protected, MAX_FRAME_BYTES), "protected header", _LABELS)
    if headers[cose.ALG] != HMAC_256_64:
        raise MalformedError("wrong-algorithm", "alg is not %d" % HMAC_256_64)
    kid = shape.octets(headers[cose.KID], "kid", keys.KID_BYTES, keys.KID_BYTES)
    (number,) = shape.array(headers[cose.SEQUENCE], "counter", 1, 1)
    counter = shape.integer(number, "counter", 0, MAX_COUNTER)
    payload = shape.octets(item[2], "payload", 0, MAX_FRAME_BYTES)
    return Answer(protected, kid, counter, payload, shape.octets(item[3], "tag", TAG_BYTES, TAG_BYTES))


def verify(answer: Answer, realm: str, kid: bytes, key: bytes, last: "int | None") -> Acknowledgement:
    """What the gateway says to the device `kid`, whose link key is `key` and which heard counter `last` before.

    The caller keeps `answer.counter` as its `last` after this returns. Raises SignatureError, MalformedError.
    """
    # 3. To this device: the air carries those to others too.
    if answer.kid != kid:
        raise SignatureError("key-mismatch", "an answer to another device")
    # 4. By somebody with the link key: this device's gateway, in this realm.
    if not _equal(_tag(answer.protected, answer.payload, realm, key), answer.tag):
        raise SignatureError("bad-mac")
    # 5. Not heard before, and not older than what was: recorded frames say nothing.
    if last is not None and answer.counter <= last:
        raise SignatureError("old-counter", "%d after %d" % (answer.counter, last))
    # 6. An acknowledgement.
    return acknowledgement.decode(answer.payload)


def names(ack: Acknowledgement, seq: int) -> bool:
    """Whether an answer is about record `seq`, so that it was made after that was first sent (step 7)."""
    within = ack.durable is not None and ack.durable[0] <= seq <= ack.durable[1]
    return within or any(number == seq for number, _ in ack.refused)


def cut(ack: Acknowledgement, wanted: "set[int]") -> "list[bytes]":
    """The payloads that tell a device about the numbers `wanted`, each fit for one frame; at least one.

    The newest stretch of numbers, and each older one that holds a wanted number; refusals of wanted numbers. Each has
    beacon and time: any of them may be the only one that is heard.
    """
    found: "list[Acknowledgement]" = []
    for durable, holes in _stretches(ack):
        if not found or any(durable[0] <= seq <= durable[1] for seq in wanted):
            found.append(Acknowledgement(durable, holes, ack.beacon, ack.time))
    refused = [pair for pair in ack.refused if pair[0] in wanted]
    for start in range(0, len(refused), _REFUSALS):
        found.append(Acknowledgement(None, None, ack.beacon, ack.time, refused[start : start + _REFUSALS]))
    return [acknowledgement.encode(each) for each in found or [Acknowledgement(None, None, ack.beacon, ack.time)]]


def _stretches(ack: Acknowledgement) -> "list[tuple[tuple[int, int], list[tuple[int, int]]]]":
    """The range in parts with so many holes each that they fit, the newest first; between two parts lies a hole."""
    if ack.durable is None:
        return []
    first, last = ack.durable
    found = []
    holes: "list[tuple[int, int]]" = []
    for hole in reversed(ack.holes):
        size = len(acknowledgement.encode(Acknowledgement((first, last), [hole] + holes, ack.beacon, ack.time)))
        if size > MAX_PAYLOAD:
            found.append(((hole[1] + 1, last), holes))
            last, holes = hole[0] - 1, []
        else:
            holes = [hole] + holes
    if first <= last:  # not if the oldest hole was where the range begins
        found.append(((first, last), holes))
    return found


def _tag(protected: bytes, payload: bytes, realm: str, key: bytes) -> bytes:
    """The first 8 bytes of the HMAC over the MAC_structure (RFC 9052 §6.3)."""
    structure = encode(["MAC0", protected, cose.aad(KIND, realm), payload])
    return link_key.hmac_sha256(key, structure)[:TAG_BYTES]


def _equal(left: bytes, right: bytes) -> bool:
    """Comparison in a time that does not tell where two tags of 8 bytes differ."""
    difference = 0
    for one, other in zip(left, right):  # noqa: B905 (MicroPython's zip has no strict; both have 8 bytes)
        difference |= one ^ other
    return difference == 0
