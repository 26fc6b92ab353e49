"""Withdrawal: a logged revocation as gateways receive it (SPEC.md §8)."""

from . import head, logged, note, revocation, shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Verify
    from .policy import Policy

MAX_WITHDRAWAL_BYTES = 96 * 1024  # one log entry, one note, one path


class Withdrawal:
    """`entry`: the logged revocation; `checkpoint`: the signed note whose root its path leads to."""

    __slots__ = ("checkpoint", "entry")

    def __init__(self, entry: logged.Logged, checkpoint_note: str) -> None:
        self.entry = entry
        self.checkpoint = checkpoint_note


def encode(withdrawal: Withdrawal) -> bytes:
    """The message's bytes."""
    return encode_cbor([withdrawal.entry.as_item(), withdrawal.checkpoint])


def decode(data: bytes) -> Withdrawal:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    entry, text = shape.array(decode_cbor(data, MAX_WITHDRAWAL_BYTES), "withdrawal", 2, 2)
    return Withdrawal(logged.from_item(entry, "revocation"), note.text_of(text, "checkpoint"))


def verify(withdrawal: Withdrawal, trusted: "Policy", verifier: "Verify") -> revocation.Revocation:
    """Return the revocation if it is in the city's log and a registrar of the policy signed it."""
    # 1. The checkpoint is the city log's.
    found_head = head.verify(withdrawal.checkpoint, trusted, verifier)
    # 2. The revocation is in that log: no registrar withdraws a key unseen.
    entry = logged.verify(withdrawal.entry, found_head.checkpoint)
    # 3. A registrar that the policy trusts at this index signed it.
    found = revocation.decode(entry.entry)
    registrar = trusted.registrar(found.registrar_kid, entry.index)
    return revocation.verify(found, trusted.realm, registrar.public, verifier)
