"""Pieces of content that is named by its SHA-256: updates, and whatever else a signed message names (SPEC.md §8).

Neither message is signed: whoever asks knows the hash from a message that is, and checks the whole.
"""

from . import shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .errors import MalformedError

DIGEST_BYTES = 32
MAX_CONTENT_BYTES = 1 << 20  # a release's largest file
MAX_PIECE_BYTES = 16 * 1024  # what a gateway asks for; a device asks for what its memory holds
MAX_WANT_BYTES = 64  # 46 at the longest
MAX_MESSAGE_BYTES = MAX_PIECE_BYTES + 64  # 50 around the longest piece
MAX_REASON = 32
UNKNOWN, NOT_YET = "unknown-content", "not-yet"
_DIGEST, _OFFSET, _LENGTH = 1, 2, 3
_OCTETS, _SIZE, _REASON = 3, 4, 5


class Want:
    """Asks for at most `length` bytes from `offset` of the content whose SHA-256 is `digest`."""

    __slots__ = ("digest", "length", "offset")

    def __init__(self, digest: bytes, offset: int, length: int) -> None:
        self.digest = digest
        self.offset = offset
        self.length = length


class Piece:
    """`octets` from `offset` of the content of `size` bytes; or the `reason` why there are none."""

    __slots__ = ("digest", "octets", "offset", "reason", "size")

    def __init__(
        self, digest: bytes, offset: int = 0, octets: bytes = b"", size: int = 0, reason: "str | None" = None
    ) -> None:
        self.digest = digest
        self.offset = offset
        self.octets = octets
        self.size = size
        self.reason = reason


def encode_want(want: Want) -> bytes:
    """The question's bytes."""
    return encode_cbor({_DIGEST: want.digest, _OFFSET: want.offset, _LENGTH: want.length})


def decode_want(data: bytes) -> Want:
    """Decode strictly. Raises MalformedError."""
    fields = shape.mapping(decode_cbor(data, MAX_WANT_BYTES), "want", (_DIGEST, _OFFSET, _LENGTH))
    return Want(
        shape.octets(fields[_DIGEST], "digest", DIGEST_BYTES, DIGEST_BYTES),
        shape.integer(fields[_OFFSET], "offset", 0, MAX_CONTENT_BYTES - 1),
        shape.integer(fields[_LENGTH], "length", 1, MAX_PIECE_BYTES),
    )


def encode(piece: Piece) -> bytes:
    """The answer's bytes."""
    if piece.reason is not None:
        return encode_cbor({_DIGEST: piece.digest, _REASON: piece.reason})
    fields = {_DIGEST: piece.digest, _OFFSET: piece.offset, _OCTETS: piece.octets, _SIZE: piece.size}
    return encode_cbor(fields)


def decode(data: bytes) -> Piece:
    """Decode strictly. Raises MalformedError."""
    content = decode_cbor(data, MAX_MESSAGE_BYTES)
    if isinstance(content, dict) and _REASON in content:
        fields = shape.mapping(content, "piece", (_DIGEST, _REASON))
        digest = shape.octets(fields[_DIGEST], "digest", DIGEST_BYTES, DIGEST_BYTES)
        return Piece(digest, reason=shape.text(fields[_REASON], "reason", 1, MAX_REASON))
    fields = shape.mapping(content, "piece", (_DIGEST, _OFFSET, _OCTETS, _SIZE))
    found = Piece(
        shape.octets(fields[_DIGEST], "digest", DIGEST_BYTES, DIGEST_BYTES),
        shape.integer(fields[_OFFSET], "offset", 0, MAX_CONTENT_BYTES - 1),
        shape.octets(fields[_OCTETS], "piece", 1, MAX_PIECE_BYTES),
        shape.integer(fields[_SIZE], "size", 1, MAX_CONTENT_BYTES),
    )
    if found.offset + len(found.octets) > found.size:
        raise MalformedError("out-of-range", "the piece ends after the content")
    return found
