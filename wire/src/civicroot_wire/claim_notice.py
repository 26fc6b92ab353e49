"""Claim notice: what became of a deposit's claim, told to the bin that offers it (SPEC.md §8).

It is not signed: it closes an offer that ends by itself, and lets the bin forget an opening that has arrived.
"""

from . import shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .sequence import MAX_SEQ

MAX_BYTES = 16  # 9 at the longest
KEPT, CLAIMED, CLOSED = 0, 1, 2  # the opening has arrived; somebody has claimed; nobody can claim any more
_SEQ, _STATUS = 1, 2


class ClaimNotice:
    """`seq` of the record, `status` KEPT, CLAIMED or CLOSED."""

    __slots__ = ("seq", "status")

    def __init__(self, seq: int, status: int) -> None:
        self.seq = seq
        self.status = status


def encode(notice: ClaimNotice) -> bytes:
    """The message's bytes."""
    return encode_cbor({_SEQ: notice.seq, _STATUS: notice.status})


def decode(data: bytes) -> ClaimNotice:
    """Decode strictly. Raises MalformedError."""
    fields = shape.mapping(decode_cbor(data, MAX_BYTES), "claim notice", (_SEQ, _STATUS))
    return ClaimNotice(
        shape.integer(fields[_SEQ], "seq", 0, MAX_SEQ), shape.integer(fields[_STATUS], "status", KEPT, CLOSED)
    )
