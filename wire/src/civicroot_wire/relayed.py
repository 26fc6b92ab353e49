"""What a gateway passes between a device and the backend without looking into it: `[kid, message]` (SPEC.md §8)."""

from . import shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .keys import KID_BYTES

MAX_MESSAGE_BYTES = 320  # an opening is the longest
MAX_BYTES = MAX_MESSAGE_BYTES + 16


def encode(kid: bytes, message: bytes) -> bytes:
    """The bytes of `message` of, or for, the device `kid`."""
    return encode_cbor([kid, message])


def decode(data: bytes) -> "tuple[bytes, bytes]":
    """(kid, message). Raises MalformedError."""
    item = shape.array(decode_cbor(data, MAX_BYTES), "relayed message", 2, 2)
    kid = shape.octets(item[0], "kid", KID_BYTES, KID_BYTES)
    return kid, shape.octets(item[1], "message", 1, MAX_MESSAGE_BYTES)
