"""Announcement: a logged entry and the checkpoint that it is under, as gateways receive enrolments and revocations.

[logged entry, checkpoint]     registration.py, withdrawal.py; SPEC.md §8
"""

from . import head, logged, note, shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Verify
    from .policy import Policy

MAX_ANNOUNCEMENT_BYTES = 96 * 1024  # one log entry, one note, one path


class Announcement:
    """`entry`: the logged statement; `checkpoint`: the signed note whose root its path leads to."""

    __slots__ = ("checkpoint", "entry")

    def __init__(self, entry: logged.Logged, checkpoint_note: str) -> None:
        self.entry = entry
        self.checkpoint = checkpoint_note


def encode(announcement: Announcement) -> bytes:
    """The message's bytes."""
    return encode_cbor([announcement.entry.as_item(), announcement.checkpoint])


def parts(data: bytes, what: str) -> "tuple[logged.Logged, str]":
    """Entry and checkpoint of a message, decoded strictly; nothing is verified yet. Raises MalformedError."""
    entry, text = shape.array(decode_cbor(data, MAX_ANNOUNCEMENT_BYTES), "announcement", 2, 2)
    return logged.from_item(entry, what), note.text_of(text, "checkpoint")


def verify(announcement: Announcement, trusted: "Policy", verifier: "Verify") -> logged.Logged:
    """Return the entry if it is in the city's log. Who signed it is for the caller to check."""
    # 1. The checkpoint is the city log's.
    found_head = head.verify(announcement.checkpoint, trusted, verifier)
    # 2. The entry is in that log: the city shows it to everybody.
    return logged.verify(announcement.entry, found_head.checkpoint)
