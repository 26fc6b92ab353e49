"""Opening of a commitment: what a record only commits to, sent beside it, so that it stays deletable (SPEC.md §8).

A record says the commitment; the opening has the salt and the value, and is never logged. Whoever deletes it leaves 32
bytes that say nothing: with the salt gone nobody can try values against them.
"""

from hashlib import sha256

from . import shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .errors import MalformedError, TrustError
from .sequence import MAX_SEQ

CONTEXT = "civicroot/opening/v1"
LED, SCAN = "led", "scan"  # the measurements that are commitments
NAMES = (LED, SCAN)
SALT_BYTES = 16
COMMITMENT_BYTES = 32
MAX_VALUE_BYTES = 256  # a card's text; a claim's code has six bytes
MAX_BYTES = 320  # 292 at the longest
_SEQ, _NAME, _SALT, _VALUE = 1, 2, 3, 4


class Opening:
    """`seq` of the record with the commitment, `name` of its measurement, `salt` (16 bytes), `value` (1–256 bytes)."""

    __slots__ = ("name", "salt", "seq", "value")

    def __init__(self, seq: int, name: str, salt: bytes, value: bytes) -> None:
        self.seq = seq
        self.name = name
        self.salt = salt
        self.value = value


def commit(realm: str, kid: bytes, name: str, salt: bytes, value: bytes) -> bytes:
    """The 32 bytes that the record of `kid` carries as the data value of measurement `name`."""
    return sha256(encode_cbor([CONTEXT, realm, kid, name, salt, value])).digest()


def encode(opening: Opening) -> bytes:
    """The message's bytes."""
    return encode_cbor({_SEQ: opening.seq, _NAME: opening.name, _SALT: opening.salt, _VALUE: opening.value})


def decode(data: bytes) -> Opening:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    fields = shape.mapping(decode_cbor(data, MAX_BYTES), "opening", (_SEQ, _NAME, _SALT, _VALUE))
    return Opening(
        shape.integer(fields[_SEQ], "seq", 0, MAX_SEQ),
        _name(fields[_NAME]),
        shape.octets(fields[_SALT], "salt", SALT_BYTES, SALT_BYTES),
        shape.octets(fields[_VALUE], "value", 1, MAX_VALUE_BYTES),
    )


def _name(value: object) -> str:
    name = shape.text(value, "name", 1, 32)
    if name not in NAMES:
        raise MalformedError("out-of-range", "no commitment is named " + name)
    return name


def verify(opening: Opening, realm: str, kid: bytes, commitment: object) -> Opening:
    """The opening, if it is that of the commitment in the record of `kid`. Raises TrustError."""
    if commit(realm, kid, opening.name, opening.salt, opening.value) != commitment:
        raise TrustError("wrong-opening", "number %d, %s" % (opening.seq, opening.name))
    return opening
